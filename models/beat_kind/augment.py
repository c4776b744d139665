"""What real wearers add and databases lack: noise, poor gain, wander, and premature beats in many more people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from firmware_sim.firmware.dsp.ecg.beat_features import CHANNELS, SHAPE
from models.evaluation.ecg.beat_kinds import KINDS
from models.evaluation.ecg.leads import RATE

from .examples import Bytes, Floats, Ints

_NOISE_RATE = 360
#: Samples before R at which P has not begun and a beat is cut to be moved forward; after R, at which T has ended.
_BEFORE_P = 55
_AFTER_T = 85
#: Samples before R at which P has ended.
_AFTER_P = 15
#: Samples over which a level step at a cut fades.
_FADE_SAMPLES = 32
#: Fraction of beats in a stable rhythm made premature, and by which fraction of the median RR.
_PREMATURE_FRACTION = 0.3
_PREMATURITY = (0.13, 0.45)
#: Fraction of shapes inverted; standard deviations of the gain between beat and template, and of a figure (counts).
_INVERTED = 0.3
_GAIN_SD = 0.06
_FIGURE_SD = 2.0


def noise_at_rate(path: Path) -> dict[str, Floats]:
    """The noise recordings (mV) of `nstdb.h5`, both channels one after the other, at 250/s."""
    import h5py  # only this needs it

    with h5py.File(path, "r") as file:
        raw = {name: np.asarray(file[name], dtype=np.float64).T.reshape(-1) for name in ("bw", "em", "ma")}
    return {name: _resampled(values - values.mean()) for name, values in raw.items()}


def _resampled(values: Floats) -> Floats:
    t = np.arange(len(values) * RATE // _NOISE_RATE) / RATE
    return np.asarray(np.interp(t, np.arange(len(values)) / _NOISE_RATE, values))


def with_noise(lead_mv: Floats, noise: dict[str, Floats], rng: np.random.Generator) -> Floats:
    """The lead with other gain and with noise of all three kinds at 6 to 24 dB, changing every 20 s."""
    out: Floats = lead_mv * float(np.exp(rng.uniform(np.log(0.4), np.log(1.8))))
    power = np.median(np.abs(out - np.median(out))) + np.std(out)
    length = 20 * RATE
    for start in range(0, len(out), length):
        segment = out[start : start + length]
        for values in noise.values():
            at = int(rng.integers(0, len(values) - length))
            part = values[at : at + len(segment)]
            snr_db = rng.uniform(6.0, 24.0)
            segment += part * (power / (np.std(part) + 1e-9)) * 10 ** (-snr_db / 20)
    return out


def with_premature_beats(
    lead_mv: Floats, times: Floats, labels: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats, Ints]:
    """Bring some normal beats forward with their own P and QRS, as atrial premature beats are: label S.

    The rhythm starts anew from the premature beat, as it does when the sinus node is reset.
    """
    r = _samples(times)
    intervals = np.diff(r, prepend=r[:1])
    shortening = np.zeros(len(r), dtype=np.int64)
    last = 0
    for i in range(6, len(r) - 2):
        median_rr = np.median(intervals[i - 5 : i])
        stable = not labels[i - 5 : i + 2].any() and i - last > 4 and abs(intervals[i] - median_rr) < 0.08 * median_rr
        advance = min(int(median_rr * rng.uniform(*_PREMATURITY)), int(_diastole(intervals[i])))
        if stable and advance > _PREMATURITY[0] * median_rr and rng.random() < _PREMATURE_FRACTION:
            shortening[i] = advance
            last = i
    return *_shortened(lead_mv, times, shortening), np.where(shortening > 0, KINDS.index("S"), labels)


def with_sinus_arrhythmia(lead_mv: Floats, times: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Shorten intervals in waves of 5 to 14 s, as breathing does: the kinds stay what they are."""
    intervals = np.diff(_samples(times), prepend=_samples(times[:1]))
    phase = 2 * np.pi * np.cumsum(1 / rng.uniform(5.0, 14.0, len(times)) * intervals / RATE)
    depth = np.interp(times, times[::40], rng.uniform(0.0, 0.25, len(times[::40])))
    return _shortened(lead_mv, times, (intervals * depth * (1 + np.sin(phase)) / 2).astype(np.int64))


def with_fibrillation(lead_mv: Floats, times: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Remove P and make all intervals irregular, as in atrial fibrillation: the kinds stay what they are."""
    lead_mv = lead_mv.copy()
    for r in _samples(times):
        first, last = r - _BEFORE_P, r - _AFTER_P
        if first >= 0 and last < len(lead_mv):
            lead_mv[first:last] = np.linspace(lead_mv[first], lead_mv[last], last - first)
    waves = 2 * np.pi * np.cumsum(rng.uniform(4.0, 9.0, len(lead_mv) // RATE + 1).repeat(RATE)[: len(lead_mv)]) / RATE
    lead_mv += rng.uniform(0.0, 0.06) * np.sin(waves)
    intervals = np.diff(_samples(times), prepend=_samples(times[:1]))
    return _shortened(lead_mv, times, (intervals * rng.uniform(0.0, 0.5, len(times))).astype(np.int64))


def _samples(times: Floats) -> Ints:
    samples: Ints = np.round(times * RATE).astype(np.int64)
    return samples


def _diastole(intervals: Ints) -> Ints:
    """Samples of each interval between the end of T and the beginning of the next P."""
    return np.asarray(np.maximum(intervals - _BEFORE_P - _AFTER_T, 0))


def _shortened(lead_mv: Floats, times: Floats, shortening: Ints) -> tuple[Floats, Floats]:
    """Remove up to `shortening` samples of diastole before each beat; what follows moves with it."""
    r = _samples(times)
    shortening = np.minimum(shortening, _diastole(np.diff(r, prepend=r[:1])))
    segments = []
    copied_until = 0
    for i in np.flatnonzero(shortening):
        stop = int(r[i]) - _BEFORE_P
        segments.append(lead_mv[copied_until : stop - int(shortening[i])])
        copied_until = stop
    segments.append(lead_mv[copied_until:])
    return _spliced(segments), times - np.cumsum(shortening) / RATE


def _spliced(segments: list[Floats]) -> Floats:
    """Joined without steps: a segment starts at the level where the one before ended and drifts back to its own."""
    out = [segments[0]]
    for segment in segments[1:]:
        n = min(_FADE_SAMPLES, len(segment))
        step = out[-1][-4:].mean() - segment[:4].mean() if n and len(out[-1]) else 0.0
        out.append(np.concatenate([segment[:n] + step * np.linspace(1.0, 0.0, n), segment[n:]]))
    return np.concatenate(out)


def jittered(features: Bytes, rng: np.random.Generator) -> Floats:
    """Features (n, LENGTH) as other electrodes would give them: some inverted, R a position off, figures inexact."""
    values = features.astype(np.float64).reshape(len(features), -1, CHANNELS)
    shapes, figures = values[:, :SHAPE], values[:, SHAPE:]
    shapes[rng.random(len(values)) < _INVERTED] *= -1
    shapes[:, :, 0] *= rng.normal(1.0, _GAIN_SD, (len(values), 1))
    shift = rng.integers(-1, 2, len(values))
    for positions in (-1, 1):
        shapes[shift == positions] = np.roll(shapes[shift == positions], positions, axis=1)
    figures += rng.normal(0.0, _FIGURE_SD, figures.shape)
    return np.asarray(np.clip(np.round(values), -128, 127).reshape(features.shape), dtype=np.float64)
