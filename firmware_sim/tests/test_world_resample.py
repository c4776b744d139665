from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.world.base import FloatArray
from firmware_sim.world.records.resample import Resampler


def over(samples: FloatArray, fs: float, target_hz: float = 250.0) -> Resampler:
    def read(start: int, stop: int) -> FloatArray:
        assert 0 <= start < stop <= len(samples)
        return samples[start:stop]

    return Resampler(read, fs, len(samples), target_hz)


@pytest.mark.parametrize(
    ("fs", "frequency"), [(250.0, 40.0), (360.0, 40.0), (500.0, 60.0), (125.0, 20.0), (1000.0, 40.0)]
)
def test_a_sine_stays_a_sine(fs: float, frequency: float) -> None:
    sine = over(np.sin(2 * np.pi * frequency * np.arange(round(fs * 20)) / fs), fs)
    t = 1.0 + np.arange(4000) / 250.0 + 0.00123
    assert np.abs(sine.at(t) - np.sin(2 * np.pi * frequency * t)).max() < 2e-3


@pytest.mark.parametrize("fs", [128.0, 250.0, 360.0, 500.0, 1000.0])
def test_time_is_kept_within_a_tenth_of_a_millisecond(fs: float) -> None:
    frequency = 10.0
    resampled = over(np.sin(2 * np.pi * frequency * np.arange(round(fs * 10)) / fs), fs)
    t = 2.0 + np.arange(1000) / 250.0
    values = resampled.at(t)
    phase = np.angle(np.sum(values * np.exp(-2j * np.pi * frequency * t))) + np.pi / 2
    assert abs(phase) / (2 * np.pi * frequency) < 1e-5


def test_the_same_rate_passes_samples_through() -> None:
    samples = np.random.default_rng(1).standard_normal(5000)
    t = np.arange(5000) / 250.0
    np.testing.assert_allclose(over(samples, 250.0).at(t), samples, atol=1e-12)


def test_what_the_lower_rate_cannot_carry_is_taken_out() -> None:
    t = np.arange(2000) / 250.0
    too_fast = over(np.sin(2 * np.pi * 180.0 * np.arange(10000) / 1000.0), 1000.0)
    assert np.abs(too_fast.at(t)[50:-50]).max() < 2e-3


def test_pieces_give_what_the_whole_gives() -> None:
    random = np.random.default_rng(2)
    samples = random.standard_normal(60000)
    samples[[5, 16380, 16381, 16400]] = np.nan
    samples[30000:33000] = np.nan
    samples[40000:40010] = np.inf
    t = np.arange(0.0, 60000 / 360.0, 1 / 250.0)
    cuts = np.sort(random.choice(np.arange(1, len(t)), 300, replace=False))
    pieces = over(samples, 360.0)
    parts = [pieces.at(part) for part in np.split(t, cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), over(samples, 360.0).at(t))


@pytest.mark.parametrize("gap", [1, 3, 40, 2000])
def test_a_gap_stays_as_long_as_it_is(gap: int) -> None:
    fs = 500.0
    clean = np.sin(2 * np.pi * 5.0 * np.arange(10000) / fs)
    samples = clean.copy()
    samples[4000 : 4000 + gap] = np.nan
    t = np.arange(0.0, 20.0, 1 / 250.0)
    values = over(samples, fs).at(t)
    position = np.arange(len(t)) * 2
    inside = (position >= 4000) & (position < 4000 + gap)
    np.testing.assert_array_equal(np.isnan(values), inside)
    assert np.abs(values - np.sin(2 * np.pi * 5.0 * t))[~inside][50:-50].max() < 0.06


def test_between_samples_a_gap_takes_its_neighbours_along() -> None:
    samples = np.ones(1000)
    samples[500] = np.nan
    values = over(samples, 100.0).at(np.array([4.985, 4.99, 4.995, 5.0, 5.005, 5.01, 5.015]))
    np.testing.assert_array_equal(np.isnan(values), [False, False, True, True, True, False, False])


def test_nothing_before_and_after_the_record_and_flat_stays_flat() -> None:
    flat = over(np.full(1000, 0.7), 500.0)
    values = flat.at(np.arange(-10, 520) / 250.0)
    assert np.isnan(values[:10]).all()
    np.testing.assert_allclose(values[10:510], 0.7, rtol=1e-12)
    assert np.isnan(values[510:]).all()


def test_a_record_of_one_sample() -> None:
    values = over(np.array([3.0]), 1.0).at(np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(values, [3.0, 3.0, np.nan])
