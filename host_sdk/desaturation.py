"""Desaturations: SpO2 that falls from its baseline and comes back, from the device's readings."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import WrongUse
from .models import Item, Reading
from .wire_gen import ReadingKind

#: The baseline is a high percentile of the numbers of so many seconds, from so many numbers on.
_BASELINE_S = 120.0
_BASELINE_FRACTION = 0.9
_FEWEST = 10
#: Percent under the baseline up to which it is not left, and is reached again.
_NEAR_PERCENT = 1.0
#: Without a number for so long nobody knows what happened; a fall that lasts longer is a new level.
_LOST_S = 30.0
_LONGEST_S = 600.0
#: Highest quality of a number that does not count: the device is in doubt of it.
_UNCERTAIN_QUALITY = 30


@dataclass(frozen=True, slots=True)
class Desaturation:
    """One fall of SpO2: where it left the baseline, was lowest, and came back; device time in s, saturations in %.

    `recovered` is False where the readings ended first, were absent for 30 s, or stayed low for ten minutes; then it
    ends with the last number. A reading is of 8 s, so that times are late by some seconds and a short fall is
    shallower than it was.
    """

    onset_s: float
    nadir_s: float
    end_s: float
    baseline: float
    nadir: float
    recovered: bool

    @property
    def duration_s(self) -> float:
        """From onset to end."""
        return self.end_s - self.onset_s

    @property
    def depth(self) -> float:
        """Percent from the baseline to the nadir."""
        return self.baseline - self.nadir


class DesaturationDetector:
    """Finds desaturations of `depth` % and more that last `duration_s` and more, as they end.

    3 % and 10 s, or 4 %, are usual (AASM). `client.listen(detector.update)` collects them in `found`. Numbers of a
    quality of 30 and less do not count. WrongUse for a depth or a duration that is not positive.
    """

    def __init__(self, depth: float = 3.0, duration_s: float = 10.0) -> None:
        if not (depth > _NEAR_PERCENT and duration_s > 0):
            raise WrongUse(f"a desaturation of {depth:g} % and {duration_s:g} s: more than 1 % and 0 s are needed")
        self._depth = depth
        self._duration_s = duration_s
        self._numbers: deque[tuple[float, float]] = deque()
        self._baseline = 0.0
        #: Onset, and time and value of the nadir, of the fall that is going on.
        self._fall: tuple[float, float, float] | None = None
        #: All that ended, in order.
        self.found: list[Desaturation] = []

    def update(self, item: Item) -> None:
        """Take what the client hands out."""
        if isinstance(item, Reading) and item.kind == ReadingKind.SPO2:
            self.add(item.tick_us / 1e6, item.value, item.quality)

    def add(self, time_s: float, percent: float | None, quality: int = 100) -> None:
        """One reading; times rise, else it begins anew."""
        last = self._numbers[-1][0] if self._numbers else time_s
        if not 0 <= time_s - last <= _LOST_S:
            self.close()
        if percent is None or quality <= _UNCERTAIN_QUALITY:
            return
        self._numbers.append((time_s, percent))
        if self._fall is None:
            self._watch(time_s, percent)
        else:
            self._follow(time_s, percent)

    def close(self) -> None:
        """The readings have ended: a fall that is going on ends with its last number."""
        if self._fall is not None:
            self._end(self._numbers[-1][0], False)
        self._numbers.clear()

    def _watch(self, time_s: float, percent: float) -> None:
        while time_s - self._numbers[0][0] > _BASELINE_S:
            self._numbers.popleft()
        values = sorted(value for _, value in self._numbers)
        baseline = values[int(_BASELINE_FRACTION * (len(values) - 1))]
        if len(values) <= _FEWEST or percent > baseline - self._depth:
            return
        self._baseline = baseline
        near = [at for at, value in self._numbers if value >= baseline - _NEAR_PERCENT]
        self._fall = (near[-1], time_s, percent)

    def _follow(self, time_s: float, percent: float) -> None:
        assert self._fall is not None
        onset_s, _, nadir = self._fall
        if percent < nadir:
            self._fall = (onset_s, time_s, percent)
        if percent >= self._baseline - _NEAR_PERCENT:
            self._end(time_s, True)
        elif time_s - onset_s >= _LONGEST_S:
            self._end(time_s, False)

    def _end(self, end_s: float, recovered: bool) -> None:
        assert self._fall is not None
        onset_s, nadir_s, nadir = self._fall
        one = Desaturation(onset_s, nadir_s, end_s, self._baseline, nadir, recovered)
        if one.duration_s >= self._duration_s:
            self.found.append(one)
        self._fall = None
        if recovered:
            # what was low is no part of the next baseline
            self._numbers = deque(pair for pair in self._numbers if pair[0] <= onset_s or pair[0] == end_s)
        else:
            self._numbers.clear()


def desaturations(
    readings: Iterable[tuple[float, float | None, int]], depth: float = 3.0, duration_s: float = 10.0
) -> tuple[Desaturation, ...]:
    """All desaturations in readings of time (s), SpO2 (%, None: refused) and quality; WrongUse as above.

    >>> readings = [(t, 90.0 if 30 <= t < 50 else 97.0, 90) for t in range(80)]
    >>> [(one.onset_s, one.duration_s, one.depth) for one in desaturations(readings)]
    [(29, 21, 7.0)]
    """
    detector = DesaturationDetector(depth, duration_s)
    for time_s, percent, quality in readings:
        detector.add(time_s, percent, quality)
    detector.close()
    return tuple(detector.found)
