"""A ride: a world of motion, impacts and positions whose every event is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..base import COLUMNS, GROUPS, IMPACT, MOTION, POSITION, FloatArray
from ..errors import SettingsError
from .courses import COURSES, course
from .motion import RideMotion
from .track import RideEvent

_ALL = frozenset((MOTION, IMPACT, POSITION))
_PIECE = 4096
_START = (48.1173, 11.5167, 520.0)
_M_A_DEGREE = 111_320.0
#: Step (s) in which the way is summed.
_STEP_S = 0.1
#: Speed that a receiver shows at rest, m/s.
_DRIFT_M_S = 0.15


@dataclass(frozen=True)
class RideTruth:
    """What is known about [start_s, end_s) of a ride."""

    start_s: float
    end_s: float
    course: str
    events: tuple[RideEvent, ...]
    distance_m: float


class Ride:
    """A course by its name, ridden as `seed` says; what is at hand ends with it.

    Groups: `motion` (as an accelerometer of 104 Hz with its filter has it), `impact` (1000 Hz), `position` (1 Hz).
    """

    def __init__(self, name: str, seed: int = 0, groups: Iterable[str] = _ALL) -> None:
        if name not in COURSES:
            raise SettingsError(f"no ride is called {name!r}; there are {', '.join(COURSES)}")
        if seed < 0:
            raise SettingsError(f"seed is {seed}, must be 0 or more")
        self.groups = frozenset(groups)
        if not self.groups <= _ALL:
            raise SettingsError(f"unknown groups {sorted(self.groups - _ALL)}; there are {sorted(_ALL)}")
        track = course(name, seed)
        self.name = name
        self.duration_s: float | None = track.end_s
        self._motion = RideMotion(track, seed)
        self.events = self._motion.events
        self._times = np.arange(0.0, track.end_s + _STEP_S, _STEP_S)
        heading = np.radians(self._motion.course_at(self._times))
        steps = self._motion.speed_at(self._times)[:, None] * np.stack([np.cos(heading), np.sin(heading)], 1) * _STEP_S
        self._way = np.cumsum(steps, axis=0)

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """Values of a group at rising times, see `World.sample`."""
        if group not in self.groups:
            raise SettingsError(f"this ride has no group {group!r}; there are {sorted(self.groups)}")
        t = np.asarray(t, dtype=np.float64)
        pieces = [self._piece(group, t[at : at + _PIECE]) for at in range(0, len(t), _PIECE)]
        return np.concatenate(pieces) if pieces else np.empty((0, len(COLUMNS[group])))

    def _piece(self, group: str, t: FloatArray) -> FloatArray:
        if group == MOTION:
            out = self._motion.motion(t, 1 / GROUPS[MOTION].rate_hz)
        else:
            out = self._motion.impact(t) if group == IMPACT else self._position(t)
        out[t >= (self.duration_s or np.inf)] = np.nan
        return out

    def _position(self, t: FloatArray) -> FloatArray:
        north, east = (np.interp(t, self._times, self._way[:, k]) for k in (0, 1))
        latitude = _START[0] + north / _M_A_DEGREE
        longitude = _START[1] + east / (_M_A_DEGREE * np.cos(np.radians(_START[0])))
        height = np.full(len(t), _START[2])
        speed = np.maximum(self._motion.speed_at(t), _DRIFT_M_S)
        return np.stack([latitude, longitude, height, speed, self._motion.course_at(t) % 360.0], axis=1)

    def truth(self, start_s: float, end_s: float) -> RideTruth:
        """What is known about [start_s, end_s)."""
        ways = np.stack([np.interp((start_s, end_s), self._times, self._way[:, k]) for k in (0, 1)], axis=1)
        events = tuple(event for event in self.events if start_s <= event.time_s < end_s)
        return RideTruth(start_s, end_s, self.name, events, float(np.linalg.norm(ways[1] - ways[0])))
