"""Noise and disturbances of any signal: white and coloured noise, mains, wander, bursts."""

from __future__ import annotations

import numpy as np

from ..core.dataset import FloatArray


def white(rng: np.random.Generator, n: int, rms: float) -> FloatArray:
    """Noise of a flat spectrum."""
    return rms * rng.standard_normal(n)


def coloured(rng: np.random.Generator, n: int, rms: float, power: float) -> FloatArray:
    """Noise whose power falls with frequency to `power`: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (power / 2)
    spectrum[0] = 0.0
    return _with_rms(np.fft.irfft(spectrum, n), rms)


def band(rng: np.random.Generator, n: int, fs: float, rms: float, low_hz: float, high_hz: float) -> FloatArray:
    """Noise between two frequencies."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    at = np.fft.rfftfreq(n, 1 / fs)
    spectrum[(at < low_hz) | (at > high_hz)] = 0.0
    return _with_rms(np.fft.irfft(spectrum, n), rms)


def _with_rms(values: FloatArray, rms: float) -> FloatArray:
    return np.asarray(values * (rms / max(float(np.sqrt(np.mean(values**2))), 1e-12)))


def sine(rng: np.random.Generator, t: FloatArray, hz: float, amplitude: float) -> FloatArray:
    """A sine of a phase at random."""
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * t + rng.uniform(0, 2 * np.pi)))


def mains(rng: np.random.Generator, t: FloatArray, hz: float, amplitude: float) -> FloatArray:
    """Mains hum within 0.2 % of its frequency, with some of its third harmonic."""
    exact = hz * float(rng.uniform(0.998, 1.002))
    third = float(rng.uniform(0, 0.15))
    return np.asarray(sine(rng, t, exact, amplitude) + sine(rng, t, 3 * exact, amplitude * third))


def wander(rng: np.random.Generator, t: FloatArray, amplitude: float, hz: float = 0.25) -> FloatArray:
    """Baseline wander with the breath and slower."""
    return np.asarray(sine(rng, t, hz, 0.7 * amplitude) + sine(rng, t, 0.37 * hz, 0.5 * amplitude))


def gate(t: FloatArray, spans: list[tuple[float, float]], ramp_s: float = 0.02) -> FloatArray:
    """1 in the stretches and 0 outside, with ramps."""
    found = np.zeros(len(t))
    for begin, end in spans:
        rising = np.clip((t - begin) / ramp_s, 0, 1)
        found = np.maximum(found, np.minimum(rising, np.clip((end - t) / ramp_s, 0, 1)))
    return found


def random_spans(
    rng: np.random.Generator, duration_s: float, on_s: tuple[float, float], off_s: tuple[float, float]
) -> list[tuple[float, float]]:
    """Stretches of lengths at random with pauses at random."""
    spans, at = [], float(rng.uniform(0, off_s[1]))
    while at < duration_s:
        length = float(rng.uniform(*on_s))
        spans.append((at, at + length))
        at += length + float(rng.uniform(*off_s))
    return spans
