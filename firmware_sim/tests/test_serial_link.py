"""The serial link: framing, console text, and lines full of rubbish."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable

import pytest
from cobs import cobs as reference
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.services.requests.table import HANDLERS
from firmware_sim.firmware.services.serial.console import Console
from firmware_sim.firmware.services.serial.demultiplexer import Demultiplexer
from firmware_sim.firmware.services.serial.link import SerialLink
from firmware_sim.firmware.services.session import Session
from firmware_sim.schema.model import LONGEST_REQUEST
from host_sdk import wire_gen as sdk

from .test_session import FakeHost

BANNER = b"hello\r\n"
LineReader = Callable[[memoryview], bool]


class FakeUart:
    """A UART held at both ends."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.outgoing = bytearray()

    def readinto(self, buf: bytearray) -> int | None:
        n = min(len(buf), len(self.incoming))
        buf[:n] = self.incoming[:n]
        del self.incoming[:n]
        return n or None

    def write(self, data: bytes | memoryview) -> int:
        self.outgoing += data
        return len(data)


def wrap(frame: bytes) -> bytes:
    return b"\0" + bytes(reference.encode(frame + struct.pack("<I", binascii.crc32(frame)))) + b"\0"


def frames(stream: bytes) -> list[bytes]:
    """Frames in what the device sent."""
    found = []
    for piece in stream.split(b"\0"):
        if piece and piece != BANNER:
            raw = reference.decode(piece)
            assert struct.unpack("<I", raw[-4:])[0] == binascii.crc32(raw[:-4])
            found.append(raw[:-4])
    return found


class Cable:
    """A serial link and what reads its UART."""

    def __init__(self, uart: FakeUart, *lines: LineReader) -> None:
        self.link = SerialLink(uart)
        self.session = self.link.receiver = Session(self.link, FakeHost(), HANDLERS)
        console = Console(uart, BANNER)
        self.poll = Demultiplexer(uart, self.link.on_packet, (*lines, console.on_line), self.link.lose).poll

    @property
    def bad_frames(self) -> int:
        return self.link.bad_frames


def new_link(*lines: LineReader) -> tuple[FakeUart, Cable]:
    uart = FakeUart()
    cable = Cable(uart, *lines)
    assert bytes(uart.outgoing) == BANNER
    uart.outgoing.clear()
    return uart, cable


def request(uart: FakeUart, link: Cable, data: bytes) -> list[bytes]:
    uart.incoming += data
    while uart.incoming:
        link.poll()
    link.session.poll()
    sent, uart.outgoing = bytes(uart.outgoing), bytearray()
    return frames(sent)


SYNC = bytes([sdk.TimeSync.TYPE, 1, 0]) + sdk.TimeSync(99).encode()


def test_a_request_is_answered() -> None:
    uart, link = new_link()
    (answer,) = request(uart, link, wrap(SYNC))
    assert sdk.Time.decode(answer[3:]) == sdk.Time(99, 0)


def test_console_text_around_frames_does_no_harm() -> None:
    uart, link = new_link()
    assert len(request(uart, link, b"some text\r\n" + wrap(SYNC) + b"\x06\x09AAAA\n" + wrap(SYNC))) == 2


def test_a_question_mark_is_answered_with_the_banner() -> None:
    uart, link = new_link()
    uart.incoming += b"?\r"
    link.poll()
    assert bytes(uart.outgoing) == BANNER
    uart.outgoing.clear()
    uart.incoming += BANNER + b"what?\r"
    link.poll()
    assert not uart.outgoing


def test_another_language_gets_the_lines_that_it_knows() -> None:
    received = []

    def shell(line: memoryview) -> bool:
        received.append(bytes(line))
        return bytes(line[:2]) == b"\x06\x09"

    uart, link = new_link(shell)
    assert len(request(uart, link, b"\x06\x09AAAA\n" + wrap(SYNC) + b"?\n" + b"x" * 129 + b"\nend\n")) == 1
    assert received == [b"\x06\x09AAAA", b"?", b"end"]
    assert link.bad_frames == 1


def test_lines_that_are_too_long_are_counted_whatever_ends_them() -> None:
    uart, link = new_link()
    assert len(request(uart, link, b"x" * 128 + b"\n" + b"y" * 129 + b"\r" + b"z" * 300 + wrap(SYNC))) == 1
    assert link.bad_frames == 2


def test_the_longest_request_that_the_schema_allows_fits_the_reader() -> None:
    uart, link = new_link()
    for byte in (b"\0", b"\xff"):
        (refusal,) = request(uart, link, wrap(b"\x7f\1\0" + byte * (LONGEST_REQUEST - 3)))
        assert sdk.Ack.decode(refusal[3:]).error is sdk.Error.UNKNOWN_TYPE
    assert link.bad_frames == 0
    assert request(uart, link, wrap(b"\x7f\1\0" + bytes(LONGEST_REQUEST - 2))) == []
    assert link.bad_frames == 1


def test_a_corrupt_frame_is_counted_and_the_next_one_received() -> None:
    uart, link = new_link()
    bad = bytearray(wrap(SYNC))
    bad[5] ^= 1
    assert len(request(uart, link, bytes(bad) + wrap(SYNC))) == 1
    assert link.bad_frames == 1


def test_truncated_and_oversized_frames_cost_only_themselves() -> None:
    uart, link = new_link()
    assert len(request(uart, link, wrap(SYNC)[:-4] + b"\0" + wrap(SYNC))) == 1
    assert len(request(uart, link, b"\0" + b"\x05" * 5000 + b"\0" + wrap(SYNC) + wrap(SYNC))) >= 1
    assert link.bad_frames >= 2


def test_a_flood_is_taken_in_portions() -> None:
    uart, link = new_link()
    uart.incoming += b"x" * 10_000
    link.poll()
    assert len(uart.incoming) > 5_000


@given(st.binary(max_size=400))
def test_after_any_rubbish_two_tries_get_through(rubbish: bytes) -> None:
    uart, link = new_link()
    assert len(request(uart, link, rubbish + wrap(SYNC) + wrap(SYNC))) >= 1


@pytest.mark.parametrize("before", [b"\0", b"\0abc", b"\0" + b"x" * 300, b"\0\0\0"])
def test_a_stray_zero_does_not_silence_the_other_languages(before: bytes) -> None:
    """A host that was killed in mid-packet leaves one; lines of SMP are read again, at the latest from the third on."""
    received = []

    def smp(line: memoryview) -> bool:
        received.append(bytes(line))
        return bytes(line[:2]) == b"\x06\x09"

    uart, link = new_link(smp)
    for i in range(6):
        uart.incoming += (before if i == 0 else b"") + b"\x06\x09" + b"A" * 30 + bytes((65 + i,)) + b"\n"
        link.poll()
    assert received[-3:] == [b"\x06\x09" + b"A" * 30 + bytes((65 + i,)) for i in (3, 4, 5)]
    assert len(request(uart, link, wrap(SYNC))) == 1
