"""Rhythms that P and PR tell apart: each situation at several rates, heights and seeds, and what is normal."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

N, S = wire.BEAT_KIND_NORMAL, wire.BEAT_KIND_PREMATURE_SUPRAVENTRICULAR


def _noise(n: int, seed: int, rms_mv: float = 0.006) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(n)


def _run(seconds: float, times: list[float], seed: int, **shape: float) -> make.Output:
    return make.run(make.lead(seconds, times, **shape) + _noise(round(seconds * make.RATE), seed))


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
    assert all(window.flags & ~wire.RHYTHM_SHORT_PR == wire.RHYTHM_TACHYCARDIA for window in output.windows)


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
