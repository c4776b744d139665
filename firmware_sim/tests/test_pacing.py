"""Paced beats: spikes name them, and change nothing else that is said of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware.wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PACED,
    BEAT_KIND_VENTRICULAR,
    RHYTHM_ASYSTOLE,
    RHYTHM_ATRIAL_FLUTTER,
    RHYTHM_PAUSE,
    RHYTHM_WIDE_COMPLEX_TACHYCARDIA,
)
from firmware_sim.testing import ecg_signals as make
from firmware_sim.world.base import ECG
from firmware_sim.world.wearer import PRESETS, Truth, Wearer
from models.common.manifest import data_root
from models.evaluation.ecg.datasets.annotations import beats, read_annotations
from models.evaluation.ecg.leads import read_channel, to_counts

SECONDS = 60
#: Beats that may go by before spikes are believed.
FIRST = 2


@cache
def worn(preset: str, seconds: int = SECONDS, **settings: Any) -> tuple[make.Output, Truth]:
    """What is said of a wearer, and what is so."""
    wearer = Wearer(replace(PRESETS[preset], **settings), seed=3)
    lead = wearer.sample(ECG, np.arange(make.RATE * seconds) / make.RATE)[:, 0]
    return make.run(lead), wearer.truth(0.0, float(seconds))


def kinds(output: make.Output) -> list[int]:
    return [beat.kind for beat in output.beats]


@pytest.mark.parametrize("preset", ["ventricular_pacing", "dual_pacing"])
@pytest.mark.parametrize("spike_mv", [4.0, -4.0, 50.0, -700.0])
def test_beats_after_a_ventricular_spike_are_paced(preset: str, spike_mv: float) -> None:
    output, truth = worn(preset, spike_mv=spike_mv)
    assert len(output.beats) == len(truth.beats)
    assert kinds(output)[FIRST:] == [BEAT_KIND_PACED] * (len(truth.beats) - FIRST)


def test_an_atrial_spike_alone_makes_no_paced_beat() -> None:
    for spike_mv in (4.0, -300.0):
        output, truth = worn("atrial_pacing", spike_mv=spike_mv)
        assert kinds(output) == [BEAT_KIND_NORMAL] * len(truth.beats)


def test_equal_wide_beats_are_not_paced_without_spikes() -> None:
    output, truth = worn("ventricular_pacing", spike_mv=0.0)
    assert len(output.beats) == len(truth.beats)
    assert BEAT_KIND_PACED not in kinds(output)


def test_spikes_count_as_nothing_else() -> None:
    plain, truth = worn("dual_pacing", spike_mv=0.0)
    for spike_mv in (4.0, -50.0, 700.0):
        spiked, _ = worn("dual_pacing", spike_mv=spike_mv)
        assert len(spiked.beats) == len(truth.beats)
        for beat, without in zip(spiked.beats, plain.beats, strict=True):
            assert abs(beat.r - without.r) <= 1
            assert beat.qrs_on is not None
            assert without.qrs_on is not None
            assert abs(beat.qrs_on - without.qrs_on) <= 3
        assert [window.quality for window in spiked.windows] == pytest.approx(
            [window.quality for window in plain.windows], abs=5
        )


def paced_lead(complexes: list[float], spikes: list[float], spike_mv: float, tail_mv: float, tail_s: float) -> Any:
    """Complexes, and spikes each with what the electrode discharges behind it, as the converter has them."""
    noise = 0.005 * np.random.default_rng(4).standard_normal(make.RATE * SECONDS)
    lead = make.lead(float(SECONDS), complexes) + noise
    t = np.arange(len(lead)) / make.RATE
    for at in spikes:
        i = round(at * make.RATE)
        lead[i - 1 : i + 2] += spike_mv * np.array([0.125, 0.75, 0.125])
        lead[i + 1 :] += tail_mv * np.exp(-(t[i + 1 :] - at) / tail_s)
    return lead


@pytest.mark.parametrize("rr", [0.63, 0.92])
@pytest.mark.parametrize(("spike_mv", "tail_mv"), [(2.0, 0.0), (12.0, -0.4), (-20.0, 0.8), (-3.0, -0.6), (0.3, -0.5)])
@pytest.mark.parametrize("tail_s", [0.03, 0.12])
def test_spikes_that_no_complex_answers_are_no_beats(rr: float, spike_mv: float, tail_mv: float, tail_s: float) -> None:
    times = make.regular(float(SECONDS), rr)
    stop = times[30]
    lead = paced_lead([at for at in times if at <= stop], [at - 0.06 for at in times], spike_mv, tail_mv, tail_s)
    output = make.run(lead)
    assert not [beat.r for beat in output.beats if beat.r > (stop + 0.2) * make.RATE]
    assert 30 <= len(output.beats) <= 31
    silent = [window for window in output.windows if window.end > (stop + 6) * make.RATE]
    assert silent
    assert all(window.flags & RHYTHM_PAUSE and window.flags & RHYTHM_ASYSTOLE for window in silent)
    assert all(window.heart_rate.value is None for window in silent)


@pytest.mark.parametrize(("spike_mv", "tail_mv"), [(2.0, 0.0), (12.0, -0.4), (-20.0, 0.8), (-3.0, -0.6), (0.3, -0.5)])
@pytest.mark.parametrize("tail_s", [0.03, 0.12])
def test_a_complex_on_what_the_electrode_discharges_is_a_beat(spike_mv: float, tail_mv: float, tail_s: float) -> None:
    times = make.regular(float(SECONDS), 0.92)
    output = make.run(paced_lead(times, [at - 0.06 for at in times], spike_mv, tail_mv, tail_s))
    assert abs(len(output.beats) - len(times)) <= 1
    assert not any(window.flags & (RHYTHM_PAUSE | RHYTHM_ASYSTOLE) for window in output.windows)


@pytest.mark.parametrize("height_mv", [0.5, 0.65])
def test_captured_complexes_that_become_lower_are_no_standstill(height_mv: float) -> None:
    """Narrow ones of 1.6 mV first (the heart's own with the spike), then those of the pacemaker alone."""
    times = make.regular(60.0, 0.85)
    narrow = 1.6 * make.lead(60.0, [r for r in times if r < 20], p_mv=0)
    lead = narrow + height_mv * make.lead(60.0, [r for r in times if r >= 20], p_mv=0, qrs=0.14)
    lead += 0.005 * np.random.default_rng(4).standard_normal(len(lead))
    for r in times:
        i = round((r - 0.06) * make.RATE)
        lead[i - 1 : i + 2] += 2.0 * np.array([0.125, 0.75, 0.125])
    output = make.run(lead)
    assert len(output.beats) >= len(times) - 2
    assert not any(window.flags & (RHYTHM_PAUSE | RHYTHM_ASYSTOLE) for window in output.windows)


@pytest.mark.parametrize("spike_mv", [1.0, 5.0, 9.0])
@pytest.mark.parametrize("height", [0.25, 0.5])
def test_a_discharge_on_a_complex_of_somebody_without_a_pacemaker_takes_no_beat(spike_mv: float, height: float) -> None:
    times = make.regular(60.0, 1.03)
    lead = height * make.lead(60.0, times) + 0.005 * np.random.default_rng(1).standard_normal(60 * make.RATE)
    for r in times[3::6]:
        lead[round(r * make.RATE)] += spike_mv
    windows = make.run(lead).windows
    assert not any(window.flags & (RHYTHM_PAUSE | RHYTHM_ASYSTOLE) for window in windows)


@pytest.mark.parametrize("mv", [4.0, 7.0, 12.0])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_discharges_that_come_at_random_take_no_beat(seed: int, mv: float) -> None:
    """One that lies before a complex by chance makes no pacemaker of those that follow."""
    rng = np.random.default_rng(seed)
    lead = make.lead(40, make.regular(40, 0.8), qt=0.36) + 0.005 * rng.standard_normal(40 * make.RATE)
    at = 2 + np.cumsum(1.3 * np.exp(0.15 * rng.standard_normal(60)))
    for time in at[at < 39]:
        lead[round(time * make.RATE)] += mv * rng.choice([-1, 1])
    output = make.run(lead)
    assert len(output.beats) == len(make.regular(40, 0.8))
    assert {window.heart_rate.value for window in output.windows} == {750}
    assert not any(window.flags for window in output.windows)


def test_a_low_complex_behind_the_first_spike_is_a_beat() -> None:
    times = make.regular(float(SECONDS), 0.92)
    low = 0.12 * paced_lead(times, [], 0.0, 0.0, 0.03)
    low += paced_lead([], times[6:7], 0.3, 0.0, 0.03) * 0.5
    assert abs(len(make.run(low).beats) - len(times)) <= 1


def test_a_spike_is_cut_out_wherever_it_falls_between_samples() -> None:
    lead = make.lead(40.0, make.regular(40.0, 0.81))
    plain = make.run(lead)
    t = np.arange(len(lead)) / make.RATE
    for phase in (0.0, 0.25, 0.5):
        # 150 ms before each QRS: a beat's own energy, were it taken for one
        times = np.array(make.regular(40.0, 0.81)) - 0.195 + phase / make.RATE
        away = np.abs(t[:, None] - times).min(axis=1) * make.RATE
        shape = np.where(away < 0.5, 0.75 - away**2, np.maximum(1.5 - away, 0.0) ** 2 / 2)
        spiked = make.run(lead + 8.0 * shape)
        assert [beat.r for beat in spiked.beats] == [beat.r for beat in plain.beats]
        assert kinds(spiked) == kinds(plain)


def test_one_spike_may_be_an_artefact() -> None:
    lead = make.lead(30.0, make.regular(30.0, 0.8))
    onset = round((make.regular(30.0, 0.8)[20] - 0.045) * make.RATE)
    lead[onset - 4] += 1.5
    assert BEAT_KIND_PACED not in kinds(make.run(lead))


def test_ectopic_beats_between_paced_ones_stay_ventricular() -> None:
    output, truth = worn("ventricular_pacing", ventricular_per_min=6.0)
    ectopic = [beat.r for beat in truth.beats if beat.kind == "V"]
    assert len(ectopic) >= 3
    for beat in output.beats[FIRST:]:
        is_ectopic = min(abs(beat.r / make.RATE - r) for r in ectopic) < 0.05
        assert beat.kind == (BEAT_KIND_VENTRICULAR if is_ectopic else BEAT_KIND_PACED)


def test_paced_beats_have_intervals_and_no_tachycardia() -> None:
    output, truth = worn("dual_pacing", heart_rate_bpm=110.0, pr_ms=140.0, p_ms=80.0)
    assert kinds(output).count(BEAT_KIND_PACED) >= len(truth.beats) - FIRST
    for window in output.windows[1:-1]:
        assert window.qrs.value == pytest.approx(1500, abs=250)
        assert window.qt.value is not None
        assert not window.flags & RHYTHM_WIDE_COMPLEX_TACHYCARDIA


@pytest.mark.parametrize("bpm", [100.0, 110.0, 130.0, 140.0, 150.0])
@pytest.mark.parametrize("pr_ms", [120.0, 140.0])
def test_paced_beats_are_no_flutter(bpm: float, pr_ms: float) -> None:
    output, _ = worn("dual_pacing", 30, heart_rate_bpm=bpm, pr_ms=pr_ms, p_ms=80.0)
    assert kinds(output).count(BEAT_KIND_PACED) >= 40
    assert not any(window.flags & RHYTHM_ATRIAL_FLUTTER for window in output.windows)


def test_pacing_is_forgotten_with_the_wearer() -> None:
    paced = Wearer(PRESETS["ventricular_pacing"], seed=3).sample(ECG, np.arange(make.RATE * 20) / make.RATE)[:, 0]
    pipeline = make.pipeline()
    first, second = make.Output(), make.Output()
    make.push(pipeline, make.counts(paced), first, 50)
    pipeline.restart()
    make.push(pipeline, make.counts(paced), second, 50)
    assert first.beats[0].kind == second.beats[0].kind == BEAT_KIND_NORMAL
    assert first.beats[-1].kind == second.beats[-1].kind == BEAT_KIND_PACED


def test_results_do_not_depend_on_block_sizes() -> None:
    paced = Wearer(PRESETS["dual_pacing"], seed=5).sample(ECG, np.arange(make.RATE * 20) / make.RATE)[:, 0]
    detected = [[vars(beat) for beat in make.run(paced, block).beats] for block in (1, 16, 17, 30, 250)]
    assert all(each == detected[0] for each in detected)
    assert detected[0][-1]["kind"] == BEAT_KIND_PACED


def test_extreme_counts_are_no_trouble() -> None:
    random = np.random.default_rng(1)
    # rails, and artefacts with dips beside them
    for lead in (random.choice([-500.0, 500.0], 5000), np.where(random.uniform(size=5000) < 0.05, 300.0, 0.0)):
        lead[1000:1005] = (0.0, -300.0, 300.0, -300.0, 0.0)
        assert {window.heart_rate.value for window in make.run(lead).windows} == {None}


def _record(name: str, channel: int, seconds: int) -> tuple[make.FloatArray, list[tuple[float, str]]]:
    path: Path = data_root() / "mitdb" / name
    if not path.with_suffix(".dat").exists():
        pytest.skip(f"no recording {path}")
    lead, rate = read_channel(path, channel)
    known = [(peak.t, peak.kind) for peak in beats(read_annotations(path, "atr", rate))]
    return np.array(to_counts(lead[: seconds * rate], rate)) * make.LSB_MV, known


@pytest.mark.data
def test_spikes_of_a_recorded_pacemaker_are_found() -> None:
    lead, known = _record("102", 0, 300)
    paced = [beat.r / make.RATE for beat in make.run(lead).beats if beat.kind == BEAT_KIND_PACED]
    right = [t for t, kind in known if kind == "/" and t < 298 and any(abs(t - r) < 0.15 for r in paced)]
    assert len(right) > 0.9 * sum(kind == "/" and t < 298 for t, kind in known)
    # fusion beats have a spike too
    wrong = [r for r in paced if min(known, key=lambda beat: abs(beat[0] - r))[1] in "NSV"]
    assert not wrong


@pytest.mark.data
@pytest.mark.parametrize(("name", "channel"), [("100", 0), ("113", 0), ("203", 0), ("209", 1), ("228", 0)])
def test_steep_narrow_and_noisy_complexes_are_not_paced(name: str, channel: int) -> None:
    lead, _ = _record(name, channel, 300)
    assert BEAT_KIND_PACED not in kinds(make.run(lead))
