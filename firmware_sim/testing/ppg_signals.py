"""Made-up light for the tests of the light pipeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_sim.world.wearer.presets import PRESETS
from firmware_sim.world.wearer.wearer import Wearer

FloatArray = NDArray[np.float64]
RATE = 100
#: Counts a nA of photocurrent and LED current (mA) as the driver sets them, dark counts.
_COUNTS = 7.2 / 0.015625
_DARK = 30.0


def light(
    duration_s: float,
    per_min: float = 72.0,
    *,
    perfusion: float = 0.02,
    ratio: float = 0.5,
    breaths_per_min: float = 15.0,
    breath: float = 0.2,
    level: float = 100000.0,
    sign: float = -1.0,
    noise: float = 3.0,
) -> tuple[FloatArray, FloatArray]:
    """Red and infrared counts: pulses of a steep rise and a slow fall, whose amplitude and level breath modulates."""
    t = np.arange(int(duration_s * RATE)) / RATE
    phase = t * per_min / 60.0 % 1.0
    rise, fall = phase / 0.25, (phase - 0.25) / 0.75
    pulse = np.where(phase < 0.25, (1 - np.cos(np.pi * rise)) / 2, (1 + np.cos(np.pi * fall)) / 2)
    wave = np.sin(2 * np.pi * t * breaths_per_min / 60.0)
    ac = sign * perfusion * pulse * (1 + breath * wave)
    steady = 1 + breath * perfusion * wave
    generator = np.random.default_rng(7)
    colours = [level * steady * (1 + part * ac) + generator.normal(0, noise, len(t)) for part in (ratio, 1.0)]
    return colours[0], colours[1]


def worn(preset: str, duration_s: int, seed: int = 3) -> tuple[Wearer, FloatArray, FloatArray]:
    """A synthetic wearer with the red and infrared counts that the chip would give."""
    wearer = Wearer(PRESETS[preset], seed)
    counts = counts_of(wearer, duration_s)
    return wearer, counts[:, 0], counts[:, 1]


def counts_of(wearer: Wearer, duration_s: int) -> FloatArray:
    """Red and infrared counts of a synthetic wearer as the chip would give them."""
    t = np.arange(duration_s * RATE) / RATE
    parts = [wearer.sample("ppg", t[i : i + RATE * 10]) for i in range(0, len(t), RATE * 10)]
    return np.asarray(np.concatenate(parts) * _COUNTS + _DARK)
