"""TROIKA: running on a treadmill, light and acceleration at the wrist."""

from __future__ import annotations

import math
from itertools import pairwise

from ...core.dataset import Case, Channel
from ..truth import Truth
from .base import PpgDataSet, acceleration, each_window
from .matlab import array_of

_HZ = 125.0
#: Rows of `sig`: ECG, two lights, three axes (g).
_LIGHTS = {"PPG1": 1, "PPG2": 2}
_AXES = slice(3, 6)
_WINDOW_S, _STEP_S = 8, 2
#: The treadmill's programme by the second at which a part begins: 6 and 12 km/h, TYPE01 8 and 15; and how long the belt
#: takes to another speed (s), as the accelerometer shows.
_SLOW, _FAST = "6 or 8 km/h", "12 or 15 km/h"
_PHASES: dict[float, str] = {0: "at rest", 30: _SLOW, 90: _FAST, 150: _SLOW, 210: _FAST, 270: "at rest"}
_ROLLS_S = 10


class Troika(PpgDataSet):
    """IEEE Signal Processing Cup 2015: `DATA_NN_TYPE0K.mat` (125/s) and its `_BPMtrace.mat`, heart rate from the ECG.

    The rate of window k is that of [2k, 2k + 8] s. Zhang, Pi and Liu, IEEE Trans. Biomed. Eng. 2015; 62: 522-531.
    """

    name = "troika"
    url = "https://zenodo.org/records/3902710"
    patterns = ("DATA_*_TYPE0?.mat",)
    body_location = "wrist"

    def records(self) -> list[str]:
        """`DATA_NN_TYPE0K`, in order; one a person."""
        return sorted(path.stem for path in self.folder.glob("DATA_*_TYPE0?.mat"))

    def channels(self, case: Case) -> list[Channel]:
        """The first light, which has no scale, and the acceleration."""
        rows = array_of(self.folder / f"{case.record}.mat", "sig", rows=6)
        return [Channel("PLETH", "NU", _HZ, rows[_LIGHTS["PPG1"]].copy()), *acceleration(rows[_AXES].T, _HZ)]

    def truth(self, case: Case) -> Truth:
        """Heart rate of every window, from the ECG."""
        rates = array_of(self.folder / f"{case.record}_BPMtrace.mat", "BPM0").ravel()
        return each_window(rates, _WINDOW_S, _STEP_S, _speed)


def _speed(begin_s: float, end_s: float) -> str:
    """What the treadmill did from one time to another."""
    begins = (*_PHASES, math.inf)
    for at_s, ends_s in pairwise(begins):
        if begin_s >= at_s + bool(at_s) * _ROLLS_S and end_s <= ends_s:
            return _PHASES[at_s]
    return "speed changes"
