"""BIDMC PPG and Respiration: patients in intensive care."""

from __future__ import annotations

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ..truth import Truth
from .base import PpgDataSet, bridged, column

_HZ = 125.0
#: Columns of `*_Numerics.csv` by reading, with the seconds that a window of the device looks back.
_NUMERICS = {"pulse": ("PULSE", 8), "resp": ("RESP", 32)}
#: The device may settle this long before it is judged.
_SETTLE_S = 4


class Bidmc(PpgDataSet):
    """BIDMC 1.0.0: `bidmc_NN_Signals.csv` (125/s) and the monitor's `bidmc_NN_Numerics.csv` (1/s).

    Pimentel, Johnson, Charlton et al., IEEE Trans. Biomed. Eng. 2017; 64: 1914-1923.
    """

    name = "bidmc"
    url = "https://physionet.org/content/bidmc/"
    patterns = ("*_Signals.csv",)

    def records(self) -> list[str]:
        """`bidmc_NN`, in order."""
        return sorted(path.name.removesuffix("_Signals.csv") for path in self.folder.glob("*_Signals.csv"))

    def channels(self, case: Case) -> list[Channel]:
        """The finger pleth, which has no scale, with straight lines over its gaps."""
        pleth = column(self.folder / f"{case.record}_Signals.csv", "PLETH")
        return [Channel("PLETH", "NU", _HZ, bridged(pleth, f"{case.record}: its PLETH"))]

    def truth(self, case: Case) -> Truth:
        """The monitor's mean over each window of the device."""
        path = self.folder / f"{case.record}_Numerics.csv"
        return Truth({name: _means(column(path, of), span) for name, (of, span) in _NUMERICS.items()})


def _means(each_second: FloatArray, span: int) -> dict[int, float]:
    """The mean of the values above 0 in the `span` seconds before each second, from when the device has settled."""
    found = {}
    for end in range(span + _SETTLE_S, len(each_second) + 1):
        known = each_second[end - span : end]
        known = known[np.isfinite(known) & (known > 0)]
        if len(known):
            found[end] = float(known.mean())
    return found
