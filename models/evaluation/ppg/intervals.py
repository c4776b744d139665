"""`python -m models.evaluation.ppg.intervals`: intervals between pulses against RR intervals of the ECG, on BIDMC.

R peaks are those that `wfdb` finds in lead II, with a parabola through their top; a pulse belongs to the R peak that it
follows by about as much as the others do. An interval is judged where both its pulses have an R peak, one after the
other. The device has them from light sampled at 100/s; here that is the recording's 125/s interpolated.
"""

from __future__ import annotations

import argparse
from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from firmware_sim.firmware.dsp.breath_series import HEART_SERIES, BreathSeries
from firmware_sim.firmware.dsp.ppg.channel import RING
from firmware_sim.firmware.dsp.ppg.pulse_intervals import PulseIntervals
from firmware_sim.firmware.dsp.ppg.respiration import Respiration
from host_sdk.records.data_root import data_root

from ..core.dataset import FloatArray
from .datasets import open_dataset
from .datasets.bidmc import Bidmc
from .uncertainty import HZ, Person

_RATE = 100
_LEVEL, _DEPTH = 100_000, 0.02
#: An upstroke follows its R peak within this much of the usual time (s).
_NEAR_S = 0.1
#: Samples to either side of a mark within which R's top lies.
_TOP = 6
_FEWEST = 30


class Agreement(NamedTuple):
    """How intervals of a person agree with RR: how many, median of the size of errors and their deviation (ms)."""

    record: str
    n: int
    median_ms: float
    sd_ms: float


def pulse_times(light: FloatArray, fs: float) -> FloatArray:
    """When pulses rose (s), less a delay that is the same for all, as the device finds them."""
    t = np.arange(int(len(light) / fs * _RATE)) / _RATE
    light = np.interp(t, np.arange(len(light)) / fs, light)
    low, high = np.percentile(light, (1, 99))
    counts = np.round(_LEVEL * (1 - _DEPTH * (light - light.mean()) / max(high - low, 1e-9))).astype(int)
    pulses, pairs = _Watched(), array("i", np.repeat(counts, 2).tolist())
    for start in range(len(counts)):
        pulses.take(pairs, start, 1, 0)
    return np.array(pulses.times)


class _Watched(PulseIntervals):
    """Notes when each pulse was that counts."""

    def __init__(self) -> None:
        super().__init__(array("h", bytes(2 * RING)), Respiration(BreathSeries(HEART_SERIES)))
        self.times: list[float] = []
        self._samples = 0

    def take(self, pairs: array[int], start: int, n: int, end: int) -> None:
        """One sample more."""
        self._samples = start + n
        super().take(pairs, start, n, end)

    def _keep(self, interval: int) -> None:
        super()._keep(interval)
        # the newest upstroke was `since` before now, and the one that is kept an interval before it
        since, found = self._upstrokes[5], self._found[0]
        self.times.append(self._samples / _RATE - (since + found) / (256 * _RATE))


def r_times(lead: FloatArray, marks: Sequence[int], fs: float) -> FloatArray:
    """R peaks (s) at the top of a parabola near each mark."""
    tops = []
    for mark in marks:
        begin = max(1, mark - _TOP)
        top = begin + int(np.argmax(lead[begin : mark + _TOP + 1]))
        if 0 < top < len(lead) - 1:
            left, middle, right = lead[top - 1 : top + 2]
            bend = left - 2 * middle + right
            tops.append((top + (0.5 * (left - right) / bend if bend < 0 else 0.0)) / fs)
    return np.array(tops)


def interval_errors(pulses: FloatArray, peaks: FloatArray) -> FloatArray:
    """Intervals between pulses less those between their R peaks, in ms."""
    of = np.searchsorted(peaks, pulses) - 1
    delays = np.where(of >= 0, pulses - peaks[np.maximum(of, 0)], np.nan)
    near = (of >= 0) & (np.abs(delays - np.nanmedian(delays)) < _NEAR_S)
    pairs = np.flatnonzero(near[1:] & near[:-1] & (np.diff(of) == 1))
    return np.asarray(1000 * (np.diff(pulses)[pairs] - np.diff(peaks)[of[pairs]]))


def agreement(person: Person) -> Agreement:
    """Of one person."""
    marks = [round(at * HZ) for at in person.peaks]
    errors = interval_errors(pulse_times(person.light, HZ), r_times(person.lead_ii, marks, HZ))
    if len(errors) < _FEWEST:
        return Agreement(person.record, len(errors), np.nan, np.nan)
    return Agreement(person.record, len(errors), float(np.median(np.abs(errors))), float(errors.std()))


def main() -> None:
    """Print the table, and the medians over people."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    dataset = open_dataset(Bidmc.name, data_root())
    rows = [agreement(Person(dataset.folder, record)) for record in dataset.records()]
    print("record     intervals  median |error| ms  SD ms")
    for row in rows:
        print(f"{row.record:10s} {row.n:9d}  {row.median_ms:17.1f}  {row.sd_ms:5.1f}")
    judged = [row for row in rows if row.n >= _FEWEST]
    medians = [np.median([getattr(row, name) for row in judged]) for name in ("median_ms", "sd_ms")]
    print(f"median of {len(judged)} of {len(rows)} people: {medians[0]:.1f} ms, SD {medians[1]:.1f} ms")


if __name__ == "__main__":
    main()
