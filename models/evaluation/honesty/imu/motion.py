"""Acceleration (g) and rate of turn (degrees/s) of a body: x to the left, y up, z forward, as worn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.dataset import Channel, FloatArray
from ..noise import coloured, white

FS = 104.0
_AXES = "XYZ"


@dataclass(frozen=True)
class Motion:
    """Acceleration and rate of turn, (n, 3) each."""

    accel: FloatArray
    gyro: FloatArray

    def channels(self, fs: float = FS, unit: str = "g", with_gyro: bool = True) -> tuple[Channel, ...]:
        """The motion as a record."""
        found = [Channel(f"ACC_{axis}", unit, fs, self.accel[:, k]) for k, axis in enumerate(_AXES)]
        if with_gyro:
            found += [Channel(f"GYR_{axis}", "dps", fs, self.gyro[:, k]) for k, axis in enumerate(_AXES)]
        return tuple(found)


def attitude(rng: np.random.Generator, tilt_deg: float = 20.0) -> FloatArray:
    """Up in the sensor's axes: y, tilted at random."""
    found = np.array([0.0, 1.0, 0.0]) + np.tan(np.radians(tilt_deg)) * rng.uniform(-0.7, 0.7, 3)
    return np.asarray(found / np.linalg.norm(found))


def lying(rng: np.random.Generator) -> FloatArray:
    """Up in the sensor's axes where y lies within 20 degrees of the horizontal."""
    turned, tilt = float(rng.uniform(0, 2 * np.pi)), np.radians(float(rng.uniform(-20, 20)))
    return np.array([np.cos(tilt) * np.cos(turned), np.sin(tilt), np.cos(tilt) * np.sin(turned)])


def at_rest(rng: np.random.Generator, n: int, up: FloatArray, noise_g: float = 0.004, sway_g: float = 0.0) -> Motion:
    """Gravity, the sensor's noise, and a body's sway."""
    accel = np.tile(up, (n, 1)) + np.column_stack([white(rng, n, noise_g) for _ in _AXES])
    gyro = np.column_stack([white(rng, n, 0.15) for _ in _AXES])
    if sway_g:
        accel += np.column_stack([coloured(rng, n, sway_g, 1.5) for _ in _AXES])
        gyro += np.column_stack([coloured(rng, n, 60 * sway_g, 1.5) for _ in _AXES])
    return Motion(accel, gyro)


def gait(rng: np.random.Generator, t: FloatArray, up: FloatArray, cadence_hz: float, up_g: float) -> Motion:
    """Walking or running: steps upwards, strides sideways, none of them equal."""
    phase = 2 * np.pi * np.cumsum(cadence_hz * (1 + 0.02 * coloured(rng, len(t), 1.0, 2.0))) / FS
    step = np.sin(phase) + 0.35 * np.sin(2 * phase + 0.7) + 0.15 * np.sin(3 * phase + 1.3)
    # no body weighs less than nothing
    vertical = np.maximum(up_g * step * (1 + 0.06 * coloured(rng, len(t), 1.0, 1.0)), -0.97)
    side = 0.35 * up_g * np.sin(phase / 2 + 0.4)
    still = at_rest(rng, len(t), up, 0.012)
    accel = still.accel + np.outer(vertical, up)
    accel[:, 0] += side
    gyro = still.gyro + np.column_stack([25 * up_g * np.sin(phase / 2 + k) for k in range(3)])
    return Motion(accel, gyro)


def impact(t: FloatArray, at_s: float, peak_g: float, width_s: float) -> FloatArray:
    """A half sine of acceleration."""
    inside = (t >= at_s) & (t <= at_s + width_s)
    return np.where(inside, peak_g * np.sin(np.pi * np.clip((t - at_s) / width_s, 0, 1)), 0.0)


def fall(rng: np.random.Generator, t: FloatArray, at_s: float, free_s: float, peak_g: float, width_s: float) -> Motion:
    """A person who stands, falls over, hits the ground, and lies still: y turns to the horizontal meanwhile."""
    side = float(rng.uniform(0, 2 * np.pi))
    level = np.array([np.cos(side), 0.0, np.sin(side)])
    turned_deg = np.asarray(88.0 * np.clip((t - at_s) / (free_s + 0.15), 0.0, 1.0) ** 2, dtype=np.float64)
    angle = np.radians(turned_deg)[:, None]
    up = np.cos(angle) * np.array([0.0, 1.0, 0.0]) + np.sin(angle) * level
    lost = np.where(t < at_s + free_s, np.clip((t - at_s) / 0.15, 0.0, 1.0), 0.0) * float(rng.uniform(0.4, 0.75))
    before = t < at_s
    sway = np.column_stack([coloured(rng, len(t), 0.04, 1.5) for _ in _AXES]) * before[:, None]
    hit = at_s + free_s
    direction = 0.8 * level + np.array([0.0, 0.6, 0.0])
    after = np.maximum(t - hit - width_s, 0)
    ring = np.where(t >= hit + width_s, 0.12 * peak_g * np.exp(-after / 0.15) * np.sin(2 * np.pi * 7 * after), 0.0)
    accel = up * (1 - lost)[:, None] + np.outer(impact(t, hit, peak_g, width_s) + ring, direction) + sway
    accel += np.column_stack([white(rng, len(t), 0.005) for _ in _AXES])
    rate = np.asarray(np.gradient(turned_deg, t), dtype=np.float64)[:, None]
    gyro = rate * np.array([level[2], 0.0, -level[0]]) + np.column_stack([white(rng, len(t), 0.3) for _ in _AXES])
    return Motion(accel, gyro)
