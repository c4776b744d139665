"""What electrodes, muscles and sick hearts add to a lead: recorded and made-up noise, loss of contact, wide beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.evaluation.ecg.leads import RATE
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, noisy_spans

from .leads import Floats, Lead

Random = np.random.Generator

#: Kinds drawn, the worst more often: electrode motion looks like beats.
_KINDS = ("em", "em", "em", "ma", "bw", "made")
_KINDS_AT_ONCE = 2
#: Least and greatest dB of each kind, as the noise stress test counts.
_SNR_DB = {"em": (0.0, 14.0), "ma": (2.0, 16.0), "bw": (2.0, 16.0)}
_PIECE_S = (10.0, 60.0)
_BLEND = 50
#: Made-up disturbances a second, their widths (s) and their size (logarithm of QRS heights).
_MADE_A_SECOND = 1.2
_MADE_WIDTH_S = (0.015, 0.4)
_MADE_SIZE = (-2.0, 0.3)
#: Seconds for which the strength of a noise stays; share of them without any; its spread (logarithm).
_STRENGTH_S = (3.0, 40.0)
_QUIET = 0.25
_STRENGTH = (-1.2, 0.3)
_FADING, _MAINS = 0.3, 0.3
_NORMAL_QRS = 12


def unscored(noise: Floats) -> list[Floats]:
    """The parts of a noise recording that the noise stress test of a half hour leaves out: free to learn from."""
    ends = [0.0, *(edge for span in noisy_spans(len(noise) / RATE) for edge in span), len(noise) / RATE]
    parts = [noise[round(a * RATE) : round(b * RATE)] for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return [part for part in parts if len(part) > _PIECE_S[0] * RATE]


class Disturber:
    """Adds noise to leads; `recorded` by kind are parts of recordings at 250/s in mV."""

    def __init__(self, recorded: Mapping[str, Sequence[Floats]], rng: Random) -> None:
        self._parts = recorded
        self._rng = rng
        self._size = {kind: float(np.median([noise_amplitude(p, RATE) for p in ps])) for kind, ps in recorded.items()}

    def disturbed(self, lead: Lead) -> Floats:
        """The lead with noise of up to two kinds that comes and goes, sometimes fading, sometimes with mains."""
        rng = self._rng
        n = len(lead.mv)
        height = qrs_height(lead)
        out = lead.mv.copy()
        for kind in dict.fromkeys(rng.choice(_KINDS, _KINDS_AT_ONCE)):
            if kind == "made":
                out += made_up(n, rng) * height * np.exp(rng.uniform(*_MADE_SIZE)) * strength(n, rng)
            else:
                factor = gain(rng.uniform(*_SNR_DB[kind]), height, self._size[kind])
                out += self._pieces(kind, n) * factor * strength(n, rng)
        if rng.random() < _FADING:
            out *= np.interp(np.arange(n), np.linspace(0, n, 20), np.exp(rng.normal(0, 0.4, 20)))
        if rng.random() < _MAINS:
            out += rng.uniform(0, 0.4) * height * np.sin(2 * np.pi * rng.choice([50, 60]) * np.arange(n) / RATE)
        return np.asarray(out)

    def alone(self, kind: str, n: int) -> Floats:
        """`n` samples of noise without a heart."""
        return self._pieces(kind, n)

    def _pieces(self, kind: str, n: int) -> Floats:
        """Pieces of recordings drawn at random, either way up, blended at their ends."""
        rng = self._rng
        out = np.zeros(n)
        at = 0
        while at < n:
            part = self._parts[kind][rng.integers(len(self._parts[kind]))]
            length = min(n - at, int(rng.uniform(*_PIECE_S) * RATE), len(part))
            begin = int(rng.integers(0, len(part) - length + 1))
            piece = part[begin : begin + length] - part[begin : begin + length].mean()
            ends = np.minimum(np.arange(length), np.arange(length)[::-1]) / _BLEND
            out[at : at + length] = piece * np.minimum(1, ends) * rng.choice([-1, 1])
            at += length
        return out


def qrs_height(lead: Lead) -> float:
    """Median peak-to-peak height (mV) of the first 300 complexes; 1 where there are none."""
    r = lead.beats[(lead.beats > _NORMAL_QRS) & (lead.beats < len(lead.mv) - _NORMAL_QRS - 1)].astype(int)[:300]
    if not len(r):
        return 1.0
    return float(np.median([np.ptp(lead.mv[i - _NORMAL_QRS : i + _NORMAL_QRS + 1]) for i in r]))


def made_up(n: int, rng: Random) -> Floats:
    """Bumps, swings, steps and spikes such as moving electrodes make, of about unit size."""
    out = np.zeros(n)
    time = np.arange(n) / RATE
    for _ in range(rng.poisson(n / RATE * _MADE_A_SECOND)):
        middle = rng.uniform(0, n / RATE)
        width = np.exp(rng.uniform(*np.log(_MADE_WIDTH_S)))
        first, last = int(max(0, (middle - 4 * width) * RATE)), int(min(n, (middle + 4 * width) * RATE))
        u = (time[first:last] - middle) / width
        bell = np.exp(-u * u / 2)
        shapes = (bell, -1.6 * u * bell, np.where(u > 0, np.exp(-np.abs(u)), 0.0), (1 - u * u) * bell)
        out[first:last] += rng.standard_t(4) * shapes[rng.integers(len(shapes))]
    return out


def strength(n: int, rng: Random) -> Floats:
    """How strong a noise is from sample to sample: it comes, stays for a while, and goes."""
    out = np.ones(n)
    at = 0
    while at < n:
        length = int(rng.uniform(*_STRENGTH_S) * RATE)
        out[at : at + length] = 0 if rng.random() < _QUIET else np.exp(rng.uniform(*_STRENGTH))
        at += length
    return np.convolve(out, np.ones(_BLEND) / _BLEND, "same")
