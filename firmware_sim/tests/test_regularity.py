from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.regularity import Regularity

SUSPECTED = 50
#: Agreement of a beat with those before: like them, and like none.
SIMILAR, UNLIKE = 80, 40


def _judge(rr_ms: list[int], *, ectopic: set[int] | None = None, p: bool = True) -> int | None:
    """Irregularity of a run of RR intervals; `ectopic` are the numbers of ectopic beats."""
    rhythm = Regularity()
    for number, interval in enumerate([0, *rr_ms]):
        rhythm.add(4 * round(interval / 4) or None, number in (ectopic or set()), p, SIMILAR)
    return rhythm.irregularity()


def _known(value: int | None) -> int:
    assert value is not None
    return value


def _sinus(n: int, seed: int, jitter: float = 15.0) -> list[int]:
    return [round(float(rr)) for rr in 820 + jitter * np.random.default_rng(seed).standard_normal(n)]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_fibrillation_is_suspected(seed: int) -> None:
    rr = [round(float(rr)) for rr in np.random.default_rng(seed).gamma(12, 55, 32)]
    assert _known(_judge(rr, p=False)) >= SUSPECTED
    assert 0 < _known(_judge(rr, p=True)) < SUSPECTED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sinus_rhythm_is_not(seed: int) -> None:
    assert _known(_judge(_sinus(32, seed))) < 25
    assert _known(_judge(_sinus(32, seed), p=False)) < SUSPECTED


def test_breathing_is_not_fibrillation() -> None:
    arrhythmia = [round(850 + 110 * float(np.sin(2 * np.pi * n / 6))) for n in range(32)]
    assert _known(_judge(arrhythmia)) < SUSPECTED
    slow = [round(850 + 110 * float(np.sin(2 * np.pi * n / 12))) for n in range(32)]
    assert _known(_judge(slow)) < SUSPECTED


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("mean", [700, 900, 1100])
@pytest.mark.parametrize("beats_a_breath", [3.3, 4.6, 6.0, 9.0])
def test_breathing_is_not_fibrillation_although_no_p_is_seen(beats_a_breath: float, mean: int, seed: int) -> None:
    n = np.arange(32)
    noise = np.random.default_rng(seed).standard_normal(32)
    rr = mean * (1 + 0.13 * np.sin(2 * np.pi * n / beats_a_breath + seed) + 0.01 * noise)
    assert _known(_judge(rr.round().astype(int).tolist(), p=False)) < SUSPECTED


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("pause", ["compensatory", "of the sinus node"])
@pytest.mark.parametrize("fraction", [0.2, 0.35, 0.5])
def test_ectopic_beats_in_sinus_rhythm_are_not_fibrillation(fraction: float, pause: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rr: list[int] = []
    ectopic: set[int] = set()
    while len(rr) < 32:
        if rng.random() < fraction:
            early = round(820 * float(rng.uniform(0.55, 0.8)))
            ectopic.add(len(rr) + 1)
            rr += [early, 1640 - early if pause == "compensatory" else round(820 * float(rng.uniform(1, 1.1)))]
        else:
            rr.append(round(820 + 15 * float(rng.standard_normal())))
    assert _known(_judge(rr[:32], ectopic=ectopic, p=pause == "of the sinus node")) < SUSPECTED


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("fraction", [0.1, 0.3])
def test_ectopic_beats_do_not_hide_fibrillation(fraction: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rr = [round(float(x)) for x in rng.gamma(14, 50, 32)]
    ectopic = {k for k in range(1, 33) if rng.random() < fraction and rr[k - 1] < 700}
    assert _known(_judge(rr, ectopic=ectopic, p=False)) >= SUSPECTED


def test_early_beats_are_not_fibrillation() -> None:
    rr = _sinus(32, 6)
    for index in (4, 11, 17, 25):
        rr[index] = 480
        rr[index + 1] = 1150
    assert _known(_judge(rr)) < SUSPECTED


def test_bigeminy_is_not_fibrillation() -> None:
    rr = [round(x) for n in range(16) for x in (520 + 3 * (n % 3), 1080 - 4 * (n % 2))]
    assert _known(_judge(rr, ectopic=set(range(1, 33, 2)))) < SUSPECTED


def test_few_beats_say_nothing() -> None:
    assert _judge([800, 810, 790]) is None
    assert _judge([]) is None


def test_what_was_before_is_forgotten() -> None:
    rhythm = Regularity()
    for interval in (400, 900, 600, 1200, 500, 1000, 700, 440):
        rhythm.add(interval, False, False, SIMILAR)
    assert _known(rhythm.irregularity()) >= SUSPECTED
    rhythm.forget()
    assert rhythm.irregularity() is None
    for _ in range(12):
        rhythm.add(800, False, True, SIMILAR)
    assert rhythm.irregularity() == 0


def _noisy(rr_ms: list[int], false: set[int], p: bool) -> Regularity:
    """Beats of which those numbered `false` are like none before, behind five seconds of a good rhythm."""
    rhythm = Regularity()
    for number, interval in enumerate(rr_ms):
        rhythm.add(4 * round(interval / 4), False, p, UNLIKE if number in false else SIMILAR)
    return rhythm


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_false_beats_of_a_poor_window_do_not_look_like_fibrillation(seed: int) -> None:
    """Some intervals of a steady rhythm are cut in two by beats that are like none before."""
    rng = np.random.default_rng(seed)
    rr: list[int] = []
    false = set()
    for interval in _sinus(20, seed):
        part = int(rng.integers(200, 600))
        if rng.random() < 0.5:
            false.add(len(rr))
            rr += [part, interval - part]
        else:
            rr.append(interval)
    rhythm = _noisy(rr, false, False)
    assert _known(rhythm.irregularity()) >= SUSPECTED
    rhythm.keep_agreeing(len(rr))
    assert (rhythm.irregularity() or 0) < SUSPECTED


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_fibrillation_of_a_poor_window_is_suspected_by_what_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rr = [round(float(each)) for each in rng.gamma(12, 55, 32)]
    rhythm = _noisy(rr, {int(each) for each in rng.integers(0, 32, 6)}, False)
    rhythm.keep_agreeing(32)
    assert _known(rhythm.irregularity()) >= SUSPECTED


def test_where_no_beat_agrees_only_those_before_say_something() -> None:
    rhythm = _noisy(_sinus(14, 1) + [400, 900, 300, 1100, 500, 800] * 3, set(range(14, 32)), True)
    before = _noisy(_sinus(14, 1), set(), True).irregularity()
    rhythm.keep_agreeing(18)
    assert rhythm.irregularity() == before
    rhythm.keep_agreeing(31)
    assert rhythm.irregularity() == before
    for _ in range(18):
        rhythm.add(400, False, True, UNLIKE)
        rhythm.keep_agreeing(1)
    assert rhythm.irregularity() is None
