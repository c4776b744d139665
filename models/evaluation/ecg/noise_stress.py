"""Adds recorded noise to a clean lead as the noise stress test program `nst` does.

Moody, Muldrow and Mark, A noise stress test for arrhythmia detectors, Computers in Cardiology 1984; 11: 381-384, and
the manual page nst(1) of the WFDB applications.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .leads import FloatArray

#: Stretches of time: begin and end in seconds.
Spans = tuple[tuple[float, float], ...]

_QUIET_S = 300.0
_PERIOD_S = 120.0
#: QRS complexes or seconds of noise that are measured, and the fraction of least and greatest ones that is left out.
_MEASURED = 300
_TRIMMED = 20
_QRS_REACH_S = 0.05
#: The power of a QRS is that of a sine of its peak-to-peak amplitude: its square over 8.
_PEAK_TO_PEAK_POWER = 8.0


def signal_amplitude(lead: FloatArray, fs: float, r_times: Sequence[float]) -> float:
    """Trimmed mean of the peak-to-peak amplitude of the first 300 normal QRS within 50 ms of R."""
    reach = round(_QRS_REACH_S * fs)
    spans = [(round(t * fs) - reach, round(t * fs) + reach) for t in r_times]
    whole = [(begin, end) for begin, end in spans if begin >= 0 and end <= len(lead)]
    return _trimmed([float(np.ptp(lead[begin:end])) for begin, end in whole[:_MEASURED]])


def noise_amplitude(noise: FloatArray, fs: float) -> float:
    """Trimmed mean of the RMS of the first 300 seconds of noise, each second about its own mean."""
    second = round(fs)
    count = min(_MEASURED, len(noise) // second)
    return _trimmed([float(np.std(noise[k * second : (k + 1) * second])) for k in range(count)])


def _trimmed(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("nothing to measure an amplitude of")
    cut = len(values) // _TRIMMED
    return float(np.mean(sorted(values)[cut : len(values) - cut]))


def gain(snr_db: float, signal: float, noise: float) -> float:
    """What to multiply noise of this RMS with, so that a QRS of this peak-to-peak amplitude is `snr_db` above it."""
    if noise <= 0.0:
        raise ValueError("the noise is silent")
    return float(10 ** (-snr_db / 20) * signal / np.sqrt(_PEAK_TO_PEAK_POWER) / noise)


def noisy_spans(length_s: float) -> Spans:
    """Two minutes of noise and two without, alternating, after five without."""
    begins = np.arange(_QUIET_S, length_s, 2 * _PERIOD_S)
    return tuple((float(begin), min(float(begin) + _PERIOD_S, length_s)) for begin in begins)


def stressed(lead: FloatArray, noise: FloatArray, fs: float, factor: float) -> FloatArray:
    """The lead with noise (same rate, begun anew where it ends) in `noisy_spans`; offsets hide the steps between."""
    repeated = np.resize(noise, len(lead)) * factor
    out = lead.copy()
    offset = 0.0
    at = 0
    for begin, end in noisy_spans(len(lead) / fs):
        first, last = round(begin * fs), round(end * fs)
        out[at:first] -= offset
        offset += repeated[first - 1]
        out[first:last] += repeated[first:last] - offset
        offset -= repeated[last - 1]
        at = last
    out[at:] -= offset
    return out
