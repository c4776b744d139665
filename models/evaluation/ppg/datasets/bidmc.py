"""BIDMC PPG and Respiration: patients in intensive care."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ..truth import Truth
from .base import PpgDataSet, bridged, column

_HZ = 125.0


class _Numeric(NamedTuple):
    """A column of `*_Numerics.csv`: over how many seconds it is averaged, how late it is (s), what it lacks."""

    column: str
    span_s: int
    late_s: int = 0
    cut: float = 0.0


#: The monitor averages its PULSE and is late: in the middle it shows what was 12 s before (found on 40 people, against
#: rates of 8 s); a reading of the device is 8 s old in the middle, and so are the means of 8 s that begin with it. It
#: also cuts to whole numbers, which takes 0.4. Both are so for peers as well.
_NUMERICS = {"pulse": _Numeric("PULSE", 8, 8, 0.4), "resp": _Numeric("RESP", 32)}
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
        """The monitor's mean of each second, where it tells about the device's window that ends there."""
        path = self.folder / f"{case.record}_Numerics.csv"
        return Truth({name: _means(column(path, of.column), of) for name, of in _NUMERICS.items()})


def _means(each_second: FloatArray, of: _Numeric) -> dict[int, float]:
    """The mean of the values above 0 in the span before each second, taken late, from when the device has settled."""
    found = {}
    for end in range(of.span_s + _SETTLE_S, len(each_second) + 1 - of.late_s):
        known = each_second[end + of.late_s - of.span_s : end + of.late_s]
        known = known[np.isfinite(known) & (known > 0)]
        if len(known):
            found[end] = float(known.mean()) + of.cut
    return found
