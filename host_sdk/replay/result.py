"""What a replayed record gave, as the JSON object that outside tools rely on."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..json_items import lower
from ..models import Beat, Event, Item, Reading, Rhythm, StreamSpec
from ..transports.simulated import SimulatedInfo
from ..wire_gen import BEAT_KIND_SYMBOLS, ReadingKind, Reason, RhythmFlags, Stream
from .windows import window_objects

_MARKS = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_off", "t_on", "t_peak", "t_off")
_INTERVALS = {"pr_ms": ReadingKind.PR, "qrs_ms": ReadingKind.QRS, "qt_ms": ReadingKind.QT}
_QTC = {
    "bazett": ReadingKind.QTC_BAZETT,
    "fridericia": ReadingKind.QTC_FRIDERICIA,
    "framingham": ReadingKind.QTC_FRAMINGHAM,
    "hodges": ReadingKind.QTC_HODGES,
}
_PPG = {
    "pulse": (ReadingKind.PULSE_RATE, "bpm"),
    "spo2": (ReadingKind.SPO2, "percent"),
    "resp": (ReadingKind.RESPIRATION_RATE, "per_min"),
}
#: Things that happen: once in the record is enough. All other findings are states and need half of the windows.
_OCCURRENCES = (
    RhythmFlags.PAUSE
    | RhythmFlags.IRREGULAR
    | RhythmFlags.FREQUENT_ECTOPY
    | RhythmFlags.WIDE_COMPLEX_TACHYCARDIA
    | RhythmFlags.T_WAVE_ALTERNANS
)
# A window may end this long after the record: the chip's filters hand out the last samples late.
_TAIL_S = 0.5
# The device notices the end of the signal so exactly.
_END_S = 0.2


def record_name(path: str) -> str:
    """A record's parent folder and name without ending, as `ludb/4`."""
    whole = Path(path).absolute()
    name = whole.name if whole.suffix not in _ENDINGS else whole.stem
    return f"{whole.parent.name}/{name}" if whole.parent.name else name


_ENDINGS = frozenset({".hea", ".dat", ".edf", ".csv", ".npz", ".json"})


class ReplayResult:
    """Collects what the device says about one record."""

    def __init__(self, streams: Mapping[Stream, StreamSpec], start_s: float) -> None:
        self.start_s = start_s
        self._streams = streams
        self._beats: list[Beat] = []
        self._readings: list[Reading] = []
        self._rhythms: list[Rhythm] = []
        self._events: list[Event] = []

    def take(self, item: Item) -> None:
        """Take what the client hands out."""
        if isinstance(item, Beat):
            self._beats.append(item)
        elif isinstance(item, Reading):
            self._readings.append(item)
        elif isinstance(item, Rhythm):
            self._rhythms.append(item)
        elif isinstance(item, Event):
            self._events.append(item)

    def as_object(self, info: SimulatedInfo) -> dict[str, Any]:
        """The record's JSON object; parts that the record does not have are left out."""
        times = _Times(info, self.start_s)
        parts: dict[str, Any] = {"record": info.record}
        parts["channel"] = info.channel
        parts["duration_s"] = info.duration_s
        if "ecg" in info.groups and Stream.ECG in self._streams:
            parts["ecg"] = self._ecg(times, self._streams[Stream.ECG].rate_hz)
        if "ppg" in info.groups:
            parts["ppg"] = {name: self._series(times, *what) for name, what in _PPG.items()}
        if "motion" in info.groups:
            parts["imu"] = {"events": [_event(times, event) for event in self._events if times.inside(event.tick_us)]}
        return parts

    def _ecg(self, times: _Times, rate_hz: float) -> dict[str, Any]:
        windows = [rhythm for rhythm in self._rhythms if times.inside(rhythm.tick_us)]
        rate = int(rate_hz) if rate_hz == int(rate_hz) else rate_hz
        return {
            "fs": rate,
            "beats": [times.beat(beat, rate_hz) for beat in self._beats],
            "intervals": self._intervals(times, windows),
            "flags": _findings(windows),
            "irregularity": _mean([window.irregularity for window in windows]),
            "alternans_uv": max(
                (window.alternans_uv for window in windows if window.alternans_uv is not None), default=None
            ),
            "windows": window_objects(windows, self._readings, times.of),
        }

    def _intervals(self, times: _Times, windows: list[Rhythm]) -> dict[str, Any]:
        readings = [reading for reading in self._readings if times.inside(reading.tick_us)]
        numbers: dict[str, Any] = {name: _median(readings, kind) for name, kind in _INTERVALS.items()}
        missing = [kind for name, kind in _INTERVALS.items() if numbers[name] is None]
        numbers["qtc_ms"] = {name: _median(readings, kind) for name, kind in _QTC.items()}
        numbers["hr_bpm"] = _median(readings, ReadingKind.HEART_RATE)
        judged = [window.quality for window in windows if window.reason is None]
        # also windows that were refused tell good from bad, where there are no others
        qualities = judged or [window.quality for window in windows]
        numbers["quality"] = round(statistics.median(qualities)) if qualities else 0
        numbers["reason"] = _why(times, readings, missing)
        return numbers

    def _series(self, times: _Times, kind: ReadingKind, unit: str) -> list[dict[str, Any]]:
        return [
            {"t": times.of(got.tick_us), unit: got.value, "quality": got.quality, "reason": lower(got.reason)}
            for got in self._readings
            if got.kind is kind and times.inside(got.tick_us)
        ]


class _Times:
    """Seconds from the start of the record."""

    def __init__(self, info: SimulatedInfo, start_s: float) -> None:
        self._zero_us = info.record_start_us
        self._ecg_start_s = info.ecg_start_s
        self._end_s = None if info.duration_s is None else start_s + info.duration_s + _TAIL_S

    def of(self, tick_us: int) -> float:
        """Record time of a device time."""
        return round((tick_us - self._zero_us) / 1e6, 3)

    def inside(self, tick_us: int) -> bool:
        """Whether that is before the end of the record: afterwards the sensors sense nothing."""
        return self._end_s is None or self.of(tick_us) <= self._end_s

    def at_end(self, tick_us: int) -> bool:
        """Whether that is where the record ends."""
        return self._end_s is not None and abs(self.of(tick_us) - (self._end_s - _TAIL_S)) < _END_S

    def beat(self, beat: Beat, rate_hz: float) -> dict[str, Any]:
        """A beat with its fiducials."""

        def at(sample: int | None) -> float | None:
            return None if sample is None else round(self._ecg_start_s + sample / rate_hz, 4)

        marks = {name: at(getattr(beat, name)) for name in _MARKS}
        return {"r": at(beat.r), **marks, "kind": BEAT_KIND_SYMBOLS[beat.kind]}


def _event(times: _Times, event: Event) -> dict[str, Any]:
    kind = lower(event.kind)
    return {"t": times.of(event.tick_us), "kind": kind, "severity": event.severity, "peak_g": round(event.peak_g, 3)}


def _median(readings: Iterable[Reading], kind: ReadingKind) -> float | None:
    values = [reading.value for reading in readings if reading.kind is kind and reading.value is not None]
    return round(statistics.median(values), 1) if values else None


def _mean(values: Iterable[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 1) if known else None


def _why(times: _Times, readings: Iterable[Reading], missing: list[ReadingKind]) -> str | None:
    """The commonest reason for intervals that no window gave; None where all are there."""
    if not missing:
        return None
    given = [(got.reason, got.tick_us) for got in readings if got.kind in missing and got.reason]
    # To the device the end of the record is electrodes falling off: what it lacked was beats.
    reasons = Counter(
        Reason.TOO_FEW_BEATS if reason is Reason.LEAD_OFF and times.at_end(tick_us) else reason
        for reason, tick_us in given
    )
    # A record too short to close one window leaves no reading at all.
    return lower(reasons.most_common(1)[0][0] if reasons else Reason.WARMING_UP)


def _findings(windows: list[Rhythm]) -> list[str]:
    judged = [window.flags for window in windows if window.reason is None]
    found = []
    for flag in RhythmFlags:
        count = sum(bool(flags & flag) for flags in judged)
        if count and (flag & _OCCURRENCES or 2 * count >= len(judged)):
            found.append(str(flag.name).lower())
    return found
