"""Expanded uncertainty of ECG readings: what widens it, and what is refused for it."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.intervals import Intervals
from firmware_sim.firmware.dsp.ecg.uncertainty import (
    LIMITS_TENTHS_MS,
    RATE_LIMIT_BPM_X10,
    interval_u95,
    rate_u95,
    rr_u95,
)
from firmware_sim.firmware.dsp.result import Beat, EcgWindow, Measure
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


def _rate(uneven: int, lost: int, own: bool = False, split: bool = False, dropped: int = 0) -> int:
    return rate_u95(uneven, lost, own, split, dropped)


def test_an_uneven_interval_in_noise_makes_the_rate_useless() -> None:
    assert _rate(5, 0) <= 5
    assert _rate(30, 70) <= RATE_LIMIT_BPM_X10
    assert _rate(60, 40) <= RATE_LIMIT_BPM_X10 < _rate(60, 60)
    assert _rate(100, 30) <= RATE_LIMIT_BPM_X10 < _rate(100, 40)
    # what is the rhythm's own says nothing of beats missed, noise does
    assert _rate(100, 30) > _rate(100, 30, own=True) > _rate(30, 30)
    assert _rate(100, 50, own=True) <= RATE_LIMIT_BPM_X10 < _rate(100, 75, own=True)
    assert rr_u95(5, 0) < rr_u95(50, 0) < rr_u95(50, 60)


@pytest.mark.parametrize("lost", [20, 30, 60])
def test_a_split_interval_makes_the_rate_useless_but_of_a_rhythm_that_is_uneven_by_itself(lost: int) -> None:
    assert _rate(30, lost, split=True) > RATE_LIMIT_BPM_X10
    assert _rate(30, lost, own=True, split=True) == _rate(30, lost, own=True)


@pytest.mark.parametrize("dropped", [5, 12, 30])
def test_what_dropped_intervals_would_change_the_rate_may_be_off(dropped: int) -> None:
    assert dropped * 0.9 <= _rate(10, 0, dropped=dropped) - _rate(10, 0) <= dropped + 1


def _window(rr_ms: list[int], dropped: list[int] | None = None, quality: int = 90, early: int = 0) -> EcgWindow:
    """A window of beats with these RR intervals, normal ones but for so many `early` ones."""
    intervals, window, beat = Intervals(), EcgWindow(), Beat()
    for rr in [None, *rr_ms]:
        beat.rr_ms = rr
        is_early = early > 0 and rr is not None and rr < 700
        early -= is_early
        beat.kind = wire.BEAT_KIND_VENTRICULAR if is_early else wire.BEAT_KIND_NORMAL
        intervals.add(beat, array("h", [1600, 900, 3900, 20, 20, 30]))
    for rr in dropped or []:
        intervals.count_cut(rr, False, False)
    intervals.fill(window, quality, False, False)
    return window


@pytest.mark.parametrize("name", ["pr", "qt"])
@pytest.mark.parametrize("rr_ms", [700, 1000])
def test_beats_that_disagree_by_much_make_an_interval_uncertain_and_refused(name: str, rr_ms: int) -> None:
    def measure(difference: int) -> Measure:
        intervals, window, beat = Intervals(), EcgWindow(), Beat()
        beat.kind = wire.BEAT_KIND_NORMAL
        for i in range(12):
            beat.rr_ms = rr_ms
            off = difference * (i % 2)
            intervals.add(beat, array("h", [1500 + off, 900, 3900 + off, 20, 20, 30]))
        intervals.fill(window, 95, False, False)
        answered: Measure = getattr(window, name)
        return answered

    usual, uneven, wild = (measure(difference) for difference in (60, 600, 1200))
    assert usual.value is not None
    assert usual.reason == 0
    assert uneven.value is None or uneven.u95 >= usual.u95 + 10
    assert wild.value is None
    assert wild.reason == wire.REASON_UNCERTAIN


@pytest.mark.parametrize("rr_ms", [600, 800, 1100])
@pytest.mark.parametrize("at", [0, 4, 8])
def test_a_false_beat_between_two_others_is_no_rate(rr_ms: int, at: int) -> None:
    whole = [rr_ms + 4 * (i % 3) for i in range(9)]
    split = _window([*whole[:at], 3 * rr_ms // 8, 5 * rr_ms // 8, *whole[at + 1 :]], quality=78)
    assert _window(whole, quality=78).heart_rate.value is not None
    assert split.heart_rate.reason == wire.REASON_UNCERTAIN
    assert split.rr.reason == wire.REASON_UNCERTAIN


@pytest.mark.parametrize("rr_ms", [800, 1000, 1200])
def test_an_interpolated_beat_on_a_clean_lead_has_a_rate(rr_ms: int) -> None:
    rate = _window([*[rr_ms] * 4, 2 * rr_ms // 5, 3 * rr_ms // 5, *[rr_ms] * 3], quality=96).heart_rate
    assert rate.value is not None
    assert abs(rate.value - 600_000 * 9 / (8 * rr_ms)) <= 1
    assert rate.u95 > _window([rr_ms] * 8, quality=96).heart_rate.u95


@pytest.mark.parametrize("rr_ms", [900, 1000, 1200])
@pytest.mark.parametrize("coupling", [0.42, 0.5, 0.6])
@pytest.mark.parametrize("quality", [72, 90])
def test_three_beats_interpolated_at_one_distance_have_a_rate(rr_ms: int, coupling: float, quality: int) -> None:
    early = round(coupling * rr_ms)
    rr = [rr_ms, rr_ms + 8, early, rr_ms - early, rr_ms, rr_ms - 8, early + 12, rr_ms - early, rr_ms, rr_ms]
    rr = [*rr, early - 8, rr_ms - early + 8, rr_ms]
    rate = _window(rr, quality=quality, early=3).heart_rate
    assert rate.value is not None
    assert abs(rate.value - 600_000 * len(rr) / sum(rr)) <= 1
    assert rate.u95 <= RATE_LIMIT_BPM_X10


@pytest.mark.parametrize(
    "at",
    [
        (0.42, 0.5, 0.6),  # any time: movement
        (0.5, 0.5),  # twice is no proof
        (0.3, 0.3, 0.3),  # T
    ],
)
def test_beats_that_may_be_false_are_no_interpolated_ones(at: tuple[float, ...]) -> None:
    rr = [1000, 1000]
    for part in at:
        rr += [round(1000 * part), round(1000 * (1 - part)), 1000]
    rate = _window([*rr, 1000, 1000], quality=72, early=len(at)).heart_rate
    assert rate.reason == wire.REASON_UNCERTAIN


@pytest.mark.parametrize("rr_ms", [800, 1000, 1200])
@pytest.mark.parametrize("early", [[0.55, 1.45], [0.5, 0.5, 2.0], [0.6, 1.4, 0.6, 1.4]])
def test_early_beats_that_are_made_up_for_have_a_rate(rr_ms: int, early: list[float]) -> None:
    """A premature beat, two in a row, and two with a normal one between them."""
    rr = [*[rr_ms] * 4, *(round(rr_ms * part) for part in early), *[rr_ms] * 3]
    rate = _window(rr).heart_rate
    assert rate.value is not None
    assert abs(rate.value - 600_000 / rr_ms) <= rate.u95


@pytest.mark.parametrize(("dropped", "off"), [(900, 4), (1200, 22), (500, 25)])
def test_the_rate_is_less_certain_by_what_was_left_out_of_it(dropped: int, off: int) -> None:
    """A true interval of 0.5 to 1.2 s that was dropped moves the rate of eleven others by up to 2.5 bpm."""
    rate, other = _window([860] * 11, [dropped]).heart_rate, _window([860] * 11).heart_rate
    assert rate.value is not None
    assert rate.value == other.value
    true = 600_000 * 12 / (860 * 11 + dropped)
    assert rate.u95 >= abs(true - rate.value)
    assert rate.u95 - other.u95 <= off + 2


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_dropped_interval_like_the_others_changes_little(n: int) -> None:
    assert _window([860] * 8, [866] * n).heart_rate.u95 <= _window([860] * 8).heart_rate.u95 + 3


def test_a_steady_lead_has_a_certain_rate() -> None:
    windows = make.run(make.lead(32, make.regular(32, 0.8))).windows
    for window in windows:
        rate, rr = window.heart_rate, window.rr
        assert rate.value is not None
        assert rr.value is not None
        assert abs(rate.value - 750) <= rate.u95 <= 10
        assert abs(rr.value - 800) <= rr.u95 <= 20


@pytest.mark.parametrize("rr", [0.75, 0.8, 0.9])
def test_missed_beats_make_a_rate_uncertain_or_refused_for_that(rr: float) -> None:
    """Every fourth complex too low to be found, and so much noise besides as it takes: some windows have no rate."""
    beats = make.regular(32, rr)
    kept = [beat for i, beat in enumerate(beats) if i % 4 != 2]
    rates = []
    for seed in range(1, 5):
        noise = np.random.default_rng(seed).normal(0, 0.13, 32 * 250)
        rates += [window.heart_rate for window in make.run(make.lead(32, kept) + noise).windows]
        for window in make.run(make.lead(32, beats) + noise).windows:
            whole = window.heart_rate
            assert whole.value is not None
            assert abs(whole.value - 600 / rr) <= whole.u95 <= 10
    refused = [rate.reason for rate in rates if rate.value is None]
    assert refused
    assert set(refused) <= {wire.REASON_UNCERTAIN, wire.REASON_NOISE}
    assert min(rate.u95 for rate in rates if rate.value is not None) >= 20


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rr", [0.75, 0.9])
@pytest.mark.parametrize(("mv", "sigma"), [(1, 0.008), (1.5, 0.015), (5, 0.03), (20, 0.02)])
def test_a_bump_between_beats_is_within_the_uncertainty_of_the_rate(
    mv: float, sigma: float, rr: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    times = make.regular(40, rr)
    t = np.arange(40 * make.RATE) / make.RATE
    lead = make.lead(40, times, qt=0.34) + 0.005 * rng.standard_normal(len(t))
    bumps = [
        float(rng.choice([k for k in times if at <= k < at + 3])) + rr * rng.uniform(0.42, 0.62)
        for at in (9, 15, 22, 28)
    ]
    for at in bumps:
        lead += mv * np.exp(-0.5 * ((t - at) / sigma) ** 2)
    rates = [window.heart_rate for window in make.run(lead).windows]
    assert rates[0].value is not None
    for rate in rates:
        if rate.value is not None:
            assert abs(rate.value - 600 / rr) <= max(rate.u95, 15)
