"""Times of rows as sample numbers: a jump of the time is a gap, small steps to and fro are jitter."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..models import FloatArray
from .names import LONGEST_NAME

#: What a time is called, and a day that stands before it; `data` (Italian, Portuguese) is too often a signal's.
_WORD = (
    "time|times|time ?stamps?|datetime|uhrzeit|zeit|zeitstempel|temps|heure|horodatage|tiempo|hora|tempo|ora|orario"
    "|tijd|tijdstip|czas|время|时间|時間|日時"
)
_DAY = "date|datum|fecha|data"
_BETWEEN = r"(?:[ _]?[/&,+-][ _]?|[ _]+(?:(?:and|und|et|y|e|en)[ _]+)?)"
_TIME = re.compile(
    r"(?:(?:sensor|unix|epoch|utc|local|host|system|device|elapsed)[ _])?"
    rf"(?:(?:{_DAY}){_BETWEEN})?(?:{_WORD})|(?:{_WORD}){_BETWEEN}(?:{_DAY})|date|datum|fecha"
    r"|elapsed|elapsed[ _]time|time[ _]elapsed|seconds|seconds[ _]elapsed|sec|t|epoch|epoc"
    r"|(?:[\w.-]+?[ _])*time ?stamps?(?:[ _](?:unix|utc|cal|local|formatted))*"
)
_SECONDS = {"s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3,
            "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "microseconds": 1e-6, "ns": 1e-9, "nanoseconds": 1e-9,
            "min": 60.0, "mins": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hours": 3600.0,
            "d": 86400.0, "days": 86400.0}  # fmt: skip
#: Headings that are nothing but a unit of times.
_UNIT_ALONE = {"min", "minutes", "msec", "milliseconds", "ms", "hours"}
_WITH_UNIT = re.compile(rf"(.*?)[\s_\[(,/]+({'|'.join(_SECONDS)})[\])]*", re.IGNORECASE)
_UNITS_S = (1.0, 1e-3, 1e-6, 1e-9)
#: Times as large count from 1970, or 2000; the unit of those below each size.
_SINCE_1970 = 3e8
_SIZES = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (1e20, 1e-9))
#: No signal has another one.
_RATES_HZ = (1e-3, 1e6)
#: Rates between which the unit of times is looked for; no two units fit one rate.
_USUAL_HZ = (10.0, 5000.0)
#: A rate that differs by more from the one that was told is another one.
_SAME_RATE = 0.05
#: Time between two rows that is more than jitter.
_JUMP_S = 0.1
#: Times that many rows share must change so often, and by so many rows an end may be off.
_FEWEST_SHARED, _UNSURE_ROWS, _MOSTLY = 5, 2.0, 0.8
_DAY_S = 86400.0
#: A clock that falls back by a day, or by up to twice this less, has passed midnight.
_NIGHT_S = 1800.0


def unit_of(heading: str) -> float | None:
    """Seconds in the unit of a column that is headed as one of times: 0 where it names none; None: another column."""
    if len(heading) > LONGEST_NAME:
        return None
    found = _WITH_UNIT.fullmatch(heading.strip())
    name, unit = (found[1], found[2]) if found else (heading.strip(), "")
    name = name.strip().lower()
    if name in _UNIT_ALONE:
        return _SECONDS[name]
    if not _TIME.fullmatch(name):
        return None
    return _SECONDS[unit.lower()] if unit else float(name.startswith("sec"))


def rate_of(times: FloatArray) -> float | None:
    """Rows a unit of time, jumps left out; None where these are no times of rows."""
    steps = np.diff(times)
    if not len(steps) or not np.isfinite(steps).all() or steps.min() < 0 or np.count_nonzero(steps) * 2 < len(steps):
        return None
    usual = steps[steps <= 3 * np.median(steps)]
    total = float(usual.sum())
    return len(usual) / total if total > 0 else None


def coarse_rate(times: FloatArray, unit_s: float) -> tuple[float, float, float] | None:
    """Of times that many rows share, as `10:00:01`: seconds in their unit, rows a second, seconds from one to the next.

    None where they say nothing. A whole number where all but the first and the last time are shared by about as many.
    """
    steps = np.diff(times)
    changes = np.flatnonzero(steps)
    if len(changes) < _FEWEST_SHARED or not np.isfinite(steps).all() or steps.min() < 0:
        return None
    shared, intervals = np.diff(changes), steps[changes[1:]]
    usual = np.abs(intervals - np.median(intervals)) < 0.25 * np.median(intervals)
    usual &= np.abs(shared - np.median(shared)) <= max(1, 0.1 * np.median(shared))
    if np.count_nonzero(usual) < _MOSTLY * len(usual):
        return None
    shared, intervals = shared[usual], intervals[usual]
    rate = float(shared.sum() / intervals.sum())
    unit_s = unit_s or guessed_unit(times, rate) or 0.0
    if not unit_s or not _USUAL_HZ[0] <= rate / unit_s <= _USUAL_HZ[1]:
        return None
    hz = rate / unit_s
    if abs(hz - round(hz)) * float(intervals.sum()) * unit_s <= _UNSURE_ROWS:
        hz = float(round(hz))
    return unit_s, hz, float(intervals.max()) * unit_s


def seconds_in(unit_s: float, rate: float, fs: float) -> float | None:
    """Seconds in the column's unit, the one that fits `fs` where its heading names none; None: it contradicts `fs`."""
    units: Sequence[float] = (unit_s,) if unit_s else _UNITS_S
    return next((unit for unit in units if abs(rate / unit / fs - 1) <= _SAME_RATE), None)


def guessed_unit(times: FloatArray, rate: float) -> float | None:
    """Seconds in the unit of times whose heading names none; None where it may be one or another.

    Times since 1970 or 2000 show it by their size, others by the rate that a signal can have. A step of 1 may be a
    millisecond, a second, or no time at all.
    """
    middle = float(np.median(times))
    if middle >= _SINCE_1970:
        return next((unit for size, unit in _SIZES if middle < size), None)
    if rate == 1.0:
        return None
    return next((unit for unit in _UNITS_S if _USUAL_HZ[0] <= rate / unit <= _USUAL_HZ[1]), None)


def measured_hz(times_s: FloatArray) -> float | None:
    """Rows a second; a whole number where the steps of the times leave that open."""
    rate = rate_of(times_s)
    if rate is None or not _RATES_HZ[0] <= rate <= _RATES_HZ[1]:
        return None
    steps = np.diff(times_s)
    steps = steps[steps <= 3 * np.median(steps)]
    unevenness = float(np.abs(np.diff(steps)).mean()) if len(steps) > 1 else 0.0
    uncertain = max(4 * unevenness / float(steps.sum()), 1e-9)
    return float(round(rate)) if abs(rate / max(round(rate), 1) - 1) <= uncertain else rate


def past_midnight(clock_s: FloatArray) -> FloatArray:
    """Seconds of a clock, which go on where it begins a new day."""
    steps_s = np.diff(clock_s, prepend=clock_s[:1])
    days: FloatArray = np.cumsum(_over_midnight(steps_s) != steps_s, dtype=np.float64) * _DAY_S
    return np.where(np.isnan(clock_s), np.nan, clock_s + days)


def _over_midnight(steps_s: FloatArray) -> FloatArray:
    """Steps of a clock, forward where it began a new day."""
    return np.where(np.abs(steps_s + _DAY_S - _NIGHT_S) < _NIGHT_S, steps_s + _DAY_S, steps_s)


class TimeNumbers:
    """Sample numbers of rows by their times, which come in order."""

    def __init__(self, scale_s: float, fs: float, shared_s: float = 0.0) -> None:
        """`shared_s`: what is usual from one time to the next, where many rows share one."""
        self._scale_s, self._fs, self._shared_s = scale_s, fs, shared_s
        self._last_s: float | None = None
        self._next = 0.0

    def of(self, times: FloatArray) -> FloatArray:
        """Numbers of the next rows; NaN from one on that has no time or lies before the one before it."""
        if not len(times):
            return times
        at_s = times * self._scale_s
        steps_s = np.diff(at_s, prepend=at_s[0] if self._last_s is None else self._last_s)
        steps_s = _over_midnight(steps_s)
        missing_s = steps_s - self._shared_s
        jumps = (steps_s > _JUMP_S) & (missing_s > 0.5 * self._shared_s)
        steps = np.where(jumps, np.maximum(np.rint(missing_s * self._fs), 1.0), 1.0)
        if self._last_s is None:
            steps[0] = 0.0
        steps[~(steps_s >= 0)] = np.nan
        numbers: FloatArray = self._next + np.cumsum(steps)
        self._last_s, self._next = float(at_s[-1]), float(numbers[-1])
        return numbers
