"""A flash chip that dies while the device runs: it is said at once, costs nothing else, and is used when it is back."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from firmware_sim.bootloader.signing import sign
from firmware_sim.chips import w25q64jv
from firmware_sim.chips.w25q64jv import BUSY, W25q64jv
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.drivers.nor_flash import BLOCK
from firmware_sim.firmware.services.log.store import LogCursor
from firmware_sim.images.package import board_of
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.image_boot import device_key
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.wire_gen import LogStatus

NAMED = {"rc": 1, "rsn": "the flash chip does not answer"}
#: A hang in an erase is noticed when the longest time of the data sheet is over, everything else in a step.
_STEPS_US = 45_000
_HANG_US = 700_000


def _high(chip: W25q64jv) -> None:
    chip.exchange = lambda mosi: b"\xff" * len(mosi)  # type: ignore[method-assign]


def _low(chip: W25q64jv) -> None:
    chip.exchange = lambda mosi: bytes(len(mosi))  # type: ignore[method-assign]


def _garbage(chip: W25q64jv) -> None:
    draw = Random(5)
    chip.exchange = lambda mosi: draw.randbytes(len(mosi))  # type: ignore[method-assign]


def _hangs(chip: W25q64jv) -> None:
    """Busy for ever, a reset in vain."""
    chip._busy = lambda: True  # type: ignore[method-assign]


def _unpowered(chip: W25q64jv) -> None:
    chip.power_off()


def _deaf(chip: W25q64jv) -> None:
    """It answers as it did, and takes nothing."""
    exchange, deselect = chip.exchange, chip.deselect

    def answer(mosi: bytes) -> bytes:
        chip._write_enabled = False
        return exchange(mosi)

    chip.exchange, chip.deselect = answer, deselect  # type: ignore[method-assign]


KINDS: dict[str, Callable[[W25q64jv], None]] = {
    "high": _high,
    "low": _low,
    "garbage": _garbage,
    "hangs": _hangs,
    "unpowered": _unpowered,
}


def revive(chip: W25q64jv) -> None:
    for name in ("exchange", "deselect", "_busy"):
        chip.__dict__.pop(name, None)
    chip.deselect()
    if not chip.powered:
        chip.power_on()


class Device(SmpCable):
    """A worn device, which after 25 s has nearly all its readings."""

    def __init__(self, seconds: float = 25.0, *, log: bool = False) -> None:
        band = CpythonSimulation(Wearer(PRESETS["resting"], seed=0))
        super().__init__(band)
        self.band = band
        self.settle()
        self.chip = band.flash
        self.log = band.device.log
        if log:
            assert band.device.set_log(wire.LOG_MODE_ALWAYS, 1, 7) == 0
        self.run(seconds)
        self.missing = self.absent()
        self.overran = self.counters("device")["overruns"]

    def run(self, seconds: float) -> None:
        self.simulation.advance(self.simulation.clock.now + round(seconds * 1e6))

    def counters(self, name: str) -> dict[str, int]:
        return dict(self.request(2, 0, READ, {"name": name})["fields"])

    def absent(self) -> int:
        return sum(value is None for _, value, *_ in self.request(100, 0, READ, {})["readings"])

    def put(self, name: str, data: bytes, first: int = 0, last: int | None = None) -> Any:
        """A part of a file; the last answer."""
        answer = None
        for at in range(first, len(data) if last is None else last, 500):
            body: dict[str, Any] = {"name": name, "off": at, "data": data[at : at + 500]}
            answer = self.request(8, 0, WRITE, body if at else body | {"len": len(data)})
        return answer

    def file(self, name: str) -> bytes:
        data, length = b"", 1
        while len(data) < length:
            answer = self.request(8, 0, READ, {"name": name, "off": len(data)})
            length = answer.get("len", length)
            data += answer["data"]
        return data

    def chunks(self) -> list[int]:
        """Numbers of the sound chunks of the log."""
        store = self.log.store
        cursor = LogCursor(store)
        numbers = []
        while (found := cursor.read(max(cursor.next, 0))) is not None or not store.is_readable():
            if found is None:
                self.run(0.1)
            else:
                numbers.append(found[0])
        return numbers

    def assert_unharmed(self) -> None:
        """Nothing else noticed."""
        assert self.counters("device")["overruns"] == self.overran
        assert self.simulation.mcu.resets == 0
        assert self.absent() <= self.missing


REQUESTS: list[tuple[int, int, int, dict[str, Any]]] = [
    (1, 0, READ, {}),
    (1, 0, WRITE, {"confirm": True}),
    (1, 5, WRITE, {}),
    (0, 8, READ, {"query": "last"}),
    (3, 0, WRITE, {"name": "vitalband/wearer_sex", "val": b"\x02"}),
    (63, 0, WRITE, {}),
    (8, 1, READ, {"name": "/files/a"}),
    (8, 0, READ, {"name": "/files/a", "off": 0}),
    (8, 2, READ, {"name": "/files/a"}),
    (8, 0, WRITE, {"name": "/files/b", "off": 0, "data": b"b", "len": 1}),
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_request_that_needs_a_dead_chip_is_refused_at_once_and_the_device_does_the_rest(kind: str) -> None:
    device = Device()
    device.put("/files/a", b"a" * 2000)
    KINDS[kind](device.chip)
    device.slowest_us = 0
    for request in REQUESTS * 2:
        assert device.request(*request) == NAMED, request
    assert device.request(3, 0, READ, {"name": "vitalband/wearer_sex"}) == {"val": b"\0"}
    assert device.counters("flash") == {"bytes": 0, "settings_kept": 0}
    assert device.slowest_us < _STEPS_US
    device.run(2.5)
    assert device.counters("device")["faults"] == 1
    assert device.counters("log")["state"] == wire.LOG_STATE_FAILED
    device.assert_unharmed()


@pytest.mark.parametrize("kind", KINDS)
def test_a_chip_that_nobody_uses_is_missed_within_two_seconds_and_found_again(kind: str) -> None:
    device = Device()
    device.put("/files/a", b"a" * 2000)
    KINDS[kind](device.chip)
    device.run(2.1)
    assert device.counters("device")["faults"] == 1
    revive(device.chip)
    device.run(4.1)
    assert device.counters("device")["faults"] == 0
    assert device.counters("log")["state"] == wire.LOG_STATE_OFF
    assert device.file("/files/a") == b"a" * 2000
    assert device.request(3, 0, WRITE, {"name": "vitalband/wearer_sex", "val": b"\x02"}) == {}
    assert [image["slot"] for image in device.states()] == [0]
    assert device.counters("flash")["files"] == 1
    device.assert_unharmed()


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_goes_on_when_the_chip_is_back_behind_what_was_on_it(kind: str) -> None:
    device = Device(log=True)
    before = device.chunks()
    assert len(before) > 4
    KINDS[kind](device.chip)
    device.run(12)
    assert device.counters("log")["state"] == wire.LOG_STATE_FAILED
    device.assert_unharmed()
    revive(device.chip)
    device.run(20)
    assert device.counters("log")["state"] == wire.LOG_STATE_RECORDING
    after = device.chunks()
    assert after[: len(before)] == before
    assert len(after) > len(before) + 3
    assert all(b > a for a, b in pairwise(after))
    device.assert_unharmed()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("operation", range(6))
def test_a_chip_that_dies_in_an_operation_of_a_setting_or_a_file_is_whole_when_it_is_back(
    operation: int, fraction: float, kind: str
) -> None:
    device = Device(1.0)
    device.put("/files/a", b"a" * 2000)
    device.run(1)
    chip = device.chip

    def die() -> None:
        chip.power_on()
        KINDS[kind](chip)

    chip.cut_power_in(operation, fraction, die)
    name = {"name": "vitalband/wearer_name", "val": b"Li"}
    answers = [device.request(3, 0, WRITE, name), device.put("/files/b", b"b" * 900)]
    device.run(1)
    assert device.request(8, 1, READ, {"name": "/files/a"}) == NAMED
    assert device.slowest_us < _HANG_US
    revive(chip)
    device.run(4.1)
    kept = device.request(3, 0, READ, {"name": "vitalband/wearer_name"})["val"]
    assert kept == (b"Li" if answers[0] == {} else b"")
    assert device.file("/files/a") == b"a" * 2000
    assert device.request(3, 0, WRITE, name) == {}
    assert device.put("/files/b", b"c" * 900) == {"off": 900}
    assert device.file("/files/b") == b"c" * 900
    device.restart()
    assert device.request(3, 0, READ, {"name": "vitalband/wearer_name"}) == {"val": b"Li"}
    assert device.file("/files/b") == b"c" * 900


@pytest.mark.parametrize("kind", KINDS)
def test_an_upload_and_a_file_that_are_under_way_are_refused_and_begin_anew(kind: str) -> None:
    device = Device()
    data = b"d" * 5000
    device.put("/files/d", data, last=2000)
    KINDS[kind](device.chip)
    assert device.put("/files/d", data, 2000, 2500) == NAMED
    device.run(1)
    revive(device.chip)
    device.run(4.1)
    size = device.request(8, 1, READ, {"name": "/files/d"})["len"]
    assert size <= 2000
    assert device.put("/files/d", data) == {"off": 5000}
    assert device.file("/files/d") == data
    device.assert_unharmed()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", [0, 1, 2, 40])
def test_an_image_that_is_on_its_way_is_refused_and_whole_when_it_is_sent_again(operation: int, kind: str) -> None:
    device = Device()
    payload, board = Random(6).randbytes(90_000), board_of("cpython")
    data = sign(payload, device_key(), version=(9, 0, 0, 0), board=board, security_counter=0)
    assert device.upload(data, last=20_000) == {"off": 20_000}
    chip = device.chip

    def die() -> None:
        chip.power_on()
        KINDS[kind](chip)

    chip.cut_power_in(operation, 0.5, die)
    while (answer := device.upload(data, first=20_000, last=85_000)) not in (NAMED, {"off": 0}):
        assert answer["off"] < 85_000
    assert device.upload(data, last=500) == NAMED
    assert device.slowest_us < _HANG_US
    device.run(2.1)
    assert device.simulation.mcu.resets == 0
    assert device.absent() <= device.missing
    assert kind == "hangs" or device.counters("device")["overruns"] == device.overran
    revive(chip)
    device.run(4.1)
    assert [image["slot"] for image in device.states()] == [0]
    assert device.upload(data) == {"off": len(data), "match": True}
    assert [image["slot"] for image in device.states()] == [0, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sum_that_is_being_made_is_refused_and_made_when_the_chip_is_back(kind: str) -> None:
    device = Device(1.0)
    data = Random(7).randbytes(60_000)
    assert device.put("/files/d", data) == {"off": 60_000}
    summing = (8, 2, READ, {"name": "/files/d"})
    device.simulation.clock.call_later(30_000, lambda: KINDS[kind](device.chip))
    assert device.request(*summing) == NAMED
    assert device.request(*summing) == NAMED
    revive(device.chip)
    device.run(4.1)
    assert device.request(*summing)["output"] == crc32(data)


def test_a_chip_that_takes_no_command_is_lost_with_the_first() -> None:
    device = Device(1.0)
    _deaf(device.chip)
    request = (3, 0, WRITE, {"name": "vitalband/wearer_sex", "val": b"\x02"})
    assert device.request(*request) == NAMED
    device.run(6)
    assert device.counters("device")["faults"] == 1, "it gives its identity, and is not taken for that"
    revive(device.chip)
    device.run(2.1)
    assert device.request(*request) == {}


def test_a_glitch_on_the_line_loses_nothing() -> None:
    device = Device(1.0)
    chip, exchange = device.chip, device.chip.exchange
    left = [0]

    def answer(mosi: bytes) -> bytes:
        out = exchange(mosi)
        left[0] -= 1
        return bytes(byte ^ 0x40 for byte in out) if left[0] == 0 else out

    chip.exchange = answer  # type: ignore[method-assign]
    for at in range(1, 12):
        left[0] = at
        value = bytes([at % 3])
        said = device.request(3, 0, WRITE, {"name": "vitalband/wearer_sex", "val": value})
        assert said in ({}, {"rc": 1, "rsn": "error 5 of the device"}), "what does not read back is said"
        assert device.counters("device")["faults"] == 0


def test_a_status_of_the_factory_is_no_fault() -> None:
    """A chip whose quad mode, bit 6 of some makers, is on."""
    chip_status = BUSY << 6
    device = Device(1.0)
    device.chip._stored_status[0] = chip_status
    device.chip.power_off()
    device.run(2.1)
    device.chip.power_on()
    device.run(4.1)
    assert device.counters("device")["faults"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_chip_that_is_silent_at_start_is_used_from_another_start_on_when_it_answers(kind: str) -> None:
    device = Device(1.0)
    name = (3, 0, WRITE, {"name": "vitalband/wearer_name", "val": b"Li"})
    assert device.request(*name) == {}
    assert device.put("/files/a", b"a" * 900) == {"off": 900}
    device.run(1)
    KINDS[kind](device.chip)
    resets = device.simulation.mcu.resets
    device.simulation.reset()
    device.settle()
    device.run(20)
    assert device.simulation.mcu.resets == resets + 1
    assert device.counters("device")["faults"] == 1
    assert device.counters("flash") == {"bytes": 0, "settings_kept": 0}
    assert device.counters("log")["state"] == wire.LOG_STATE_NO_FLASH
    assert device.request(1, 0, READ, {}) == device.request(8, 1, READ, {"name": "/files/a"}) == {"rc": 8}
    revive(device.chip)
    device.run(7)
    assert device.simulation.mcu.resets == resets + 1, "it must have answered for a while"
    device.run(6)
    device.settle()
    assert device.simulation.mcu.resets == resets + 2
    assert device.counters("device")["faults"] == 0
    assert device.request(3, 0, READ, {"name": "vitalband/wearer_name"}) == {"val": b"Li"}
    assert device.file("/files/a") == b"a" * 900
    device.run(30)
    assert device.simulation.mcu.resets == resets + 2


def test_a_chip_that_answers_now_and_then_is_no_reason_to_start_anew() -> None:
    device = Device(1.0)
    device.chip.power_off()
    device.simulation.reset()
    device.settle()
    resets = device.simulation.mcu.resets
    for _ in range(6):
        device.chip.power_on()
        device.run(7)
        device.chip.power_off()
        device.run(2.5)
    assert device.simulation.mcu.resets == resets


def test_a_device_that_starts_while_its_chip_is_busy_still_starts_what_lies_on_it() -> None:
    device = Device(1.0)
    payload, board = Random(6).randbytes(90_000), board_of("cpython")
    data = sign(payload, device_key(), version=(9, 0, 0, 0), board=board, security_counter=0)
    assert device.upload(data) == {"off": len(data), "match": True}
    device.mark(device.states()[1]["hash"])
    device.chip.exchange(b"\x06")
    device.chip.deselect()
    device.chip.exchange(b"\x20\x7f\xf0\x00")  # a sector of the log
    device.chip.deselect()
    device.simulation.reset()
    device.settle()
    assert device.booted()["outcome"] != "nothing", "the bootloader was there"


@pytest.mark.parametrize("block_us", [600_000, 3_500_000])
def test_a_block_that_takes_long_to_erase_for_an_image_costs_the_log_nothing(
    block_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(w25q64jv._ERASES, 0xD8, (BLOCK, block_us))
    device = Device(log=True)
    status, free = bytearray(300), []
    data = sign(
        Random(6).randbytes(100_000), device_key(), version=(9, 0, 0, 0), board=board_of("cpython"), security_counter=0
    )
    count, answer = 0, {"off": 0}
    while answer["off"] < len(data):
        at = answer["off"]
        body = {"off": at, "data": data[at : at + 500]}
        answer = device.request(1, 1, WRITE, body if at else body | {"len": len(data), "sha": sha256(data).digest()})
        if device.chip._busy() and count % 4 == 0:
            n = device.log.write_status(status, 0)
            free.append(LogStatus.decode(bytes(status[wire.HEADER_BYTES : n])).free)
            assert device.log.state == wire.LOG_STATE_RECORDING
        count += 1
    assert answer["match"]
    assert min(free) > 5 << 20, "what was free when it was last known"
    device.run(15)
    assert device.log.state == wire.LOG_STATE_RECORDING
    before = len(device.chunks())
    device.run(12)
    assert len(device.chunks()) > before + 1


@pytest.mark.parametrize("block_us", [800_000, 3_500_000])
def test_a_log_whose_blocks_take_long_to_erase_is_erased_whatever_is_requested_meanwhile(
    block_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(w25q64jv._ERASES, 0xD8, (BLOCK, block_us))
    device = Device(log=True)
    log, status = device.log, bytearray(300)
    for _ in range(6):  # enough for some blocks
        assert device.band.device.set_log(wire.LOG_MODE_ALWAYS, 31, 7) == 0
        device.run(60)
    assert device.band.device.set_log(wire.LOG_MODE_OFF, 1, 7) == 0
    device.run(2)
    while not log.store.acknowledge(log.store.next):
        device.run(0.5)
    assert log.erase(log.store.next) == 0
    for _ in range(400):
        device.run(0.5)
        log.write_status(status, 0)
        if log.state != wire.LOG_STATE_ERASING:
            break
    assert log.state == wire.LOG_STATE_OFF
    assert not log.store.to_erase
    device.run(1)
    assert device.band.device.set_log(wire.LOG_MODE_ALWAYS, 1, 7) == 0
    device.run(12)
    assert log.state == wire.LOG_STATE_RECORDING
    assert device.chunks()


def test_a_restart_waits_for_a_block_and_keeps_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(w25q64jv._ERASES, 0xD8, (BLOCK, 1_500_000))
    device = Device(log=True)
    device.run(3)
    known = device.chunks()
    flash = device.band.device.board.flash
    assert flash is not None
    flash.erase(BLOCK, BLOCK)
    device.log.close(device.band.device.now_us())
    assert device.log.state == wire.LOG_STATE_RECORDING
    assert device.chunks()[: len(known)] == known
    assert len(device.chunks()) > len(known)
