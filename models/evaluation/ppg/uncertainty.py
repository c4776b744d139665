"""`python -m models.evaluation.ppg.uncertainty`: how often the pulse's expanded uncertainty holds, on BIDMC.

True pulse rates are of R peaks that `wfdb` finds in lead II, where the monitor's own heart rate agrees. Coefficients
were rounded from quantile regressions on either half of the people, each checked on the other.
"""

from __future__ import annotations

import argparse
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from wfdb.processing import xqrs_detect

from firmware_sim.firmware.dsp.ppg import pulse, uncertainty
from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from host_sdk.records.data_root import data_root

from ..core.dataset import FloatArray
from .datasets import open_dataset
from .datasets.base import bridged, mean_rate
from .datasets.bidmc import Bidmc
from .datasets.csv_files import column

HZ = 125
_RATE = 100
_LEVEL, _DEPTH = 100_000, 0.02
#: Seconds that a window of the pulse looks back, and the filters' delay.
_PULSE_S, _DELAY_S = 8.0, 0.6
#: Beats a minute by which R peaks and the monitor may differ.
_AGREE = 5.0
#: Record, reading, its error, its uncertainty.
Answer = tuple[str, str, float, float]


def _channel(path: Path, name: str) -> FloatArray:
    return bridged(column(path, name), f"{path}: {name}")


class Person:
    """One recording with what is true of it."""

    def __init__(self, folder: Path, record: str) -> None:
        self.record = record
        self.light = _channel(folder / f"{record}_Signals.csv", "PLETH")
        self.lead_ii = _channel(folder / f"{record}_Signals.csv", "II")
        self.peaks = xqrs_detect(self.lead_ii, fs=HZ, verbose=False) / HZ
        self._monitor = _channel(folder / f"{record}_Numerics.csv", "HR")

    def truth(self, end_s: float) -> float:
        """The true rate of a window that ends at `end_s`, NaN where nobody is sure."""
        rate = mean_rate(self.peaks, end_s - _PULSE_S - _DELAY_S, end_s - _DELAY_S)
        return rate if self.monitor_agrees(rate, end_s - _PULSE_S, end_s) else float("nan")

    def monitor_agrees(self, rate: float, begin_s: float, end_s: float) -> bool:
        """Whether the monitor told about this rate, too."""
        monitor = float(np.mean(self._monitor[max(0, int(begin_s)) : int(end_s)]))
        return abs(rate - monitor) <= _AGREE

    def answers(self) -> Iterator[Answer]:
        """Readings of every second against what is true; none is refused for its uncertainty."""
        n = int(len(self.light) / HZ * _RATE)
        light = np.interp(np.arange(n) / _RATE, np.arange(len(self.light)) / HZ, self.light)
        low, high = np.percentile(light, (1, 99))
        counts = np.round(_LEVEL * (1 - _DEPTH * (light - light.mean()) / (high - low))).astype(int)
        pipeline = PpgPipeline()
        for start in range(0, n - 99, 100):
            block = array("i", [value for count in counts[start : start + 100] for value in (0, int(count))])
            if pipeline.push(block, 100, 0) and (window := pipeline.next_window()) is not None:
                measure, true = window.pulse_rate, self.truth(window.end / _RATE)
                if measure.value is not None and np.isfinite(true):
                    yield self.record, "pulse_rate", measure.value / 10 - true, measure.u95 / 10


def coverage(answers: Sequence[Answer], limit: float) -> str:
    """Per cent inside of what is not refused, median uncertainty, per cent refused, mean errors of both."""
    errors = np.abs([answer[2] for answer in answers])
    widths = np.array([answer[3] for answer in answers])
    kept = widths <= limit
    inside = 100 * float((errors[kept] <= widths[kept]).mean())
    return (
        f"{len(answers):6d} answers, {inside:5.1f} % inside, median ± {np.median(widths[kept]):.1f}, "
        f"{100 * float((~kept).mean()):4.1f} % refused, MAE {errors[kept].mean():.2f}, of the refused "
        f"{errors[~kept].mean() if (~kept).any() else 0.0:.2f}"
    )


def main() -> None:
    """Print the coverage by half of the people."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    dataset = open_dataset(Bidmc.name, data_root())
    records = dataset.records()
    with patch.object(pulse, "PULSE_LIMIT_X10", 9999):
        answers = [answer for record in records for answer in Person(dataset.folder, record).answers()]
    for name, half in (("one half", records[::2]), ("other half", records[1::2]), ("all", records)):
        kept = [answer for answer in answers if answer[0] in half]
        print(f"pulse_rate, {name}: {coverage(kept, uncertainty.PULSE_LIMIT_X10 / 10)}")


if __name__ == "__main__":
    main()
