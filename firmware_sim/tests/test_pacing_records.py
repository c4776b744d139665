"""Pacemaker pulses in recordings of any rate: no beats, and no beat is lost beside them."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.wire_gen import BEAT_KIND_PACED
from firmware_sim.testing import ecg_signals as make
from firmware_sim.world.base import FloatArray
from firmware_sim.world.pulses import as_converted, take_out
from firmware_sim.world.records.resample import Resampler

SECONDS = 22.0
R_MV = 1.0
#: Before R: atrial and ventricular pulse, s.
ATRIAL_S, VENTRICULAR_S = 0.21, 0.05
WIDE = ((0.0, -R_MV, 0.03), (0.05, 0.15, 0.02), (0.3, 0.5, 0.06))
NARROW = ((0.0, R_MV, 0.011), (0.028, -0.2, 0.009), (0.25, 0.3, 0.05))
P = (-0.15, 0.1, 0.02)
Waves = tuple[tuple[float, float, float], ...]


def lead(fs: float, times: FloatArray, waves: Waves, seed: int = 1) -> FloatArray:
    """Bells (offset, height, sigma) at each of `times`, and a little noise and wander."""
    t = np.arange(round(SECONDS * fs)) / fs
    made: FloatArray = np.random.default_rng(seed).normal(0.0, 0.008, len(t)) + 0.05 * np.sin(1.4 * t)
    for offset, height, sigma in waves:
        for time in times + offset:
            made += height * np.exp(-0.5 * ((t - time) / sigma) ** 2)
    return made


def pulses(fs: float, times: FloatArray, height_mv: float, length_s: float) -> FloatArray:
    """Each sample the mean of what goes on in its period."""
    made = np.zeros(round(SECONDS * fs))
    for begin in times * fs:
        for sample in range(int(begin), int(begin + length_s * fs) + 1):
            made[sample] += height_mv * max(min(begin + length_s * fs, sample + 1) - max(begin, sample), 0.0)
    return made


def through(signal: FloatArray, fs: float) -> make.Output:
    """As the front end would have it."""
    return make.run(resampled(signal, fs, pulses=True))


def resampled(signal: FloatArray, fs: float, pulses: bool) -> FloatArray:
    at = np.arange(round((SECONDS - 1) * 250)) / 250
    return Resampler(lambda start, stop: signal[start:stop], fs, len(signal), 250.0, pulses).at(at)


def faults(output: make.Output, times: FloatArray) -> tuple[int, int]:
    """Beats that are missed and that are too many, but for the first and the last seconds."""
    found = output.r() / make.RATE
    inner = times[(times > 2.5) & (times < SECONDS - 3.5)]
    missed = sum(np.abs(found - time).min() > 0.12 for time in inner)
    extra = sum(np.abs(times - time).min() > 0.12 for time in found if 2.5 < time < SECONDS - 3.5)
    return missed, extra


@pytest.mark.parametrize("fs", [250.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("chambers", ["atrial", "ventricular", "dual"])
@pytest.mark.parametrize(("height", "length_ms"), [(-8, 2.0), (-10, 1.0), (6, 1.0), (9, 1.0), (3, 0.5), (1, 0.2)])
def test_pulses_are_no_beats_and_cost_none(fs: float, chambers: str, height: float, length_ms: float) -> None:
    rr = 0.7 + 0.001 * round(abs(height) * 10 + fs / 10)
    times = np.arange(0.5, SECONDS - 0.1, rr)
    waves = (NARROW if chambers == "atrial" else WIDE) + ((P,) if chambers != "ventricular" else ())
    before = {"atrial": (ATRIAL_S,), "ventricular": (VENTRICULAR_S,), "dual": (ATRIAL_S, VENTRICULAR_S)}[chambers]
    at = np.sort(np.concatenate([times - each for each in before]))
    paced = lead(fs, times, waves) + pulses(fs, at, height * R_MV, length_ms / 1000)
    output = through(paced, fs)
    assert faults(output, times) == (0, 0)
    if abs(height) * length_ms >= 6:
        paced_beats = [beat.kind for beat in output.beats].count(BEAT_KIND_PACED)
        assert paced_beats == 0 if chambers == "atrial" else paced_beats > 0.65 * len(times)


@pytest.mark.parametrize("fs", [300.0, 360.0, 500.0, 1000.0, 2000.0])
@pytest.mark.parametrize("sigma_ms", [4.0, 7.0, 12.0])
@pytest.mark.parametrize("height", [-2.0, 0.5, 3.0])
def test_narrow_complexes_are_no_pulses(fs: float, sigma_ms: float, height: float) -> None:
    times = np.arange(0.5, SECONDS, 0.41)
    narrow = lead(fs, times, ((0.0, height, sigma_ms / 1000),))
    noisy = narrow + np.random.default_rng(2).normal(0.0, 0.1, len(narrow))
    for signal in (narrow, noisy):
        left, samples, areas = take_out(signal, fs)
        assert (len(samples), len(areas)) == (0, 0)
        np.testing.assert_array_equal(left, signal)
        np.testing.assert_array_equal(resampled(signal, fs, pulses=True), resampled(signal, fs, pulses=False))


@pytest.mark.parametrize("fs", [360.0, 500.0, 1000.0, 5000.0])
def test_a_pulse_is_taken_out_whole_with_its_area_and_time(fs: float) -> None:
    times = np.arange(1.0, SECONDS - 1, 0.9137)
    height, length_s = 5.0, 0.001
    signal = lead(fs, times + 0.05, WIDE)
    left, samples, areas = take_out(signal + pulses(fs, times, height, length_s), fs)
    assert len(samples) == len(times)
    assert np.abs(samples / fs - times - length_s / 2).max() <= 1 / fs
    assert areas == pytest.approx(height * length_s, rel=0.05)
    assert np.abs(left - signal).max() < 0.1


def test_a_gap_is_no_pulse_and_stays_one() -> None:
    signal = lead(1000.0, np.arange(0.5, SECONDS, 0.8), NARROW)
    signal[5000:5200] = np.nan
    signal[5100:5102] = 3.0
    left, samples, _ = take_out(signal, 1000.0)
    assert not len(samples)
    np.testing.assert_array_equal(left, signal)
    assert not len(take_out(signal[:10], 1000.0)[1])


def test_a_pulse_is_as_the_converter_shows_it_and_has_its_area() -> None:
    t = np.arange(100) / 250
    shown = as_converted(t, np.array([0.1004, 0.25]), np.array([0.002, -0.001]))
    assert np.count_nonzero(shown) <= 6
    assert shown[:50].sum() / 250 == pytest.approx(0.002)
    assert shown[50:].sum() / 250 == pytest.approx(-0.001)
