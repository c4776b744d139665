"""What the chips sense: the contract between the world and the simulated device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ECG = "ecg"
PPG = "ppg"
GREEN = "green"
MOTION = "motion"
SKIN = "skin"
IMPACT = "impact"
POSITION = "position"


@dataclass(frozen=True)
class Group:
    """Signals that one chip senses together."""

    #: Columns in order, with their units.
    columns: tuple[str, ...]
    #: Beyond every range of the chips, in the columns' units.
    rail: float
    #: Rate that the chip converts at, nominally.
    rate_hz: float
    #: Something that a worn device senses, steady.
    steady: tuple[float, ...]


GROUPS: dict[str, Group] = {
    ECG: Group(("lead_mv",), rail=5e3, rate_hz=250.0, steady=(1.0,)),
    PPG: Group(("red_na_per_ma", "ir_na_per_ma", "ambient_na"), rail=1e6, rate_hz=100.0, steady=(300.0, 400.0, 0.0)),
    GREEN: Group(("green_na_per_ma",), rail=1e6, rate_hz=100.0, steady=(60.0,)),
    MOTION: Group(
        ("ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps"),
        rail=1e5,
        rate_hz=104.0,
        steady=(0.0, 0.5, 1.0, 10.0, 0.0, -20.0),
    ),
    SKIN: Group(("skin_c",), rail=1e3, rate_hz=1.0, steady=(33.5,)),
    IMPACT: Group(("ax_g", "ay_g", "az_g"), rail=1e5, rate_hz=1000.0, steady=(0.0, 0.5, 1.0)),
    POSITION: Group(
        ("latitude_deg", "longitude_deg", "altitude_m", "speed_m_s", "course_deg"),
        rail=1e9,
        rate_hz=1.0,
        steady=(48.1173, 11.5167, 545.4, 12.5, 84.4),
    ),
}
#: Columns of each group.
COLUMNS: dict[str, tuple[str, ...]] = {name: group.columns for name, group in GROUPS.items()}


class World(Protocol):
    """Signals as functions of time, the same for the same seed however they are asked for."""

    #: Groups this world has; a chip whose group is missing is not fitted on the board.
    groups: frozenset[str]
    #: Seconds until the world ends, None: endless. Past the end every signal is NaN.
    duration_s: float | None

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """Values of a group at increasing times.

        `t` in seconds since the world began, shape (n,); calls for a group come with ever later times.
        Returns (n, columns) in the units of `COLUMNS`; NaN where nothing is sensed: electrode off (ecg),
        no skin (ppg), sensor silent (motion, impact), no temperature (skin), no satellites (position).
        """
        ...
