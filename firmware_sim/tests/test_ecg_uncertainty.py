"""Expanded uncertainty of ECG readings: what widens it, and what is refused for it."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.uncertainty import (
    LIMITS_TENTHS_MS,
    RATE_LIMIT_BPM_X10,
    interval_u95,
    rate_u95,
    rr_u95,
)
from firmware_sim.testing import ecg_signals as make

PR, QRS, QT = range(3)
CLEAN = {"edges_q3": 24, "spread": 20, "lost": 2, "rr_ms": 900, "n": 10}


def _u95(which: int, **changed: int) -> int:
    return interval_u95(which, **{**CLEAN, **changed})


@pytest.mark.parametrize("which", [PR, QRS, QT])
@pytest.mark.parametrize("worse", [{"edges_q3": 200}, {"spread": 300}, {"lost": 60}, {"rr_ms": 400}, {"n": 2}])
def test_nothing_that_is_worse_makes_an_interval_more_certain(which: int, worse: dict[str, int]) -> None:
    assert _u95(which, **worse) >= _u95(which)


@pytest.mark.parametrize("which", [PR, QRS, QT])
def test_beyond_the_fastest_marked_hearts_the_rate_makes_nothing_less_certain(which: int) -> None:
    assert _u95(which, rr_ms=300) == _u95(which, rr_ms=500)
    assert _u95(which, rr_ms=300) < LIMITS_TENTHS_MS[which]


@pytest.mark.parametrize("which", [PR, QRS, QT])
def test_a_clean_lead_is_within_the_limits_and_a_bad_one_is_not(which: int) -> None:
    assert 50 < _u95(which) < LIMITS_TENTHS_MS[which]
    assert _u95(which, edges_q3=1024, lost=75, n=2) > LIMITS_TENTHS_MS[which]


def test_an_uneven_interval_in_noise_makes_the_rate_useless() -> None:
    assert rate_u95(5, 0, False) <= 5
    assert rate_u95(30, 70, False) <= RATE_LIMIT_BPM_X10
    assert rate_u95(60, 40, False) <= RATE_LIMIT_BPM_X10 < rate_u95(60, 60, False)
    assert rate_u95(100, 30, False) <= RATE_LIMIT_BPM_X10 < rate_u95(100, 40, False)
    # what is the rhythm's own says nothing of beats missed, noise does
    assert rate_u95(100, 30, False) > rate_u95(100, 30, True) > rate_u95(30, 30, False)
    assert rate_u95(100, 50, True) <= RATE_LIMIT_BPM_X10 < rate_u95(100, 75, True)
    assert rr_u95(5, 0) < rr_u95(50, 0) < rr_u95(50, 60)


def test_a_steady_lead_has_a_certain_rate() -> None:
    windows = make.run(make.lead(32, make.regular(32, 0.8))).windows
    for window in windows:
        rate, rr = window.heart_rate, window.rr
        assert rate.value is not None
        assert rr.value is not None
        assert abs(rate.value - 750) <= rate.u95 <= 10
        assert abs(rr.value - 800) <= rr.u95 <= 20


def test_a_missed_beat_in_noise_is_no_rate() -> None:
    """Every fourth complex too low to be found, and noise besides: the mean of what is found is no rate."""
    beats = make.regular(32, 0.8)
    kept = [beat for i, beat in enumerate(beats) if i % 4 != 2]
    noise = np.random.default_rng(2).normal(0, 0.13, 32 * 250)
    refused = [w for w in make.run(make.lead(32, kept) + noise).windows if w.heart_rate.value is None]
    assert refused
    assert {window.heart_rate.reason for window in refused} <= {wire.REASON_UNCERTAIN, wire.REASON_NOISE}
