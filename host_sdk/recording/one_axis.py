"""One axis of time and sample numbers for a whole recording, over restarts of the device, which begins anew each time.

How long the device was gone is known by the host's clock alone. So after a restart each stream goes on where the
host's clock puts it, and what is missing until there is a gap. Within one start, the device's own clock counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, cast

from ..models import Beat, Gap, Item, LinkError, LinkErrorKind, SampleBlock
from ..wire_gen import Stream

#: Blocks whose arrival is remembered: the quickest of them says how the device's clock stands to the host's.
_REMEMBERED = 64
#: By so much an arrival may be off and still be of the same start.
_LATE_US = 1e6
#: By so much, and a tenth, may the missing sample numbers and the time that they took contradict each other.
_CONTRADICTION_US = 2e6
#: So far a device may jump without more ado; further only if the host's clock has passed most of it, too.
_JUMP_US = 60e6
#: So much may be missing in all that the host's clock knows nothing of, as in a record that is played fast.
_LOOSE_US = 300e6
_HELD = 1024
#: A rate is measured over so long at least, and believed if it is off by no more than this part.
_MEASURED_US, _BELIEVED = 10e6, 0.2


@dataclass(slots=True)
class _Line:
    """How far a stream has come: number and time of what follows, on the axis and (number) by the device."""

    start: int
    shift: int
    next: int
    end_us: float
    own_next: int
    #: Number and time of the first sample of this start on the axis, and when the last one came by the host's clock.
    first: tuple[int, float]
    came_us: float
    #: Samples of starts before, and their time: what is between starts says nothing of the rate.
    before: tuple[int, float] = (0, 0.0)
    #: Part of a sample by which gaps of restarts were rounded, all together: it must not grow with them.
    rounded: float = 0.0

    def rate_hz(self, nominal_hz: float) -> float:
        """True rate by the device's clock, as far as it is known."""
        count, span_us = self._ran()
        if span_us < _MEASURED_US:
            return nominal_hz
        measured = count * 1e6 / span_us
        return measured if abs(measured - nominal_hz) < _BELIEVED * nominal_hz else nominal_hz

    def begin_start(self, start: int, index: int, tick_us: float) -> None:
        """Go on in another start, with a sample of that number and time on the axis."""
        self.before = self._ran()
        self.start, self.first = start, (index, tick_us)

    def _ran(self) -> tuple[int, float]:
        """Samples of all starts, without what is between them, and their time."""
        return self.before[0] + self.next - self.first[0], self.before[1] + self.end_us - self.first[1]


class OneAxis:
    """Moves items to the axis of the first start. Gaps come from the blocks themselves; those handed in are dropped."""

    def __init__(self) -> None:
        #: Restarts of the device that there were.
        self.restarts = 0
        self._shift_us = 0
        self._lines: dict[Stream, _Line] = {}
        self._delays: deque[float] = deque(maxlen=_REMEMBERED)
        self._loose_us = 0.0
        self._announced = False
        self._held: deque[Item] = deque(maxlen=_HELD)

    def take(self, item: Item) -> Iterator[Item]:
        """The item on the axis, and the gap before it."""
        if isinstance(item, SampleBlock):
            yield from self._take_block(item)
            yield from self.rest()
        elif isinstance(item, LinkError):
            self._announced = self._announced or item.kind is LinkErrorKind.DEVICE_RESTARTED
            yield item
        elif isinstance(item, Gap):
            return
        elif self._announced:
            self._held.append(item)  # a block tells where it belongs
        else:
            yield self._moved(item)

    def rest(self) -> Iterator[Item]:
        """Results that waited for the first block after a restart; at the end, those for which none came."""
        while self._held:
            yield self._moved(self._held.popleft())

    def _take_block(self, block: SampleBlock) -> Iterator[Item]:
        line = self._lines.get(block.stream)
        if block.late and line is not None:
            # what is late fills a gap of this start; of another one nobody knows where it belongs
            if line.start == self.restarts and block.first_index + len(block.counts) <= line.own_next:
                yield self._on_axis(block, line)
            return
        host_us = monotonic() * 1e6
        if self._begins_anew(block, line, host_us):
            self._begin_anew(block, host_us)
        self._announced = False
        if line is None:
            tick_us = block.tick_us + self._shift_us
            first = (block.first_index, tick_us)
            line = _Line(self.restarts, 0, block.first_index, tick_us, block.first_index, first, host_us)
            self._lines[block.stream] = line
        gap = self._gap(block, line)
        if gap is not None:
            yield gap
        moved = self._on_axis(block, line)
        line.next = moved.first_index + len(block.counts)
        line.own_next = block.first_index + len(block.counts)
        line.end_us = moved.tick_us + _length_us(block)
        line.came_us = host_us
        self._delays.append(host_us - line.end_us)
        yield moved

    def _begins_anew(self, block: SampleBlock, line: _Line | None, host_us: float) -> bool:
        if not self._lines:
            return False
        if self._announced:
            expected_us = host_us - min(self._delays)
            if abs(block.tick_us + self._shift_us + _length_us(block) - expected_us) > _LATE_US:
                return True
        if self._is_incredible(block, line, host_us):
            return True
        if line is None or line.start != self.restarts:
            return False
        if block.first_index < line.own_next:
            return True
        missing_us = (block.first_index - line.own_next) * 1e6 / block.spec.rate_hz
        passed_us = block.tick_us + self._shift_us - line.end_us
        if abs(missing_us - passed_us) > _CONTRADICTION_US + missing_us / 10:
            return True
        self._loose_us += max(0.0, missing_us - (host_us - line.came_us)) if missing_us else 0.0
        return self._loose_us > _LOOSE_US

    def _is_incredible(self, block: SampleBlock, line: _Line | None, host_us: float) -> bool:
        """Whether it jumps far in time, back or ahead, and not because so much time has passed."""
        lines = [line] if line is not None and line.start == self.restarts else list(self._lines.values())
        jump_us = block.tick_us + self._shift_us - max(each.end_us for each in lines)
        passed_us = host_us - max(each.came_us for each in lines)
        return jump_us < -_JUMP_US or (jump_us > _JUMP_US and 0.5 * jump_us > passed_us + _JUMP_US)

    def _begin_anew(self, block: SampleBlock, host_us: float) -> None:
        self.restarts += 1
        by_host_us = host_us - min(self._delays) - _length_us(block) - block.tick_us
        after_all_us = max(line.end_us for line in self._lines.values()) - block.tick_us
        self._shift_us = round(max(by_host_us, after_all_us))

    def _gap(self, block: SampleBlock, line: _Line) -> Gap | None:
        """What is missing before a block; brings the stream to the start that the block is of."""
        restarted, rate_hz = line.start != self.restarts, line.rate_hz(block.spec.rate_hz)
        if restarted:
            missed_us = block.tick_us + self._shift_us - line.end_us
            exact = missed_us * rate_hz / 1e6 + line.rounded
            missing = max(0, round(exact))
            line.rounded = exact - missing
            line.begin_start(self.restarts, line.next + missing, block.tick_us + self._shift_us)
            line.shift = line.next + missing - block.first_index
        missing = block.first_index + line.shift - line.next
        if missing == 0:
            return None
        return Gap(block.stream, line.next, missing, block.tick_us + self._shift_us, missing / rate_hz, restarted)

    def _on_axis(self, block: SampleBlock, line: _Line) -> SampleBlock:
        if not line.shift and not self._shift_us:
            return block
        return replace(block, first_index=block.first_index + line.shift, tick_us=block.tick_us + self._shift_us)

    def _moved(self, item: Item) -> Item:
        if not self._shift_us:
            return item
        changes: dict[str, Any] = {"tick_us": cast(Any, item).tick_us + self._shift_us}
        line = self._lines.get(Stream.ECG)
        if isinstance(item, Beat) and line is not None:
            indices = {name: getattr(item, name) for name in ("r", *Beat.FIDUCIALS)}
            changes |= {name: index + line.shift for name, index in indices.items() if index is not None}
        return cast(Item, replace(cast(Any, item), **changes))


def _length_us(block: SampleBlock) -> float:
    return len(block.counts) * 1e6 / block.spec.rate_hz
