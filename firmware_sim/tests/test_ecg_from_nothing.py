"""Nothing from nothing: bursts, knocks, gated mains and the like give no number and no finding."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.testing import ecg_signals as make

SECONDS = 30
T = np.arange(SECONDS * make.RATE) / make.RATE
MEASURES = ("heart_rate", "rr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges")


def _noise(seed: int, size: float = 0.004) -> make.FloatArray:
    return np.asarray(size * np.random.default_rng(seed).standard_normal(len(T)))


def _bursts(rate: float, length: float, seed: int) -> make.FloatArray:
    return np.asarray(np.where((rate * T) % 1 < rate * length, _noise(seed, 0.6), _noise(seed + 1)))


def _gated_mains(hz: float, rate: float, length: float) -> make.FloatArray:
    return np.asarray(np.sin(2 * np.pi * hz * T) * ((rate * T) % 1 < rate * length) + _noise(1))


def _knocks(rate: float, hz: float, fade: float) -> make.FloatArray:
    after = T % (1 / rate)
    return np.asarray(np.exp(-after / fade) * np.sin(2 * np.pi * hz * after) + _noise(2))


def _impulses(rate: float, samples: int) -> make.FloatArray:
    signal = _noise(3)
    for first in np.arange(0.3, SECONDS - 0.5, 1 / rate):
        signal[round(first * make.RATE) : round(first * make.RATE) + samples] += 1.0
    return signal


def _steps(rate: float, seed: int) -> make.FloatArray:
    rng = np.random.default_rng(seed)
    at = rng.random(len(T)) < rate / make.RATE
    return np.asarray(np.cumsum(at * rng.choice([-1.0, 1.0], len(T))) + _noise(4))


def _telegraph(rate: float, seed: int) -> make.FloatArray:
    return np.asarray(np.cumsum(np.random.default_rng(seed).random(len(T)) < rate / make.RATE) % 2 + _noise(5))


def _fast_ecg(rr: float) -> make.FloatArray:
    """An ECG played four times too fast: QRS of 22 ms."""
    slow = make.lead(4 * SECONDS, make.regular(4 * SECONDS, rr))
    return slow[::4] + _noise(6)


NOTHING = {
    **{f"bursts of {1000 * s:.0f} ms, {r}/s": _bursts(r, s, 7) for r in (0.8, 1.0, 1.6) for s in (0.1, 0.15, 0.2)},
    **{
        f"{hz} Hz for {1000 * s:.0f} ms, {r}/s": _gated_mains(hz, r, s)
        for hz in (50, 60)
        for r in (0.9, 1.2, 2.0)
        for s in (0.06, 0.1, 0.2)
    },
    **{
        f"knocks of {hz} Hz fading in {1000 * s:.0f} ms, {r}/s": _knocks(r, hz, s)
        for r in (1.0, 1.5, 2.0)
        for hz in (8, 12, 18, 30)
        for s in (0.03, 0.05)
    },
    **{
        f"rectangles of {d:.0%}, {r}/s": np.where((r * T) % 1 < d, 1.0, 0.0) + _noise(8)
        for r in (0.8, 1.5, 3.0)
        for d in (0.05, 0.1, 0.3, 0.7, 0.9)
    },
    **{f"impulses of {n} samples, {r}/s": _impulses(r, n) for r in (0.8, 1.3, 2.5, 4.0) for n in (1, 2, 3)},
    **{
        f"impulses of {n} samples, {r}/s, as a converter's filter widens them":
            np.convolve(_impulses(r, n), (1 / 6, 2 / 3, 1 / 6), "same")
        for r in (0.72, 1.1) for n in (1, 2, 3)
    },
    **{f"steps, {r}/s": _steps(r, 9) for r in (0.7, 1.5, 3.0)},
    **{f"telegraph noise of {r}/s": _telegraph(r, 10) for r in (1.0, 2.5, 5.3, 6.0)},
    **{f"an ECG of {60 / r:.0f}/min 4 times too fast": _fast_ecg(r) for r in (0.55, 0.65, 0.75, 0.9)},
    **{f"saw that rises in {s:.0%}, {r}/s": np.interp((r * T) % 1, [0, s, 1], [0, 1, 0]) for r in (1, 2, 3, 4)
       for s in (0.05, 0.1, 0.2, 0.5)},
}  # fmt: skip


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", sorted(NOTHING))
def test_nothing_is_said_of_what_is_no_heart(name: str, sign: int) -> None:
    windows = make.run(sign * NOTHING[name]).windows
    # one follows the other; only the last stretch may have none
    ends = [window.end * 1000 // make.RATE for window in windows]
    assert [end - window.span_ms for end, window in zip(ends, windows, strict=True)] == [0, *ends[:-1]]
    assert ends[-1] > (SECONDS - 10) * 1000
    for window in windows:
        assert [getattr(window, measure).value for measure in MEASURES] == [None] * len(MEASURES)
        assert window.reason
        assert window.flags == 0


def _narrow(rate: float, qrs: float) -> make.FloatArray:
    return make.lead(SECONDS, make.regular(SECONDS, 60 / rate), pr=0.1, qrs=qrs, qt=0.22 if rate > 150 else 0.36)


@pytest.mark.parametrize(
    ("rate", "signal"),
    [
        (180, _narrow(180, 0.06)),
        (130, _narrow(130, 0.06)),
        (70, 0.25 * _narrow(70, 0.09)),
        (70, 3.0 * _narrow(70, 0.1)),
        (70, -_narrow(70, 0.09)),
    ],
    ids=["a child at 180", "a child at 130", "low voltage", "high voltage", "upside down"],
)
def test_narrow_complexes_are_measured(rate: int, signal: make.FloatArray) -> None:
    for window in make.run(signal + _noise(11)).windows:
        assert window.heart_rate.value is not None
        assert abs(window.heart_rate.value / 10 - rate) <= 2
        assert window.quality >= 50


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("ratio", [16, 20, 25])
def test_a_level_t_wave_is_no_reason_to_refuse(ratio: int, seed: int) -> None:
    """Fibrillation, no P, and a T wave that is hardly there, as V1 and leads near 90 degrees to T have it."""
    rng = np.random.default_rng(seed)
    signal = _noise(seed, 0.006)
    for at in np.cumsum(rng.uniform(0.55, 1.1, 60)):
        if at < SECONDS - 0.5:
            signal += make.bump(T, at - 0.04, at + 0.04, 1.0) - make.bump(T, at + 0.02, at + 0.06, 0.25)
            signal += make.bump(T, at + 0.14, at + 0.36, 1.1 / ratio)
    windows = make.run(signal).windows
    assert len(windows) == 3
    assert all(window.heart_rate.value is not None for window in windows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bursts_that_differ_from_each_other_are_no_beats(seed: int) -> None:
    """Long bursts of a narrow band, at times in which a heart could beat."""
    rng = np.random.default_rng(seed)
    signal = _noise(seed, 0.005)
    for at in np.cumsum(rng.normal(0.68, 0.08, 60)):
        inside = (at <= T) & (at + 0.28 > T)
        phase = rng.uniform(0, 6, 3)[:, None] + 2 * np.pi * rng.uniform(8, 30, 3)[:, None] * T[inside]
        signal[inside] += 0.25 * np.sin(phase).sum(0)
    for window in make.run(signal).windows:
        assert window.heart_rate.quality <= 30
        assert window.flags == 0


def _inverted_bit(bit: int, seed: int) -> make.FloatArray:
    """An ECG whose converter has one bit inverted: jumps of 2 ** bit times 48 nV about zero."""
    lead = make.lead(SECONDS, make.regular(SECONDS, 0.8 + 0.1 * seed))[: len(T)]
    code = np.round(lead / 48e-6).astype(np.int64) ^ (1 << bit)
    return np.asarray(((code + (1 << 23)) % (1 << 24) - (1 << 23)) * 48e-6)


def _giant(size: float, seed: int) -> make.FloatArray:
    """An ECG of `size` mV on a swing as high."""
    lead = make.lead(SECONDS, make.regular(SECONDS, 0.8))[: len(T)]
    return np.asarray(np.clip(size * lead + size * np.sin(2 * np.pi * (0.7 + seed) * T), -400, 400))


@pytest.mark.parametrize("bit", [18, 19, 20, 21, 22, 23])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_converter_with_an_inverted_bit_is_no_fault_of_the_firmware(bit: int, seed: int) -> None:
    assert make.run(_inverted_bit(bit, seed)).windows


@pytest.mark.parametrize("size", [20.0, 60.0, 150.0, 400.0])
@pytest.mark.parametrize("seed", range(4))
def test_giant_wander_is_no_fault_of_the_firmware(size: float, seed: int) -> None:
    output = make.run(_giant(size, seed))
    assert output.windows
