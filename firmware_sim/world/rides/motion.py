"""From a track to what the unit's accelerometers and gyroscope sense."""

from __future__ import annotations

import numpy as np

from ..base import FloatArray
from ..noise import WhiteNoise
from .track import RideEvent, Track, Turn, Vibration

_G = 9.80665
_ACCEL, _GYRO, _PHASE = 40, 41, 42
_ACCEL_NOISE_G = 0.003
_GYRO_NOISE_DPS = 0.1
_SINES = 4
#: Change of speed (g) beyond which it is a crash's, whose pulses have it.
_DRIVEN_G = 1.3
_EDGE_S = 0.15
#: In which a float ends.
_TOUCH_S = 0.02
#: Times at which the slow accelerometer's filter looks within one of its periods: what is faster is averaged.
_WITHIN = 8
#: Seconds about an event in which its peak and its change of velocity are.
_ABOUT_S, _PULSE_S = 0.6, 0.12
_FINE_S = 0.00025


class RideMotion:
    """Specific force (g) and rate of turn (deg/s) as functions of time; x to the left, y up, z forward."""

    def __init__(self, track: Track, seed: int) -> None:
        self._track = track
        self._accel_noise = WhiteNoise(seed, _ACCEL, rate_hz=1000.0, columns=3)
        self._gyro_noise = WhiteNoise(seed, _GYRO, columns=3)
        self._speed = np.array(track.speed)
        self._course = np.array(track.course)
        self._pulses = np.array(track.pulses).reshape(-1, 4)
        self._axes = np.array(track.axes).reshape(-1, 3)
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=seed, spawn_key=(_PHASE,))))
        self._sines = [_sines(each, rng) for each in track.vibrations]
        self.events = tuple(sorted((self._event(*each) for each in track.happened), key=lambda each: each.time_s))

    def motion(self, t: FloatArray, period_s: float) -> FloatArray:
        """(n, 6) as a sensor of that period has it: its filter takes the mean over each period."""
        out = np.empty((len(t), 6))
        within = (np.arange(_WITHIN) + 0.5) / _WITHIN - 1.0
        spread = (t[:, None] + within[None] * period_s).ravel()
        out[:, :3] = self.force(spread).reshape(len(t), _WITHIN, 3).mean(axis=1)
        out[:, :3] += _ACCEL_NOISE_G * self._accel_noise.at(t)
        out[:, 3:] = self._turn_rate(t) + _GYRO_NOISE_DPS * self._gyro_noise.at(t)
        return out

    def impact(self, t: FloatArray) -> FloatArray:
        """(n, 3) as the fast accelerometer has it."""
        return self.force(t) + _ACCEL_NOISE_G * self._accel_noise.at(t)

    def speed_at(self, t: FloatArray) -> FloatArray:
        """Speed over ground, m/s."""
        speed: FloatArray = np.interp(t, self._speed[:, 0], self._speed[:, 1])
        return speed

    def course_at(self, t: FloatArray) -> FloatArray:
        """Course over ground, degrees from north, clockwise."""
        course: FloatArray = np.interp(t, self._course[:, 0], self._course[:, 1])
        return course

    def force(self, t: FloatArray) -> FloatArray:
        """Specific force without noise, (n, 3) g, at rising times."""
        pitch, roll = self._angles(t)
        gravity = np.stack([np.sin(roll), np.cos(roll) * np.cos(pitch), -np.cos(roll) * np.sin(pitch)], axis=1)
        sideways, along = self._driven(t)
        inward = np.stack([-np.cos(roll), np.sin(roll), np.zeros(len(t))], axis=1)
        out: FloatArray = gravity + sideways[:, None] * inward
        out += along[:, None] * np.stack([np.zeros(len(t)), np.sin(pitch), np.cos(pitch)], axis=1)
        for start, full, end, part in self._track.floats:
            out *= (1.0 - part * _floating(t, start, full, end))[:, None]
        for row, axis in zip(self._pulses, self._axes, strict=True):
            low, high = np.searchsorted(t, (row[0], row[2]))
            if high > low:
                out[low:high] += (row[3] * _bump(t[low:high], *row[:3]))[:, None] * axis
        for vibration, sines in zip(self._track.vibrations, self._sines, strict=True):
            low, high = np.searchsorted(t, (vibration.start_s, vibration.end_s))
            if high > low:
                out[low:high] += _vibrate(t[low:high], vibration, sines)
        return out

    def _driven(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Acceleration (g) to the inside of turns and forward, as far as wheels can give it."""
        rate = _slope(self._course, t)
        sideways = np.clip(self.speed_at(t) * np.radians(rate) / _G, -1.0, 1.0)
        along = _slope(self._speed, t) / _G
        along[np.abs(along) > _DRIVEN_G] = 0.0
        return sideways, along

    def _angles(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        pitch, roll = np.zeros((2, len(t)))
        for turn in self._track.turns:
            step = _smooth(np.clip((t - turn.start_s) / (turn.end_s - turn.start_s), 0.0, 1.0))
            pitch += turn.pitch * step
            roll += turn.roll * step
        return pitch, roll

    def _turn_rate(self, t: FloatArray) -> FloatArray:
        pitch, _ = self._angles(t)
        pitch_rate, roll_rate = np.zeros((2, len(t)))
        for turn in self._track.turns:
            slope = _slope_of(turn, t)
            pitch_rate += turn.pitch * slope
            roll_rate += turn.roll * slope
        yaw = np.radians(_slope(self._course, t))
        rates = [pitch_rate, roll_rate * np.sin(pitch) - yaw, roll_rate * np.cos(pitch)]
        turned: FloatArray = np.degrees(np.stack(rates, axis=1))
        return turned

    def _event(self, kind: str, at_s: float) -> RideEvent:
        t = np.arange(at_s - _ABOUT_S, at_s + _ABOUT_S, _FINE_S)
        size = np.linalg.norm(self.force(t), axis=1)
        peak = int(np.argmax(size))
        change = self._pulse(t[np.abs(t - t[peak]) <= _PULSE_S])
        before = float(self.speed_at(np.array([at_s - _ABOUT_S]))[0])
        return RideEvent(kind, float(t[peak]), float(size[peak]), change, before)

    def _pulse(self, t: FloatArray) -> float:
        """Change of velocity (m/s) that pulses make within rising times."""
        total = np.zeros(3)
        for row, axis in zip(self._pulses, self._axes, strict=True):
            total += row[3] * float(_bump(t, *row[:3]).sum()) * _FINE_S * axis
        return float(np.linalg.norm(total)) * _G


def _sines(vibration: Vibration, rng: np.random.Generator) -> FloatArray:
    """Frequency, phase and weight of each sine; the weights have a sum of squares of 2, so that the RMS is 1."""
    weights = rng.uniform(0.4, 1.0, _SINES)
    weights *= np.sqrt(2.0 / np.sum(weights**2))
    return np.stack([rng.uniform(vibration.low_hz, vibration.high_hz, _SINES), rng.uniform(0, 6.283, _SINES), weights])


def _vibrate(t: FloatArray, vibration: Vibration, sines: FloatArray) -> FloatArray:
    edge = np.clip(np.minimum(t - vibration.start_s, vibration.end_s - t) / _EDGE_S, 0.0, 1.0)
    axis = np.array(vibration.axis) / np.linalg.norm(vibration.axis)
    shaking = np.zeros(len(t))
    for frequency, phase, weight in sines.T:
        # no engine and no road keeps its pitch
        shaking += weight * np.sin(2 * np.pi * frequency * t + phase + 1.5 * np.sin(0.7 * t + phase))
    waves: FloatArray = (vibration.rms_g * edge * shaking)[:, None] * axis
    return waves


def _bump(t: FloatArray, start: float, peak: float, end: float) -> FloatArray:
    """Half a sine, its peak where it is said to be; 0 outside."""
    flank = np.where(t < peak, (t - start) / (peak - start), (end - t) / (end - peak))
    wave: FloatArray = np.sin(np.clip(flank, 0.0, 1.0) * (np.pi / 2))
    return wave


def _floating(t: FloatArray, start: float, full: float, end: float) -> FloatArray:
    """From 0 at `start` to 1 from `full` on, until something is touched within `_TOUCH_S` before `end`."""
    return _smooth(np.clip(np.minimum((t - start) / (full - start), (end - t) / _TOUCH_S), 0.0, 1.0))


def _smooth(u: FloatArray) -> FloatArray:
    step: FloatArray = u * u * u * (10.0 + u * (6.0 * u - 15.0))
    return step


def _slope_of(turn: Turn, t: FloatArray) -> FloatArray:
    length = turn.end_s - turn.start_s
    u = np.clip((t - turn.start_s) / length, 0.0, 1.0)
    slope: FloatArray = 30.0 * u * u * (1.0 - u) ** 2 / length
    return slope


def _slope(corners: FloatArray, t: FloatArray) -> FloatArray:
    """Slope of straight lines between corners, 0 before the first and after the last."""
    if len(corners) < 2:
        return np.zeros(len(t))
    slopes = np.diff(corners[:, 1]) / np.maximum(np.diff(corners[:, 0]), 1e-9)
    which = np.searchsorted(corners[:, 0], t, side="right") - 1
    inside = (which >= 0) & (which < len(slopes))
    return np.where(inside, slopes[np.clip(which, 0, len(slopes) - 1)], 0.0)
