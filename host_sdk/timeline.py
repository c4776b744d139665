"""What came when: gaps and true rate of each stream, lost frames of a link, the device's clock against ours."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, replace

import numpy as np

from .models import Gap, LinkError, LinkErrorKind, SampleBlock, StreamSpec

_log = logging.getLogger(__name__)
# Nothing on these links is late by so much: an earlier block is of another start of the device.
_RESTART_S = 10.0
_RESTART_US = 1_000_000
_OPEN_GAPS = 256
# By so much the calendar may move against the monotonic clock before it counts as set.
_STEP_US = 50_000
# How far a block's tick may be off the line of those before. Each tick moves the line by a part of what it is off:
# a large one until the rate is known, which is measured over so long.
_JITTER_US = 50_000
_RATE_SPAN_S = 2.0
_GAIN, _EARLY_GAIN = 1 / 16, 1 / 2


class StreamTimeline:
    """Puts the blocks of one stream in order: finds gaps, drops what came twice, knows the true rate."""

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.received = 0
        self.lost = 0
        self.gaps = 0
        self.doubled = 0
        self.late = 0
        self._next = -1
        self._first: tuple[int, int] | None = None
        self._last = (0, 0)
        self._lost_before = 0
        # where the line of its times stands: (index, µs)
        self._line: tuple[int, float] | None = None
        # a new link: what was on the old one cannot come on it
        self._relinked = False
        # first index -> end, of gaps that a late block may still fill
        self._open: OrderedDict[int, int] = OrderedDict()

    def rebase(self) -> None:
        """Forget where the stream stood: it was stopped on purpose, or the device began anew."""
        self._next = -1
        self._first = None
        self._line = None
        self._lost_before = self.lost
        self._open.clear()

    def relink(self) -> None:
        """What comes now comes on a new link, so nothing of it was there before."""
        self._relinked = True

    @property
    def measured_hz(self) -> float | None:
        """Rate of the sensor by the device's clock; None before there are two blocks."""
        span_s = self._span_s()
        return (self._last[0] - self._first[0]) / span_s if self._first and span_s else None

    @property
    def delivered_hz(self) -> float | None:
        """Samples that arrived a second of device time, gaps included; None before there are two blocks."""
        rate = self.measured_hz
        if rate is None or self._first is None:
            return None
        covered = self._next - self._first[0]
        return rate * (1 - (self.lost - self._lost_before) / covered)

    def _span_s(self) -> float:
        return (self._last[1] - self._first[1]) / 1e6 if self._first else 0.0

    @property
    def began_us(self) -> float:
        """Device time of the first sample; infinite where there is none."""
        return self._first[1] if self._first else math.inf

    @property
    def open_gaps(self) -> tuple[tuple[int, int], ...]:
        """(first sample, the one behind the last) of gaps that a late block may still fill."""
        return tuple(self._open.items())

    def gap_spans_us(self) -> list[tuple[float, float]]:
        """Begin and end of these in device time."""
        index, tick_us = self._last
        period_us = 1e6 / self.spec.rate_hz
        return [
            (tick_us - (index - first) * period_us, tick_us - (index - stop) * period_us)
            for first, stop in self._open.items()
        ]

    def lacks(self, block: SampleBlock) -> bool:
        """Whether all of a block is missing in a gap."""
        end = block.first_index + len(block.counts)
        return any(first <= block.first_index and end <= stop for first, stop in self._open.items())

    def accept(self, block: SampleBlock) -> tuple[SampleBlock | None, Gap | LinkError | None]:
        """The part of a block that is new (None: nothing), and what was noticed before it."""
        relinked, self._relinked = self._relinked, False
        if self._next < 0:
            return self._append(block), None
        if block.first_index >= self._next:
            gap = self._gap(block)
            return self._append(block), gap
        if relinked or self._is_other_start(block):
            self.rebase()
            error = LinkError(LinkErrorKind.DEVICE_RESTARTED, "its index and clock began anew", block.stream)
            return self._append(block), error
        return self._accept_earlier(block)

    def _append(self, block: SampleBlock) -> SampleBlock:
        if self._first is None:
            self._first = (block.first_index, block.tick_us)
        self._last = (block.first_index, block.tick_us)
        self._next = block.first_index + len(block.counts)
        self.received += len(block.counts)
        return self._timed(block)

    def _timed(self, block: SampleBlock) -> SampleBlock:
        """The block with its samples on an even line through the ticks of the blocks, which jitter."""
        rate = self.measured_hz if self._span_s() >= _RATE_SPAN_S else None
        period_us = 1e6 / (rate or self.spec.rate_hz)
        index, line_us = self._line or (block.first_index, float(block.tick_us))
        expected_us = line_us + (block.first_index - index) * period_us
        off_us = block.tick_us - expected_us
        if abs(off_us) > _JITTER_US:
            moved_us = off_us
        else:  # never so far back that times would fall
            moved_us = max(off_us * (_GAIN if rate else _EARLY_GAIN), -period_us / 2)
        self._line = (block.first_index, expected_us + moved_us)
        return replace(block, correction_us=moved_us - off_us, measured_hz=rate)

    def _gap(self, block: SampleBlock) -> Gap | None:
        missing = block.first_index - self._next
        if missing == 0:
            return None
        self.gaps += 1
        self.lost += missing
        self._open[self._next] = block.first_index
        if len(self._open) > _OPEN_GAPS:
            self._open.popitem(last=False)
        return Gap(block.stream, self._next, missing, block.tick_us, missing / self.spec.rate_hz)

    def _is_other_start(self, block: SampleBlock) -> bool:
        if self._next - block.first_index > _RESTART_S * self.spec.rate_hz:
            return not any(first <= block.first_index < stop for first, stop in self._open.items())
        index, tick = self._last
        expected = tick + (block.first_index - index) * 1e6 / self.spec.rate_hz
        return abs(block.tick_us - expected) > _RESTART_US

    def _accept_earlier(self, block: SampleBlock) -> tuple[SampleBlock | None, LinkError | None]:
        end = block.first_index + len(block.counts)
        if end > self._next:  # overlaps what is there and goes on
            self.doubled += 1
            fresh = _tail(block, self._next - block.first_index)
            error = LinkError(LinkErrorKind.BLOCK_DOUBLED, f"block {block.seq} overlaps", block.stream)
            return self._append(fresh), error
        for first, stop in self._open.items():
            if first <= block.first_index and end <= stop:
                return self._fill(block, first, stop), None
        self.doubled += 1
        return None, LinkError(LinkErrorKind.BLOCK_DOUBLED, f"block {block.seq} came twice", block.stream)

    def _fill(self, block: SampleBlock, first: int, stop: int) -> SampleBlock:
        del self._open[first]
        end = block.first_index + len(block.counts)
        for low, high in ((first, block.first_index), (end, stop)):
            if low < high:
                self._open[low] = high
        self.late += 1
        self.lost -= len(block.counts)
        self.received += len(block.counts)
        return replace(block, late=True)


def _tail(block: SampleBlock, skip: int) -> SampleBlock:
    tick = block.tick_us + round(skip * 1e6 / block.spec.rate_hz)
    return replace(block, first_index=block.first_index + skip, tick_us=tick, counts=block.counts[skip:])


class SequenceCheck:
    """Counts lost, doubled and re-ordered frames of a link by their 16-bit number."""

    _REMEMBERED = 1024

    def __init__(self) -> None:
        self.received = 0
        self.lost = 0
        self.doubled = 0
        self.reordered = 0
        self._next: int | None = None
        self._missing: deque[int] = deque(maxlen=self._REMEMBERED)
        # Number and check sum of the frames had lately: the same number alone could be a device that began anew.
        self._had: OrderedDict[int, int] = OrderedDict()

    def accept(self, seq: int, digest: int) -> LinkError | None:
        """Take the next frame's number and check sum; returns what is wrong with it."""
        self.received += 1
        if self._next is None:
            self._next = seq
        ahead = (seq - self._next) & 0xFFFF
        error = self._accept_earlier(seq, digest) if ahead >= 0x8000 else self._advance(seq, ahead)
        self._had[seq] = digest
        if len(self._had) > self._REMEMBERED:
            self._had.popitem(last=False)
        return error

    def _advance(self, seq: int, ahead: int) -> LinkError | None:
        self._missing.extend((seq - n) & 0xFFFF for n in range(ahead, 0, -1))
        self._next = (seq + 1) & 0xFFFF
        self._had.pop(seq, None)
        if ahead == 0:
            return None
        self.lost += ahead
        return LinkError(LinkErrorKind.FRAMES_LOST, f"{ahead} before number {seq}")

    def _accept_earlier(self, seq: int, digest: int) -> LinkError:
        if self._had.get(seq) == digest:
            self.doubled += 1
            return LinkError(LinkErrorKind.FRAME_DOUBLED, f"number {seq} came again")
        if seq in self._missing:
            self._missing.remove(seq)
            self.lost -= 1
            self.reordered += 1
            return LinkError(LinkErrorKind.FRAME_REORDERED, f"number {seq} came late")
        self._missing.clear()
        self._had.clear()
        self._next = (seq + 1) & 0xFFFF
        return LinkError(LinkErrorKind.DEVICE_RESTARTED, f"frame numbers began anew at {seq}")


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """Host time = tick + offset; good to ± uncertainty. Drift is the device's clock against ours, None: too early.

    Of a simulated device it is the simulation's pace: 1 + drift / 1e6.
    """

    offset_us: float
    uncertainty_us: float
    drift_ppm: float | None


def _wall_us() -> int:
    """By how much the calendar is ahead of the monotonic clock."""
    return time.time_ns() // 1000 - time.monotonic_ns() // 1000


class ClockSync:
    """Offset and drift of the device's clock from answered time questions."""

    _KEPT = 128
    _MIN_SPAN_US = 10_000_000

    def __init__(self) -> None:
        self._points: deque[tuple[int, float, float]] = deque(maxlen=self._KEPT)
        self._wall_us = _wall_us()
        # a step was noticed since the last answer: all that is known is of before
        self._is_old = False
        #: Steps of the host's clock that were noticed.
        self.steps = 0

    def host_us(self) -> int:
        """Host time for questions, µs since 1970: of the monotonic clock, put to the calendar anew when that is set.

        So a host clock that is set meanwhile bends nothing.
        """
        self._notice_step()
        return self._wall_us + time.monotonic_ns() // 1000

    def add(self, sent_us: int, received_us: int, tick_us: int) -> None:
        """One question: host time when asked and when answered, device time in between."""
        if self._is_old:
            self._points.clear()
            self._is_old = False
        middle = (sent_us + received_us) / 2
        # set between question and answer, the clock makes a way of any length, backwards too
        self._points.append((tick_us, middle - tick_us, abs(received_us - sent_us) / 2))

    def _notice_step(self) -> None:
        """The host's clock was set, or the host was asleep: of the offset is known only that it moved by no more."""
        step = _wall_us() - self._wall_us
        if abs(step) <= _STEP_US:
            return
        self._wall_us += step
        self.steps += 1
        _log.warning("the host's clock has stepped by %+.3f s against its monotonic clock", step / 1e6)
        if self._points:
            tick, offset, uncertainty = self._best()
            self._points.clear()
            self._points.append((tick, offset + step, uncertainty + abs(step)))
            self._is_old = True

    def _best(self) -> tuple[int, float, float]:
        return min(self._points, key=lambda point: point[2])

    def is_behind(self, sent_us: int, received_us: int, tick_us: int) -> bool:
        """Whether the device's clock stands well before what the last answer lets expect: it began anew."""
        if not self._points:
            return False
        tick, offset, _ = self._points[-1]
        drift = self._drift() or 0.0
        passed_us = (sent_us + received_us) / 2 - (tick + offset)
        return tick_us < tick + passed_us * (1 + drift) - _RESTART_US

    @property
    def estimate(self) -> ClockEstimate | None:
        """What is known now, uncertain by a step of the host's clock after one; None before the first answer."""
        self._notice_step()
        if not self._points:
            return None
        tick, offset, uncertainty = self._best()
        drift = self._drift()
        if drift is None:
            return ClockEstimate(offset, uncertainty, None)
        latest = self._points[-1][0]
        # Carried from the best answer to the latest one along the drift.
        return ClockEstimate(offset - (latest - tick) * drift, uncertainty, drift * 1e6)

    def _drift(self) -> float | None:
        """Device seconds gained a second, from the quicker half of the answers."""
        points = sorted(self._points, key=lambda point: point[2])[: max(3, len(self._points) // 2)]
        ticks = np.array([point[0] for point in points], dtype=np.float64)
        if len(points) < 3 or np.ptp(ticks) < self._MIN_SPAN_US:
            return None
        offsets = np.array([point[1] for point in points])
        centred = ticks - ticks.mean()
        return float(-(centred @ (offsets - offsets.mean())) / (centred @ centred))
