"""TROIKA: running on a treadmill, light and acceleration at the wrist."""

from __future__ import annotations

from ...core.dataset import Case, Channel
from ..truth import Truth
from .base import PpgDataSet, acceleration, each_window
from .matlab import array_of

_HZ = 125.0
#: Rows of `sig`: ECG, two lights, three axes (g).
_LIGHTS = {"PPG1": 1, "PPG2": 2}
_AXES = slice(3, 6)
_WINDOW_S, _STEP_S = 8, 2


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
        return each_window(rates, _WINDOW_S, _STEP_S)
