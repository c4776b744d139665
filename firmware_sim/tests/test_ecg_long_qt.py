"""A late T wave is measured, and what is no T wave is none: QT of 320 to 640 ms, with T of many lengths and heights."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

FloatArray = make.FloatArray
_SECONDS = 31.0
#: Two standard deviations of the experts of the CSE working party for the end of T.
_TOLERANCE_MS = 31


def _lead(
    rr: float, qt: float, t_s: float, t_mv: float, seed: int, part: float = 0.58, u_mv: float = 0.0
) -> FloatArray:
    """mV of a sinus rhythm with noise of 5 µV: P, q, R, s, and T of `t_s` that ends at QT.

    Its top comes after a `part` of it; U begins 30 ms behind it.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(round(_SECONDS * make.RATE)) / make.RATE
    times = [time + rng.normal(0, 0.008) for time in make.regular(_SECONDS, rr)]
    signal = make.lead(_SECONDS, times, qt=qt) + rng.normal(0, 0.005, len(t))
    for r in times:
        onset = r - 0.045
        signal -= make.bump(t, onset + qt - 0.2, onset + qt, 0.3)
        top = onset + qt - (1 - part) * t_s
        rise = make.bump(t, top - part * t_s, top + part * t_s, t_mv)
        fall = make.bump(t, top - (1 - part) * t_s, top + (1 - part) * t_s, t_mv)
        signal += np.where(t < top, rise, fall)
        if u_mv:
            signal += make.bump(t, onset + qt + 0.03, onset + qt + 0.19, u_mv)
    return np.asarray(signal)


def _measured(lead: FloatArray) -> list[tuple[float | None, bool]]:
    """QT in ms and whether QTc was said to be long, of the windows behind the first."""
    return [
        (None if window.qt.value is None else window.qt.value / 10, bool(window.flags & wire.RHYTHM_LONG_QTC))
        for window in make.run(lead).windows[1:3]
    ]


@pytest.mark.parametrize(
    ("rr", "qt", "t_s", "t_mv", "top"),
    [
        (1.0, 0.50, 0.18, -0.30, 0.50),
        (1.2, 0.52, 0.17, 0.30, 0.58),
        (0.86, 0.54, 0.15, 0.30, 0.58),
        (1.0, 0.54, 0.20, 0.20, 0.65),
        (0.86, 0.56, 0.17, 0.30, 0.58),
        (1.0, 0.56, 0.15, 0.15, 0.50),
        (1.2, 0.56, 0.28, 0.25, 0.58),
        (0.86, 0.58, 0.22, -0.30, 0.50),
        (1.2, 0.58, 0.22, -0.30, 0.58),
        (1.0, 0.60, 0.15, 0.30, 0.65),
        (1.1, 0.60, 0.18, 0.15, 0.50),
        (1.2, 0.62, 0.28, -0.20, 0.58),
        (1.0, 0.62, 0.15, 0.30, 0.50),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_qt_is_measured_and_reported(
    rr: float, qt: float, t_s: float, t_mv: float, top: float, seed: int
) -> None:
    for value, is_long in _measured(_lead(rr, qt, t_s, t_mv, seed, top)):
        assert value is not None
        assert abs(value - 1000 * qt) <= _TOLERANCE_MS
        assert is_long


@pytest.mark.parametrize(
    ("rr", "qt", "t_s", "t_mv"),
    [
        (0.55, 0.30, 0.16, 0.30),
        (0.65, 0.34, 0.17, 0.15),
        (0.86, 0.36, 0.17, -0.30),
        (0.86, 0.40, 0.22, 0.30),
        (1.0, 0.40, 0.28, 0.20),
        (1.2, 0.42, 0.18, 0.40),
        (1.2, 0.44, 0.24, 0.15),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_usual_qt_is_measured_and_not_long(rr: float, qt: float, t_s: float, t_mv: float, seed: int) -> None:
    for value, is_long in _measured(_lead(rr, qt, t_s, t_mv, seed)):
        assert value is not None
        assert abs(value - 1000 * qt) <= _TOLERANCE_MS
        assert not is_long


@pytest.mark.parametrize(("rr", "qt"), [(0.86, 0.38), (1.0, 0.40), (1.2, 0.42)])
@pytest.mark.parametrize(
    ("t_mv", "u_mv"), [(0.3, 0.08), (0.06, 0.05), (0.04, 0.06), (0.03, 0.0), (-0.1, 0.06), (0.02, 0.0)]
)
def test_neither_a_u_wave_nor_the_next_p_is_a_late_t_wave(rr: float, qt: float, t_mv: float, u_mv: float) -> None:
    for value, is_long in _measured(_lead(rr, qt, 0.18, t_mv, 3, u_mv=u_mv)):
        assert value is None or value <= 1000 * qt + 60
        assert not is_long
