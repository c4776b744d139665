"""What `firmware/kernels/pulse_motion_viper.py` and `spectrum_viper.py` compute, for many recordings at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

VALUE_RATE_HZ = 25
WINDOW, STEP = 200, 50
#: Bins kept of a spectrum of 512 points, and those that are rates (41 to 217 a minute).
SPECTRUM = 152
RATES = np.arange(14, 75)
BPM = RATES * VALUE_RATE_HZ * 60 / 512
_FIRST, _END, _MEAN_FIRST, _MEAN_END = 4, 151, 12, 86
_POINTS = 512
_TAPS, _NLMS_STEP = 8, 13
#: Least mean power (64ths) of acceleration that is motion.
LEAST_MOTION = 64


def rising_half() -> Ints:
    """The first 100 weights of the window of 200 values (Hann), 8 bits."""
    return np.asarray(np.round(255 * np.hanning(WINDOW)[: WINDOW // 2]), dtype=np.int64)


def sines() -> Ints:
    """Sines of 0 to 383 512ths of a turn, Q14."""
    return np.asarray(np.round(16384 * np.sin(2 * np.pi * np.arange(384) / _POINTS)), dtype=np.int64)


def resample_motion(samples: Ints) -> Ints:
    """Means over 40 ms of samples of 104 Hz, each (..., n)."""
    sums = np.cumsum(np.repeat(samples, 25, axis=-1), axis=-1)
    ends = sums[..., 103::104]
    return np.diff(ends, axis=-1, prepend=0) // 104


def cancel_motion(light: Ints, axes: Ints) -> Ints:
    """Rings of every moment: light (s, n) and axes (s, 3, n) into (s, 5, n), as the kernel of this name."""
    values = np.concatenate([light[:, None], axes], axis=1) * 4
    scaled = _scaled(values)
    return np.concatenate([scaled, _residual(scaled)[:, None]], axis=1)


def _scaled(values: Ints) -> Ints:
    first, second, scale = values[..., 0] * 8, np.zeros_like(values[..., 0]), np.zeros_like(values[..., 0])
    least = np.array([20, 40, 40, 40]) << 8
    out = np.zeros_like(values)
    for number in range(values.shape[-1]):
        value = values[..., number] - (first >> 3)
        first += value
        value -= second >> 3
        second += value
        scale += ((np.abs(value) << 8) - scale) // min(number + 1, 256)
        out[..., number] = np.clip((value << 11) // ((np.maximum(scale, least) >> 6) + 1), -4095, 4095)
    return out


def _residual(scaled: Ints) -> Ints:
    weights = np.zeros((len(scaled), 3, _TAPS), np.int64)
    axes = np.concatenate([np.zeros((len(scaled), 3, _TAPS - 1), np.int64), scaled[:, 1:]], axis=2)
    out = np.zeros_like(scaled[:, 0])
    for number in range(scaled.shape[-1]):
        taps = axes[:, :, number + _TAPS - 1 :: -1][:, :, :_TAPS] if number else axes[:, :, _TAPS - 1 :: -1]
        residual = scaled[:, 0, number] - (((weights >> 8) * taps).sum((1, 2)) >> 12)
        residual = np.clip(residual, -8191, 8191)
        out[:, number] = residual
        ratio = np.clip((residual << 14) // (((taps * taps).sum((1, 2)) >> 8) + 102), -131072, 131072)
        ratio = ratio * _NLMS_STEP >> 3
        weights = np.clip(weights + (ratio[:, None, None] * taps >> 7), -2097152, 2097152)
    return out


def spectra(rings: Ints) -> Ints:
    """Bytes of the three spectra of each window of (5, n) values: (windows, 3, 152), light, residual, motion."""
    windows = np.lib.stride_tricks.sliding_window_view(rings, WINDOW, axis=1)[:, ::STEP]
    light, x, y, z, residual = np.moveaxis(windows, 0, 0)
    largest = np.abs(residual).max(-1)
    shift = sum((largest << k < 2048).astype(np.int64) for k in range(4))
    residual = np.clip(residual << shift[:, None], -4095, 4095)
    first, second = powers(light, residual)
    both = np.add(*powers(x, y))
    third = _add_kept(powers(z, np.zeros_like(z))[0], _log2_q3(both))
    return np.stack([log_spectrum(first, 0), log_spectrum(second, 0), log_spectrum(third, LEAST_MOTION)], axis=1)


def powers(upper: Ints, lower: Ints) -> tuple[Ints, Ints]:
    """Power of two windows of values (windows, 200) each, as `window_pair`, `transform` and `split_powers` leave it."""
    half = rising_half()
    window = np.concatenate([half, half[::-1]])
    real, imaginary = _transform(upper * window >> 6, lower * window >> 6)
    k = np.arange(_FIRST, _END)
    a, b, c, d = real[:, k], imaginary[:, k], real[:, _POINTS - k], imaginary[:, _POINTS - k]
    return (a + c) ** 2 + (b - d) ** 2, (b + d) ** 2 + (c - a) ** 2


def _transform(real: Ints, imaginary: Ints) -> tuple[Ints, Ints]:
    order = np.array([int(f"{k:09b}"[::-1], 2) for k in range(_POINTS)])
    parts = np.zeros((2, len(real), _POINTS), np.int64)
    parts[0, :, order[:WINDOW]], parts[1, :, order[:WINDOW]] = real.T, imaginary.T
    table = sines()
    half = 1
    while half < _POINTS:
        blocks = parts.reshape(2, len(real), -1, 2, half)
        at = np.arange(half) * (256 // half)
        sine, cosine = table[at], table[at + 128]
        (ar, ai), (br, bi) = blocks[:, :, :, 0], blocks[:, :, :, 1]
        turned = np.stack([(br * cosine + bi * sine) >> 14, (bi * cosine - br * sine) >> 14])
        kept = np.stack([ar, ai])
        low, high = (kept, kept) if half == 1 else ((kept + turned + 1) >> 1, (kept - turned + 1) >> 1)
        parts = np.stack([low, high], axis=3).reshape(2, len(real), _POINTS)
        half *= 2
    return parts[0], parts[1]


def _log2_q3(values: Ints) -> Ints:
    """Binary logarithm in Q3, 0 under 8."""
    exponent = np.frexp(np.maximum(values, 8).astype(np.float64))[1] - 4
    return np.where(values < 8, 0, exponent * 8 + (np.maximum(values, 8) >> np.maximum(exponent, 0)) + 16)


def _add_kept(values: Ints, kept: Ints) -> Ints:
    return np.add(values, np.where(kept > 0, (8 + (kept & 7)) << np.maximum((kept >> 3) - 3, 0), 0))


def log_spectrum(power: Ints, least: int) -> Ints:
    """Bytes of a spectrum (windows, 152), as the kernel of this name."""
    inside = power[:, _MEAN_FIRST - _FIRST : _MEAN_END - _FIRST] >> 6
    mean = inside.sum(1, keepdims=True) // (_MEAN_END - _MEAN_FIRST) + least
    value, base = mean.copy(), np.full_like(mean, 16)
    while (value > 15).any():
        base += np.where(value > 15, 8, 0)
        value = np.where(value > 15, value >> 1, value)
    base += value
    codes = np.clip(64 - 48 - base + _log2_q3(power + (mean >> 2)), 0, 127)
    out: Ints = np.zeros((len(power), SPECTRUM), np.int64)
    out[:, _FIRST:_END] = codes
    return out
