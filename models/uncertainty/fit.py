"""The 95th percentile of errors as a linear function of what is known: quantile regression without negative weights.

Koenker and Bassett 1978, as a linear program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.optimize import linprog

from firmware_sim.firmware.dsp.ecg.intervals import MAX_SPREAD_TENTHS_MS, QRS
from firmware_sim.firmware.dsp.ecg.uncertainty import LIMITS_TENTHS_MS
from models.ecg_delineator.intervals import INTERVALS

from .windows import CLEAN, Answer

Floats = NDArray[np.float64]

#: A little over the 95 % that are claimed: coefficients are chosen on few people, and errors of QT have long tails.
COVERAGE = {"pr": 0.9625, "qrs": 0.96, "qt": 0.965}
#: What an answer counts: one in noise, so that clean and noisy windows count about alike, and one of QTDB, which has
#: half as many records as LUDB; of PR and QT more, which err most there.
_NOISY_WEIGHT = 0.3
_QTDB_WEIGHT = {"pr": 3.0, "qrs": 2.0, "qt": 3.0}
#: Fraction bits of the firmware's coefficients.
BITS = 8
#: A minute in ms, and the square root of few beats in Q6, as dsp/ecg/uncertainty.py has them.
_MINUTE_MS = 60_000
_FASTEST_MS = 500
_FEW_ONE = 64


def inputs(known: Sequence[tuple[int, ...]]) -> Floats:
    """What each uncertainty is linear in (n, 6): one, edges, spread, lost quality, rate in bpm, 1/sqrt(beats) in Q6."""
    edges, spread, lost, rr_ms, n = np.array(known, dtype=np.float64).T
    return np.column_stack(
        (np.ones(len(edges)), edges, spread, lost, _MINUTE_MS / np.maximum(rr_ms, _FASTEST_MS), _FEW_ONE / np.sqrt(n))
    )


def equal_weights(answers: Sequence[Answer]) -> Floats:
    """Weights of mean 1 by which every recording counts alike: windows of one are no independent samples."""
    of_record = Counter(answer.record for answer in answers)
    by = np.array([1 / of_record[answer.record] for answer in answers])
    return np.asarray(by / by.mean())


def weights(answers: Sequence[Answer]) -> Floats:
    """Weights of mean 1 that make the recordings of a data set count alike."""
    by = equal_weights(answers) * np.array([_weight(answer) for answer in answers])
    return np.asarray(by / by.mean())


def _weight(answer: Answer) -> float:
    qtdb = _QTDB_WEIGHT[answer.interval] if answer.record.startswith("qtdb/") else 1.0
    return qtdb * (1.0 if answer.noise == CLEAN else _NOISY_WEIGHT)


def coefficients(answers: Sequence[Answer]) -> list[int]:
    """Coefficients (Q8, in 0.1 ms) of the expanded uncertainty of one interval, which all the answers are of."""
    interval = answers[0].interval
    rows = inputs([answer.known for answer in answers])
    # beyond the limit a reading is refused however far off it is, and a few errors of 100 ms would widen all others
    limit = LIMITS_TENTHS_MS[INTERVALS.index(interval)]
    errors = np.minimum(10 * np.abs([answer.error_ms for answer in answers]), limit)
    return quantile_regression(rows, errors, weights(answers), COVERAGE[interval])


def quantile_regression(
    rows: Floats, errors: Floats, weight: Floats, coverage: float, least: Sequence[float] | None = None
) -> list[int]:
    """Coefficients (Q8) of `rows` (n, k) that hold a part `coverage` of `errors` (n); none under `least`."""
    low = np.zeros(rows.shape[1]) if least is None else np.array(least)
    scale = np.maximum(rows.max(axis=0), 1e-9)
    n, columns = rows.shape
    cost = np.concatenate((np.zeros(columns), coverage * weight, (1 - coverage) * weight))
    equal = scipy.sparse.hstack((scipy.sparse.csr_matrix(rows / scale), scipy.sparse.eye(n), -scipy.sparse.eye(n)))
    found = linprog(cost, A_eq=equal.tocsr(), b_eq=errors - rows @ low, bounds=(0, None), method="highs")
    return [round(value) for value in (found.x[:columns] / scale + low) * (1 << BITS)]


def u95_ms(answers: Sequence[Answer], by: Sequence[int]) -> Floats:
    """Expanded uncertainty in ms of each answer."""
    return np.asarray(inputs([answer.known for answer in answers]) @ np.array(by) / (10 << BITS))


def beyond_ms(answers: Sequence[Answer]) -> Floats:
    """What `Intervals` adds to PR and QT where beats disagree more than nearly all of these do, ms."""
    which = np.array([INTERVALS.index(answer.interval) for answer in answers])
    spreads = np.array([answer.known[1] for answer in answers])
    most = np.array(MAX_SPREAD_TENTHS_MS)[which]
    return np.asarray(np.where(which == QRS, 0, np.maximum(2 * spreads - most, 0) // 8) / 10)


def covered(answers: Sequence[Answer], u95: Floats) -> Floats:
    """Whether each error lies within its uncertainty."""
    return np.asarray(np.abs([answer.error_ms for answer in answers]) <= u95)
