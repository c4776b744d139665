"""How a synthetic wearer moves: acceleration and rate of turn of the body unit.

Axes of the unit as worn: x to the wearer's left, y up, z forward. At rest upright it reads +1 g on y; lying on the
back after a fall it reads on z. Rate of turn is the derivative of the same angles that turn gravity.
"""

from __future__ import annotations

import numpy as np

from ..base import FloatArray
from ..noise import WhiteNoise
from .kernels import add_waves
from .rhythm import breath_phase
from .script import GAITS, Gait, Script, compile_script
from .settings import WearerSettings
from .truth import TruthEvent

_ACCEL, _GYRO = 30, 31
_ACCEL_NOISE_G = 0.003
_GYRO_NOISE_DPS = 0.1
_BREATH_G = 0.004
_RAMP_S = 0.8
#: What of a movement reaches electrodes and blood: x, y, z.
_SHAKE = np.array([0.3, 1.0, 0.5])


class Movement:
    """Acceleration (g) and rate of turn (deg/s) as functions of time."""

    def __init__(self, settings: WearerSettings, seed: int) -> None:
        self._script: Script = compile_script(settings.motion)
        self._accel_noise = WhiteNoise(seed, _ACCEL, columns=3)
        self._gyro_noise = WhiteNoise(seed, _GYRO, columns=3)
        self._breath_hz = settings.respiration_per_min / 60.0
        self._breath_phase = breath_phase(seed)
        self.events = tuple(self._event(kind, start, end) for kind, start, end in self._script.mishaps)

    def sample(self, t: FloatArray) -> FloatArray:
        """(n, 6) at increasing times `t` (s): ax, ay, az in g, gx, gy, gz in deg/s."""
        out = np.empty((len(t), 6))
        out[:, :3] = self._force(t) + _ACCEL_NOISE_G * self._accel_noise.at(t)
        out[:, 2] += _BREATH_G * np.sin(2 * np.pi * self._breath_hz * t + self._breath_phase)
        out[:, 3:] = self._turn(t) + _GYRO_NOISE_DPS * self._gyro_noise.at(t)
        return out

    def shake(self, t: FloatArray) -> FloatArray | None:
        """What of the movement disturbs other sensors, g, shape (n,); None: nothing moves."""
        moved = self._dynamic(t)
        if moved is None:
            return None
        disturbance: FloatArray = moved @ _SHAKE
        return disturbance

    def effort(self, t: FloatArray) -> FloatArray | float:
        """0 (still) to 1 (walking, running), shape (n,) or a constant."""
        active = [gait for gait in self._script.gaits if gait.start_s <= t[-1] and gait.end_s >= t[0]]
        return sum((_envelope(gait, t) for gait in active), start=np.zeros(len(t))) if active else 0.0

    def _force(self, t: FloatArray) -> FloatArray:
        pitch, roll, _, _ = self._angles(t)
        level = np.cos(roll)
        gravity: FloatArray = np.stack([np.sin(roll), level * np.cos(pitch), -level * np.sin(pitch)], axis=1)
        if _overlaps(self._script.dips, t):
            gravity *= (1.0 - add_waves(t, self._script.dips))[:, None]
        moved = self._dynamic(t)
        return gravity if moved is None else gravity + moved

    def _turn(self, t: FloatArray) -> FloatArray:
        pitch, _, pitch_rate, roll_rate = self._angles(t)
        rates = [pitch_rate, roll_rate * np.sin(pitch), roll_rate * np.cos(pitch)]
        turn: FloatArray = np.degrees(np.stack(rates, axis=1))
        for gait in self._script.gaits:
            if gait.start_s <= t[-1] and gait.end_s >= t[0]:
                phase = _step_phase(gait, t)
                rotation = np.stack([0.6 * np.sin(phase), np.sin(phase / 2 + 0.4), 0.4 * np.cos(phase / 2)], axis=1)
                turn += _envelope(gait, t)[:, None] * rotation * GAITS[gait.kind].turn_dps
        return turn

    def _angles(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Pitch and roll (rad) and their rates (rad/s)."""
        pitch, roll, pitch_rate, roll_rate = np.zeros((4, len(t)))
        for rotation in self._script.rotations:
            if rotation.start_s > t[-1]:
                break
            length = rotation.end_s - rotation.start_s
            u = np.clip((t - rotation.start_s) / length, 0.0, 1.0)
            step, slope = _smooth(u), 30.0 * u * u * (1.0 - u) ** 2 / length
            pitch += rotation.pitch * step
            roll += rotation.roll * step
            pitch_rate += rotation.pitch * slope
            roll_rate += rotation.roll * slope
        return pitch, roll, pitch_rate, roll_rate

    def _dynamic(self, t: FloatArray) -> FloatArray | None:
        """Acceleration beside gravity, (n, 3) g; None: none."""
        parts = [_steps(gait, t) for gait in self._script.gaits if gait.start_s <= t[-1] and gait.end_s >= t[0]]
        impacts = self._script.impacts
        if _overlaps(impacts, t):
            axes = self._script.impact_axes
            scaled = [np.column_stack([impacts[:, :3], impacts[:, 3] * axes[:, axis]]) for axis in range(3)]
            parts.append(np.stack([add_waves(t, waves) for waves in scaled], axis=1))
        return sum(parts[1:], start=parts[0]) if parts else None

    def _event(self, kind: str, start_s: float, end_s: float) -> TruthEvent:
        t = np.arange(start_s, end_s, 0.0005)
        size = np.linalg.norm(self._force(t), axis=1)
        peak = int(np.argmax(size))
        return TruthEvent("accident" if kind == "accident" else "fall", float(t[peak]), float(size[peak]))


def _smooth(u: FloatArray) -> FloatArray:
    step: FloatArray = u * u * u * (10.0 + u * (6.0 * u - 15.0))
    return step


def _overlaps(waves: FloatArray, t: FloatArray) -> bool:
    return bool(np.any((waves[:, 0] <= t[-1]) & (waves[:, 2] >= t[0])))


def _envelope(gait: Gait, t: FloatArray) -> FloatArray:
    edge = np.minimum(t - gait.start_s, gait.end_s - t) / _RAMP_S
    return _smooth(np.clip(edge, 0.0, 1.0))


def _step_phase(gait: Gait, t: FloatArray) -> FloatArray:
    since = t - gait.start_s
    # nobody walks like a clock
    phase: FloatArray = 2 * np.pi * GAITS[gait.kind].steps_hz * since + 0.3 * np.sin(0.43 * since)
    return phase


def _steps(gait: Gait, t: FloatArray) -> FloatArray:
    """Acceleration of walking or running beside gravity, (n, 3) g."""
    phase, style = _step_phase(gait, t), GAITS[gait.kind]
    up = style.up_g * (np.sin(phase) + 0.4 * np.sin(2 * phase + 0.8) + 0.15 * np.sin(3 * phase))
    forward = style.forward_g * (np.sin(phase + 1.2) + 0.35 * np.sin(2 * phase))
    side = style.side_g * np.sin(phase / 2)
    moved: FloatArray = _envelope(gait, t)[:, None] * np.stack([side, up, forward], axis=1)
    return moved
