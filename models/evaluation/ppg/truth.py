"""What is known of a PPG recording: plain data, times in seconds from the record's start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Readings that are scored, with their units.
UNITS = {"pulse": "bpm", "resp": "per min", "spo2": "%"}
#: Errors up to which a reading counts as right.
TOLERANCES = {"pulse": 5.0, "resp": 2.0, "spo2": 3.0}


@dataclass(frozen=True)
class Truth:
    """For each reading the reference by the whole second at which a window ends; `last` is for the last window only.

    `length_s` is how far the reference goes by its own files, None where these do not say; `activities` is what the
    wearer did in the middle of a window, by the same second, where the set says so.
    """

    expected: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)
    length_s: float | None = None
    activities: Mapping[int, str] = field(default_factory=dict)
