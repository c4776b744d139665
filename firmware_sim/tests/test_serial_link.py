"""The serial link: framing, console text, and lines full of rubbish."""

from __future__ import annotations

import binascii
import struct

from cobs import cobs as reference
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.services.serial_link import SerialLink
from firmware_sim.firmware.services.session import Session
from host_sdk import wire_gen as sdk

from .test_session import FakeHost

BANNER = b"hello\r\n"


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


def new_link() -> tuple[FakeUart, SerialLink]:
    uart = FakeUart()
    link = SerialLink(uart, BANNER)
    link.receiver = Session(link, FakeHost())
    assert bytes(uart.outgoing) == BANNER
    uart.outgoing.clear()
    return uart, link


def ask(uart: FakeUart, link: SerialLink, data: bytes) -> list[bytes]:
    uart.incoming += data
    while uart.incoming:
        link.poll()
    assert isinstance(link.receiver, Session)
    link.receiver.poll()
    sent, uart.outgoing = bytes(uart.outgoing), bytearray()
    return frames(sent)


SYNC = bytes([sdk.TimeSync.TYPE, 1, 0]) + sdk.TimeSync(99).encode()


def test_a_request_is_answered() -> None:
    uart, link = new_link()
    (answer,) = ask(uart, link, wrap(SYNC))
    assert sdk.Time.decode(answer[3:]) == sdk.Time(99, 0)


def test_console_text_around_frames_does_no_harm() -> None:
    uart, link = new_link()
    assert len(ask(uart, link, b"some text\r\n" + wrap(SYNC) + b"\x06\x09AAAA\n" + wrap(SYNC))) == 2


def test_a_question_mark_is_answered_with_the_banner() -> None:
    uart, link = new_link()
    uart.incoming += b"?\r"
    link.poll()
    assert bytes(uart.outgoing) == BANNER
    uart.outgoing.clear()
    uart.incoming += BANNER + b"what?\r"
    link.poll()
    assert not uart.outgoing


def test_a_corrupt_frame_is_counted_and_the_next_one_heard() -> None:
    uart, link = new_link()
    bad = bytearray(wrap(SYNC))
    bad[5] ^= 1
    assert len(ask(uart, link, bytes(bad) + wrap(SYNC))) == 1
    assert link.bad_frames == 1


def test_truncated_and_oversized_frames_cost_only_themselves() -> None:
    uart, link = new_link()
    assert len(ask(uart, link, wrap(SYNC)[:-4] + b"\0" + wrap(SYNC))) == 1
    assert len(ask(uart, link, b"\0" + b"\x05" * 5000 + b"\0" + wrap(SYNC) + wrap(SYNC))) >= 1
    assert link.bad_frames >= 2


def test_a_flood_is_taken_in_portions() -> None:
    uart, link = new_link()
    uart.incoming += b"x" * 10_000
    link.poll()
    assert len(uart.incoming) > 5_000


@given(st.binary(max_size=400))
def test_after_any_rubbish_two_tries_get_through(rubbish: bytes) -> None:
    uart, link = new_link()
    assert len(ask(uart, link, rubbish + wrap(SYNC) + wrap(SYNC))) >= 1
