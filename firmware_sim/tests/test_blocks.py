"""Blocks of samples: numbering, packing, and who joins in the middle."""

from __future__ import annotations

from array import array

from firmware_sim.firmware.chains.blocks import BlockWriter
from firmware_sim.firmware.chains.timebase import Timebase
from firmware_sim.firmware.frame_ring import HEAD, FrameRing
from host_sdk import wire_gen as sdk


class Batch:
    """A driver that has read samples from `tick_us` on."""

    def __init__(self, tick_us: int) -> None:
        self.tick_us = tick_us


def times(begin: int, period: int = 4_000) -> Timebase:
    return Timebase(Batch(begin), period)


def sent(ring: FrameRing) -> list[sdk.Samples]:
    """Blocks in the ring."""
    frame = bytearray(182)
    frames = [bytes(frame[: ring.copy(number, frame)]) for number in range(ring.state[HEAD])]
    return [sdk.Samples.decode(frame[3:]) for frame in frames]


def counts(block: sdk.Samples, width: int) -> list[int]:
    data = block.data
    return [int.from_bytes(data[i : i + width], "little", signed=True) for i in range(0, len(data), width)]


def test_samples_of_any_batches_come_out_in_numbered_blocks() -> None:
    ring = FrameRing(16, 16 * 182)
    writer = BlockWriter(ring, 0, 10)
    writer.wanted = True
    values = [-(1 << 23), (1 << 23) - 1, -1, 0, *range(-20, 20)]
    at = 0
    for n in (1, 7, 25, 11):
        writer.add(array("i", values[at : at + n]), n, times(5_000 + at * 4_000), 0)
        at += n
    blocks = sent(ring)
    assert [b.seq for b in blocks] == [0, 1, 2, 3]
    assert [b.first_index for b in blocks] == [0, 10, 20, 30]
    assert [b.tick_us for b in blocks] == [5_000, 45_000, 85_000, 125_000]
    assert [c for b in blocks for c in counts(b, 3)] == values[:40]


def test_who_joins_in_the_middle_gets_no_part_of_a_block() -> None:
    ring = FrameRing(16, 16 * 182)
    writer = BlockWriter(ring, 2, 4)
    samples = array("h", range(1, 3 * 6 + 1))
    writer.add(samples, 6, times(0, 10), 0)
    writer.wanted = True
    writer.add(samples, 6, times(60, 10), 0)
    (block,) = sent(ring)
    assert (block.seq, block.first_index, block.tick_us) == (2, 8, 80)
    assert counts(block, 2) == list(range(7, 19))


def test_a_status_holds_for_its_block_only() -> None:
    ring = FrameRing(16, 16 * 182)
    writer = BlockWriter(ring, 0, 2)
    writer.wanted = True
    for status in (0, 1, 0, 0, 2, 2):
        writer.add(array("i", [0]), 1, times(0), status)
    assert [b.status for b in sent(ring)] == [1, 0, 2]


def test_no_block_spans_lost_samples() -> None:
    ring = FrameRing(16, 16 * 182)
    writer = BlockWriter(ring, 0, 4)
    writer.wanted = True
    writer.add(array("i", range(6)), 6, times(0), 0)
    writer.skip(10)
    writer.add(array("i", range(16, 20)), 4, times(64_000), 0)
    blocks = sent(ring)
    assert [(b.seq, b.first_index, b.tick_us) for b in blocks] == [(0, 0, 0), (1, 4, 16_000), (2, 16, 64_000)]
    assert [c for b in blocks for c in counts(b, 3)] == [0, 1, 2, 3, 4, 5, 16, 17, 18, 19]
