"""What real wearers add and databases lack: noise, poor gain, wander, and early beats in many more people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from firmware_sim.firmware.dsp.ecg.beat_features import CHANNELS, SHAPE
from models.evaluation.ecg.beat_kinds import KINDS
from models.evaluation.ecg.leads import RATE

from .examples import Bytes, Floats, Ints

_NOISE_RATE = 360
#: Samples before R at which P has not begun and the beat is cut out to come earlier; after R, at which T has ended.
_BEFORE_P = 55
_AFTER_T = 85
#: Samples before R at which P has ended.
_AFTER_P = 15
#: Samples over which a cut's ends are blended.
_BLEND = 32
#: Share of plain beats made early, and by which share of the usual interval.
_EARLY_SHARE = 0.3
_EARLY_BY = (0.13, 0.45)
#: Share of shapes turned over; spread of the gain between a beat and the usual one, and of a figure (counts).
_FLIPPED = 0.3
_GAIN = 0.06
_INEXACT = 2.0


def noise_at_rate(path: Path) -> dict[str, Floats]:
    """The noise recordings (mV) of `nstdb.h5`, both channels one after the other, at 250/s."""
    import h5py  # only this needs it

    with h5py.File(path, "r") as file:
        raw = {name: np.asarray(file[name], dtype=np.float64).T.reshape(-1) for name in ("bw", "em", "ma")}
    return {name: _resampled(values - values.mean()) for name, values in raw.items()}


def _resampled(values: Floats) -> Floats:
    t = np.arange(len(values) * RATE // _NOISE_RATE) / RATE
    return np.asarray(np.interp(t, np.arange(len(values)) / _NOISE_RATE, values))


def disturbed(lead_mv: Floats, noise: dict[str, Floats], rng: np.random.Generator) -> Floats:
    """The lead with other gain and with noise of all three kinds at 6 to 24 dB, changing every 20 s."""
    out: Floats = lead_mv * float(np.exp(rng.uniform(np.log(0.4), np.log(1.8))))
    power = np.median(np.abs(out - np.median(out))) + np.std(out)
    span = 20 * RATE
    for start in range(0, len(out), span):
        piece = out[start : start + span]
        for values in noise.values():
            at = int(rng.integers(0, len(values) - span))
            part = values[at : at + len(piece)]
            snr_db = rng.uniform(6.0, 24.0)
            piece += part * (power / (np.std(part) + 1e-9)) * 10 ** (-snr_db / 20)
    return out


def with_early_beats(
    lead_mv: Floats, times: Floats, labels: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats, Ints]:
    """Bring some normal beats forward with their own P and QRS, as atrial premature beats are: label S.

    The rhythm starts anew from the early beat, as it does when the sinus node is reset.
    """
    r = _samples(times)
    intervals = np.diff(r, prepend=r[:1])
    cuts = np.zeros(len(r), dtype=np.int64)
    last = 0
    for i in range(6, len(r) - 2):
        usual = np.median(intervals[i - 5 : i])
        plain = not labels[i - 5 : i + 2].any() and i - last > 4 and abs(intervals[i] - usual) < 0.08 * usual
        by = min(int(usual * rng.uniform(*_EARLY_BY)), int(_room(intervals[i])))
        if plain and by > _EARLY_BY[0] * usual and rng.random() < _EARLY_SHARE:
            cuts[i] = by
            last = i
    return *_brought_forward(lead_mv, times, cuts), np.where(cuts > 0, KINDS.index("S"), labels)


def with_sinus_arrhythmia(lead_mv: Floats, times: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Shorten intervals in waves of 5 to 14 s, as breathing does: the kinds stay what they are."""
    intervals = np.diff(_samples(times), prepend=_samples(times[:1]))
    phase = 2 * np.pi * np.cumsum(1 / rng.uniform(5.0, 14.0, len(times)) * intervals / RATE)
    depth = np.interp(times, times[::40], rng.uniform(0.0, 0.25, len(times[::40])))
    return _brought_forward(lead_mv, times, (intervals * depth * (1 + np.sin(phase)) / 2).astype(np.int64))


def with_fibrillation(lead_mv: Floats, times: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Take P away and make all intervals irregular, as in atrial fibrillation: the kinds stay what they are."""
    lead_mv = lead_mv.copy()
    for r in _samples(times):
        first, last = r - _BEFORE_P, r - _AFTER_P
        if first >= 0 and last < len(lead_mv):
            lead_mv[first:last] = np.linspace(lead_mv[first], lead_mv[last], last - first)
    waves = 2 * np.pi * np.cumsum(rng.uniform(4.0, 9.0, len(lead_mv) // RATE + 1).repeat(RATE)[: len(lead_mv)]) / RATE
    lead_mv += rng.uniform(0.0, 0.06) * np.sin(waves)
    intervals = np.diff(_samples(times), prepend=_samples(times[:1]))
    return _brought_forward(lead_mv, times, (intervals * rng.uniform(0.0, 0.5, len(times))).astype(np.int64))


def _samples(times: Floats) -> Ints:
    samples: Ints = np.round(times * RATE).astype(np.int64)
    return samples


def _room(intervals: Ints) -> Ints:
    """Samples of each interval between the end of T and the beginning of the next P."""
    return np.asarray(np.maximum(intervals - _BEFORE_P - _AFTER_T, 0))


def _brought_forward(lead_mv: Floats, times: Floats, cuts: Ints) -> tuple[Floats, Floats]:
    """Take up to `cuts` samples of diastole out before each beat; what follows moves with it."""
    r = _samples(times)
    cuts = np.minimum(cuts, _room(np.diff(r, prepend=r[:1])))
    pieces = []
    kept_until = 0
    for i in np.flatnonzero(cuts):
        stop = int(r[i]) - _BEFORE_P
        pieces.append(lead_mv[kept_until : stop - int(cuts[i])])
        kept_until = stop
    pieces.append(lead_mv[kept_until:])
    return _spliced(pieces), times - np.cumsum(cuts) / RATE


def _spliced(pieces: list[Floats]) -> Floats:
    """Joined without steps: a piece starts at the level where the one before ended and drifts back to its own."""
    out = [pieces[0]]
    for piece in pieces[1:]:
        n = min(_BLEND, len(piece))
        step = out[-1][-4:].mean() - piece[:4].mean() if n and len(out[-1]) else 0.0
        out.append(np.concatenate([piece[:n] + step * np.linspace(1.0, 0.0, n), piece[n:]]))
    return np.concatenate(out)


def jittered(features: Bytes, rng: np.random.Generator) -> Floats:
    """Features (n, LENGTH) as other electrodes would give them: some upside down, R a position off, figures inexact."""
    values = features.astype(np.float64).reshape(len(features), -1, CHANNELS)
    shapes, figures = values[:, :SHAPE], values[:, SHAPE:]
    shapes[rng.random(len(values)) < _FLIPPED] *= -1
    shapes[:, :, 0] *= rng.normal(1.0, _GAIN, (len(values), 1))
    moved = rng.integers(-1, 2, len(values))
    for by in (-1, 1):
        shapes[moved == by] = np.roll(shapes[moved == by], by, axis=1)
    figures += rng.normal(0.0, _INEXACT, figures.shape)
    return np.asarray(np.clip(np.round(values), -128, 127).reshape(features.shape), dtype=np.float64)
