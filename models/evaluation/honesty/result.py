"""What the device said of one record: the parts that honesty looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from host_sdk.replay import EcgResult, PpgResult, ReplayResult, SeriesPoint

#: Members of the JSON object of a replay under which a sensor's state is named, wherever they stand.
_STATE_MEMBERS = frozenset({"reason", "reasons", "state", "states", "sensor", "flags"})


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
    #: States of the motion sensor that were reported, by name.
    states: frozenset[str] = frozenset()
    #: Why the replay refused the record, None where it did not.
    refusal: str | None = None
    #: What was said of the same record without what disturbs it.
    clean: DeviceResult | None = None


def device_result(replayed: ReplayResult) -> DeviceResult:
    """What a replay gave. States are read from the JSON object, so that they count wherever they are reported."""
    if replayed.imu is None:
        return DeviceResult(replayed.ecg, replayed.ppg)
    events = tuple(MotionEvent(event.t, event.kind, event.peak_g) for event in replayed.imu.events)
    states = frozenset(_states(replayed.as_object()["imu"]))
    return DeviceResult(replayed.ecg, replayed.ppg, events, replayed.imu.activity, replayed.imu.posture, states)


def _states(part: Any, named: bool = False) -> Iterator[str]:
    """Texts under a member of `_STATE_MEMBERS`, at any depth."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _states(value, named or name in _STATE_MEMBERS)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _states(value, named)
    elif named and isinstance(part, str):
        yield part
