from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.world.base import COLUMNS, ECG, MOTION, PPG, FloatArray
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import PRESETS, SPO2_INTERCEPT, SPO2_SLOPE, Motion, Wearer, WearerSettings

RATES = {ECG: 250.0, PPG: 100.0, MOTION: 104.0}
CLEAN = WearerSettings(wander_mv=0.0, muscle_mv=0.0, light_noise=0.0)


def grid(rate: float, start_s: float, end_s: float) -> FloatArray:
    return np.arange(round(start_s * rate), round(end_s * rate)) / rate


def lead(settings: WearerSettings, start_s: float, end_s: float, rate: float = 4000.0, seed: int = 1) -> FloatArray:
    return Wearer(settings, seed=seed).sample(ECG, grid(rate, start_s, end_s))[:, 0]


def test_waves_begin_peak_and_end_where_the_truth_says() -> None:
    rate = 4000.0
    signal = lead(CLEAN, 0.0, 12.0, rate)
    beats = Wearer(CLEAN, seed=1).truth(1.0, 11.0).beats
    assert len(beats) > 8

    def at(moment: float) -> float:
        return float(np.interp(moment, grid(rate, 0.0, 12.0), signal))

    for beat in beats:
        assert beat.p_on is not None
        assert beat.p_peak is not None
        assert beat.p_off is not None
        near = grid(rate, beat.qrs_on, beat.qrs_off)
        assert abs(near[np.argmax([at(t) for t in near])] - beat.r) <= 1.5 / rate
        assert at(beat.r) == pytest.approx(CLEAN.r_mv, abs=1e-3)
        assert at(beat.p_peak) == pytest.approx(CLEAN.p_mv, abs=1e-3)
        assert at(beat.t_peak) == pytest.approx(CLEAN.t_mv, abs=1e-3)
        for edge in (beat.p_on, beat.p_off, beat.qrs_on, beat.qrs_off, beat.t_on, beat.t_off):
            assert abs(at(edge)) < 1e-3
        # and right inside each wave there is something
        for inside in (beat.p_on + 0.01, beat.qrs_on + 0.005, beat.qrs_off - 0.005, beat.t_off - 0.015):
            assert abs(at(inside)) > 0.005


def test_truth_has_the_intervals_that_were_set() -> None:
    settings = replace(CLEAN, heart_rate_bpm=60.0, pr_ms=182.0, qrs_ms=104.0, qt_ms=420.0)
    truth = Wearer(settings, seed=3).truth(0.0, 60.0)
    assert truth.pr_ms == pytest.approx(182.0)
    assert truth.qrs_ms == pytest.approx(104.0)
    assert truth.qt_ms == pytest.approx(420.0)
    assert truth.heart_rate_bpm == pytest.approx(60.0, abs=1.0)
    assert truth.respiration_per_min == 15.0


def test_qt_follows_fridericia() -> None:
    settings = replace(CLEAN, heart_rate_bpm=90.0, qtc_ms=420.0)
    qt = Wearer(settings).truth(20.0, 80.0).qt_ms
    assert qt == pytest.approx(420.0 * (60.0 / 90.0) ** (1 / 3), rel=0.01)


def test_heart_rate_can_follow_a_profile() -> None:
    settings = replace(CLEAN, heart_rate_bpm=((0.0, 60.0), (10.0, 60.0), (20.0, 120.0)))
    wearer = Wearer(settings)
    assert wearer.truth(0.0, 10.0).heart_rate_bpm == pytest.approx(60.0, abs=2.5)
    assert wearer.truth(25.0, 60.0).heart_rate_bpm == pytest.approx(120.0, abs=2.5)


def test_fibrillation_has_no_p_and_is_irregular() -> None:
    truth = Wearer(PRESETS["af"], seed=2).truth(0.0, 120.0)
    rr = np.array(truth.rr_s)
    assert all(beat.p_on is None for beat in truth.beats)
    assert truth.pr_ms is None
    assert rr.std() / rr.mean() > 0.15
    assert abs(np.corrcoef(rr[1:], rr[:-1])[0, 1]) < 0.25


def test_ectopic_beats_come_at_the_stated_rates() -> None:
    truth = Wearer(replace(CLEAN, ventricular_per_min=6.0, supraventricular_per_min=3.0), seed=5).truth(0.0, 1200.0)
    kinds = [beat.kind for beat in truth.beats]
    assert kinds.count("V") / 20 == pytest.approx(6.0, rel=0.35)
    assert kinds.count("S") / 20 == pytest.approx(3.0, rel=0.45)
    for before, beat, after in zip(truth.beats, truth.beats[1:], truth.beats[2:], strict=False):
        if beat.kind == "V":
            assert beat.p_on is None
            assert beat.qrs_ms >= 130.0
            assert beat.rr_s < 0.75 * before.rr_s
            assert after.r - before.r == pytest.approx(2 * 60.0 / 70.0)


def test_a_pacemaker_gives_its_pulses_before_what_they_make() -> None:
    for preset, paces in (("atrial_pacing", "atrium"), ("ventricular_pacing", "ventricle"), ("dual_pacing", "both")):
        truth = Wearer(PRESETS[preset], seed=2).truth(0.0, 30.0)
        for beat in truth.beats:
            begun = [beat.p_on if paces != "ventricle" else None, beat.qrs_on if paces != "atrium" else None]
            assert beat.spikes == pytest.approx([onset - 0.02 for onset in begun if onset is not None])
            assert beat.kind == ("N" if paces == "atrium" else "/")
            assert (beat.qrs_ms >= 130.0) == (paces != "atrium")
            assert (beat.p_on is None) == (paces == "ventricle")
            assert beat.rr_s == pytest.approx(60.0 / 70.0)


def test_a_spike_keeps_its_area_and_lasts_three_conversions() -> None:
    settings = replace(CLEAN, paces="ventricle", spike_mv=40.0, spike_ms=0.5)
    t = grid(250.0, 0.0, 30.0)
    without = Wearer(replace(settings, spike_mv=0.0), seed=2).sample(ECG, t)[:, 0]
    spikes = Wearer(settings, seed=2).sample(ECG, t)[:, 0] - without
    for beat in Wearer(settings, seed=2).truth(1.0, 29.0).beats:
        at = round(beat.spikes[0] * 250)
        assert spikes[at - 2 : at + 3].sum() / 250 == pytest.approx(40.0 * 0.0005)
        assert np.count_nonzero(np.abs(spikes[at - 20 : at + 21]) > 1e-12) <= 3


def test_a_pacemaker_that_cannot_be_is_refused() -> None:
    for wrong in ({"paces": "atrium", "rhythm": "af"}, {"paces": "left"}, {"spike_mv": 900.0}, {"spike_ms": 5.0}):
        with pytest.raises(SettingsError):
            replace(CLEAN, **wrong)


def test_pauses_come_and_nothing_beats_in_them() -> None:
    truth = Wearer(PRESETS["pause"], seed=1).truth(0.0, 120.0)
    long = [rr for rr in truth.rr_s if rr > 2.0]
    assert len(long) >= 5
    assert all(rr == pytest.approx(3.2) for rr in long)


def test_respiration_modulates_rr() -> None:
    settings = replace(CLEAN, sinus_arrhythmia=0.08, rr_jitter=0.0)
    truth = Wearer(settings, seed=4).truth(0.0, 240.0)
    r = np.array([beat.r for beat in truth.beats])
    rr = np.array(truth.rr_s) - np.mean(truth.rr_s)
    power = [abs(np.sum(rr * np.exp(-2j * np.pi * f * r))) for f in np.arange(0.15, 0.4, 0.01)]
    assert np.arange(0.15, 0.4, 0.01)[int(np.argmax(power))] == pytest.approx(0.25, abs=0.015)


def test_pulses_follow_r_peaks_and_light_falls() -> None:
    settings = replace(CLEAN, pulse_transit_s=0.24)
    wearer = Wearer(settings, seed=6)
    t = grid(1000.0, 0.0, 20.0)
    infrared = wearer.sample(PPG, t)[:, 1]
    for beat in wearer.truth(2.0, 18.0).beats:
        assert beat.pulse_s == pytest.approx(beat.r + 0.24)
        foot, peak = (np.interp(beat.pulse_s + after, t, infrared) for after in (0.0, 0.16))
        assert 0.01 < (foot - peak) / foot < 0.04


def test_a_ventricular_beat_weakens_its_pulse() -> None:
    wearer = Wearer(replace(CLEAN, ventricular_per_min=8.0, respiration_per_min=10.0), seed=5)
    t = grid(250.0, 0.0, 120.0)
    infrared = wearer.sample(PPG, t)[:, 1]
    modulation: dict[str, list[float]] = {"N": [], "V": []}
    for beat in wearer.truth(2.0, 118.0).beats:
        near = infrared[(t > beat.pulse_s) & (t < beat.pulse_s + 0.25)]
        modulation[beat.kind].append(float(near[0] - near.min()))
    assert len(modulation["V"]) > 5
    assert np.median(modulation["V"]) < 0.6 * np.median(modulation["N"])


@pytest.mark.parametrize("saturation", [70.0, 85.0, 98.0])
def test_red_over_infrared_says_the_saturation(saturation: float) -> None:
    settings = replace(CLEAN, spo2_percent=saturation, perfusion_percent=1.0)
    light = Wearer(settings, seed=1).sample(PPG, grid(100.0, 0.0, 60.0))
    modulation = [np.diff(light[:, column]) / light[1:, column] for column in (0, 1)]
    ratio = np.std(modulation[0]) / np.std(modulation[1])
    assert SPO2_INTERCEPT - SPO2_SLOPE * ratio == pytest.approx(saturation, abs=1.0)


def test_saturation_follows_its_profile() -> None:
    wearer = Wearer(PRESETS["hypoxia"])
    assert wearer.truth(0.0, 20.0).spo2_percent == pytest.approx(97.0)
    assert wearer.truth(100.0, 140.0).spo2_percent == pytest.approx(82.0)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_signals_do_not_depend_on_how_they_are_requested(preset: str) -> None:
    whole, pieces = Wearer(PRESETS[preset], seed=9), Wearer(PRESETS[preset], seed=9)
    random = np.random.default_rng(1)
    for group, rate in RATES.items():
        t = grid(rate, 0.0, 30.0)
        cuts = np.sort(random.choice(np.arange(1, len(t)), 40, replace=False))
        parts = [pieces.sample(group, part) for part in np.split(t, cuts)]
        expected = whole.sample(group, t)
        assert expected.shape == (len(t), len(COLUMNS[group]))
        assert np.isfinite(expected).all()
        np.testing.assert_array_equal(np.concatenate(parts), expected)


def test_going_back_gives_the_same_again_and_another_seed_does_not() -> None:
    wearer = Wearer(PRESETS["ectopy"], seed=9)
    t = grid(250.0, 3.0, 8.0)
    first = wearer.sample(ECG, t)
    wearer.sample(ECG, grid(250.0, 500.0, 501.0))
    np.testing.assert_array_equal(wearer.sample(ECG, t), first)
    assert np.abs(Wearer(PRESETS["ectopy"], seed=10).sample(ECG, t) - first).max() > 0.5


def test_a_fall_is_weightlessness_impact_and_lying() -> None:
    wearer = Wearer(PRESETS["fall"], seed=1)
    (event,) = wearer.truth(0.0, 60.0).events
    t = grid(1000.0, 0.0, 40.0)
    motion = wearer.sample(MOTION, t)
    size = np.linalg.norm(motion[:, :3], axis=1)
    assert t[np.argmax(size)] == pytest.approx(event.time_s, abs=0.005)
    assert size.max() == pytest.approx(event.peak_g, abs=0.05)
    assert event.kind == "fall"
    assert size[(t > 20.0) & (t < event.time_s)].min() < 0.4
    np.testing.assert_allclose(motion[t > 30.0, :3].mean(axis=0), (0.0, 0.0, -1.0), atol=0.01)
    np.testing.assert_allclose(motion[t < 2.0, :3].mean(axis=0), (0.0, 1.0, 0.0), atol=0.01)


def test_an_accident_is_harder_and_tumbles() -> None:
    wearer = Wearer(PRESETS["accident"], seed=1)
    (event,) = wearer.truth(0.0, 60.0).events
    motion = wearer.sample(MOTION, grid(208.0, 19.0, 30.0))
    assert event.kind == "accident"
    assert event.peak_g > 10.0
    assert np.linalg.norm(motion[:, 3:], axis=1).max() > 250.0
    np.testing.assert_allclose(motion[-400:, :3].mean(axis=0), (0.0, 0.0, -1.0), atol=0.01)


def test_angular_rate_is_the_derivative_of_the_direction_of_gravity() -> None:
    wearer = Wearer(WearerSettings(motion=(Motion("fall", 5.0),)), seed=1)
    t = grid(1000.0, 4.0, 9.0)
    turned = np.sum(wearer.sample(MOTION, t)[:, 3]) / 1000.0
    assert turned == pytest.approx(90.0, abs=1.0)


def test_who_fell_gets_up_before_walking_on() -> None:
    wearer = Wearer(WearerSettings(motion=(Motion("fall", 5.0), Motion("walk", 20.0))), seed=1)
    lying = wearer.sample(MOTION, grid(104.0, 10.0, 15.0)).mean(axis=0)
    walking = wearer.sample(MOTION, grid(104.0, 25.0, 35.0)).mean(axis=0)
    assert lying[2] == pytest.approx(-1.0, abs=0.02)
    assert walking[1] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("kind", "cadence"), [("walk", 1.85), ("run", 2.7)])
def test_steps_have_their_cadence_and_reach_ecg_and_light(kind: str, cadence: float) -> None:
    still = replace(CLEAN, sinus_arrhythmia=0.0)
    moving = replace(still, motion=(Motion(kind, 0.0),))  # type: ignore[arg-type]
    t = grid(104.0, 5.0, 45.0)
    up = Wearer(moving).sample(MOTION, t)[:, 1]
    spectrum = np.abs(np.fft.rfft(up - up.mean()))
    assert np.fft.rfftfreq(len(up), 1 / 104.0)[np.argmax(spectrum)] == pytest.approx(cadence, abs=0.1)
    for group, rate in ((ECG, 250.0), (PPG, 100.0)):
        t = grid(rate, 5.0, 15.0)
        moved = Wearer(moving).sample(group, t) - Wearer(still).sample(group, t)
        assert np.abs(moved).max() > 0.005


def test_it_ends_where_a_duration_is_given() -> None:
    ecg = Wearer(duration_s=2.0).sample(ECG, grid(250.0, 0.0, 3.0))
    assert np.isfinite(ecg[:500]).all()
    assert np.isnan(ecg[500:]).all()


@pytest.mark.parametrize(
    "change",
    [
        {"heart_rate_bpm": 5.0}, {"heart_rate_bpm": ((1.0, 60.0), (0.0, 70.0))}, {"spo2_percent": 120.0},
        {"rhythm": "samba"}, {"skin": "green"}, {"p_ms": 170.0}, {"pause_s": 0.5}, {"qt_ms": 50.0},
        {"pr_ms": float("nan")}, {"motion": (Motion("walk", 5.0), Motion("run", 6.0))},
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(change))):
        replace(WearerSettings(), **change)  # type: ignore[arg-type]


def test_motion_and_groups_and_seeds_are_checked() -> None:
    with pytest.raises(SettingsError, match="swim"):
        Motion("swim", 0.0)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="interval"):
        Motion("walk", 5.0, 4.0)
    with pytest.raises(SettingsError, match="eeg"):
        Wearer(groups=("eeg",))
    with pytest.raises(SettingsError, match="seed"):
        Wearer(seed=-1)
    with pytest.raises(SettingsError, match="ppg"):
        Wearer(groups=(ECG,)).sample(PPG, grid(100.0, 0.0, 1.0))


def test_memory_stays_flat() -> None:
    wearer = Wearer(PRESETS["ectopy"], seed=1)
    wearer.sample(ECG, grid(250.0, 0.0, 10.0))
    tracemalloc.start()
    try:
        for start in range(10, 1800, 10):
            wearer.sample(ECG, grid(250.0, start, start + 10.0))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 1_000_000
