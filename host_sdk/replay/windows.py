"""What a replayed record gave window by window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from ..json_items import lower
from ..models import Reading, Rhythm
from ..wire_gen import READINGS
from .result import EcgWindow, WindowReading

#: Readings of an ECG window by their names in JSON.
_NAMES = {kind: f"{spec.short}_{spec.unit.name.lower()}" for kind, spec in READINGS.items() if spec.sensor == "ecg"}


def ecg_windows(
    rhythms: Iterable[Rhythm], readings: Iterable[Reading], time_of: Callable[[int], float]
) -> tuple[EcgWindow, ...]:
    """A window for each rhythm, with the readings that share its tick; `time_of` gives the record time of a tick."""
    by_tick: dict[int, dict[str, WindowReading]] = defaultdict(dict)
    for reading in readings:
        if reading.kind in _NAMES:
            got = WindowReading(reading.value, reading.quality, lower(reading.reason), reading.u95)
            by_tick[reading.tick_us][_NAMES[reading.kind]] = got
    return tuple(_window(rhythm, time_of(rhythm.tick_us), by_tick[rhythm.tick_us]) for rhythm in rhythms)


def _window(rhythm: Rhythm, t: float, readings: dict[str, WindowReading]) -> EcgWindow:
    return EcgWindow(
        t=t,
        span_s=rhythm.span_ms / 1000,
        beats=rhythm.beats,
        quality=rhythm.quality,
        reason=lower(rhythm.reason),
        flags=tuple(rhythm.names),
        irregularity=rhythm.irregularity,
        readings=readings,
    )
