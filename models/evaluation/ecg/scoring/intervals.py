"""Intervals of whole records: medians against the median of the expert's beats."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from host_sdk.replay import EcgWindow, WindowReading

from ..truth import INTERVALS, MethodResult, Truth, is_whole, median_intervals_ms
from .waves import extent

#: How a record's interval is taken from a result: what the record's summary says, the median of the windows in the
#: marked stretch, the median of the beats in it.
WAYS = ("record", "windows", "beats")
_ABSENT = WindowReading(None, 0, None)


def score_intervals(truth: Truth, result: MethodResult) -> dict[str, Any]:
    """For each interval the known one, the answered one in each of WAYS, the reason for none, and window counts."""
    known = median_intervals_ms(truth.waves)
    begin, end = extent(truth.waves)
    beats = median_intervals_ms([beat for beat in result.beats if begin <= beat.r <= end])
    windows = [window for window in result.windows if window.t > begin and window.t - window.span_s < end]
    return {
        name: {
            "truth": _rounded(known[name]),
            "record": result.intervals.of(name),
            "windows": _middle(windows, name),
            "beats": _rounded(beats[name]),
            "reasons": _reasons(windows, name),
            "given": [_value(window, name) is not None for window in windows if is_whole(window)],
        }
        for name in INTERVALS
    }


def _reading(window: EcgWindow, name: str) -> WindowReading:
    return window.readings.get(f"{name}_ms", _ABSENT)


def _value(window: EcgWindow, name: str) -> float | None:
    return _reading(window, name).value


def _reasons(windows: Iterable[EcgWindow], name: str) -> list[str]:
    """Why windows gave no number, each reason once."""
    empty = [_reading(window, name) for window in windows if _value(window, name) is None]
    return sorted({reading.reason for reading in empty if reading.reason})


def _middle(windows: Iterable[EcgWindow], name: str) -> float | None:
    values = [value for window in windows if (value := _value(window, name)) is not None]
    return _rounded(statistics.median(values) if values else None)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
