"""Coefficients of the expanded uncertainty of heart rate and RR, as dsp/ecg/uncertainty.py computes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from firmware_sim.firmware.dsp.ecg.uncertainty import RATE_LIMIT_BPM_X10

from .fit import BITS, Floats, quantile_regression
from .rate_windows import RateAnswer
from .windows import CLEAN

#: The part of errors that is to lie inside; of windows with a wrong beat hardly any does, of the others hardly none.
RATE_COVERAGE, RR_COVERAGE = 0.95, 0.96
#: What a noisy recording counts.
_NOISY_WEIGHT = 0.5
#: Beyond its limit a rate is refused however far off it is; RR has no limit of its own.
_MOST_BPM_X10 = RATE_LIMIT_BPM_X10 + 5
_MOST_RR_MS = 100.0
#: Percent from which on RR is uneven, and very uneven; quality that the rhythm alone takes.
_UNEVEN, _VERY_UNEVEN, _LOST_BY_RHYTHM = 40, 70, 20
#: Least coefficients, 0.1 bpm: a beat that is missed is rare in these recordings, and moves the rate as much as one too
#: many. Of noise beside uneven RR each percent counts at least so much, so that 60 % (very uneven: 40 %) refuse a rate.
_LEAST = (0.0, 0.0, 1.1, 1.1, 0.0, 0.0, 0.0)
#: Most of noise in a rhythm that is uneven by itself (0.1 bpm, Q8): fast fibrillation costs quality on clean leads.
_MOST_OWN_Q8 = 256
_OWN = 4


def rate_inputs(answers: Sequence[RateAnswer]) -> Floats:
    """What the uncertainty of each heart rate is linear in (n, 7); see `rate_u95`."""
    uneven, lost, own, split, dropped = np.array([answer.known for answer in answers], dtype=np.int64).T
    noise = np.maximum(lost - _LOST_BY_RHYTHM, 0)
    other = own == 0
    columns = (
        np.ones(len(lost)),
        lost * other,
        noise * (other & (uneven >= _UNEVEN)),
        noise * (other & (uneven >= _VERY_UNEVEN)),
        noise * ~other,
        split * other * np.minimum(lost, _LOST_BY_RHYTHM),
        dropped,
    )
    return np.column_stack(columns).astype(np.float64)


def rr_inputs(answers: Sequence[RateAnswer]) -> Floats:
    """What the uncertainty of each RR is linear in (n, 4); see `rr_u95`."""
    uneven, lost = np.array([answer.known[:2] for answer in answers], dtype=np.float64).T
    is_uneven = uneven >= _UNEVEN
    return np.column_stack((np.ones(len(lost)), lost, is_uneven, is_uneven * lost))


def rate_coefficients(answers: Sequence[RateAnswer]) -> list[int]:
    """Coefficients (Q8, 0.1 bpm)."""
    errors = np.minimum(10 * np.abs([answer.error_bpm for answer in answers]), _MOST_BPM_X10)
    by = quantile_regression(rate_inputs(answers), errors, _weights(answers), RATE_COVERAGE, _LEAST)
    by[_OWN] = min(by[_OWN], _MOST_OWN_Q8)
    return by


def rr_coefficients(answers: Sequence[RateAnswer]) -> list[int]:
    """Coefficients (Q8, ms)."""
    errors = np.minimum(np.abs([answer.error_rr_ms for answer in answers]), _MOST_RR_MS)
    return quantile_regression(rr_inputs(answers), errors, _weights(answers), RR_COVERAGE)


def rate_u95_bpm(answers: Sequence[RateAnswer], by: Sequence[int]) -> Floats:
    """Expanded uncertainty of each heart rate in bpm, in tenths as the firmware rounds it."""
    return np.asarray(np.ceil(rate_inputs(answers) @ np.array(by) / (1 << BITS)) / 10)


def rr_u95_ms(answers: Sequence[RateAnswer], by: Sequence[int]) -> Floats:
    """Expanded uncertainty of each RR in ms, as the firmware rounds it."""
    return np.asarray(np.ceil(rr_inputs(answers) @ np.array(by) / (1 << BITS)))


def _weights(answers: Sequence[RateAnswer]) -> Floats:
    """Recordings count alike, noisy ones less."""
    of = Counter((answer.record, answer.noise) for answer in answers)
    by = np.array(
        [(1 if answer.noise == CLEAN else _NOISY_WEIGHT) / of[answer.record, answer.noise] for answer in answers]
    )
    return np.asarray(by / by.mean())
