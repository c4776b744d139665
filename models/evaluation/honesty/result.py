"""What the device said of one record: the parts that honesty looks at."""

from __future__ import annotations

from dataclasses import dataclass

from host_sdk.replay import EcgResult, PpgResult, ReplayResult, SeriesPoint


@dataclass(frozen=True)
class MotionEvent:
    """An event with its time in seconds from the start of the record."""

    t: float
    kind: str
    peak_g: float


@dataclass(frozen=True)
class DeviceResult:
    """Parts that the record does not have are None or empty."""

    ecg: EcgResult | None = None
    ppg: PpgResult | None = None
    events: tuple[MotionEvent, ...] = ()
    #: What the wearer does, and the attitude, once a second.
    activity: tuple[SeriesPoint, ...] = ()
    posture: tuple[SeriesPoint, ...] = ()
    #: Reasons of activity and posture, which name the states of the motion sensor.
    states: frozenset[str] = frozenset()
    #: Why the replay refused the record, None where it did not.
    refusal: str | None = None
    #: What was said of the same record without what disturbs it.
    clean: DeviceResult | None = None


def device_result(replayed: ReplayResult) -> DeviceResult:
    """What a replay gave."""
    if replayed.imu is None:
        return DeviceResult(replayed.ecg, replayed.ppg)
    events = tuple(MotionEvent(event.t, event.kind, event.peak_g) for event in replayed.imu.events)
    activity, posture = replayed.imu.activity, replayed.imu.posture
    states = frozenset(point.reason for point in (*activity, *posture) if point.reason is not None)
    return DeviceResult(replayed.ecg, replayed.ppg, events, activity, posture, states)
