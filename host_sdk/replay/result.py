"""What a replayed record gave: typed, and as the JSON object that outside tools rely on.

Times are seconds from the start of the record; None is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from ..desaturation import Desaturation, desaturations
from ..wire_gen import READINGS, ReadingSpec


@dataclass(frozen=True, slots=True)
class ReplayedBeat:
    """One beat: R and the fiducials that were found; `kind` is a letter of the annotation code."""

    r: float
    p_on: float | None
    p_peak: float | None
    p_off: float | None
    qrs_on: float | None
    qrs_off: float | None
    t_on: float | None
    t_peak: float | None
    t_off: float | None
    kind: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """Medians over the record's windows; `qtc_ms` by the formula's name; `reason` why one of PR, QRS, QT is absent."""

    pr_ms: float | None
    qrs_ms: float | None
    qt_ms: float | None
    qtc_ms: Mapping[str, float | None]
    hr_bpm: float | None
    quality: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class WindowReading:
    """One reading of an ECG window; `u95`: half-width that holds 95 % of true values, None where not known."""

    value: float | None
    quality: int
    reason: str | None
    u95: float | None = None


@dataclass(frozen=True, slots=True)
class EcgWindow:
    """One window of the device: its end `t`, its length, findings, and readings by their names with units."""

    t: float
    span_s: float
    beats: int
    quality: int
    reason: str | None
    flags: tuple[str, ...]
    #: 0 to 100: evidence for atrial fibrillation; None for too few beats.
    irregularity: int | None
    readings: Mapping[str, WindowReading]


@dataclass(frozen=True, slots=True)
class EcgResult:
    """All that the ECG gave; `fs` is the device's rate in Hz."""

    fs: float
    beats: tuple[ReplayedBeat, ...]
    intervals: Intervals
    flags: tuple[str, ...]
    irregularity: float | None
    alternans_uv: int | None
    windows: tuple[EcgWindow, ...]


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One reading of a series; `choice` is the class that it names, where it is one of a list; `u95` as in a window."""

    t: float
    value: float | None
    quality: int
    reason: str | None
    choice: str | None = None
    u95: float | None = None
    #: "uncalibrated" where the number hangs on a curve that no study of this device confirmed.
    calibration: str | None = None


# The fields that hold series are the short names of the schema's readings, by sensor. The battery is no part of a
# record, so the simulated gauge has no series.


@dataclass(frozen=True, slots=True)
class PpgResult:
    """Pulse in bpm; SpO2, perfusion and evidence for fibrillation in percent; respiration per minute."""

    pulse: tuple[SeriesPoint, ...]
    spo2: tuple[SeriesPoint, ...]
    resp: tuple[SeriesPoint, ...]
    perfusion: tuple[SeriesPoint, ...] = ()
    pulse_irregularity: tuple[SeriesPoint, ...] = ()

    @property
    def desaturations(self) -> tuple[Desaturation, ...]:
        """Falls of SpO2 by 3 % and more for 10 s and more, in seconds of the record."""
        return desaturations((point.t, point.value, point.quality) for point in self.spo2)


@dataclass(frozen=True, slots=True)
class SkinResult:
    """Temperature of the skin in °C."""

    skin_temperature: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class PulsesResult:
    """Intervals between pulses in ms, each at the time of the pulse that ends it."""

    intervals: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class WearResult:
    """Whether the device was worn, by name."""

    wear: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """Something that the motion unit noticed."""

    t: float
    kind: str
    severity: int
    peak_g: float


#: Reasons that say that the motion sensor, and so the absence of events too, cannot be trusted; what each means.
SENSOR_STATES = {
    "no_signal": "the accelerometer gives nothing",
    "sensor_fault": "the accelerometer does not answer, or the record has no numbers",
    "stuck": "the accelerometer or an axis of it repeats one value",
    "saturated": "the accelerometer is at full scale",
    "no_gravity": "gravity was taken out: the raw acceleration is needed",
    "wrong_scale": "rest is not near 1 g: is the unit another (m/s² called g)?",
}


@dataclass(frozen=True, slots=True)
class SensorSpan:
    """A stretch in which the sensor cannot be trusted: the first and the last reading that say so, and why."""

    t_on: float
    t_off: float
    reason: str


@dataclass(frozen=True, slots=True)
class ImuResult:
    """What the motion unit noticed, and activity and posture by their names."""

    events: tuple[ReplayedEvent, ...]
    activity: tuple[SeriesPoint, ...] = ()
    posture: tuple[SeriesPoint, ...] = ()

    @property
    def sensor(self) -> tuple[SensorSpan, ...]:
        """Where the sensor cannot be trusted, so that no event means nothing; empty where it always can."""
        runs = groupby(self.activity, key=lambda point: point.reason)
        spans = ((reason, list(points)) for reason, points in runs if reason in SENSOR_STATES)
        return tuple(SensorSpan(points[0].t, points[-1].t, reason) for reason, points in spans if reason)


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """All that one record gave; parts that the record does not have are None."""

    record: str | None
    channel: str | None
    duration_s: float | None
    ecg: EcgResult | None = None
    ppg: PpgResult | None = None
    imu: ImuResult | None = None
    skin: SkinResult | None = None
    wear: WearResult | None = None
    pulses: PulsesResult | None = None
    #: What is wrong with the record behind its good part; None: nothing.
    record_error: str | None = None

    def as_object(self) -> dict[str, Any]:
        """The JSON object of `vitalband replay --json`; parts that the record does not have are left out."""
        whole: dict[str, Any] = {"record": self.record, "channel": self.channel, "duration_s": self.duration_s}
        if self.ecg is not None:
            whole["ecg"] = ecg_object(self.ecg)
        if self.ppg is not None:
            whole["ppg"] = ppg_object(self.ppg)
        if self.imu is not None:
            whole["imu"] = imu_object(self.imu)
        if self.skin is not None:
            whole["skin"] = _series(self.skin, "skin")
        if self.wear is not None:
            whole["wear"] = _series(self.wear, "wear")
        if self.pulses is not None:
            whole["pulses"] = _series(self.pulses, "pulses")
        if self.record_error is not None:
            whole["error"] = {"type": "RecordError", "message": self.record_error}
        return whole


def ecg_object(ecg: EcgResult) -> dict[str, Any]:
    """The part `ecg` of the JSON object."""
    whole = asdict(ecg)
    whole["fs"] = int(ecg.fs) if ecg.fs == int(ecg.fs) else ecg.fs
    whole["beats"], whole["windows"] = list(whole["beats"]), list(whole["windows"])
    whole["flags"] = list(ecg.flags)
    for window in whole["windows"]:
        window["flags"] = list(window["flags"])
    return whole


def ppg_object(ppg: PpgResult) -> dict[str, Any]:
    """The part `ppg` of the JSON object."""
    return {**_series(ppg, "ppg"), "desaturations": [asdict(each) for each in ppg.desaturations]}


def imu_object(imu: ImuResult) -> dict[str, Any]:
    """The part `imu` of the JSON object."""
    events, sensor = [asdict(event) for event in imu.events], [asdict(span) for span in imu.sensor]
    return {"events": events, "sensor": sensor, **_series(imu, "imu")}


def _series(part: object, sensor: str) -> dict[str, list[dict[str, Any]]]:
    """The series of a sensor by their short names; each point has its number under the unit's name, or its choice."""
    return {
        of.short: [_point(point, of) for point in getattr(part, of.short)]
        for of in READINGS.values()
        if of.sensor == sensor
    }


def _point(point: SeriesPoint, of: ReadingSpec) -> dict[str, Any]:
    number = {"choice": point.choice} if of.choices else {of.unit.name.lower(): point.value, "u95": point.u95}
    extra = {} if of.short != "spo2" else {"calibration": point.calibration}
    return {"t": point.t, **number, "quality": point.quality, "reason": point.reason, **extra}
