"""Records that are no ECG, or only in part, through `vitalband replay`: a reason, never a number or an exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.testing import ecg_signals as make
from host_sdk.cli.main import main

FloatArray = NDArray[np.float64]
FS = 360
SECONDS = 24
T = np.arange(SECONDS * FS) / FS
NUMBERS = ("pr_ms", "qrs_ms", "qt_ms", "hr_bpm")


def _ecg(seconds: int = SECONDS) -> FloatArray:
    """A clean lead at `FS`."""
    signal = make.lead(seconds, make.regular(seconds, 0.83))
    return np.interp(np.arange(seconds * FS) / FS, np.arange(len(signal)) / make.RATE, signal)


def _noise(seed: int) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(len(T))


def _pink() -> FloatArray:
    frequency = np.maximum(np.fft.rfftfreq(len(T), 1 / FS), 0.1)
    noise = np.fft.irfft(np.fft.rfft(_noise(2)) / np.sqrt(frequency), len(T))
    return np.asarray(noise / noise.std(), dtype=np.float64)


NOT_ECG = {
    "flat": np.zeros_like(T),
    "constant": np.full_like(T, 3.0),
    "railed": np.full_like(T, 900.0),
    "nothing": np.full_like(T, np.nan),
    "square": np.sign(np.sin(2 * np.pi * 1.1 * T + 0.1)),
    "sine": np.sin(2 * np.pi * 1.3 * T),
    "triangle": 2 * np.abs(2 * ((1.2 * T) % 1) - 1) - 1,
    "white": 0.5 * _noise(1),
    "pink": 0.5 * _pink(),
    "mains": 0.4 * np.sin(2 * np.pi * 50 * T),
    "one_second": _ecg()[:FS],
    "a_tenth": _ecg()[: FS // 10],
}


def _replay(folder: Path, signal: FloatArray, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    path = folder / "r.npz"
    np.savez_compressed(path, II=signal)
    path.with_suffix(".json").write_text(json.dumps({"fs": FS, "channels": [{"name": "II", "unit": "mV"}]}))
    assert main(["replay", str(path), "--json", *options]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    return dict(json.loads(line)["ecg"])


@pytest.mark.parametrize("name", sorted(NOT_ECG))
def test_what_is_no_ecg_gets_a_reason(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ecg = _replay(tmp_path, NOT_ECG[name], capsys)
    intervals = ecg["intervals"]
    assert intervals["reason"]
    assert [intervals[number] for number in NUMBERS] == [None] * len(NUMBERS)
    assert set(intervals["qtc_ms"].values()) == {None}
    assert intervals["quality"] < 20
    assert ecg["flags"] == []
    assert ecg["irregularity"] is None


@pytest.mark.parametrize("gap_s", [0.02, 0.3, 4.0])
def test_a_gap_inside_a_window_leaves_the_rest(
    gap_s: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signal = _ecg()
    signal[(T > 14.3) & (14.3 + gap_s > T)] = np.nan
    ecg = _replay(tmp_path, signal, capsys)
    assert ecg["intervals"]["hr_bpm"] == pytest.approx(60 / 0.83, abs=1.0)
    assert ecg["flags"] == []
    times = np.array([beat["r"] for beat in ecg["beats"]])
    assert not ((times > 14.35) & (times < 14.25 + gap_s)).any()


def _borderline_lead() -> FloatArray:
    """A lead whose QTc, as the device measures it, is long in men and not in women."""
    for qt in np.arange(0.44, 0.49, 0.003):
        signal = make.lead(SECONDS, make.regular(SECONDS, 1.0), qt=float(qt))
        values = [window.qtc_fridericia.value for window in make.run(signal).windows]
        if all(value is not None and 4520 <= value < 4580 for value in values):
            return np.interp(T, np.arange(len(signal)) / make.RATE, signal)
    raise AssertionError("no QT gives a QTc between the limits")


def test_the_sex_of_the_wearer_reaches_the_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lead = _borderline_lead()
    found = {sex: _replay(tmp_path, lead, capsys, "--sex", sex) for sex in ("female", "male")}
    qtc = found["male"]["intervals"]["qtc_ms"]["fridericia"]
    assert 450 <= qtc < 460
    assert ["long_qtc" in found[sex]["flags"] for sex in ("female", "male")] == [False, True]
