"""Pulse waves and the light that comes back from skin with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.dataset import Channel, FloatArray
from ..ecg.waves import Wave, add_waves
from ..noise import white

#: The device's calibration line: SpO2 = 112 - 34 R, R the ratio of ratios.
_SPO2_AT_0, _SPO2_SLOPE = 112.0, -34.0


def ratio_of(spo2: float) -> float:
    """Ratio of ratios of a saturation in percent."""
    return (spo2 - _SPO2_AT_0) / _SPO2_SLOPE


def pulse_wave(t: FloatArray, feet: FloatArray, dicrotic: float, heights: FloatArray | None = None) -> FloatArray:
    """Blood volume, 0 to about 1: a systolic wave and a dicrotic one of a fraction of it after each foot.

    `t` in s is evenly spaced and begins at 0; waves stretch with the interval to the next foot.
    """
    found = np.zeros(len(t))
    fs = 1 / float(t[1] - t[0])
    gaps = np.diff(feet, append=feet[-1] + (feet[-1] - feet[-2] if len(feet) > 1 else 1.0))
    for number, (foot, gap) in enumerate(zip(feet, gaps, strict=True)):
        stretch = float(min(max(gap, 0.35), 1.4) / 0.85) ** 0.5
        height = 1.0 if heights is None else float(heights[number])
        corners = ((0.0, 0.15, 0.62, height), (0.24, 0.40, 0.85, dicrotic * height))
        add_waves(
            found, fs, [Wave(foot + stretch * a, foot + stretch * b, foot + stretch * c, mv) for a, b, c, mv in corners]
        )
    return found


@dataclass(frozen=True)
class Finger:
    """Light that comes back: counts of red and infrared, modulation of infrared as a fraction, saturation."""

    red: float
    infrared: float
    perfusion: float
    spo2: float
    noise: float

    def light(
        self, rng: np.random.Generator, blood: FloatArray, common: FloatArray | float = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        """Red and infrared counts; `common` moves both alike, as a fraction."""
        ratio = ratio_of(self.spo2)
        red = self.red * (1 - ratio * self.perfusion * blood + common) + white(rng, len(blood), self.noise)
        infrared = self.infrared * (1 - self.perfusion * blood + common) + white(rng, len(blood), self.noise)
        return red, infrared


def finger(
    rng: np.random.Generator, perfusion: tuple[float, float] = (0.006, 0.03), spo2: tuple[float, float] = (94.0, 99.0)
) -> Finger:
    """A finger at random."""
    level = float(rng.uniform(60e3, 180e3))
    depth = float(np.exp(rng.uniform(*np.log(perfusion))))
    return Finger(
        level * float(rng.uniform(0.6, 1.2)), level, depth, float(rng.uniform(*spo2)), float(rng.uniform(3, 9))
    )


def light_channels(red: FloatArray, infrared: FloatArray, fs: float) -> tuple[Channel, ...]:
    """Red and infrared as a record of counts."""
    return tuple(Channel(name, "count", fs, np.round(values)) for name, values in (("RED", red), ("IR", infrared)))
