"""Simulated rides with a helmet (`firmware_sim.world.rides`), crashes among them, whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from firmware_sim.world.base import GROUPS, MOTION
from firmware_sim.world.rides import COURSES, CRASHES, Ride

from ..core.dataset import FloatArray
from .motion_set import MotionSet
from .scoring import Span

#: Rides of each course: `COURSE/SEED`.
_RIDES = 20
_USUAL = 5
_ABOUT_S = 0.5


class Rides(MotionSet):
    """Made when asked for: 20 of each course, of which 5 are usual. It needs no folder."""

    name = "rides"
    url = "https://github.com/vitalband/vitalband"
    body_location = "helmet"
    rate_hz = GROUPS[MOTION].rate_hz
    patterns = ()

    def __init__(self) -> None:
        super().__init__(Path())

    def records(self) -> list[str]:
        """All rides, course by course."""
        return [f"{course}/{seed}" for course in COURSES for seed in range(_RIDES)]

    def usual(self) -> list[str]:
        """The first five of each course."""
        return [f"{course}/{seed}" for course in COURSES for seed in range(_USUAL)]

    def activity(self, record: str) -> str:
        """The course."""
        return record.partition("/")[0]

    def group(self, record: str) -> str:
        """Whether it ends in a crash."""
        return "crash" if self.activity(record) in CRASHES else "none"

    def motion(self, record: str) -> FloatArray:
        """Accelerations (g) and turn rates (degrees per second), (n, 6) at 104/s."""
        ride = self._ride(record)
        return ride.sample(MOTION, np.arange(0.0, ride.duration_s or 0.0, 1 / self.rate_hz))

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """Falls and accidents; a helmet that is dropped or a machine that tips over is none."""
        mishaps = [event for event in self._ride(record).events if event.kind in ("fall", "accident")]
        return tuple((event.time_s - _ABOUT_S, event.time_s + _ABOUT_S) for event in mishaps)

    def _ride(self, record: str) -> Ride:
        course, _, seed = record.partition("/")
        return Ride(course, int(seed), groups=(MOTION,))
