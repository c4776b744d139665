"""What a network sees of a rate: bytes of spectra at it, beside it, at its double and its half."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware_sim.firmware.dsp.ppg.respiration import STRIDE
from models.pulse_motion.network import Inputs, tap_code
from models.pulse_motion.quantize import Quantized
from models.pulse_motion.signals import Ints

from .signals import RATES

MIDDLE_BIN = 26
_MEAN = 64
#: At the rate (1), with bins beside it, at its double (2) and at its half (0).
_TAPS = (*((1, beside) for beside in (-5, -3, -1, 0, 1, 3, 5)), (2, 0), (0, 0))


@dataclass(frozen=True)
class Part:
    """The series that one network sees: `first` of all, and how many."""

    name: str
    first: int
    series: int

    @property
    def taps(self) -> list[tuple[int, int, int]]:
        """Series, times, bins beside it."""
        return [(self.first + series, *tap) for series in range(self.series) for tap in _TAPS]

    @property
    def codes(self) -> list[int]:
        """As the kernel `score_rates` reads them."""
        return [tap_code(*tap, stride=STRIDE) for tap in self.taps]

    def inputs(self, spectra: Ints) -> Inputs:
        """Inputs (windows, rates, inputs) of spectra (windows, series, 152), of this part's series alone."""
        columns = [spectra[:, which - self.first, _bins(times) + beside] - _MEAN for which, times, beside in self.taps]
        rate = np.broadcast_to(RATES - MIDDLE_BIN, columns[0].shape)
        return np.asarray(np.stack([*columns, rate], axis=-1), dtype=np.float32)


PULSES = Part("pulses", 0, 6)
HEART = Part("heart", 6, 2)
PARTS = (PULSES, HEART)


def _bins(times: int) -> Ints:
    return RATES // 2 if times == 0 else RATES * times


def load_networks(path: Path) -> list[Quantized]:
    """Those of the pulses and of the heart beats, which have one gain."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [Quantized(**content[part.name]) for part in PARTS]
