"""BIDMC PPG and Respiration: patients in intensive care."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ...core.errors import CaseError
from ..truth import Truth
from .base import PpgDataSet, mean_rate, unbroken
from .csv_files import column

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
_PULSE = _Numeric("PULSE", 8, 8, 0.4)
#: Seconds of breaths that a rate is of, and by how many the annotators may differ in them.
BREATHS_S, _BREATHS_DIFFER = 32, 1
#: The device may settle this long before it is judged.
_SETTLE_S = 4


class Bidmc(PpgDataSet):
    """BIDMC 1.0.0: `bidmc_NN_Signals.csv` (125/s), the monitor's `_Numerics.csv` (1/s) and annotators' `_Breaths.csv`.

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
        return [Channel("PLETH", "NU", _HZ, unbroken(pleth, f"{case.record}: its PLETH", _HZ))]

    def truth(self, case: Case) -> Truth:
        """The monitor's pulse, where it tells about the device's window that ends there; the annotators' breaths."""
        pulse = column(self.folder / f"{case.record}_Numerics.csv", _PULSE.column)
        marks = breaths(self.folder, case.record)
        for who, of in enumerate(marks, 1):
            if not len(of) or of[-1] < len(pulse) - BREATHS_S:
                raise CaseError(f"{case.record}: breaths of annotator {who} end {BREATHS_S} s before its numerics")
        rates = {end: true_rate(marks, end) for end in range(BREATHS_S + _SETTLE_S, len(pulse))}
        known = {end: rate for end, rate in rates.items() if np.isfinite(rate)}
        return Truth({"pulse": _means(pulse, _PULSE), "resp": known}, length_s=len(pulse) - 1.0)


class BidmcEcg(Bidmc):
    """The same with the ECG's lead II beside the light: respiration of both together."""

    name = "bidmc_ecg"

    def channels(self, case: Case) -> list[Channel]:
        """The finger pleth and lead II, with straight lines over their gaps."""
        lead = column(self.folder / f"{case.record}_Signals.csv", "II")
        return [*super().channels(case), Channel("II", "mV", _HZ, unbroken(lead, f"{case.record}: its II", _HZ))]

    def truth(self, case: Case) -> Truth:
        """The annotators' breaths."""
        both = super().truth(case)
        return Truth({"resp": both.expected["resp"]}, length_s=both.length_s)


def true_rate(marks: tuple[FloatArray, FloatArray], end_s: float, window_s: float = BREATHS_S) -> float:
    """Mean rate by two annotators' marks; NaN where they differ by more than a breath, or where there are too few."""
    begin_s = end_s - window_s
    if begin_s < 0:
        return float("nan")
    counts = [int(((of >= begin_s) & (of <= end_s)).sum()) for of in marks]
    if abs(counts[0] - counts[1]) > _BREATHS_DIFFER:
        return float("nan")
    return float(np.mean([mean_rate(of, begin_s, end_s) for of in marks]))


def breaths(folder: Path, record: str) -> tuple[FloatArray, FloatArray]:
    """When each of the two annotators saw a breath begin (s); raises CaseError."""
    first, second = (
        column(folder / f"{record}_Breaths.csv", f"breaths ann{who} [signal sample no]") / _HZ for who in (1, 2)
    )
    return first[np.isfinite(first)], second[np.isfinite(second)]


def _means(each_second: FloatArray, of: _Numeric) -> dict[int, float]:
    """The mean of the values above 0 in the span before each second, taken late, from when the device has settled."""
    found = {}
    for end in range(of.span_s + _SETTLE_S, len(each_second) + 1 - of.late_s):
        known = each_second[end + of.late_s - of.span_s : end + of.late_s]
        known = known[np.isfinite(known) & (known > 0)]
        if len(known):
            found[end] = float(known.mean()) + of.cut
    return found
