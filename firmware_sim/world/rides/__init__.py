"""Rides with a helmet, and what happens to helmets: each with its truth."""

from __future__ import annotations

from .courses import COURSES, CRASHES
from .ride import Ride, RideTruth
from .track import RideEvent

__all__ = ["COURSES", "CRASHES", "Ride", "RideEvent", "RideTruth"]
