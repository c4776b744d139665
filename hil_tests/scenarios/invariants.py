"""What holds whatever a device goes through: of its samples, results and memory, and of the cable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from host_sdk.models import Beat, Gap, Item, LinkError, LinkErrorKind, Reading, SampleBlock, Status
from host_sdk.wire_gen import Stream

from .judging import Observed, Verdict
from .model import Scenario

#: Longest silence of a device: its status comes every second.
SILENT_S = 3.0
#: What a link that is whole again may still bring up of the time when it was not, and a device that starts anew.
AFTERMATH_S = 3.0
#: What happens to the clock of a chip, or its wires, is seen in the times of its samples for so long after its end.
_SETTLED_S = 8.0
#: How far the time of a block may be off the line of all: ECG is taken by interrupt, the others are polled.
_JITTER_MS: dict[Stream, float] = {Stream.ECG: 12.0, Stream.SKIN_TEMPERATURE: 1100.0}
_POLLED_JITTER_MS = 110.0
#: What a device that runs may hold more of its heap than it held before.
_HEAP_GROWTH = 1024
#: Calls that may wait beside twice of those that waited before.
_WAITING_GROWTH = 64
#: Blocks may wait for a cable that is whole for so long, ms.
_BACKLOG_MS = 1500
_MOST_SHOWN = 3
#: What is wrong with all chips, or those on one bus, and their samples' times.
_ALL_CHIPS = ("sensor_bus", "clock")
#: A watchdog bites after so long, in which nothing comes.
_WATCHDOG_S = 9.0
_COMPONENT: dict[Stream, str] = {
    Stream.ECG: "ecg",
    Stream.PPG: "light",
    Stream.PPG_GREEN: "light",
    Stream.ACCEL: "motion",
    Stream.GYRO: "motion",
    Stream.SKIN_TEMPERATURE: "temperature",
}

Span = tuple[float, float]


def _shown(found: Iterable[str]) -> str | None:
    words = list(found)
    more = len(words) - _MOST_SHOWN
    return ("; ".join(words[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")) or None


@dataclass
class _Stretch:
    """Blocks of a stream that follow each other: index of the first sample, and its time."""

    start_s: float
    indices: list[int] = field(default_factory=list)
    ticks_us: list[int] = field(default_factory=list)


class Samples:
    """Follows the samples as they come: none is lost or doubled but in a gap that is reported, time goes forward.

    `start_s` gives the scenario's time of the device's start.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.count = 0
        self._next: dict[Stream, int] = {}
        self._gaps: dict[Stream, list[tuple[int, int]]] = {}
        self._stretches: dict[Stream, list[_Stretch]] = {}

    def add(self, time_s: float, item: Item) -> None:
        """The next item, and its time in the scenario."""
        if isinstance(item, SampleBlock):
            self._add_block(time_s, item)
        elif isinstance(item, Gap):
            self._add_gap(time_s, item)
        elif isinstance(item, LinkError) and item.kind is LinkErrorKind.DEVICE_RESTARTED:
            self.restart()

    def restart(self) -> None:
        """The device starts anew: so do its streams."""
        self._next.clear()
        self._gaps.clear()
        for stretches in self._stretches.values():
            stretches.append(_Stretch(-1.0))

    def _add_gap(self, time_s: float, gap: Gap) -> None:
        due = self._next.get(gap.stream)
        if due is not None and gap.first_index != due:
            self._wrong(time_s, gap.stream, f"a gap from {gap.first_index} on where {due} was due")
        self._next[gap.stream] = gap.first_index + gap.samples
        self._gaps.setdefault(gap.stream, []).append((gap.first_index, gap.first_index + gap.samples))
        self._stretches.setdefault(gap.stream, []).append(_Stretch(-1.0))

    def _add_block(self, time_s: float, block: SampleBlock) -> None:
        size = len(block.counts)
        self.count += size
        end = block.first_index + size
        if block.late:
            spans = self._gaps.get(block.stream, [])
            if not any(first <= block.first_index and end <= stop for first, stop in spans):
                self._wrong(time_s, block.stream, f"late samples from {block.first_index} on fill no gap")
            return
        due = self._next.get(block.stream)
        if due is not None and block.first_index != due:
            self._wrong(time_s, block.stream, f"samples from {block.first_index} on where {due} was due, and no gap")
        self._next[block.stream] = end
        stretches = self._stretches.setdefault(block.stream, [])
        if not stretches or (stretches[-1].start_s < 0.0 and not stretches[-1].indices):
            stretches[-1:] = [_Stretch(time_s)]
        stretch = stretches[-1]
        if stretch.ticks_us and block.tick_us <= stretch.ticks_us[-1]:
            self._wrong(time_s, block.stream, f"time goes from {stretch.ticks_us[-1]} to {block.tick_us} us")
        stretch.indices.append(block.first_index)
        stretch.ticks_us.append(block.tick_us)

    def _wrong(self, time_s: float, stream: Stream, what: str) -> None:
        self.problems.append(f"{stream.name.lower()} at {time_s:.2f} s: {what}")

    def off_time(self, faulty: dict[Stream, list[Span]]) -> Iterator[str]:
        """Samples whose number does not go with their time, so that some were lost or doubled in secret.

        `faulty` are times in which a stream's chip has another clock.
        """
        for stream, stretches in self._stretches.items():
            for stretch in stretches:
                yield from _off_line(stream, stretch, faulty.get(stream, []))


def _off_line(stream: Stream, stretch: _Stretch, faulty: list[Span]) -> Iterator[str]:
    """Where blocks are off the line of a stretch; pieces between the faults of its chip have one each."""
    if not stretch.indices:
        return
    ticks_s = np.asarray(stretch.ticks_us) / 1e6
    times_s = stretch.start_s + ticks_s - ticks_s[0]
    indices = np.asarray(stretch.indices, dtype=np.float64)
    edges = sorted({0.0, np.inf, *(edge for span in faulty for edge in span)})
    for start, stop in pairwise(edges):
        if any(first <= start < last for first, last in faulty):
            continue
        chosen = (times_s >= start) & (times_s < stop)
        if np.count_nonzero(chosen) < 4:
            continue
        x, y = indices[chosen], ticks_s[chosen]
        slope, offset = np.polyfit(x - x[0], y, 1)
        off_ms = 1e3 * (y - (offset + slope * (x - x[0])))
        at = int(np.argmax(np.abs(off_ms)))
        if abs(off_ms[at]) > _JITTER_MS.get(stream, _POLLED_JITTER_MS):
            when = times_s[chosen][at]
            yield f"{stream.name.lower()} at {when:.2f} s: sample {x[at]:.0f} is {off_ms[at]:+.0f} ms off its time"


@dataclass
class Memory:
    """What is held while a scenario runs: the device's heap, and calls that the simulation's clock has waiting."""

    used: list[int] = field(default_factory=list)
    budget: int = 0
    waiting: list[int] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        """Where it grows, or is over."""
        over = [used for used in self.used if used > self.budget]
        if over:
            yield f"{max(over)} bytes held, and the heap has {self.budget}"
        half = len(self.used) // 2
        if half < 2:
            return
        before, after = max(self.used[:half]), max(self.used[half:])
        if after > before + _HEAP_GROWTH:
            yield f"the heap grows: {before} bytes at most in the first half, {after} then"
        before, after = max(self.waiting[:half]), max(self.waiting[half:])
        if after > 2 * before + _WAITING_GROWTH:
            yield f"{after} calls wait for their time, {before} at most before"


def judge_always(
    scenario: Scenario,
    observed: Sequence[Observed],
    samples: Samples,
    memory: Memory,
    end_s: float,
    restarts: Sequence[float] = (),
) -> list[Verdict]:
    """What holds in every scenario; `restarts` are times at which faults reset the device."""
    spans = [((fault.start_s, fault.stop_s + AFTERMATH_S), fault) for fault in scenario.link_faults]
    disturbed = [span for span, _ in spans]
    disturbed += [(action.at_s, action.at_s + AFTERMATH_S) for action in scenario.actions]
    disturbed += [(at_s - _WATCHDOG_S, at_s + AFTERMATH_S) for at_s in restarts]
    starts = sorted([*(action.at_s for action in scenario.actions), *restarts])
    faulty = _faulty(scenario)
    found: dict[str, Iterable[str]] = {
        "no fault of the link": _link_errors(observed, disturbed),
        "no sample lost or doubled, but in gaps": [*samples.problems, *samples.off_time(faulty)],
        "no reading without number and reason": _empty(observed),
        "a number has a quality, or a reason": _unqualified(observed),
        "time goes forward": _backward(observed, [span for span, fault in spans if fault.fault == "reordering"]),
        "beats and their fiducials are in order": _disordered(observed, starts),
        "never silent": _silences(observed, disturbed, end_s),
        "nothing waits for long": _backlogs(observed, disturbed),
        "memory is bounded": memory.problems(),
    }
    return [Verdict(0, what, _shown(words)) for what, words in found.items()]


def _faulty(scenario: Scenario) -> dict[Stream, list[Span]]:
    """When a stream's chip is not itself."""
    spans: dict[Stream, list[Span]] = {}
    for stream, component in _COMPONENT.items():
        spans[stream] = [
            (fault.start_s - 1.0, fault.stop_s + _SETTLED_S)
            for fault in scenario.component_faults
            if fault.component == component or fault.component in _ALL_CHIPS
        ]
    return spans


def _within(time_s: float, spans: Sequence[Span]) -> bool:
    return any(start <= time_s <= stop for start, stop in spans)


def _link_errors(observed: Sequence[Observed], disturbed: Sequence[Span]) -> Iterator[str]:
    """Resets are counted where they happen."""
    for each in observed:
        item = each.item
        if not isinstance(item, LinkError) or item.kind is LinkErrorKind.DEVICE_RESTARTED:
            continue
        if not _within(each.time_s, disturbed):
            yield item.detail


def _readings(observed: Sequence[Observed]) -> Iterator[tuple[float, Reading]]:
    return ((each.time_s, each.item) for each in observed if isinstance(each.item, Reading))


def _empty(observed: Sequence[Observed]) -> Iterator[str]:
    for time_s, reading in _readings(observed):
        if reading.value is None and reading.reason is None:
            yield f"{reading.kind.name.lower()} at {time_s:.1f} s"


def _unqualified(observed: Sequence[Observed]) -> Iterator[str]:
    """A number of quality 0 says at least why."""
    for time_s, reading in _readings(observed):
        least = 1 if reading.value is not None and reading.reason is None else 0
        if not least <= reading.quality <= 100:
            yield f"{reading.kind.name.lower()} at {time_s:.1f} s: {reading.value}, quality {reading.quality}"


def _backward(observed: Sequence[Observed], overtaken: Sequence[Span]) -> Iterator[str]:
    """Of each kind of result, what has an earlier time than the one before it.

    What the cable has `overtaken` comes late, and the host says so of each frame.
    """
    last: dict[object, float] = {}
    for each in observed:
        item = each.item
        if isinstance(item, LinkError | Gap | Beat):
            continue
        # one without a window is of now, also where its kind has readings of what lies before
        key: object = (type(item), (item.kind, item.span_ms > 0) if isinstance(item, Reading) else None)
        if each.time_s < last.get(key, -np.inf) and not _within(each.time_s, overtaken):
            name = item.kind.name.lower() if isinstance(item, Reading) else type(item).__name__.lower()
            yield f"{name} at {each.time_s:.2f} s after one at {last[key]:.2f} s"
        last[key] = each.time_s


def _disordered(observed: Sequence[Observed], restarts: Sequence[float]) -> Iterator[str]:
    for start, stop in pairwise([-1.0, *restarts, float("inf")]):
        before: Beat | None = None
        for each in observed:
            if isinstance(each.item, Beat) and start <= each.time_s < stop:
                yield from _wrong_beat(each.time_s, each.item, before)
                before = each.item


def _wrong_beat(time_s: float, beat: Beat, before: Beat | None) -> Iterator[str]:
    at = f"beat at {time_s:.2f} s"
    in_order = [beat.p_on, beat.p_peak, beat.p_off, beat.qrs_on, beat.r]
    in_order += [beat.qrs_off, beat.t_on, beat.t_peak, beat.t_off]
    marks = [mark for mark in in_order if mark is not None]
    if any(later < earlier for earlier, later in pairwise(marks)):
        yield f"{at}: fiducials {in_order}"
    if not 0 <= beat.quality <= 100:
        yield f"{at}: quality {beat.quality}"
    if before is None:
        return
    if beat.r <= before.r or beat.tick_us <= before.tick_us:
        yield f"{at}: R at {beat.r} after {before.r}"
    if beat.number <= before.number:
        yield f"{at}: number {beat.number} after {before.number}"


def _silences(observed: Sequence[Observed], disturbed: Sequence[Span], end_s: float) -> Iterator[str]:
    """Between two of its status."""
    times = [0.0, *(each.time_s for each in observed if isinstance(each.item, Status)), end_s]
    for before, after in pairwise(times):
        if after - before > SILENT_S and not any(start < after and before < stop for start, stop in disturbed):
            yield f"from {before:.1f} s to {after:.1f} s"


def _backlogs(observed: Sequence[Observed], disturbed: Sequence[Span]) -> Iterator[str]:
    for each in observed:
        item = each.item
        if isinstance(item, Status) and item.backlog_ms > _BACKLOG_MS and not _within(each.time_s, disturbed):
            yield f"blocks of {item.backlog_ms} ms at {each.time_s:.1f} s"
