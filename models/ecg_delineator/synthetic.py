"""Synthetic beats: every wave is computed, so that its edges are known to a fraction of a sample.

Waves are sums of bumps (raised cosines with two sides of their own) that begin and end, unlike the Gaussians of
McSharry et al. 2003; amplitudes and durations are spread more widely than people are. An edge is where the wave becomes
visible: where an expert could see it first and last in this lead. Experts of different databases disagree on where
T waves end, so that nothing is learned about T waves here: with it, QT of people never seen became worse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE

from .editing import Random
from .lead_beats import COLUMNS, HAS_P, HAS_QRS, HAS_T, P_ON, PAD, QRS_ON, UNKNOWN, WIDTH, Bools, Floats

Doubles = NDArray[np.float64]

#: Milliseconds in a sample.
_MS = 4.0
#: Times at which single waves are drawn to find their edges: half samples about R.
_FINE = np.arange(-400.0, 600.0) / 2
_TIME = np.arange(WIDTH, dtype=np.float64) - BEFORE - PAD
#: Fractions of a wave's amplitude at which it becomes visible.
_VISIBLE_P, _VISIBLE_QRS = 0.06, 0.02
#: Chances of wide complexes, of slow beginnings and ends of a complex, of no P wave, and of flutter among those.
_WIDE, _SLURRED, _NO_P, _FLUTTER = 0.2, 0.2, 0.2, 0.25
#: Deflections of a complex at most.
_MAX_DEFLECTIONS = 4


class _Wave:
    """One wave of n beats: sums of bumps; amplitudes, centres, left and right widths are (n, bumps), in samples."""

    def __init__(self, amplitude: Doubles, centre: Doubles, left: Doubles, right: Doubles) -> None:
        self.amplitude, self.centre, self.left, self.right = amplitude, centre, left, right

    def at(self, time: Doubles) -> Doubles:
        """(n, m) at times (n, m)."""
        total = np.zeros(time.shape)
        bumps = zip(self.amplitude.T, self.centre.T, self.left.T, self.right.T, strict=True)
        for amplitude, centre, left, right in bumps:
            offset = time - centre[:, None]
            phase = np.clip(np.where(offset < 0, offset / left[:, None], offset / right[:, None]), -1, 1)
            total += amplitude[:, None] * (0.5 + 0.5 * np.cos(np.pi * phase))
        return total

    def delayed(self, by: Doubles) -> _Wave:
        """The same waves later by (n) samples."""
        return _Wave(self.amplitude, self.centre + by[:, None], self.left, self.right)

    def marks(self, threshold: float) -> Doubles:
        """(n, 3) onset, peak and offset: where the wave passes the fraction `threshold` of its amplitude."""
        n = len(self.amplitude)
        fine = np.abs(self.at(np.broadcast_to(_FINE, (n, len(_FINE)))))
        top = fine.max(axis=1, keepdims=True)
        inside = fine > threshold * top
        first, last = inside.argmax(axis=1), len(_FINE) - 1 - inside[:, ::-1].argmax(axis=1)
        return np.stack([_FINE[first], _FINE[fine.argmax(axis=1)], _FINE[last]], axis=1)


def synthetic_beats(n: int, rng: Random) -> tuple[Floats, Floats]:
    """`n` beats (n, WIDTH) in µV, R at BEFORE + PAD, and their labels (n, COLUMNS)."""
    qrs = _complexes(n, rng)
    edges = qrs.marks(_VISIBLE_QRS)
    rr = 60000 / _MS / np.exp(rng.normal(np.log(75), 0.28, n)).clip(38, 170)
    p, t = _p_waves(edges, rr, rng), _t_waves(edges, rr, rng)
    has_p = rng.random(n) >= _NO_P
    p.amplitude = p.amplitude * has_p[:, None]
    signal = _with_neighbours((p, qrs, t), rr, rng) + _flutter(has_p, rng) + _level_after(edges, t, rng)
    labels = np.full((n, COLUMNS), np.nan)
    labels[:, QRS_ON : QRS_ON + 3] = edges
    labels[has_p, P_ON : P_ON + 3] = p.marks(_VISIBLE_P)[has_p]
    labels[:, HAS_P], labels[:, HAS_T], labels[:, HAS_QRS] = has_p, UNKNOWN, 1
    microvolts = np.exp(rng.normal(np.log(800), 0.6, n))
    return (signal * microvolts[:, None]).astype(np.float32), labels.astype(np.float32)


def _complexes(n: int, rng: Random) -> _Wave:
    """QRS complexes of amplitude 1, their greatest deflection at 0: alternating deflections, some with slow ends."""
    width = np.where(rng.random(n) < _WIDE, rng.uniform(110, 190, n), rng.normal(88, 12, n).clip(60, 115)) / _MS
    number = rng.choice(_MAX_DEFLECTIONS, n, p=(0.12, 0.38, 0.38, 0.12)) + 1
    exists = np.arange(_MAX_DEFLECTIONS) < number[:, None]
    length = rng.gamma(4, 1, (n, _MAX_DEFLECTIONS)) * exists
    length = length / length.sum(axis=1, keepdims=True) * width[:, None]
    ends = length.cumsum(axis=1)
    sign = np.where(rng.random(n) < 0.7, 1, -1)[:, None] * (-1) ** (np.arange(_MAX_DEFLECTIONS) + (number > 2)[:, None])
    notched = rng.random((n, _MAX_DEFLECTIONS)) < 0.12
    amplitude = sign * np.where(notched, -0.4, 1) * np.exp(rng.normal(-0.4, 0.9, (n, _MAX_DEFLECTIONS))) * exists
    centre = ends - length * rng.uniform(0.35, 0.65, (n, _MAX_DEFLECTIONS))
    left = (centre - ends + length) * rng.uniform(1, 1.35, (n, _MAX_DEFLECTIONS)) + 0.5
    right = (ends - centre) * rng.uniform(1, 1.35, (n, _MAX_DEFLECTIONS)) + 0.5
    # the first begins and the last ends where the complex does
    left[:, 0] = np.maximum(centre[:, 0], 1.5)
    slurs = _slurs(width, rng)
    parts = [np.concatenate(pair, axis=1) for pair in zip((amplitude, centre, left, right), slurs, strict=True)]
    return _normalized(_Wave(*parts))


def _slurs(width: Doubles, rng: Random) -> tuple[Doubles, ...]:
    """A slow beginning (delta waves) and a slow end or late notch, each in some complexes."""
    n = len(width)
    amplitude = (rng.random((n, 2)) < _SLURRED) * rng.normal(0, 0.16, (n, 2))
    length = width[:, None] * rng.uniform(0.2, 0.5, (n, 2))
    centre = np.stack([length[:, 0] * 0.4, width - length[:, 1] * 0.2], axis=1)
    return amplitude, centre, np.maximum(length, 1.5), np.maximum(length, 1.5)


def _normalized(wave: _Wave) -> _Wave:
    """The same with its greatest deflection of amplitude 1 at 0."""
    n = len(wave.amplitude)
    fine = wave.at(np.broadcast_to(_FINE, (n, len(_FINE))))
    at = np.abs(fine).argmax(axis=1)
    peak = np.abs(fine[np.arange(n), at])[:, None]
    return _Wave(wave.amplitude / np.maximum(peak, 1e-3), wave.centre - _FINE[at][:, None], wave.left, wave.right)


def _p_waves(edges: Doubles, rr: Doubles, rng: Random) -> _Wave:
    """P waves of one or two bumps before complexes with these marks."""
    n = len(rr)
    pr = np.where(rng.random(n) < 0.2, rng.uniform(90, 330, n), rng.normal(158, 24, n).clip(95, 230)) / _MS
    length = rng.normal(100, 16, n).clip(55, 150) / _MS
    pr = np.clip(pr, length + 1, np.maximum(0.6 * rr, length + 2))
    amplitude = np.exp(rng.normal(np.log(0.11), 0.55, n)) * np.where(rng.random(n) < 0.8, 1.0, -1.0)
    second = rng.uniform(0.4, 1.1, n) * np.where(rng.random(n) < 0.2, -1.0, 1.0) * (rng.random(n) < 0.4)
    half = length * rng.uniform(0.4, 0.6, n)
    start: Doubles = edges[:, 0] - pr
    centres: Doubles = np.stack([start + half, start + length * rng.uniform(0.55, 0.75, n)], axis=1)
    left = np.stack([half, length * 0.35], axis=1)
    right = np.stack([length - half, start + length - centres[:, 1]], axis=1)
    return _Wave(amplitude[:, None] * np.stack([np.ones(n), second], axis=1), centres, left, np.maximum(right, 2))


def _t_waves(edges: Doubles, rr: Doubles, rng: Random) -> _Wave:
    """T waves, mostly steeper behind their peak; some of two parts or biphasic."""
    n = len(rr)
    qt = rng.normal(408, 34, n).clip(310, 540) / _MS * np.sqrt(rr / 250)
    width = edges[:, 2] - edges[:, 0]
    end = edges[:, 0] + np.clip(qt + 0.3 * np.maximum(0, width - 28), width + 35, np.maximum(0.92 * rr, width + 36))
    right = rng.uniform(58, 150, n) / _MS * np.sqrt(rr / 250)
    right = np.minimum(right, (end - edges[:, 2]) * 0.45)
    centre = end - right
    left = np.minimum(right * rng.uniform(1, 2.4, n), centre - edges[:, 2])
    amplitude = np.exp(rng.normal(np.log(0.22), 0.8, n)).clip(0.01, 1.2) * np.where(rng.random(n) < 0.75, 1, -1)
    second = rng.normal(0, 0.6, n) * (rng.random(n) < 0.25)
    centres = np.stack([centre, centre - left * rng.uniform(0.3, 0.8, n)], axis=1)
    lefts = np.stack([left, np.minimum(left, centres[:, 1] - edges[:, 2]).clip(3)], axis=1)
    return _Wave(
        amplitude[:, None] * np.stack([np.ones(n), second], axis=1), centres, lefts, np.stack([right, right], axis=1)
    )


def _with_neighbours(waves: tuple[_Wave, _Wave, _Wave], rr: Doubles, rng: Random) -> Doubles:
    """(n, WIDTH): the beat with those before and after it."""
    n = len(rr)
    time = np.broadcast_to(_TIME, (n, WIDTH))
    total = np.zeros((n, WIDTH))
    for beats in range(-2, 3):
        late = beats * rr * np.exp(rng.normal(0, 0.03, n)) if beats else np.zeros(n)
        for wave in waves:
            total += wave.delayed(late).at(time)
    return total


def _level_after(edges: Doubles, t: _Wave, rng: Random) -> Doubles:
    """(n, WIDTH): another level between the complex and the T wave than before, gone at the end of the T wave."""
    n = len(edges)
    amplitude = rng.normal(0, 1, n) * np.where(rng.random(n) < 0.25, 0.1, 0.02)
    rise = np.clip((_TIME - edges[:, 2:] + 6) / 6, 0, 1)
    top, end = t.centre[:, :1], t.centre[:, :1] + t.right[:, :1]
    fall = np.clip((end - _TIME) / np.maximum(end - top, 1), 0, 1)
    return np.asarray(amplitude[:, None] * (0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall)))


def _flutter(has_p: Bools, rng: Random) -> Doubles:
    """(n, WIDTH): flutter waves (saw teeth) of 200 to 340 a minute in some beats without P waves."""
    n = len(has_p)
    has_flutter = ~has_p & (rng.random(n) < _FLUTTER)
    phase = (_TIME / 250 * rng.uniform(3.4, 5.6, n)[:, None] + rng.random(n)[:, None]) % 1
    peak = rng.uniform(0.6, 0.9, n)[:, None]
    tooth = np.where(phase < peak, phase / peak, (1 - phase) / (1 - peak)) - 0.5
    return np.asarray((has_flutter * rng.uniform(0.03, 0.25, n))[:, None] * tooth)
