"""What a record cannot say is refused: intervals at few samples a second, depths of light without level."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from host_sdk.connecting import connect
from host_sdk.models import Item, Reading, Rhythm
from host_sdk.record_limits import as_recorded
from host_sdk.replay import ReplayOptions, ReplayResult, replay
from host_sdk.wire_gen import ReadingKind, Reason, RhythmFlags, Unit

INTERVALS = ("pr_ms", "qrs_ms", "qt_ms", "qtc_bazett_ms", "qtc_fridericia_ms")


def _record(folder: Path, fs: float) -> Path:
    """20 s at 75/min, band-limited to under half of the rate."""
    t = np.arange(round(20 * fs)) / fs
    lead = np.zeros_like(t)
    for onset in np.arange(0.6, 19.4, 0.8):
        for at, sigma, mv in ((-0.11, 0.02, 0.13), (0.04, 0.012, 1.1), (0.07, 0.012, -0.2), (0.31, 0.042, 0.3)):
            lead += mv * np.exp(-0.5 * ((t - onset - at) / sigma) ** 2)
    path = folder / "lead.npz"
    np.savez(path, ecg=lead + 0.003 * np.random.default_rng(1).standard_normal(len(t)))
    (folder / "lead.json").write_text(json.dumps({"fs": fs, "channels": [{"name": "ecg", "unit": "mV"}]}))
    return path


def _replayed(path: Path) -> ReplayResult:
    return asyncio.run(asyncio.wait_for(replay(ReplayOptions(record=str(path))), 60))


@pytest.mark.parametrize("fs", [50.0, 64.0, 81.3, 99.0])
def test_a_slow_record_has_a_rate_and_no_intervals(tmp_path: Path, fs: float) -> None:
    ecg = _replayed(_record(tmp_path, fs)).ecg
    assert ecg is not None
    assert ecg.intervals.hr_bpm == pytest.approx(75, abs=0.5)
    assert (ecg.intervals.pr_ms, ecg.intervals.qrs_ms, ecg.intervals.qt_ms) == (None, None, None)
    assert ecg.intervals.reason == "out_of_range"
    for window in ecg.windows:
        assert {(window.readings[name].value, window.readings[name].quality) for name in INTERVALS} == {(None, 0)}
        assert window.readings["hr_bpm"].reason is None


def test_other_records_have_intervals(tmp_path: Path) -> None:
    found = {}
    for fs in (100.0, 128.0, 500.0, 2000.0):
        ecg = _replayed(_record(tmp_path, fs)).ecg
        assert ecg is not None
        found[fs] = (ecg.intervals.pr_ms, ecg.intervals.qrs_ms, ecg.intervals.qt_ms)
    for intervals in found.values():
        assert intervals == pytest.approx(found[500.0], abs=8)


def test_a_stream_of_it_says_so_too(tmp_path: Path) -> None:
    async def streamed(path: Path) -> list[Item]:
        async with connect(f"replay:{path}") as client:
            await client.subscribe()
            return [item async for item in client.items()]

    items = asyncio.run(asyncio.wait_for(streamed(_record(tmp_path, 60.0)), 60))
    got = {item.kind: (item.value, item.reason) for item in items if isinstance(item, Reading)}
    assert got[ReadingKind.QT] == (None, Reason.OUT_OF_RANGE)
    assert got[ReadingKind.HEART_RATE][0] == pytest.approx(75, abs=0.5)


def test_findings_of_intervals_go_and_others_stay() -> None:
    flags = RhythmFlags.LONG_QTC | RhythmFlags.WIDE_QRS | RhythmFlags.TACHYCARDIA
    rhythm = Rhythm(1, 10_000, flags, 12, 90)
    reading = Reading(ReadingKind.QRS, Unit.MS, 1, 10_000, 90, value=104.0, u95=8.0)
    slow = as_recorded(rhythm, 50.0, True)
    assert isinstance(slow, Rhythm)
    assert slow.flags == RhythmFlags.TACHYCARDIA
    assert as_recorded(reading, 50.0, True) == Reading(
        ReadingKind.QRS, Unit.MS, 1, 10_000, 0, reason=Reason.OUT_OF_RANGE
    )
    for fs in (None, 100.0, 500.0):
        assert as_recorded(rhythm, fs, True) is rhythm
        assert as_recorded(reading, fs, True) is reading


def _light(folder: Path, with_level: bool, red: bool = True) -> Path:
    """40 s at 75/min, 100 samples a second, 96 % by the ratio of ratios."""
    phase = np.arange(4000) / 100 / 0.8 % 1.0
    pulse = np.exp(-0.5 * ((phase - 0.25) / 0.09) ** 2) + 0.35 * np.exp(-0.5 * ((phase - 0.55) / 0.1) ** 2)
    noise = 10 * np.random.default_rng(2).standard_normal((2, len(phase)))
    light = {"RED": 90000 * (1 - 0.01 * pulse) + noise[0], "IR": 120000 * (1 - 0.02 * pulse) + noise[1]}
    light = {name: values if with_level else values - values.mean() for name, values in light.items()}
    if not red:
        light = {"PLETH": -light["IR"]}
    path = folder / "light.npz"
    np.savez(path, **light)
    (folder / "light.json").write_text(json.dumps({"fs": 100, "channels": [{"name": name} for name in light]}))
    return path


@pytest.mark.parametrize("red", [True, False])
def test_light_without_level_has_a_pulse_and_no_depth(tmp_path: Path, red: bool) -> None:
    ppg = _replayed(_light(tmp_path, with_level=False, red=red)).ppg
    assert ppg is not None
    assert ppg.pulse[-1].value == pytest.approx(75, abs=1)
    for series in (ppg.spo2, ppg.perfusion):
        assert {point.value for point in series} == {None}
        assert series[-1].reason == "no_signal"


def test_light_with_level_has_both(tmp_path: Path) -> None:
    ppg = _replayed(_light(tmp_path, with_level=True)).ppg
    assert ppg is not None
    assert ppg.pulse[-1].value == pytest.approx(75, abs=1)
    assert ppg.perfusion[-1].value == pytest.approx(2.0, abs=0.3)
    assert ppg.spo2[-1].value == pytest.approx(95, abs=2)


def test_depths_are_refused_and_a_pulse_stays() -> None:
    depth = Reading(ReadingKind.PERFUSION_INDEX, Unit.PERCENT, 1, 10_000, 90, value=1.9, u95=0.1)
    pulse = Reading(ReadingKind.PULSE_RATE, Unit.BPM, 1, 10_000, 90, value=75.0, u95=1.0)
    refused = Reading(ReadingKind.PERFUSION_INDEX, Unit.PERCENT, 1, 10_000, 0, reason=Reason.NO_SIGNAL)
    absent = Reading(ReadingKind.SPO2, Unit.PERCENT, 1, 10_000, 0, reason=Reason.NOT_WORN)
    assert as_recorded(depth, None, False) == refused
    assert as_recorded(depth, None, True) is depth
    assert as_recorded(pulse, None, False) is pulse
    assert as_recorded(absent, None, False) is absent
