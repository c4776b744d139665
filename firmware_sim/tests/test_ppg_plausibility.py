"""Light without blood gives no numbers; pulses of every kind beside it do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware.wire_gen import REASON_INCONSISTENT, REASON_NO_PULSE_WAVE
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import NAMES, Window, run
from firmware_sim.world.wearer.presets import PRESETS
from firmware_sim.world.wearer.wearer import Wearer

Wave = Callable[[make.FloatArray], make.FloatArray]
_T = np.arange(0, 20, 1 / make.RATE)
#: Highest quality of a number that is doubted.
_UNCERTAIN_QUALITY = 30


def _both(wave: make.FloatArray, depth: float = 0.01, ratio: float = 0.7) -> list[Window]:
    """Windows of one wave in both colours, with noise of their own."""
    noise = np.random.default_rng(11)
    levels = ((80_000.0, ratio), (100_000.0, 1.0))
    red, infrared = (level * (1 + part * depth * wave) + noise.normal(0, 4, len(wave)) for level, part in levels)
    return run(red, infrared)[9:]


def _claims(windows: list[Window]) -> list[tuple[str, object]]:
    return [
        (name, window[name]) for window in windows for name in NAMES
        if window[name].value is not None and window[name].quality > _UNCERTAIN_QUALITY
    ]  # fmt: skip


def _tone(hz: float, overtone: float, phase: float) -> make.FloatArray:
    return np.asarray(np.sin(2 * np.pi * hz * _T) + overtone * np.sin(4 * np.pi * hz * _T + phase))


def _rounded(wave: make.FloatArray, over_s: float) -> make.FloatArray:
    """Means over so many seconds, as an amplifier makes of corners."""
    n = max(1, round(over_s * make.RATE))
    return np.asarray(np.convolve(wave, np.ones(n) / n, "same"))


@pytest.mark.parametrize("hz", [0.6, 0.9, 1.3, 2.1, 2.9, 3.4, 5.0, 7.0, 9.7, 12.0, 26.2, 49.1, 98.7])
@pytest.mark.parametrize("overtone", [0.0, 0.3])
def test_a_vibration_is_no_pulse(hz: float, overtone: float) -> None:
    for phase in (0.0, 1.6, 3.9):
        assert not _claims(_both(_tone(hz, overtone, phase)))


@pytest.mark.parametrize("hz", [0.62, 0.65, 1.0, 1.7, 2.4])
def test_a_lamp_with_one_overtone_is_no_pulse(hz: float) -> None:
    for phase in (0.0, 1.0, 2.1, 4.4):
        windows = _both(_tone(hz, 0.5, phase))
        assert not _claims(windows)
        assert windows[-1]["pulse_rate"].reason == REASON_NO_PULSE_WAVE


@pytest.mark.parametrize("hz", [0.6, 0.89, 1.1, 1.38, 1.9, 2.8])
@pytest.mark.parametrize("duty", [0.1, 0.28, 0.5, 0.64, 0.9])
def test_a_square_wave_is_no_pulse(hz: float, duty: float) -> None:
    assert not _claims(_both((_T * hz % 1 < duty) - duty))


@pytest.mark.parametrize("hz", [0.7, 1.2, 2.0])
@pytest.mark.parametrize("rise", [0.02, 0.5, 0.97])
def test_a_sawtooth_or_triangle_is_no_pulse(hz: float, rise: float) -> None:
    phase = _T * hz % 1
    assert not _claims(_both(np.where(phase < rise, phase / rise, (1 - phase) / (1 - rise))))


@pytest.mark.parametrize("hz", [1.0, 1.45, 2.1])
@pytest.mark.parametrize("rise", [0.36, 0.42])
@pytest.mark.parametrize("rounded_s", [0.03, 0.08])
def test_a_triangle_that_leans_is_no_pulse(hz: float, rise: float, rounded_s: float) -> None:
    phase = _T * hz % 1
    assert not _claims(_both(_rounded(np.where(phase < rise, phase / rise, (1 - phase) / (1 - rise)), rounded_s)))


@pytest.mark.parametrize("hz", [0.8, 1.15, 1.7, 2.4])
@pytest.mark.parametrize("floor", [-1.0, -0.3, 0.0, 0.4])
@pytest.mark.parametrize("rounded_s", [0.02, 0.07, 0.12])
def test_a_rectified_lamp_is_no_pulse(hz: float, floor: float, rounded_s: float) -> None:
    """Half and full waves: round at one end, with a corner at the other."""
    wave = np.abs(_tone(hz / 2, 0.0, 0.0)) if floor == -1.0 else np.maximum(_tone(hz, 0.0, 0.0), floor)
    assert not _claims(_both(_rounded(wave, rounded_s)))


@pytest.mark.parametrize("hz", [2.0, 2.35, 2.52])
@pytest.mark.parametrize("seed", range(3))
def test_steps_that_sway_without_a_pulse_are_none(hz: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    sway = 1 + 0.2 * np.sin(2 * np.pi * generator.uniform(0.03, 0.2) * _T + 6 * generator.random())
    phases = 2 * np.pi * generator.random(3)
    sizes = ((1.0, 1.0), (2.0, 0.5), (0.5, 0.3))
    steps = sum(size * np.sin(2 * np.pi * k * hz * _T + p) for (k, size), p in zip(sizes, phases, strict=True))
    assert not _claims(_both(np.asarray(steps) * sway))


@pytest.mark.parametrize(("hz", "per_min"), [(2.77, 88), (2.78, 93), (2.75, 66), (2.9, 75)])
@pytest.mark.parametrize("seed", range(3))
def test_fast_steps_that_hide_a_pulse_are_no_pulse(hz: float, per_min: float, seed: int) -> None:
    phase = 6 * np.random.default_rng(seed).random()
    steps = np.sin(2 * np.pi * hz * _T) + 0.4 * np.sin(4 * np.pi * hz * _T + phase)
    pulse = -make.light(20, per_min, level=1.0, perfusion=1.0, breath=0.0, noise=0.0)[1]
    for window in _both(np.asarray(2 * steps + pulse), 0.02, 1.0):
        rate = window["pulse_rate"]
        assert rate.value is None or abs(rate.value - per_min) <= rate.u95


@pytest.mark.parametrize("hz", [0.4, 0.43])
def test_the_breath_alone_is_no_pulse(hz: float) -> None:
    assert not [claim for claim in _claims(_both(_tone(hz, 0.0, 0.5))) if claim[0] != "respiration_rate"]


@pytest.mark.parametrize("seed", range(10))
def test_steps_of_light_at_random_are_no_pulse(seed: int) -> None:
    generator = np.random.default_rng(seed)
    jumps = (generator.random(len(_T)) < 0.015) * generator.choice([-1.0, 1.0], len(_T))
    assert not _claims(_both(np.cumsum(jumps)))


@pytest.mark.parametrize("per_min", [50, 72, 110])
def test_an_ecg_is_no_pulse(per_min: int) -> None:
    distance = (_T + 0.2) * per_min / 60 % 1 * 60 / per_min - 0.2
    waves = ((0.0, 0.012, 1.0), (0.03, 0.012, -0.25), (0.28, 0.04, 0.3), (-0.16, 0.025, 0.12))
    ecg = np.sum([size * np.exp(-(((distance - at) / width) ** 2) / 2) for at, width, size in waves], axis=0)
    assert not _claims(_both(ecg))


@pytest.mark.parametrize("seed", range(3))
def test_red_and_infrared_that_move_each_for_itself_are_no_pulse(seed: int) -> None:
    one, other = (make.light(20, per_min)[1] for per_min in (66 + 5 * seed, 93 + 4 * seed))
    assert not _claims(run(one, other)[9:])


@pytest.mark.parametrize("per_min", [48, 75, 130])
@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_red_that_is_infrared_gives_a_pulse_and_no_saturation(per_min: int, noise: float) -> None:
    infrared = make.light(20, per_min)[1]
    own = np.random.default_rng(3).normal(0, noise, len(infrared))
    for window in run(infrared + own, infrared)[9:]:
        assert (window["spo2"].value, window["spo2"].reason) == (None, REASON_INCONSISTENT)
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1.5)


@pytest.mark.parametrize("per_min", [36, 55, 80, 120, 170, 185])
@pytest.mark.parametrize("perfusion", [0.004, 0.02, 0.06])
def test_a_pulse_is_a_pulse_however_fast_and_weak(per_min: int, perfusion: float) -> None:
    for window in run(*make.light(20, per_min, perfusion=perfusion))[10:]:
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1.5)
        assert window["pulse_rate"].quality > _UNCERTAIN_QUALITY


@pytest.mark.parametrize("second", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("per_min", [50, 70])
def test_a_second_wave_of_any_height_is_part_of_a_pulse(per_min: int, second: float) -> None:
    at = _T * per_min / 60 % 1 * 60 / per_min
    pulse = np.sum(
        [
            size * np.where(s < 0, 0, np.where(s < 0.12, 1 - np.cos(np.pi * s / 0.12), 2 * np.exp((0.12 - s) / 0.15)))
            for size, s in ((1.0, at), (second, at - 0.3))
        ],
        axis=0,
    )
    for window in _both(-pulse, 0.02, 0.5)[2:]:
        assert window["pulse_rate"].value is not None
        assert window["spo2"].value is not None


def _weak_between(per_min: float, weak: float, early: float) -> make.FloatArray:
    """Every second pulse is weak and so much of an interval early."""
    pulse = 1 - make.light(60 / per_min, per_min, level=1.0, perfusion=1.0, breath=0.0, noise=0.0)[1]
    wave = np.zeros(len(_T) + 2 * len(pulse))
    for n in range(int(_T[-1] * per_min / 60)):
        at = round((n - early * (n % 2)) * 60 / per_min * make.RATE)
        wave[at : at + len(pulse)] += pulse * (weak if n % 2 else 1.0)
    return wave[: len(_T)]


@pytest.mark.parametrize("per_min", [62, 70, 78])
@pytest.mark.parametrize(
    ("weak", "early"), [(weak, early) for weak in (0.1, 0.2, 0.35) for early in (0.0, 0.1)] + [(0.35, 0.25)]
)
def test_the_rate_beside_weak_pulses_is_no_sure_half(per_min: float, weak: float, early: float) -> None:
    """Bigeminy and alternans: only each second pulse is a large one."""
    rates = [window["pulse_rate"] for window in _both(-_weak_between(per_min, weak, early), 0.02, 0.5)]
    assert not [one for one in rates if one.value and abs(one.value - per_min) > 5 and one.quality > _UNCERTAIN_QUALITY]


@pytest.mark.parametrize("per_min", [32, 36, 40, 42, 55])
@pytest.mark.parametrize(
    "peaks",
    [
        ((0.15, 0.07, 1.0), (0.35, 0.12, 0.6)),
        ((0.2, 0.08, 1.0), (0.38, 0.14, 0.75)),
        ((0.13, 0.06, 1.0), (0.28, 0.09, 0.5), (0.56, 0.09, 0.3)),
        ((0.14, 0.06, 1.0), (0.36, 0.1, 0.95)),
    ],
)
def test_behind_a_slow_pulse_the_filter_adds_no_weak_pulse(
    per_min: int, peaks: tuple[tuple[float, float, float], ...]
) -> None:
    """With a shoulder, broad, with a dicrotic wave, with two humps: times, widths (s) and heights of normal curves."""
    at = (_T - 0.3) % (60 / per_min)
    wave = np.sum([high * np.exp(-(((at - when) / width) ** 2) / 2) for when, width, high in peaks], axis=0)
    for window in _both(-wave, 0.015, 0.6)[2:]:
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1.5)
        assert window["pulse_rate"].quality > _UNCERTAIN_QUALITY
        assert window["spo2"].quality > _UNCERTAIN_QUALITY


@pytest.mark.parametrize("per_min", [30, 32, 34])
def test_a_slow_heart_of_a_wearer_has_a_sure_pulse(per_min: int) -> None:
    slow = dataclasses.replace(PRESETS["bradycardia"], heart_rate_bpm=float(per_min))
    light = make.counts_of(Wearer(slow, 1), 30)
    for window in run(light[:, 0], light[:, 1])[10:]:
        assert window["pulse_rate"].quality > _UNCERTAIN_QUALITY
        assert window["spo2"].quality > _UNCERTAIN_QUALITY


@pytest.mark.parametrize("per_min", [45, 58])
@pytest.mark.parametrize("second", [0.3, 0.6, 0.85])
def test_a_ringing_pulse_is_counted_once(per_min: int, second: float) -> None:
    at = _T * per_min / 60 % 1 * 60 / per_min
    pulse = np.exp(-(((at - 0.2) / 0.07) ** 2) / 2) + second * np.exp(-(((at - 0.55) / 0.08) ** 2) / 2)
    for window in _both(-pulse, 0.02, 0.5):
        value = window["pulse_rate"].value
        assert value is None or value == pytest.approx(per_min, abs=2)


@pytest.mark.parametrize("per_min", [200, 215])
def test_the_fastest_rates_are_uncertain(per_min: int) -> None:
    for window in run(*make.light(20, per_min, breath=0.0))[10:]:
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1.5)
        assert (window["pulse_rate"].quality, window["pulse_rate"].reason) == (_UNCERTAIN_QUALITY, REASON_NO_PULSE_WAVE)
        assert window["pulse_rate"].u95 == 20
        assert window["spo2"].u95 == 0  # nobody knows


def test_saturation_and_breath_are_no_surer_than_the_pulse() -> None:
    generator = np.random.default_rng(4)
    red, infrared = make.light(60)
    noise = generator.normal(0, 700, len(red))
    for window in run(red + 0.5 * noise, infrared + noise)[9:]:
        for name in ("spo2", "respiration_rate"):
            if window[name].value is not None:
                assert window[name].quality <= window["pulse_rate"].quality


@pytest.mark.parametrize("per_min", [28, 33, 38])
def test_a_slow_pulse_is_not_reported_as_breath(per_min: int) -> None:
    for window in run(*make.light(60, per_min, breath=0.05))[40:]:
        breath = window["respiration_rate"].value
        assert breath is None or abs(breath - 15) <= 2
