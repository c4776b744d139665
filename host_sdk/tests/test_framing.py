from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_sdk.transports.base import MAX_FRAME_BYTES, LinkCounters
from host_sdk.transports.framing import Deframer, wrap


class Catcher:
    def __init__(self) -> None:
        self.counters = LinkCounters()
        self.frames: list[bytes] = []
        self.text = ""
        self.deframer = Deframer(self.counters, self.frames.append, self._print)

    def _print(self, text: str) -> None:
        self.text += text


def frame(n: int, size: int = 40) -> bytes:
    return bytes([3, n & 0xFF, n >> 8]) + random.Random(n).randbytes(size)


@settings(deadline=None, max_examples=60)
@given(
    payloads=st.lists(st.binary(min_size=3, max_size=MAX_FRAME_BYTES), max_size=8),
    cut=st.integers(1, 64),
)
def test_frames_survive_any_slicing(payloads: list[bytes], cut: int) -> None:
    catcher = Catcher()
    stream = b"".join(wrap(payload) for payload in payloads)
    for start in range(0, len(stream), cut):
        catcher.deframer.feed(stream[start : start + cut])
    assert catcher.frames == payloads
    assert catcher.counters == LinkCounters()


def test_console_text_between_frames_is_no_frame() -> None:
    catcher = Catcher()
    catcher.deframer.feed(b"boot \xc2\xb5s\r\n" + wrap(frame(1)) + b"MPY: soft reboot\r\n" + wrap(frame(2)))
    assert catcher.frames == [frame(1), frame(2)]
    assert catcher.text == "boot µs\r\nMPY: soft reboot\r\n"
    assert catcher.counters.corrupt == 0


def test_console_text_does_not_wait_for_a_frame() -> None:
    catcher = Catcher()
    catcher.deframer.feed(b"Traceback: out of memory\r\n")
    assert catcher.text == "Traceback: out of memory\r\n"


def test_a_flipped_bit_costs_one_frame() -> None:
    wires = [wrap(frame(n)) for n in range(5)]
    for position in range(1, len(wires[2]) - 1):
        damaged = bytearray(wires[2])
        damaged[position] ^= 0x10
        catcher = Catcher()
        catcher.deframer.feed(b"".join([*wires[:2], bytes(damaged), *wires[3:]]))
        assert catcher.frames == [frame(0), frame(1), frame(3), frame(4)]
        assert catcher.counters.corrupt + catcher.counters.truncated > 0


def test_a_lost_byte_anywhere_costs_no_other_frame() -> None:
    wires = [wrap(frame(n)) for n in range(4)]
    for position in range(len(wires[1])):
        cut = wires[1][:position] + wires[1][position + 1 :]
        catcher = Catcher()
        catcher.deframer.feed(wires[0] + cut + wires[2] + wires[3])
        assert [frame(0), frame(2), frame(3)] == [got for got in catcher.frames if got != frame(1)]


def test_an_endless_frame_is_dropped_and_the_next_is_had() -> None:
    catcher = Catcher()
    catcher.deframer.feed(b"\0" + b"\x02\x01" * 3000 + b"\0" + wrap(frame(7)))
    assert catcher.frames == [frame(7)]
    assert catcher.counters.oversized == 1


def test_too_short_a_frame_is_counted() -> None:
    catcher = Catcher()
    catcher.deframer.feed(b"\0\x02\x01\0" + wrap(frame(1)))
    assert catcher.counters.truncated == 1
    assert catcher.frames == [frame(1)]


@settings(deadline=None, max_examples=60)
@given(noise=st.binary(max_size=3000))
def test_noise_never_breaks_it(noise: bytes) -> None:
    catcher = Catcher()
    catcher.deframer.feed(noise)
    catcher.deframer.feed(b"\0")
    catcher.deframer.feed(wrap(frame(9)))
    assert catcher.frames[-1] == frame(9)


def test_an_endless_frame_is_counted_once_in_whatever_pieces_it_comes() -> None:
    catcher = Catcher()
    catcher.deframer.feed(b"\0")
    for _ in range(40):
        catcher.deframer.feed(b"\1" * MAX_FRAME_BYTES)
    catcher.deframer.feed(b"\0" + wrap(frame(1)))
    assert catcher.counters.oversized == 1
    assert catcher.frames == [frame(1)]


def test_half_a_character_is_no_text_yet_and_nobody_need_listen() -> None:
    said: list[str] = []
    counters, frames = LinkCounters(), list[bytes]()
    deframer = Deframer(counters, frames.append, said.append)
    for piece in (b"\xc2", b"\xb5s"):
        deframer.feed(piece)
    assert said == ["µs"]
    assert counters.console_bytes == 3
    deaf = Deframer(counters, frames.append, None)
    deaf.feed(b"boot\r\n" + wrap(frame(1)))
    assert frames == [frame(1)]


def of_text(size: int) -> bytes:
    """A frame of which every byte on the cable could be one of console text."""
    for seed in range(10_000):
        frame = random.Random(seed).choices(range(33, 127), k=size)
        if all(byte in (9, 10, 13, 27, *range(32, 127), *range(128, 256)) for byte in wrap(bytes(frame))[1:-1]):
            return bytes(frame)
    raise AssertionError("there is none")


def test_the_longest_frame_fits_and_no_byte_more() -> None:
    longest = bytes(byte % 255 + 1 for byte in range(MAX_FRAME_BYTES))  # without zeros: COBS adds most
    counters = LinkCounters()
    frames: list[bytes] = []
    deframer = Deframer(counters, frames.append, None)
    encoded = wrap(longest)
    deframer.feed(encoded[:-1])
    assert counters.oversized == 0
    deframer.feed(encoded[-1:])
    assert frames == [longest]
    room = MAX_FRAME_BYTES + 4 + (MAX_FRAME_BYTES + 4) // 254 + 1
    for size, oversized in ((room, 0), (room + 1, 1)):
        counters = LinkCounters()
        Deframer(counters, frames.append, None).feed(b"\0" + b"\1" * size)
        assert counters.oversized == oversized


@pytest.mark.parametrize("byte", [9, 10, 13, 27, 32, 126, 200])
def test_console_text_has_tabs_line_ends_and_escapes(byte: int) -> None:
    printed: list[str] = []
    Deframer(LinkCounters(), lambda _: None, printed.append).feed(b"a" + bytes([byte]) + b"b")
    assert len("".join(printed)) == 3


@pytest.mark.parametrize("byte", [1, 8, 11, 12, 14, 26, 28, 31, 127])
def test_control_characters_are_none(byte: int) -> None:
    printed: list[str] = []
    Deframer(LinkCounters(), lambda _: None, printed.append).feed(b"a" + bytes([byte]) + b"b")
    assert printed == []


def test_a_frame_that_lost_its_first_zero_behind_a_damaged_one_is_no_console_text() -> None:
    frame = of_text(40)
    printed: list[str] = []
    frames: list[bytes] = []
    deframer = Deframer(LinkCounters(), frames.append, printed.append)
    deframer.feed(b"\0\1\2\3\0" + wrap(frame)[1:])
    assert (frames, printed) == ([frame], [])
