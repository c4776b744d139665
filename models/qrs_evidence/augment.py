"""What electrodes, muscles and sick hearts add to a lead: recorded and synthetic noise, loss of contact, wide beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.evaluation.ecg.leads import RATE
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, noisy_spans

from .leads import Floats, Lead

Random = np.random.Generator

#: Kinds drawn, the worst more often: electrode motion looks like beats.
_KINDS = ("em", "em", "em", "ma", "bw", "synthetic")
_KINDS_AT_ONCE = 2
#: Least and greatest dB of each kind, as the noise stress test counts.
_SNR_DB = {"em": (0.0, 14.0), "ma": (2.0, 16.0), "bw": (2.0, 16.0)}
_SEGMENT_S = (10.0, 60.0)
_FADE_SAMPLES = 50
#: Synthetic artefacts a second, their widths (s) and their amplitude (logarithm, relative to the QRS).
_ARTEFACTS_PER_S = 1.2
_ARTEFACT_WIDTH_S = (0.015, 0.4)
_ARTEFACT_AMPLITUDE = (-2.0, 0.3)
#: Seconds for which the level of a noise stays; fraction of them without noise; range of the level (logarithm).
_ENVELOPE_S = (3.0, 40.0)
_QUIET = 0.25
_ENVELOPE = (-1.2, 0.3)
_FADING, _MAINS = 0.3, 0.3
_HALF_QRS = 12


def unscored(noise: Floats) -> list[Floats]:
    """The parts of a noise recording that the noise stress test of a half hour leaves out: free for training."""
    ends = [0.0, *(edge for span in noisy_spans(len(noise) / RATE) for edge in span), len(noise) / RATE]
    parts = [noise[round(a * RATE) : round(b * RATE)] for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return [part for part in parts if len(part) > _SEGMENT_S[0] * RATE]


class NoiseMixer:
    """Adds noise to leads; `recorded` by kind are parts of recordings at 250/s in mV."""

    def __init__(self, recorded: Mapping[str, Sequence[Floats]], rng: Random) -> None:
        self._parts = recorded
        self._rng = rng
        amplitudes = {kind: [noise_amplitude(part, RATE) for part in parts] for kind, parts in recorded.items()}
        self._amplitude = {kind: float(np.median(values)) for kind, values in amplitudes.items()}

    def with_noise(self, lead: Lead) -> Floats:
        """The lead with noise of up to two kinds that comes and goes, sometimes fading, sometimes with mains."""
        rng = self._rng
        n = len(lead.mv)
        amplitude = qrs_amplitude(lead)
        out = lead.mv.copy()
        for kind in dict.fromkeys(rng.choice(_KINDS, _KINDS_AT_ONCE)):
            if kind == "synthetic":
                out += artefacts(n, rng) * amplitude * np.exp(rng.uniform(*_ARTEFACT_AMPLITUDE)) * envelope(n, rng)
            else:
                factor = gain(rng.uniform(*_SNR_DB[kind]), amplitude, self._amplitude[kind])
                out += self._segments(kind, n) * factor * envelope(n, rng)
        if rng.random() < _FADING:
            out *= np.interp(np.arange(n), np.linspace(0, n, 20), np.exp(rng.normal(0, 0.4, 20)))
        if rng.random() < _MAINS:
            out += rng.uniform(0, 0.4) * amplitude * np.sin(2 * np.pi * rng.choice([50, 60]) * np.arange(n) / RATE)
        return np.asarray(out)

    def noise_only(self, kind: str, n: int) -> Floats:
        """`n` samples of noise without a heart."""
        return self._segments(kind, n)

    def _segments(self, kind: str, n: int) -> Floats:
        """Segments of recordings drawn at random, of either polarity, faded at their ends."""
        rng = self._rng
        out = np.zeros(n)
        at = 0
        while at < n:
            part = self._parts[kind][rng.integers(len(self._parts[kind]))]
            length = min(n - at, int(rng.uniform(*_SEGMENT_S) * RATE), len(part))
            begin = int(rng.integers(0, len(part) - length + 1))
            segment = part[begin : begin + length] - part[begin : begin + length].mean()
            ends = np.minimum(np.arange(length), np.arange(length)[::-1]) / _FADE_SAMPLES
            out[at : at + length] = segment * np.minimum(1, ends) * rng.choice([-1, 1])
            at += length
        return out


def qrs_amplitude(lead: Lead) -> float:
    """Median peak-to-peak amplitude (mV) of the first 300 complexes; 1 where there are none."""
    r = lead.beats[(lead.beats > _HALF_QRS) & (lead.beats < len(lead.mv) - _HALF_QRS - 1)].astype(int)[:300]
    if not len(r):
        return 1.0
    return float(np.median([np.ptp(lead.mv[i - _HALF_QRS : i + _HALF_QRS + 1]) for i in r]))


def artefacts(n: int, rng: Random) -> Floats:
    """Bumps, oscillations, steps and spikes as of electrode motion, of about unit amplitude."""
    out = np.zeros(n)
    time = np.arange(n) / RATE
    for _ in range(rng.poisson(n / RATE * _ARTEFACTS_PER_S)):
        middle = rng.uniform(0, n / RATE)
        width = np.exp(rng.uniform(*np.log(_ARTEFACT_WIDTH_S)))
        first, last = int(max(0, (middle - 4 * width) * RATE)), int(min(n, (middle + 4 * width) * RATE))
        u = (time[first:last] - middle) / width
        bell = np.exp(-u * u / 2)
        shapes = (bell, -1.6 * u * bell, np.where(u > 0, np.exp(-np.abs(u)), 0.0), (1 - u * u) * bell)
        out[first:last] += rng.standard_t(4) * shapes[rng.integers(len(shapes))]
    return out


def envelope(n: int, rng: Random) -> Floats:
    """Level of a noise at each sample: it comes, stays for a while, and goes."""
    out = np.ones(n)
    at = 0
    while at < n:
        length = int(rng.uniform(*_ENVELOPE_S) * RATE)
        out[at : at + length] = 0 if rng.random() < _QUIET else np.exp(rng.uniform(*_ENVELOPE))
        at += length
    return np.convolve(out, np.ones(_FADE_SAMPLES) / _FADE_SAMPLES, "same")
