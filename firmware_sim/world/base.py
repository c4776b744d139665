"""What the chips sense: the contract between the world and the simulated device."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ECG = "ecg"
PPG = "ppg"
MOTION = "motion"

#: Columns of each group, in order, with their units.
COLUMNS: dict[str, tuple[str, ...]] = {
    ECG: ("lead_mv",),
    PPG: ("red_na_per_ma", "ir_na_per_ma", "ambient_na"),
    MOTION: ("ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps"),
}


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
        no skin (ppg), sensor silent (motion).
        """
        ...
