"""Single pulses with interpolated times, and the pulse rate of the latest of them."""

from __future__ import annotations

from array import array
from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.firmware.dsp.breath_series import HEART_SERIES, BreathSeries
from firmware_sim.firmware.dsp.ppg.channel import RING
from firmware_sim.firmware.dsp.ppg.pulse_history import HISTORY, PulseHistory
from firmware_sim.firmware.dsp.ppg.pulse_intervals import GAP_Q8, PulseIntervals
from firmware_sim.firmware.dsp.ppg.pulse_rhythm import SUSPECTED_X10, PulseRhythm
from firmware_sim.firmware.dsp.ppg.respiration import Respiration
from firmware_sim.firmware.dsp.ppg.uncertainty import history_u95
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.wire_gen import REASON_IRREGULAR, REASON_NOISE, REASON_UNCERTAIN, REASON_WARMING_UP
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import FloatArray, run
from firmware_sim.world.wearer.presets import PRESETS
from firmware_sim.world.wearer.wearer import Wearer

_MS_Q8 = 10 / 256
_ROOM = 64


def _waves(feet: FloatArray, second: float = 0.0, heights: FloatArray | float = 1.0, sign: float = -1.0) -> FloatArray:
    """Counts of infrared with a pulse at each foot (s), and a second wave of a fraction of it 0.3 s later."""
    t = np.arange(0, feet[-1], 0.01)
    blood = np.zeros(len(t))
    for foot, height in zip(feet, np.broadcast_to(heights, len(feet)), strict=True):
        for size, begin in ((height, foot), (second * height, foot + 0.3)):
            s = t - begin
            wave = np.where(s < 0.12, 1 - np.cos(np.pi * s / 0.12), 2 * np.exp(np.minimum(0, 0.12 - s) / 0.15))
            blood += np.where(s < 0, 0, size * wave)
    return np.asarray(100_000 * (1 + sign * 0.01 * blood))


def _intervals(infrared: FloatArray, block: int = 40) -> PulseIntervals:
    pulses = PulseIntervals(array("h", bytes(2 * RING)), Respiration(BreathSeries(HEART_SERIES)))
    _feed(pulses, infrared, block)
    return pulses


def _feed(pulses: PulseIntervals, infrared: FloatArray, block: int = 40) -> None:
    pairs = array("i", np.repeat(np.round(infrared).astype(int), 2).tolist())
    for start in range(0, len(pairs) // 2, block):
        pulses.take(pairs, start, min(block, len(pairs) // 2 - start), 0)


def _latest(pulses: PulseIntervals, n: int = _ROOM) -> list[int]:
    out = array("i", [0] * _ROOM)
    return list(out[: pulses.latest(n, 1 << 30, out, array("i", out))])


@pytest.mark.parametrize("mean_s", [0.4, 0.6, 0.85, 1.3])
@pytest.mark.parametrize("seed", [1, 2])
def test_intervals_are_those_of_the_pulses(mean_s: float, seed: int) -> None:
    """In a rhythm that changes from beat to beat, within 2 ms."""
    feet = np.cumsum(mean_s * (1 + 0.05 * np.random.default_rng(seed).standard_normal(50)))
    found = np.array(_latest(_intervals(_waves(feet)), 30))[::-1] * _MS_Q8
    true = 1000 * np.diff(feet)
    errors = min((np.abs(found - true[k : k + 30]) for k in range(len(true) - 29)), key=np.median)
    assert np.median(errors) < 2.0
    assert np.max(errors) < 6.0


@pytest.mark.parametrize("second", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("mean_s", [0.75, 0.9, 1.2])
def test_second_waves_are_no_pulses(second: float, mean_s: float) -> None:
    found = np.array(_latest(_intervals(_waves(np.arange(1.0, 40.0, mean_s), second)), 20))
    assert found * _MS_Q8 == pytest.approx(np.full(20, 1000 * mean_s), abs=3.0)


def test_a_faint_pulse_between_two_others_is_no_pulse_and_a_strong_early_one_is() -> None:
    feet = np.arange(1.0, 40.0, 0.6)
    faint = _latest(_intervals(_waves(feet, heights=np.where(np.arange(len(feet)) % 2, 0.3, 1.0))), 10)
    assert np.array(faint) * _MS_Q8 == pytest.approx(np.full(10, 1200.0), abs=3.0)
    early = np.sort(np.concatenate((np.arange(1.0, 40.0, 1.2), np.arange(1.45, 40.0, 1.2))))
    assert len({interval // 2560 for interval in _latest(_intervals(_waves(early)), 10)}) == 2


def test_a_pause_is_a_gap_that_the_history_skips() -> None:
    feet = np.concatenate((np.arange(1.0, 20.0, 0.8), np.arange(24.0, 30.0, 0.8)))
    assert max(_latest(_intervals(_waves(feet)))) < GAP_Q8
    ended = np.concatenate((_waves(np.arange(1.0, 20.0, 0.8)), np.full(300, 100_000.0)))
    assert _latest(_intervals(ended)) == []


def _reading(pulses: PulseIntervals) -> PulseHistory:
    history = PulseHistory()
    history.look(pulses)
    return history


def test_the_rate_has_neither_missed_pulses_nor_extra_ones() -> None:
    feet = np.arange(1.0, 40.0, 0.8)
    missed = np.delete(feet, [30, 36, 40])
    assert _reading(_intervals(_waves(missed))).rate == pytest.approx(750, abs=1)


@pytest.mark.parametrize(("before", "after"), [(0.5, 1.0), (1.0, 0.6), (0.8, 0.7), (1.2, 1.1)])
def test_a_step_is_followed_after_eight_pulses(before: float, after: float) -> None:
    feet = np.concatenate((np.arange(1.0, 30.0, before), 30.0 + np.arange(0, 12) * after))
    history = _reading(_intervals(_waves(feet)))
    assert history.rate == pytest.approx(600 / after, abs=3)
    assert history.spread < 30


@pytest.mark.parametrize(("before", "after"), [(60.0, 100.0), (100.0, 60.0), (70.0, 78.0)])
def test_a_wearers_step_is_followed_within_twelve_seconds(before: float, after: float) -> None:
    parts = []
    for bpm in (before, after):
        light = make.counts_of(Wearer(replace(PRESETS["resting"], heart_rate_bpm=bpm), 4), 40)
        parts.append(light)
    readings = [window["pulse_rate"] for window in run(*np.concatenate(parts)[:, :2].T)]
    assert readings[38].value == pytest.approx(before, abs=3.0)
    for one in readings[52:]:
        assert one.value == pytest.approx(after, abs=4.0)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_light_that_changes_its_sign_is_read_again(sign: float) -> None:
    """An oximeter's pleth rises with blood; what a reflected light gives falls."""
    feet = np.arange(1.0, 60.0, 0.8)
    whole = np.concatenate((_waves(feet, sign=sign), _waves(feet, sign=-sign)))
    assert run(0.9 * whole, whole)[-1]["pulse_rate"].value == pytest.approx(75, abs=0.5)


def _ringing(per_min: float, sign: float, rise: float) -> FloatArray:
    """Counts of a sensor that filters: behind each pulse it falls below its foot, and swings up once more."""
    t, period = np.arange(0, 15, 0.01), 60 / per_min
    blood = np.zeros(len(t))
    for foot in np.arange(-period, 15, period):
        s = (t - foot) / period
        steep = np.where(s < 0.2, rise, 0.09)
        blood += np.exp(-(((s - 0.2) / steep) ** 2)) - 0.4 * np.exp(-(((s - 0.46) / 0.09) ** 2))
        blood += 0.4 * np.exp(-(((s - 0.70) / 0.10) ** 2))
    return np.asarray(100_000 * (1 + sign * 0.012 * blood) + np.random.default_rng(1).normal(0, 3, len(t)))


@pytest.mark.parametrize("per_min", [55, 70, 84, 99])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("rise", [0.06, 0.09])
def test_a_recording_whichever_way_up_does_not_begin_with_twice_the_pulse(
    per_min: float, sign: float, rise: float
) -> None:
    infrared = _ringing(per_min, sign, rise)
    rates = [window["pulse_rate"] for window in run(np.zeros(len(infrared)), infrared)]
    assert any(rate.value is not None for rate in rates) or rates[-1].reason
    for rate in rates:
        if rate.value != pytest.approx(per_min, abs=max(0.05 * per_min, rate.u95)):
            assert rate.quality <= 30
            assert rate.reason


def test_what_first_says_which_way_up_it_is_is_believed_and_then_four_seconds_in_a_row() -> None:
    pulses = _intervals(_waves(np.arange(1.0, 12.0, 0.8)))
    pulses.begin()
    pulses.orient(takes_light=False, similarity=90)
    for turned in (False, False, False, True):
        _feed(pulses, _waves(np.arange(1.0, 12.0, 0.8), sign=1.0))
        assert _latest(pulses)
        pulses.orient(takes_light=True, similarity=90)
        assert bool(_latest(pulses)) != turned


def test_the_more_intervals_differ_the_less_certain_is_the_rate() -> None:
    widths = [history_u95(750, spread) for spread in (0, 50, 200, 440)]
    assert widths == sorted(widths)
    assert widths[0] == 8


@pytest.mark.parametrize("sd", [0.12, 0.16])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fibrillation_is_read_within_its_uncertainty_or_refused(sd: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    feet = np.cumsum(np.maximum(0.4, 0.75 * np.exp(sd * generator.standard_normal(80))))
    whole = _waves(feet)
    windows = run(0.9 * whole, whole)[20:-2]
    answered = [one for one in windows if one["pulse_rate"].value is not None]
    assert len(answered) > 0.6 * len(windows)
    for one in answered:
        near = feet[(feet > one.end_s - 16) & (feet < one.end_s)]
        assert one["pulse_rate"].value == pytest.approx(60 / np.mean(np.diff(near)), abs=10.0)


def test_noise_keeps_its_reason() -> None:
    noise = 100_000 + np.random.default_rng(5).normal(0, 2000, 4000)
    reasons = {one["pulse_rate"].reason for one in run(noise, np.roll(noise, 37))[10:]}
    assert reasons <= {REASON_NOISE, REASON_UNCERTAIN}


def test_what_begins_anew_forgets() -> None:
    pulses = _intervals(_waves(np.arange(1.0, 30.0, 0.8)))
    assert len(_latest(pulses, HISTORY)) == HISTORY
    pulses.forget()
    assert _latest(pulses) == []


def _evidence(feet: FloatArray, heights: FloatArray | float = 1.0) -> Measure:
    found = Measure()
    PulseRhythm().find(found, _intervals(_waves(feet, heights=heights)))
    return found


@pytest.mark.parametrize("mean_s", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fibrillation_is_suspected_and_sinus_rhythm_is_not(mean_s: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    steps = np.maximum(0.32, mean_s * np.exp(0.2 * generator.standard_normal(60)))
    # the longer the heart filled before, the more blood comes
    filled = np.clip(steps[:-1] / mean_s, 0.4, 1.3) * np.exp(0.1 * generator.standard_normal(59))
    heights = np.concatenate(([1.0], filled))
    irregular = _evidence(np.cumsum(steps), heights)
    assert irregular.value is not None
    assert irregular.value >= SUSPECTED_X10
    breath = 1 + 0.04 * np.sin(2 * np.pi * 0.25 * np.arange(60) * mean_s)
    steady = _evidence(np.cumsum(mean_s * breath))
    assert steady.value is not None
    assert steady.value < 250


@pytest.mark.parametrize("every", [4, 6, 9])
def test_ectopy_is_no_fibrillation(every: int) -> None:
    steps = np.full(60, 0.85)
    steps[every::every] = 0.55
    steps[every + 1 :: every] = 1.15
    heights = np.where(np.isin(np.arange(60) % every, [1]), 0.7, 1.0)
    found = _evidence(np.cumsum(steps), heights)
    assert found.value is not None
    assert found.value < SUSPECTED_X10


def test_a_rhythm_needs_twenty_intervals() -> None:
    short = _evidence(np.arange(1.0, 15.0, 0.8))
    assert (short.value, short.reason) == (None, REASON_WARMING_UP)


def test_suspected_fibrillation_is_a_caution_of_the_pulse_rate() -> None:
    wearer = {name: make.worn(name, 60)[1:] for name in ("af", "resting")}
    last = {name: run(red, infrared)[-1] for name, (red, infrared) in wearer.items()}
    assert last["resting"]["pulse_rate"].reason == 0
    assert (last["resting"]["pulse_irregularity"].value or 0) < 25
    assert (last["af"]["pulse_irregularity"].value or 0) >= 60
    assert last["af"]["pulse_rate"].reason in (REASON_IRREGULAR, REASON_UNCERTAIN)


@pytest.mark.parametrize(("per_min", "sway"), [(96, 0.05), (72, 0.08), (150, 0.03)])
def test_near_movement_of_the_light_neither_rhythm_nor_saturation_nor_rate_is_wrong(per_min: int, sway: float) -> None:
    _, red, infrared = make.worn("resting", 110)
    t = np.arange(len(red)) / 100
    swayed = 1 + np.where((t >= 50) & (t < 65), sway * np.sin(2 * np.pi * per_min / 60 * t), 0)
    truth = run(red, infrared)
    for window, true in zip(run(red * swayed, infrared * swayed), truth, strict=True):
        assert (window["pulse_irregularity"].value or 0) < 25
        for name, most in (("spo2", 3.0), ("pulse_rate", 5.0)):
            reading = window[name]
            if window.end_s > 50 and reading.value is not None and abs(reading.value - (true[name].value or 0)) > most:
                assert reading.reason != 0
                assert reading.quality < 30 or (name == "pulse_rate" and reading.u95 >= most)
        if 62 <= window.end_s <= 68 and window["spo2"].value is not None:
            assert window["spo2"].quality < 30
        if window.end_s >= 90:
            assert (window["spo2"].reason, window["pulse_rate"].reason) == (0, 0)


def test_uncertain_intervals_are_none_of_the_rhythm_and_those_of_no_pulse_are_none() -> None:
    pulses = _intervals(_waves(np.arange(1, 30, 0.8)))
    out = array("i", [0] * _ROOM)
    rises = array("i", out)
    n = pulses.latest(_ROOM, 1 << 30, out, rises)
    pulses.mark_uncertain(8 * 25_600, False)
    sure = pulses.latest(_ROOM, 1 << 30, out, rises, True)
    assert n - 11 <= sure <= n - 9
    assert pulses.latest(_ROOM, 1 << 30, out, rises) == n
    assert min(rises[:n]) > 0
    pulses.mark_uncertain(8 * 25_600, True)
    assert pulses.latest(_ROOM, 1 << 30, out, rises) == sure
