"""The tremor of a hand comes back like flutter waves, but does not know where beats are."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

NEVER = (
    wire.RHYTHM_ATRIAL_FLUTTER
    | wire.RHYTHM_FREQUENT_ECTOPY
    | wire.RHYTHM_IRREGULAR
    | wire.RHYTHM_AV_BLOCK_SECOND_DEGREE
    | wire.RHYTHM_AV_BLOCK_COMPLETE
    | wire.RHYTHM_LONG_QTC
    | wire.RHYTHM_SHORT_QTC
)
SECONDS = 32


def _wave(phase: make.FloatArray, mv: float) -> make.FloatArray:
    return np.asarray(mv * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.5)))


def _tremor(hz: float, mv: float, wobble: float) -> make.FloatArray:
    t = np.arange(SECONDS * make.RATE) / make.RATE
    return _wave(2 * np.pi * np.cumsum(hz * (1 + wobble * np.sin(2 * np.pi * 0.2 * t))) / make.RATE, mv)


def _beats(bpm: float, variation: float, breath_s: float, rng: np.random.Generator) -> list[float]:
    times = [0.6]
    while times[-1] < SECONDS - 1.5:
        breath = variation * np.sin(2 * np.pi * times[-1] / breath_s)
        times.append(times[-1] + 60 / bpm * float(1 + breath + 0.01 * rng.standard_normal()))
    return times


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("wobble", [0.0, 0.05])
@pytest.mark.parametrize("mv", [0.08, 0.14, 0.22])
@pytest.mark.parametrize(
    ("bpm", "a_beat"), [(56, 4.4), (56, 5.4), (56, 6.4), (74, 3.35), (74, 4.4), (74, 4.7), (94, 2.7), (94, 3.7)]
)
def test_a_tremor_is_no_flutter(bpm: float, a_beat: float, mv: float, wobble: float, seed: int) -> None:
    """At 4.1 to 6 Hz: so many swings a beat, which is no whole number for ten seconds unless by chance."""
    rng = np.random.default_rng(seed)
    times = _beats(bpm, 0.03, 4.5, rng)
    lead = make.lead(SECONDS, times, qt=0.38) + _tremor(a_beat * bpm / 60, mv, wobble)
    windows = make.run(lead + 0.006 * rng.standard_normal(len(lead))).windows
    assert not any(window.flags & NEVER for window in windows)
    rates = [window.heart_rate.value for window in windows if window.heart_rate.value is not None]
    assert len(rates) >= 3
    assert all(abs(rate / 10 - bpm) < 3 for rate in rates), rates


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("variation", "breath_s"), [(0.12, 5.0), (0.18, 6.0), (0.22, 7.0)])
def test_a_tremor_in_sinus_arrhythmia_is_no_flutter(variation: float, breath_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = _beats(64, variation, breath_s, rng)
    lead = make.lead(SECONDS, times, qt=0.38) + _tremor(float(rng.uniform(4.4, 5.6)), 0.12, 0.05)
    windows = make.run(lead + 0.006 * rng.standard_normal(len(lead))).windows
    flagged = [window for window in windows if window.flags & (wire.RHYTHM_ATRIAL_FLUTTER | wire.RHYTHM_IRREGULAR)]
    # where RR turns as often as chance, nothing else differs
    assert len(flagged) <= 1


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("mv", [0.1, 0.2])
@pytest.mark.parametrize(("hz", "ratio"), [(4.2, 4), (4.7, 4), (4.9, 3), (5.2, 4)])
def test_waves_of_that_shape_that_drive_the_ventricles_are_flutter(hz: float, ratio: int, mv: float, seed: int) -> None:
    """The same swing at the same rates: what differs is that every so many of it make a beat."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.6, SECONDS - 1, ratio / hz)
    lead = make.lead(SECONDS, list(times + 0.006 * rng.standard_normal(len(times))), p_mv=0, qt=0.36)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    windows = make.run(lead + _wave(2 * np.pi * hz * t, mv) + 0.006 * rng.standard_normal(len(t))).windows
    flutter = [window for window in windows[:3] if window.flags & wire.RHYTHM_ATRIAL_FLUTTER]
    assert len(flutter) >= 2
    assert all(window.pr.reason == window.qt.reason == wire.REASON_FLUTTER_WAVES for window in flutter)
