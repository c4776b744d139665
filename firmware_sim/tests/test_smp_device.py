"""Management of the whole device by its cable: files, and requests beside a sum."""

from __future__ import annotations

import zlib
from binascii import b2a_base64
from random import Random
from typing import Any

import cbor2
import pytest

from firmware_sim.firmware.services.smp.lines import crc16
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable

from .test_update import started

DATA = Random(15).randbytes(150_000)
NAME = "/files/large"


@pytest.fixture
def cable() -> SmpCable:
    return started()


def upload(cable: SmpCable, name: str, data: bytes, begin: int = 0, end: int | None = None) -> int:
    at = begin
    while at < (len(data) if end is None else end):
        part: dict[str, Any] = {"name": name, "off": at, "data": data[at : at + 500]}
        if not at:
            part["len"] = len(data)
        at = cable.request(8, 0, WRITE, part)["off"]
    return at


def feed(cable: SmpCable, group: int, command: int, operation: int, body: dict[str, Any], sequence: int) -> None:
    """Send a request, and wait for nothing."""
    payload = cbor2.dumps(body)
    frame = bytes((8 | operation, 0)) + len(payload).to_bytes(2, "big") + group.to_bytes(2, "big")
    frame += bytes((sequence, command)) + payload
    packet = (len(frame) + 2).to_bytes(2, "big") + frame + crc16(frame).to_bytes(2, "big")
    for at in range(0, len(packet), 90):
        cable.simulation.mcu.uart(0).feed((b"\x04\x14" if at else b"\x06\x09") + b2a_base64(packet[at : at + 90]))


def answers(cable: SmpCable, us: int) -> dict[int, Any]:
    """Answers of so many µs, by their sequence numbers."""
    found = {}
    end = cable.simulation.clock.now + us
    while cable.simulation.clock.now < end:
        frame = cable._frame()
        if frame:
            found[frame[6]] = cbor2.loads(frame[8:])
        cable.simulation.advance(cable.simulation.clock.now + 1000)
    return found


@pytest.mark.parametrize("text", ["hi", "y" * 400])
def test_a_request_beside_a_sum_is_answered_and_the_sum_goes_on(cable: SmpCable, text: str) -> None:
    upload(cable, NAME, DATA)
    feed(cable, 8, 2, READ, {"name": NAME}, 200)
    assert answers(cable, 10_000) == {}
    feed(cable, 0, 0, WRITE, {"d": text}, 201)
    feed(cable, 8, 0, READ, {"name": NAME, "off": 0}, 202)
    got = answers(cable, 3_000_000)
    assert got[201] == {"r": text}
    assert got[202] == {"rc": 10, "rsn": "a sum is under way"}
    assert got[200]["output"] == zlib.crc32(DATA)
    assert cable.request(8, 2, READ, {"name": NAME})["output"] == zlib.crc32(DATA), "and another one is made at once"


def test_a_client_that_repeats_a_sum_gets_it(cable: SmpCable) -> None:
    upload(cable, NAME, DATA)
    for sequence in (210, 211, 212):
        feed(cable, 8, 2, READ, {"name": NAME}, sequence)
        assert answers(cable, 10_000) == {}
    got = answers(cable, 3_000_000)
    assert got == {212: {"type": "crc32", "len": len(DATA), "output": zlib.crc32(DATA)}}


def test_the_first_line_of_a_request_that_goes_on_after_the_sum_holds_it_up_for_a_while(cable: SmpCable) -> None:
    upload(cable, NAME, DATA)
    feed(cable, 8, 2, READ, {"name": NAME}, 220)
    assert answers(cable, 5_000) == {}
    cable.simulation.mcu.uart(0).feed(b"\x06\x09" + b2a_base64(b"\x01\x50" + bytes(88)))
    assert answers(cable, 3_000_000)[220]["output"] == zlib.crc32(DATA)


@pytest.mark.parametrize("how", ["a restart", "another download"])
def test_an_upload_that_went_on_outlives_a_reset_once_it_is_answered_as_whole(cable: SmpCable, how: str) -> None:
    data = DATA[:20_000]
    upload(cable, "/files/other", b"a" * 100)
    upload(cable, NAME, data, end=6000)
    begin = 6000
    if how == "a restart":
        begin = cable.request(8, 1, READ, {"name": NAME})["len"]
        cable.restart()
    else:
        cable.request(8, 0, READ, {"name": "/files/other", "off": 0})
    assert upload(cable, NAME, data, begin) == len(data)
    cable.restart()
    assert cable.request(8, 1, READ, {"name": NAME}) == {"len": len(data)}
    assert cable.request(8, 2, READ, {"name": NAME})["output"] == zlib.crc32(data)
