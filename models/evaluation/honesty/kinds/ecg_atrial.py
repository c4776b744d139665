"""Atria without P waves: flutter and fibrillation."""

from __future__ import annotations

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.rhythm import Heart, at_times, paced_times, qt_of
from ..ecg.trace import times
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import Finding, OnlyFindings
from ..noise import band
from ..situation import Situation
from .ecg_parts import DURATION_S, FS, Draw, channel, drawn, intervals_of, kinds_of, onsets, person, situation

_FLUTTER_LEADS = ("II", "aVF", "III", "V1")


def flutter_waves(t: FloatArray, hz: float, mv: float, slope: float) -> FloatArray:
    """A sawtooth with a slow limb of `slope` of the period, rounded as no atrium has corners."""
    phase = np.mod(t * hz, 1.0)
    saw = np.where(phase < slope, phase / slope, (1 - phase) / (1 - slope)) - 0.5
    kernel = np.hanning(max(3, round(0.05 * FS) | 1))
    return np.asarray(2 * mv * np.convolve(saw, kernel / kernel.sum(), "same"))


def _flutter(ratios: tuple[int, ...]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        hz = float(rng.uniform(4.2, 5.4))
        ratio = float(np.mean(ratios))
        one = person(rng, (60 * hz / ratio, 60 * hz / ratio + 1e-6), leads=_FLUTTER_LEADS)
        waves = paced_times(float(rng.uniform(0, 0.3)), DURATION_S, lambda at: 1 / hz)
        steps = np.cumsum([ratios[int(rng.integers(len(ratios)))] for _ in waves])
        beats = waves[steps[steps < len(waves)]] + 0.06
        heart = Heart(np.empty(0), at_times(beats, one.shape, qt_of(ratio / hz, 0.39)))
        mv = float(rng.uniform(0.10, 0.22))
        trace = drawn(rng, heart, one.p) + flutter_waves(times(DURATION_S, FS), hz, mv, float(rng.uniform(0.6, 0.8)))
        varying = ("irregular",) if len(ratios) > 1 else ()
        expectations = (
            Rate(onsets(heart)), kinds_of(heart, "NS" if varying else ""), Finding(("atrial_flutter",)),
            OnlyFindings(("atrial_flutter", *varying)), Interval("pr_ms", None), Interval("qt_ms", None),
        )  # fmt: skip
        about = f"flutter {60 * hz:.0f}/min of {mv:.2f} mV, {' and '.join(map(str, ratios))} to 1"
        return Situation(channel(trace), expectations, about)

    return make


def _fibrillation(bpm: tuple[float, float], mv: tuple[float, float]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, bpm)
        mean, spread = 60 / one.bpm, float(rng.uniform(0.17, 0.26))
        shortest = 0.30
        beats = paced_times(
            0.2, DURATION_S, lambda at: max(shortest, mean * float(np.exp(spread * rng.standard_normal())))
        )
        heart = Heart(np.empty(0), at_times(beats, one.shape, qt_of(mean, 0.38)))
        height = float(rng.uniform(*mv))
        waves = band(rng, round(DURATION_S * FS), FS, height, 4.5, 9.0)
        expectations = (
            Rate(onsets(heart)), kinds_of(heart, "NS"), Finding(("irregular",)), OnlyFindings(("irregular", "pause")),
            Interval("pr_ms", None), *intervals_of(one, names=("qrs_ms",)),
        )  # fmt: skip
        about = f"{one.bpm:.0f}/min, f waves {1e3 * height:.0f} uV RMS"
        return Situation(channel(drawn(rng, heart, one.p) + waves), expectations, about)

    return make


KINDS = (
    situation("flutter_2_to_1", _flutter((2,))),
    situation("flutter_3_to_1", _flutter((3,))),
    situation("flutter_4_to_1", _flutter((4,))),
    situation("flutter_varying", _flutter((2, 3, 4))),
    situation("fibrillation", _fibrillation((60.0, 110.0), (0.02, 0.05))),
    situation("fibrillation_fast", _fibrillation((110.0, 160.0), (0.02, 0.05))),
    situation("fibrillation_fine", _fibrillation((60.0, 110.0), (0.0, 0.008))),
)
