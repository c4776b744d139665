"""What a replayed record gave window by window, as JSON objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from ..json_items import lower
from ..models import Reading, Rhythm
from ..wire_gen import ReadingKind

#: Readings of an ECG window by their names in JSON.
_NAMES = {
    ReadingKind.HEART_RATE: "hr_bpm",
    ReadingKind.RR: "rr_ms",
    ReadingKind.PR: "pr_ms",
    ReadingKind.QRS: "qrs_ms",
    ReadingKind.QT: "qt_ms",
    ReadingKind.QTC_BAZETT: "qtc_bazett_ms",
    ReadingKind.QTC_FRIDERICIA: "qtc_fridericia_ms",
    ReadingKind.QTC_FRAMINGHAM: "qtc_framingham_ms",
    ReadingKind.QTC_HODGES: "qtc_hodges_ms",
}


def window_objects(
    rhythms: Iterable[Rhythm], readings: Iterable[Reading], time_of: Callable[[int], float]
) -> list[dict[str, Any]]:
    """An object for each ECG window: its end `t` and `span_s`, findings, and readings that share its tick.

    `time_of` gives the record time (s) of a device tick. `irregularity` is null where the device does not tell it.
    """
    by_tick: dict[int, dict[str, Any]] = defaultdict(dict)
    for reading in readings:
        if reading.kind in _NAMES:
            by_tick[reading.tick_us][_NAMES[reading.kind]] = _reading(reading)
    return [{**_rhythm(rhythm, time_of), "readings": by_tick[rhythm.tick_us]} for rhythm in rhythms]


def _reading(reading: Reading) -> dict[str, Any]:
    return {"value": reading.value, "quality": reading.quality, "reason": lower(reading.reason)}


def _rhythm(rhythm: Rhythm, time_of: Callable[[int], float]) -> dict[str, Any]:
    return {
        "t": time_of(rhythm.tick_us),
        "span_s": rhythm.span_ms / 1000,
        "beats": rhythm.beats,
        "quality": rhythm.quality,
        "reason": lower(rhythm.reason),
        "flags": rhythm.names,
        "irregularity": getattr(rhythm, "irregularity", None),
    }
