"""T waves of twice the height of R and more are T waves: the beats are counted, and PR and QT measured."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

_SECONDS = 41.0
_PR_MS, _TOLERANCE_PR_MS, _TOLERANCE_QT_MS = 160, 24, 31


def _lead(rr: float, qt: float, t_s: float, r_mv: float, t_mv: float, seed: int) -> make.FloatArray:
    """mV of a sinus rhythm with noise of 5 µV whose T of `t_s` ends at QT."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(_SECONDS * make.RATE)) / make.RATE
    signal = rng.normal(0, 0.005, len(t))
    for r in make.regular(_SECONDS, rr):
        onset = r - 0.045 + rng.normal(0, 0.006)
        signal += make.bump(t, onset - _PR_MS / 1000, onset - 0.06, 0.12)
        signal -= make.bump(t, onset, onset + 0.03, 0.12 * r_mv) + make.bump(t, onset + 0.06, onset + 0.09, 0.3 * r_mv)
        signal += make.bump(t, onset + 0.018, onset + 0.072, r_mv)
        signal += make.bump(t, onset + qt - t_s, onset + qt, t_mv)
    return np.asarray(signal)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("rr", "qt", "t_s", "r_mv", "t_mv"),
    [
        (1.0, 0.40, 0.20, 1.0, 0.3),
        (0.75, 0.36, 0.20, 0.8, 1.2),
        (1.0, 0.40, 0.16, 0.6, 1.2),
        (0.9, 0.38, 0.18, 0.5, 1.0),
        (0.75, 0.36, 0.16, 0.7, 1.4),
        (1.2, 0.42, 0.20, 0.5, 1.0),
        (1.0, 0.40, 0.20, 0.5, -1.1),
    ],
)
def test_a_tall_t_wave_is_measured(rr: float, qt: float, t_s: float, r_mv: float, t_mv: float, seed: int) -> None:
    # in the first seconds nobody knows yet which waves are the T waves
    windows = make.run(_lead(rr, qt, t_s, r_mv, t_mv, seed)).windows[1:4]
    assert len(windows) == 3
    for window in windows:
        assert window.heart_rate.value is not None
        assert abs(window.heart_rate.value / 10 - 60 / rr) <= 2
        assert window.pr.value is not None
        assert abs(window.pr.value / 10 - _PR_MS) <= _TOLERANCE_PR_MS
        assert window.qt.value is not None
        assert abs(window.qt.value / 10 - 1000 * qt) <= _TOLERANCE_QT_MS
        assert not window.flags & wire.RHYTHM_LONG_QTC


@pytest.mark.parametrize("rr", [0.75, 1.0])
@pytest.mark.parametrize("gap_s", [0.2, 0.28, 0.34])
def test_two_complexes_in_a_row_are_none(rr: float, gap_s: float) -> None:
    t = np.arange(round(_SECONDS * make.RATE)) / make.RATE
    signal = np.random.default_rng(1).normal(0, 0.005, len(t))
    for r in make.regular(_SECONDS, rr):
        for at in (r, r + gap_s):
            signal += make.bump(t, at - 0.025, at + 0.025, 0.5)
    for window in make.run(signal).windows:
        assert window.qt.value is None
        assert window.heart_rate.value is None or window.heart_rate.quality <= 30
