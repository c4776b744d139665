"""Collects what the device says about one record and sums it up."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping

from ..json_items import lower
from ..models import Beat, Event, Item, Reading, Rhythm, StreamSpec
from ..transports.simulated import SimulatedInfo
from ..wire_gen import BEAT_KIND_SYMBOLS, READINGS, ReadingKind, Reason, Stream
from .findings import findings
from .result import (
    EcgResult,
    ImuResult,
    Intervals,
    PpgResult,
    PulsesResult,
    ReplayedBeat,
    ReplayedEvent,
    ReplayResult,
    SeriesPoint,
    SkinResult,
    WearResult,
)
from .windows import ecg_windows

_INTERVALS = {"pr_ms": ReadingKind.PR, "qrs_ms": ReadingKind.QRS, "qt_ms": ReadingKind.QT}
_QTC = {
    "bazett": ReadingKind.QTC_BAZETT,
    "fridericia": ReadingKind.QTC_FRIDERICIA,
    "framingham": ReadingKind.QTC_FRAMINGHAM,
    "hodges": ReadingKind.QTC_HODGES,
}


class Collector:
    """Takes every item of a replay (`client.listen(collector.add)`); `result` sums them up."""

    def __init__(self, streams: Mapping[Stream, StreamSpec]) -> None:
        self._streams = streams
        self._beats: list[Beat] = []
        self._readings: list[Reading] = []
        self._rhythms: list[Rhythm] = []
        self._events: list[Event] = []

    def add(self, item: Item) -> None:
        """Take what the client hands out."""
        if isinstance(item, Beat):
            self._beats.append(item)
        elif isinstance(item, Reading):
            self._readings.append(item)
        elif isinstance(item, Rhythm):
            self._rhythms.append(item)
        elif isinstance(item, Event):
            self._events.append(item)

    def result(self, info: SimulatedInfo) -> ReplayResult:
        """What the record gave, once it has been played."""
        times = _Times(info.record_start_us)
        has_ecg = "ecg" in info.groups and Stream.ECG in self._streams
        return ReplayResult(
            record=info.record,
            channel=info.channel,
            duration_s=info.duration_s,
            ecg=self._ecg(times, self._streams[Stream.ECG].rate_hz) if has_ecg else None,
            ppg=PpgResult(**self._series(times, "ppg")) if "ppg" in info.groups else None,
            imu=self._imu(times) if "motion" in info.groups else None,
            skin=SkinResult(**self._series(times, "skin")) if "skin" in info.groups else None,
            wear=WearResult(**self._series(times, "wear")) if "ppg" in info.groups else None,
            pulses=PulsesResult(**self._series(times, "pulses")) if "ppg" in info.groups else None,
            record_error=info.record_error,
        )

    def _ecg(self, times: _Times, rate_hz: float) -> EcgResult:
        windows = self._rhythms
        alternans = (window.alternans_uv for window in windows if window.alternans_uv is not None)
        return EcgResult(
            fs=rate_hz,
            beats=tuple(times.beat(beat, rate_hz) for beat in self._beats),
            intervals=self._intervals(),
            flags=findings(windows),
            irregularity=_mean([window.irregularity for window in windows]),
            alternans_uv=max(alternans, default=None),
            windows=ecg_windows(windows, self._readings, times.of),
        )

    def _intervals(self) -> Intervals:
        windows, readings = self._rhythms, self._readings
        numbers = {name: _median(readings, kind) for name, kind in _INTERVALS.items()}
        missing = [kind for name, kind in _INTERVALS.items() if numbers[name] is None]
        judged = [window.quality for window in windows if window.reason is None]
        # also windows that were refused tell good from bad, where there are no others
        qualities = judged or [window.quality for window in windows]
        return Intervals(
            **numbers,
            qtc_ms={name: _median(readings, kind) for name, kind in _QTC.items()},
            hr_bpm=_median(readings, ReadingKind.HEART_RATE),
            quality=round(statistics.median(qualities)) if qualities else 0,
            reason=_commonest_reason(readings, missing),
        )

    def _series(self, times: _Times, sensor: str) -> dict[str, tuple[SeriesPoint, ...]]:
        """All readings of a sensor, by their short names."""
        series: dict[str, list[SeriesPoint]] = {of.short: [] for of in READINGS.values() if of.sensor == sensor}
        for got in self._readings:
            of = READINGS[got.kind]
            if of.sensor == sensor:
                names = (lower(got.reason), lower(got.choice))
                calibration = lower(got.calibration)
                point = SeriesPoint(times.of(got.tick_us), got.value, got.quality, *names, got.u95, calibration)
                series[of.short].append(point)
        return {name: tuple(points) for name, points in series.items()}

    def _imu(self, times: _Times) -> ImuResult:
        events = tuple(
            ReplayedEvent(times.of(event.tick_us), event.kind.name.lower(), event.severity, round(event.peak_g, 3))
            for event in self._events
        )
        return ImuResult(events=events, **self._series(times, "imu"))


class _Times:
    """Seconds from the start of the record."""

    def __init__(self, zero_us: int) -> None:
        self._zero_us = zero_us

    def of(self, tick_us: int) -> float:
        """Record time of a device time."""
        return round((tick_us - self._zero_us) / 1e6, 3)

    def beat(self, beat: Beat, rate_hz: float) -> ReplayedBeat:
        """A beat with its fiducials, by the tick of its R."""
        r_s = (beat.tick_us - self._zero_us) / 1e6

        def at(sample: int | None) -> float | None:
            return None if sample is None else round(r_s + (sample - beat.r) / rate_hz, 4)

        fiducials = {name: at(getattr(beat, name)) for name in Beat.FIDUCIALS}
        return ReplayedBeat(r=round(r_s, 4), **fiducials, kind=BEAT_KIND_SYMBOLS[beat.kind])


def _median(readings: Iterable[Reading], kind: ReadingKind) -> float | None:
    values = [reading.value for reading in readings if reading.kind is kind and reading.value is not None]
    return round(statistics.median(values), 1) if values else None


def _mean(values: Iterable[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 1) if known else None


def _commonest_reason(readings: Iterable[Reading], missing: list[ReadingKind]) -> str | None:
    """The commonest reason for intervals that no window gave; None where all are there."""
    if not missing:
        return None
    reasons = Counter(got.reason for got in readings if got.kind in missing and got.reason)
    # A record too short to close one window leaves no reading at all.
    return lower(reasons.most_common(1)[0][0] if reasons else Reason.WARMING_UP)
