"""Rhythms that P and PR tell apart: each situation at several rates, heights and seeds, and what is normal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

N, S = wire.BEAT_KIND_NORMAL, wire.BEAT_KIND_PREMATURE_SUPRAVENTRICULAR


def _noise(n: int, seed: int, rms_mv: float = 0.006) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(n)


def _run(seconds: float, times: list[float], seed: int, **shape: float) -> make.Output:
    return make.run(make.lead(seconds, times, **shape) + _noise(round(seconds * make.RATE), seed))


def _judged(output: make.Output) -> list[EcgWindow]:
    """Its windows, most of which were measured: nothing is found in what is refused."""
    measured = [window for window in output.windows if window.heart_rate.value is not None]
    assert len(measured) > len(output.windows) // 2
    return output.windows


def _kinds(output: make.Output) -> list[int]:
    return [beat.kind for beat in output.beats]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("bpm", "pr", "qrs"), [(150, 0.1, 0.08), (160, 0.09, 0.055), (168, 0.1, 0.07), (180, 0.09, 0.06)]
)
def test_a_steady_fast_rhythm_has_no_premature_beats(bpm: float, pr: float, qrs: float, seed: int) -> None:
    rr = 60 / bpm
    times = list(np.cumsum(rr + 0.003 * np.random.default_rng(seed).standard_normal(int(30 / rr) - 2)) + 0.3)
    output = _run(30, times, seed, pr=pr, qrs=qrs, qt=0.24, p_mv=0.1)
    assert set(_kinds(output)) == {N}
    assert all(window.flags & ~wire.RHYTHM_SHORT_PR == wire.RHYTHM_TACHYCARDIA for window in _judged(output))


def test_a_tachycardia_that_begins_suddenly_is_premature_only_at_its_start() -> None:
    times = [*make.regular(15, 0.8), *(15 + 0.37 * k for k in range(66))]
    kinds = _kinds(_run(40, times, 1, pr=0.1, qrs=0.07, qt=0.25))
    begin = len(make.regular(15, 0.8))
    assert S not in kinds[:begin]
    assert S not in kinds[begin + 24 :]


@pytest.mark.parametrize("coupling", [0.6, 0.68])
def test_early_beats_are_premature_still(coupling: float) -> None:
    times = [t - (1 - coupling) * 0.8 if k % 5 == 4 else t for k, t in enumerate(make.regular(40, 0.8))]
    kinds = _kinds(_run(40, times, 1))
    early = [kind for k, kind in enumerate(kinds) if k % 5 == 4]
    assert early.count(S) >= len(early) - 2
    assert all(kind == N for k, kind in enumerate(kinds) if k % 5 != 4)


BLOCKED = wire.RHYTHM_AV_BLOCK_SECOND_DEGREE | wire.RHYTHM_P_WITHOUT_QRS
ANY_BLOCK = BLOCKED | wire.RHYTHM_AV_BLOCK_COMPLETE


def _atria(
    seconds: float, p_times: list[float], r_times: list[float], seed: int, p_mv: float = 0.15, noise_mv: float = 0.006
) -> make.Output:
    """P waves (by their onsets) and complexes independent of each other."""
    t = np.arange(round(seconds * make.RATE)) / make.RATE
    signal = make.lead(seconds, r_times, p_mv=0)
    for onset in p_times:
        signal += make.bump(t, onset, onset + 0.1, p_mv)
    return make.run(signal + _noise(len(t), seed, noise_mv))


def _breathing(seconds: float, rr: float, variation: float, breath_hz: float) -> list[float]:
    times = [0.6]
    while times[-1] < seconds - rr - variation:
        times.append(times[-1] + rr + variation * float(np.sin(2 * np.pi * breath_hz * times[-1])))
    return times


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("rr", "variation", "hz"), [(0.85, 0.2, 0.2), (0.85, 0.12, 0.25), (0.95, 0.2, 0.15), (1.0, 0.2, 0.2)]
)
def test_sinus_arrhythmia_is_neither_irregular_nor_early(rr: float, variation: float, hz: float, seed: int) -> None:
    output = _run(60, _breathing(60, rr, variation, hz), seed, qt=0.36)
    assert set(_kinds(output)) == {N}
    assert not any(window.flags for window in _judged(output))
    assert all(window.pr.value is not None for window in _judged(output))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("breath_s", [3.0, 3.6, 4.4])
@pytest.mark.parametrize("part", [0.15, 0.2, 0.25])
@pytest.mark.parametrize("rr", [0.7, 0.75, 0.85])
def test_no_beat_of_a_fast_breath_is_premature(rr: float, part: float, breath_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = [0.5]
    while times[-1] < 32:
        wave = float(np.sin(2 * np.pi * times[-1] / breath_s))
        times.append(times[-1] + rr * (1 + part * wave) + 0.006 * float(rng.standard_normal()))
    output = _run(34, times, seed, qt=0.34)
    # before the rhythm is known one may pass for early
    assert _kinds(output)[6:].count(S) <= 1
    assert not any(window.flags & wire.RHYTHM_FREQUENT_ECTOPY for window in _judged(output))


@pytest.mark.parametrize(("coupling", "every"), [(0.6, 3), (0.6, 4), (0.6, 6), (0.7, 4), (0.7, 6)])
@pytest.mark.parametrize("breath", [0.0, 0.05])
def test_beats_that_are_early_in_a_breath_are_premature(breath: float, coupling: float, every: int) -> None:
    times = [0.5]
    for k in range(48):
        rr = 0.8 * (1 + breath * float(np.sin(2 * np.pi * times[-1] / 3.6)))
        times.append(times[-1] + (coupling * rr if k % every == every - 1 else rr))
    kinds = _kinds(_run(times[-1] + 1, times, 1, qt=0.34))
    early = [kind for k, kind in enumerate(kinds[6:], 6) if k and (k - 1) % every == every - 1]
    assert early.count(S) >= len(early) - 2
    assert kinds.count(S) == early.count(S) + kinds[:6].count(S)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("f_mv", [0.0, 0.04])
def test_chance_without_p_is_irregular(f_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = list(np.cumsum(np.maximum(0.36, 0.75 * np.exp(0.22 * rng.standard_normal(75)))) + 0.4)
    seconds = times[-1] + 1
    t = np.arange(round(seconds * make.RATE)) / make.RATE
    waves = sum(np.sin(2 * np.pi * (hz * t + rng.random())) for hz in rng.uniform(4.5, 8, 6))
    output = make.run(make.lead(seconds, times, p_mv=0, qt=0.34) + f_mv / 2 * waves + _noise(len(t), seed))
    assert all(window.flags & wire.RHYTHM_IRREGULAR for window in _judged(output)[1:])
    assert not any(window.flags & ANY_BLOCK for window in _judged(output))


@pytest.mark.parametrize("p_mv", [0.1, 0.2])
@pytest.mark.parametrize(
    ("pp", "prs"), [(0.84, (0.18, 0.26, 0.33)), (0.8, (0.2, 0.28)), (0.75, (0.17, 0.25, 0.29, 0.31))]
)
def test_wenckebach_is_a_second_degree_block_and_no_fibrillation(
    pp: float, prs: tuple[float, ...], p_mv: float
) -> None:
    p = make.regular(60, pp)
    r = [at + prs[k % (len(prs) + 1)] + 0.045 for k, at in enumerate(p) if k % (len(prs) + 1) < len(prs)]
    output = _atria(60, p, r, 1, p_mv)
    for window in output.windows:
        assert window.flags & ANY_BLOCK == BLOCKED
        assert not window.flags & wire.RHYTHM_IRREGULAR
        assert window.pr.value is None
        assert window.pr.reason == wire.REASON_AV_CONDUCTION
    assert _kinds(output).count(N) >= len(r) - 2


@pytest.mark.parametrize(("pp", "noise_mv"), [(0.64, 0.006), (0.7, 0.012), (0.82, 0.006), (0.92, 0.012)])
@pytest.mark.parametrize(
    "prs", [(0.16, 0.2), (0.19, 0.28), (0.18, 0.27, 0.36), (0.17, 0.24, 0.29, 0.33), (0.19, 0.26, 0.32, 0.36, 0.39)]
)
def test_the_blocked_p_of_wenckebach_may_lie_on_t(prs: tuple[float, ...], pp: float, noise_mv: float) -> None:
    p = make.regular(60, pp)
    r = [at + prs[k % (len(prs) + 1)] + 0.045 for k, at in enumerate(p) if k % (len(prs) + 1) < len(prs)]
    output = _atria(60, p, r, 1, 0.15, noise_mv)
    blocked = [window for window in output.windows if window.flags & BLOCKED == BLOCKED]
    # six to five has one and a half blocked P in a window
    assert len(blocked) >= len(output.windows) - (2 if len(prs) < 5 else 4)
    assert all(window.pr.reason == wire.REASON_AV_CONDUCTION for window in blocked)
    assert not any(window.flags & (wire.RHYTHM_IRREGULAR | wire.RHYTHM_AV_BLOCK_COMPLETE) for window in output.windows)


#: PR before each P that is conducted, of blocks of one P in three to one in seven.
_GROWING = {
    "3:2": (0.17, 0.27),
    "4:3": (0.16, 0.24, 0.29),
    "5:4": (0.17, 0.24, 0.28, 0.31),
    "6:5": (0.16, 0.22, 0.26, 0.29, 0.31),
    "6:5 evenly": (0.15, 0.19, 0.23, 0.27, 0.31),
    "7:6": (0.16, 0.21, 0.25, 0.28, 0.3, 0.315),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("bpm", [58, 68, 76])
@pytest.mark.parametrize("ratio", _GROWING)
def test_one_cycle_of_wenckebach_in_a_window_is_a_block(ratio: str, bpm: float, seed: int) -> None:
    prs = _GROWING[ratio]
    rng = np.random.default_rng(seed)
    p = list(np.cumsum(60 / bpm * (1 + 0.008 * rng.standard_normal(int(52 * bpm / 60)))))
    begin = int(rng.integers(len(prs) + 1))
    cycle = [(k + begin) % (len(prs) + 1) for k in range(len(p))]
    r = [at + prs[k] + 0.045 for at, k in zip(p, cycle, strict=True) if k < len(prs)]
    output = _atria(54, p, r, seed, 0.1 if seed % 2 else 0.16)
    # the last one is short
    windows = output.windows[:5]
    blocked = [window for window in windows if window.flags & BLOCKED == BLOCKED]
    # a slow cycle of seven does not fit into every window
    assert len(blocked) >= (4 if len(prs) < 6 else 3)
    assert all(window.pr.reason == wire.REASON_AV_CONDUCTION for window in blocked)
    others = wire.RHYTHM_IRREGULAR | wire.RHYTHM_AV_BLOCK_COMPLETE | wire.RHYTHM_FREQUENT_ECTOPY
    assert not any(window.flags & others for window in output.windows)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("slope", [-0.15, 0.0, 0.2])
@pytest.mark.parametrize(("rr", "variation", "breath_hz"), [(0.78, 0.15, 0.3), (0.9, 0.2, 0.24), (1.0, 0.25, 0.2)])
def test_pr_that_changes_with_breath_blocks_nothing(
    rr: float, variation: float, breath_hz: float, slope: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    r = _breathing(50, rr, variation, breath_hz)
    p = [0.35, *(at - 0.205 - slope * (at - last - rr) + 0.004 * rng.standard_normal() for last, at in pairwise(r))]
    output = _atria(50, p, r, seed)
    assert not any(window.flags & ANY_BLOCK for window in _judged(output))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("early", [0.55, 0.65, 0.75])
@pytest.mark.parametrize("rr", [0.7, 0.85, 1.0])
def test_early_beats_with_a_full_pause_block_no_p(rr: float, early: float, seed: int) -> None:
    p = make.regular(60, rr)
    times = [at + 0.2 - (1 - early) * rr if k % 5 == 4 else at + 0.2 for k, at in enumerate(p)]
    output = _atria(60, p, times, seed)
    assert not any(window.flags & ANY_BLOCK for window in _judged(output))


@pytest.mark.parametrize("ratio", [2, 3])
@pytest.mark.parametrize(("pp", "p_mv"), [(0.7, 0.1), (0.8, 0.1), (0.64, 0.15)])
def test_every_other_p_blocked_is_reported_and_pr_is_given(pp: float, p_mv: float, ratio: int) -> None:
    p = make.regular(40, pp)
    output = _atria(40, p, [at + 0.205 for at in p[::ratio]], 1, p_mv)
    for window in output.windows:
        assert window.flags & ANY_BLOCK == BLOCKED
        assert window.pr.value is not None
        assert abs(window.pr.value - 1600) <= 240


@pytest.mark.parametrize("pp", [0.66, 0.78, 0.86])
@pytest.mark.parametrize("of_complex", [0.3, 0.4])
def test_large_blocked_p_waves_are_no_beats(pp: float, of_complex: float) -> None:
    p = make.regular(40, pp)
    output = _atria(40, p, [at + 0.16 for at in p[::2]], 1, of_complex)
    rates = [window.heart_rate.value for window in _judged(output)]
    assert len(rates) >= 3
    assert all(rate is not None and abs(rate / 10 - 30 / pp) < 1.5 for rate in rates), rates


@pytest.mark.parametrize("every", [5, 7])
def test_a_single_blocked_p_is_reported(every: int) -> None:
    p = make.regular(60, 0.82)
    output = _atria(60, p, [at + 0.205 for k, at in enumerate(p) if k % every != every - 1], 1)
    assert all(window.flags & ANY_BLOCK == BLOCKED for window in _judged(output))


@pytest.mark.parametrize(("pp", "rr"), [(0.72, 1.4), (0.8, 1.55), (0.66, 1.25)])
def test_a_complete_block_is_reported_and_has_no_pr(pp: float, rr: float) -> None:
    output = _atria(60, make.regular(60, pp), make.regular(60, rr, 0.9), 1)
    # where P stay hidden in T and QRS for a whole window, it cannot be seen
    reported = [window for window in output.windows if window.flags & wire.RHYTHM_AV_BLOCK_COMPLETE]
    assert len(reported) >= 4
    assert all(window.pr.reason == wire.REASON_AV_CONDUCTION for window in reported)
    assert not any(window.pr.value for window in output.windows)
    assert not any(window.flags & wire.RHYTHM_AV_BLOCK_SECOND_DEGREE for window in output.windows)


def test_the_ventricles_alone_pausing_differs_from_sinus_arrest() -> None:
    """Without a P in it, a pause is no block."""
    times = [t for k, t in enumerate(make.regular(40, 0.85)) if k % 6 != 5]
    output = _run(40, times, 1)
    assert not any(window.flags & ANY_BLOCK for window in _judged(output))


@pytest.mark.parametrize("rr", [0.7, 0.95, 1.15])
@pytest.mark.parametrize("u_mv", [0.05, 0.1])
def test_u_waves_are_no_p_waves(rr: float, u_mv: float) -> None:
    times = make.regular(40, rr)
    t = np.arange(40 * make.RATE) / make.RATE
    signal = make.lead(40, times, qt=0.36) + _noise(len(t), 1)
    for r in times:
        signal += make.bump(t, r + 0.36, r + 0.52, u_mv)
    assert not any(window.flags & ANY_BLOCK for window in _judged(make.run(signal)))


@pytest.mark.parametrize("pr", [0.22, 0.3])
def test_a_first_degree_block_blocks_no_beat(pr: float) -> None:
    output = _run(40, make.regular(40, 0.9), 1, pr=pr)
    assert all(window.flags == wire.RHYTHM_FIRST_DEGREE_AV_BLOCK for window in _judged(output))


def _flutter(seconds: float, per_minute: float, ratios: tuple[int, ...], mv: float, seed: int = 1) -> make.Output:
    """A saw of flutter waves under complexes that follow every so many of them."""
    hz = per_minute / 60
    t = np.arange(round(seconds * make.RATE)) / make.RATE
    phase = np.mod(t * hz, 1)
    saw = np.where(phase < 0.7, phase / 0.7, (1 - phase) / 0.3) - 0.5
    kernel = np.hanning(13)
    signal = 2 * mv * np.convolve(saw, kernel / kernel.sum(), "same")
    wave, at = 0, []
    for k in range(len(t)):
        wave += ratios[k % len(ratios)]
        if wave / hz > seconds - 1:
            break
        at.append(0.2 + wave / hz)
    lead = make.lead(seconds, at, p_mv=0, qt=min(0.36, 0.7 * min(ratios) / hz))
    return make.run(0.6 * lead + signal + _noise(len(t), seed))


FLUTTERS = [(250, (4,)), (300, (4,)), (260, (3,)), (290, (3,)), (270, (2, 3, 4, 3)), (300, (4, 3, 4)), (310, (2, 4, 3))]


@pytest.mark.parametrize(
    ("per_minute", "ratios", "mv"),
    [*((*flutter, mv) for flutter in FLUTTERS for mv in (0.12, 0.15, 0.22)), (275, (2,), 0.22)],
)
def test_flutter_is_reported_without_pr_and_qt(per_minute: float, ratios: tuple[int, ...], mv: float) -> None:
    output = _flutter(60, per_minute, ratios, mv)
    reported = [window for window in output.windows if window.flags & wire.RHYTHM_ATRIAL_FLUTTER]
    assert len(reported) >= 4
    for window in reported:
        assert window.pr.reason == window.qt.reason == window.qtc_bazett.reason == wire.REASON_FLUTTER_WAVES
        assert not window.flags & (wire.RHYTHM_SHORT_QTC | wire.RHYTHM_LONG_QTC | ANY_BLOCK)
        rate = window.heart_rate.value
        assert rate is not None
        assert abs(rate / 10 - per_minute / np.mean(ratios)) < 0.06 * per_minute / np.mean(ratios)


@pytest.mark.parametrize(("per_minute", "ratio"), [(241, 4), (222, 4), (245, 3), (295, 4)])
@pytest.mark.parametrize("delay", [0.0, 0.06, 0.12])
def test_flutter_waves_before_every_complex_are_no_p(per_minute: float, ratio: int, delay: float) -> None:
    t = np.arange(50 * make.RATE) / make.RATE
    saw = 0.3 * (np.mod((t + delay) * per_minute / 60, 1) - 0.5)
    lead = make.lead(50, list(np.arange(0.56, 49, 60 * ratio / per_minute)), p_mv=0, qt=0.36)
    windows = _judged(make.run(0.6 * lead + saw + _noise(len(t), 1)))
    assert len(windows) >= 4
    assert all(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in windows)
    assert all(window.pr.reason == window.qt.reason == wire.REASON_FLUTTER_WAVES for window in windows)


@pytest.mark.parametrize(
    ("r", "per_minute", "phase"),
    [
        *((0.6, per_minute, phase) for per_minute in (226, 238, 250, 262, 276, 290, 304) for phase in (0.3, 0.6)),
        *((1.1, per_minute, phase) for per_minute in (226, 250, 262, 276, 290, 304) for phase in (0.3, 0.6)),
        *((r, per_minute, 0.3) for r in (0.6, 1.1) for per_minute in (314, 320)),
    ],
)
@pytest.mark.parametrize("t_mv", [0.06, 0.13])
def test_two_flutter_waves_a_beat_are_reported_beside_t(r: float, per_minute: float, phase: float, t_mv: float) -> None:
    """T covers one of them, and QRS the other."""
    t = np.arange(40 * make.RATE) / make.RATE
    wave = np.mod(t * per_minute / 60 + phase, 1)
    saw = np.convolve(np.where(wave < 0.75, wave / 0.75, (1 - wave) / 0.25) - 0.5, np.hanning(9) / 4, "same")
    times = list(np.arange(0.5, 39, 120 / per_minute))
    signal = r * make.lead(40, times, p_mv=0, qt=0.28) + 0.3 * saw
    for at in times:
        signal += make.bump(t, at + 0.035, at + 0.235, t_mv - 0.3 * r)
    windows = _judged(make.run(signal + _noise(len(t), 1)))
    assert all(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in windows)
    assert all(window.pr.reason == window.qt.reason == wire.REASON_FLUTTER_WAVES for window in windows)


@pytest.mark.parametrize("t_mv", [0.12, 0.2, 0.3])
@pytest.mark.parametrize("qt", [0.29, 0.31])
@pytest.mark.parametrize("rr", [0.37, 0.39, 0.43, 0.47, 0.51, 0.54])
def test_a_fast_narrow_rhythm_without_p_is_no_flutter(rr: float, qt: float, t_mv: float) -> None:
    times = make.regular(40, rr)
    t = np.arange(40 * make.RATE) / make.RATE
    signal = make.lead(40, times, p_mv=0, qt=qt) + _noise(len(t), 1)
    for r in times:
        signal += make.bump(t, r - 0.045 + qt - 0.2, r - 0.045 + qt, t_mv - 0.3)
    assert not any(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in _judged(make.run(signal)))


#: Waves of ventricular complexes: centre after R and standard deviation (s), and height (mV).
_VENTRICULAR = {
    "T opposite": ((0, 0.035, 1.0), (0.05, 0.03, -0.25), (0.28, 0.06, -0.45)),
    "narrower": ((0, 0.03, 1.2), (0.05, 0.03, -0.3), (0.28, 0.06, -0.45)),
    "downwards": ((0, 0.036, -1.0), (0.05, 0.03, 0.25), (0.28, 0.06, 0.5)),
    "high T": ((0, 0.035, 1.0), (0.05, 0.03, -0.25), (0.28, 0.06, -0.6)),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("bpm", [66, 80, 85, 90, 104, 108, 114])
@pytest.mark.parametrize("shape", _VENTRICULAR)
def test_t_of_a_ventricular_rhythm_is_no_flutter(shape: str, bpm: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(32 * make.RATE) / make.RATE
    signal = _noise(len(t), seed, 0.008)
    for at in np.cumsum(60 / bpm * (1 + 0.006 * rng.standard_normal(int(31 * bpm / 60)))):
        for centre, deviation, mv in _VENTRICULAR[shape]:
            signal += mv * np.exp(-0.5 * ((t - at - centre) / deviation) ** 2)
    output = make.run(signal)
    assert not any(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in _judged(output))


@pytest.mark.parametrize("rr", [0.37, 0.385, 0.42, 0.46, 0.5, 0.53, 0.56, 0.64, 0.75])
@pytest.mark.parametrize("p_mv", [0.05, 0.1, 0.3])
def test_p_and_t_of_a_fast_rhythm_are_no_flutter(rr: float, p_mv: float) -> None:
    output = _run(40, make.regular(40, rr), 1, p_mv=p_mv, pr=0.13, qt=0.28)
    assert not any(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in _judged(output))


@pytest.mark.parametrize("p_mv", [0.12, 0.2])
@pytest.mark.parametrize("pp", [0.6, 0.8, 1.0])
def test_p_waves_in_a_standstill_are_reported(pp: float, p_mv: float) -> None:
    p = make.regular(34, pp)
    output = _atria(34, p, [at + 0.205 for at in p if at < 20], 1, p_mv)
    still = [window for window in output.windows if window.flags & wire.RHYTHM_ASYSTOLE]
    assert still
    assert all(window.flags & wire.RHYTHM_P_WITHOUT_QRS for window in still)


def test_a_standstill_of_atria_too_has_no_p_waves() -> None:
    p = make.regular(20, 0.8)
    output = _atria(34, p, [at + 0.205 for at in p], 1)
    assert any(window.flags & wire.RHYTHM_ASYSTOLE for window in output.windows)
    assert not any(window.flags & wire.RHYTHM_P_WITHOUT_QRS for window in output.windows)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize(("shortest", "longest", "qt"), [(0.5, 1.1, 0.36), (0.34, 0.62, 0.27)])
def test_no_beat_of_fibrillation_is_premature(shortest: float, longest: float, qt: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = [float(t) for t in np.cumsum(rng.uniform(shortest, longest, 120)) + 0.3]
    output = _run(40, [t for t in times if t < 39.7], seed, p_mv=0.0, qt=qt)
    assert _kinds(output)[12:].count(S) <= 4
    assert wire.BEAT_KIND_VENTRICULAR not in _kinds(output)


BLOCKS = wire.RHYTHM_AV_BLOCK_SECOND_DEGREE | wire.RHYTHM_AV_BLOCK_COMPLETE | wire.RHYTHM_P_WITHOUT_QRS


@pytest.mark.parametrize("rr", [0.72, 0.8, 0.9])
@pytest.mark.parametrize(("drift_s", "variation_s"), [(14, 0.1), (9, 0.09), (20, 0.12)])
def test_p_waves_that_drift_through_complexes_of_their_rate_are_not_blocked(
    rr: float, drift_s: float, variation_s: float
) -> None:
    times = make.regular(40, rr)
    lead = make.lead(40, times, qt=0.38, p_mv=0.0)
    t = np.arange(len(lead)) / make.RATE
    for at in times:
        peak = at - 0.1 + variation_s * np.sin(2 * np.pi * at / drift_s)
        lead += 0.12 * np.exp(-0.5 * ((t - peak) / 0.02) ** 2)
    output = make.run(lead + _noise(len(lead), round(100 * rr)))
    assert not any(window.flags & wire.RHYTHM_AV_BLOCK_SECOND_DEGREE for window in _judged(output))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("rr", "early"), [(0.78, 0.62), (0.86, 0.6), (0.92, 0.66)])
def test_bigeminy_blocks_no_p(rr: float, early: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = [0.6]
    while normal[-1] < 37:
        normal.append(normal[-1] + 2 * rr * float(1 + 0.012 * rng.standard_normal()))
    lead = make.lead(40, normal, qt=0.36)
    t = np.arange(len(lead)) / make.RATE
    for at in normal:
        lead += 1.3 * np.exp(-0.5 * ((t - at - early * rr) / 0.032) ** 2)
        lead += make.bump(t, at + early * rr + 0.14, at + early * rr + 0.42, -0.45)
    output = make.run(lead + _noise(len(lead), seed))
    assert not any(window.flags & BLOCKS for window in _judged(output))
    assert sum(bool(window.flags & wire.RHYTHM_FREQUENT_ECTOPY) for window in output.windows) >= 3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("bpm", "low"), [(115, 0.45), (98, 0.5), (88, 0.6)])
def test_complexes_that_vary_from_beat_to_beat_are_no_ectopy(bpm: float, low: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = list(0.5 + np.cumsum(60 / bpm * (1 + 0.006 * rng.standard_normal(int(39 * bpm / 60)))))
    shape = {"pr": 0.14, "qt": 0.31 if bpm > 100 else 0.35}
    lead = make.lead(40, times[::2], **shape) + low * make.lead(40, times[1::2], **shape)
    output = make.run(0.6 * lead + _noise(len(lead), seed))
    assert not any(window.flags & wire.RHYTHM_FREQUENT_ECTOPY for window in _judged(output))


@pytest.mark.parametrize(("slow", "fast"), [(70, 150), (60, 120), (75, 165)])
def test_a_rate_that_changes_at_once_is_no_frequent_ectopy(slow: float, fast: float) -> None:
    times = [0.5]
    while times[-1] < 38.5:
        times.append(times[-1] + 60 / (slow if 14 < times[-1] < 27 else fast))
    output = _run(40, times, 3, pr=0.1, qrs=0.06, qt=0.26)
    assert not any(window.flags & wire.RHYTHM_FREQUENT_ECTOPY for window in _judged(output))
