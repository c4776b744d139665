from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.wire_gen import BEAT_KIND_NORMAL, BEAT_KIND_VENTRICULAR
from firmware_sim.testing import ecg_signals as make


def _noise(n: int, rms_mv: float, seed: int = 3) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(n)


def _assert_finds(output: make.Output, times: list[float], within_ms: float = 12.0) -> None:
    assert len(output.beats) == len(times)
    assert np.max(np.abs(output.r() / make.RATE - times)) * 1000 <= within_ms


@pytest.mark.parametrize("rr", [0.33, 0.5, 0.8, 1.2, 1.9])
@pytest.mark.parametrize("sign", [1, -1])
def test_every_beat_is_found_at_any_rate_and_polarity(rr: float, sign: int) -> None:
    times = make.regular(20, rr)
    _assert_finds(make.run(sign * make.lead(20, times, qt=min(0.4, 0.6 * rr), pr=min(0.16, 0.3 * rr))), times)


def test_wander_mains_and_noise_cost_no_beat() -> None:
    times = make.regular(30, 0.85)
    t = np.arange(30 * make.RATE) / make.RATE
    clean = make.lead(30, times)
    wander = 0.8 * np.sin(2 * np.pi * 0.25 * t)
    mains = 0.2 * np.sin(2 * np.pi * 50 * t)
    _assert_finds(make.run(clean + wander + mains + _noise(len(t), 0.05) + 120), times, within_ms=24)


@pytest.mark.parametrize("scale", [0.15, 1.0, 8.0])
def test_amplitude_does_not_matter(scale: float) -> None:
    times = make.regular(15, 0.8)
    _assert_finds(make.run(scale * make.lead(15, times)), times)


def test_amplitude_may_drop_to_a_quarter() -> None:
    times = make.regular(40, 0.8)
    t = np.arange(40 * make.RATE) / make.RATE
    output = make.run(make.lead(40, times) * np.where(t < 20, 1.0, 0.25))
    _assert_finds(output, times)


def test_an_artefact_at_the_start_does_not_hide_what_follows() -> None:
    times = make.regular(40, 0.8)
    signal = make.lead(40, times)
    signal[:500] += _noise(500, 15)
    found = make.run(signal).r() / make.RATE
    late = [time for time in times if time > 12]
    assert all(np.min(np.abs(found - time)) < 0.02 for time in late)


def test_a_pause_has_no_beats_in_it() -> None:
    times = [time for time in make.regular(30, 0.9) if not 10 < time < 14.5]
    _assert_finds(make.run(make.lead(30, times) + _noise(7500, 0.01)), times)


def test_fiducials_lie_where_the_waves_begin_and_end() -> None:
    times = make.regular(20, 0.9)
    output = make.run(make.lead(20, times, pr=0.17, qrs=0.1, qt=0.41) + _noise(5000, 0.005))
    for beat, r in zip(output.beats[2:], times[2:], strict=True):
        onset = r - 0.05
        expected = {"p_on": onset - 0.17, "p_peak": onset - 0.12, "p_off": onset - 0.07, "qrs_on": onset,
                    "qrs_off": onset + 0.1, "t_peak": onset + 0.31, "t_off": onset + 0.41}  # fmt: skip
        for name, time in expected.items():
            assert abs(getattr(beat, name) / make.RATE - time) <= 0.032, name


def test_beats_come_in_order_numbered_with_their_intervals() -> None:
    output = make.run(make.lead(20, make.regular(20, 0.8)))
    assert [beat.number for beat in output.beats] == list(range(len(output.beats)))
    assert output.beats[0].rr_ms is None
    for before, beat in zip(output.beats, output.beats[1:], strict=False):
        assert beat.rr_ms == 4 * (beat.r - before.r)
        assert beat.r > before.r


def test_wide_early_beats_are_ventricular_and_the_others_normal() -> None:
    times = make.regular(30, 0.8)
    early = [12.4, 20.4]
    narrow = [time for time in times if min(abs(time - e) for e in early) > 0.45 or time < 10]
    narrow = [time for time in narrow if all(not e - 0.1 < time < e + 0.6 for e in early)]
    t = np.arange(30 * make.RATE) / make.RATE
    signal = make.lead(30, narrow)
    for r in early:
        signal += make.bump(t, r - 0.08, r + 0.08, -1.6) + make.bump(t, r + 0.12, r + 0.42, 0.5)
    output = make.run(signal)
    kinds = {round(beat.r / make.RATE, 1): beat.kind for beat in output.beats}
    for r in early:
        nearest = min(kinds, key=lambda time: abs(time - r))
        assert abs(nearest - r) < 0.15
        assert kinds[nearest] == BEAT_KIND_VENTRICULAR
    assert sum(kind == BEAT_KIND_NORMAL for kind in kinds.values()) >= len(narrow) - 2


def test_results_do_not_depend_on_block_sizes() -> None:
    times = make.regular(25, 0.77)
    signal = make.lead(25, times) + _noise(25 * make.RATE, 0.03)
    reference = make.run(signal, 50)
    for block in (1, 7, 16, 333, 1024):
        other = make.run(signal, block)
        assert [vars(beat) for beat in other.beats] == [vars(beat) for beat in reference.beats]
        assert [(w.end, w.flags, w.quality, vars(w.qt)) for w in other.windows] == [
            (w.end, w.flags, w.quality, vars(w.qt)) for w in reference.windows
        ]


def test_a_beat_is_handed_out_soon_after_its_r() -> None:
    pipeline = EcgPipeline()
    samples = make.counts(make.lead(20, make.regular(20, 0.8)))
    for start in range(0, len(samples), 25):
        pipeline.push(samples[start : start + 25], 25, False)
        while (beat := pipeline.next_beat()) is not None:
            assert start < 1100 or start + 25 - beat.r <= 350


def test_too_large_a_push_is_refused() -> None:
    with pytest.raises(ValueError, match="too many samples"):
        EcgPipeline().push(make.counts(np.zeros(2000)), 2000, False)


def test_no_fiducial_lies_outside_the_signal() -> None:
    for cut in range(20, 260, 12):
        samples = 2000 - cut
        signal = make.lead(8, make.regular(8, 0.8, first=0.1))[:samples]
        for beat in make.run(signal).beats:
            marks = [getattr(beat, name) for name in ("p_on", "p_peak", "p_off", "qrs_on", "qrs_off", "t_on", "t_off")]
            assert all(0 <= mark < samples for mark in marks if mark is not None)
