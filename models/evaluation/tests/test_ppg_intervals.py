"""Intervals between pulses against RR intervals: times to a fraction of a sample, and which pairs are judged."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.ppg.intervals import interval_errors, pulse_times, r_times


def _rr(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.cumsum(0.8 * (1 + 0.05 * np.random.default_rng(seed).standard_normal(40))))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_times_of_pulses_are_those_of_their_r_peaks_and_a_delay(seed: int) -> None:
    feet, fs = _rr(seed), 125
    t = np.arange(0, feet[-1], 1 / fs)
    light = np.zeros(len(t))
    for foot in feet:
        s = t - foot
        light += np.where(s < 0, 0, np.where(s < 0.12, 1 - np.cos(np.pi * s / 0.12), 2 * np.exp((0.12 - s) / 0.15)))
    errors = interval_errors(pulse_times(light, fs), feet - 0.2)
    assert len(errors) > 30
    assert np.median(np.abs(errors)) < 2.0


def test_r_is_the_top_of_a_parabola() -> None:
    fs, true = 125, np.array([1.0033, 1.8071])
    t = np.arange(0, 3, 1 / fs)
    lead = sum(np.exp(-(((t - at) / 0.02) ** 2)) for at in true)
    found = r_times(np.asarray(lead), [round(at * fs) + 2 for at in true], fs)
    assert found == pytest.approx(true, abs=0.001)


def test_only_pairs_that_follow_one_another_are_judged() -> None:
    peaks = np.arange(1.0, 30.0, 0.8)
    pulses = peaks + 0.25
    assert interval_errors(pulses, peaks) == pytest.approx(np.zeros(len(peaks) - 1), abs=1e-6)
    assert len(interval_errors(np.delete(pulses, 10), peaks)) == len(peaks) - 3
    moved = pulses.copy()
    moved[20] += 0.03
    errors = interval_errors(moved, peaks)
    assert sorted(errors)[0] == pytest.approx(-30.0, abs=1e-6)
    assert sorted(errors)[-1] == pytest.approx(30.0, abs=1e-6)
