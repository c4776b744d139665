"""Waves of an ECG: bumps whose onset, peak and end are exactly known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ...core.dataset import FloatArray


@dataclass(frozen=True)
class Wave:
    """Onset, peak and end in s, amplitude in mV. `edge`: power of the quarter sine of its flanks."""

    on: float
    peak: float
    off: float
    mv: float
    #: 1.5 leaves the baseline within a few ms of the onset; 2 is a raised cosine.
    edge: float = 1.5

    def at(self, onset_s: float, scale: float = 1.0) -> Wave:
        """The same wave, later and of another amplitude."""
        return replace(self, on=self.on + onset_s, peak=self.peak + onset_s, off=self.off + onset_s, mv=self.mv * scale)


def add_waves(trace: FloatArray, fs: float, waves: Iterable[Wave]) -> None:
    """Add waves to a trace (mV, first sample at 0 s) in place; parts outside it are lost."""
    for wave in waves:
        first, last = max(0, int(np.ceil(wave.on * fs))), min(len(trace), int(wave.off * fs) + 1)
        if first >= last:
            continue
        t = np.arange(first, last) / fs
        flank = np.where(t < wave.peak, (t - wave.on) / (wave.peak - wave.on), (wave.off - t) / (wave.off - wave.peak))
        trace[first:last] += wave.mv * np.sin(np.clip(flank, 0.0, 1.0) * (np.pi / 2)) ** wave.edge
