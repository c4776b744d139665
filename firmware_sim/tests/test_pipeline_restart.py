"""A pipeline that restarts gives what a new one gives, whatever it saw before."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.imu.pipeline import ImuPipeline
from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.world.base import ECG, MOTION, PPG
from firmware_sim.world.wearer import PRESETS, Wearer

#: What is left of a signal that ends in the middle of everything.
BEFORE_S = 47.13


def flat(item: Any) -> Any:
    """An object as nested dictionaries."""
    return {name: flat(value) for name, value in vars(item).items()} if hasattr(item, "__dict__") else item


def drained(pipeline: Any) -> list[Any]:
    """All results that wait."""
    found = []
    for name in ("next_beat", "next_event", "next_window"):
        take: Callable[[], Any] = getattr(pipeline, name, lambda: None)
        while (item := take()) is not None:
            found.append(flat(item))
    return found


def ecg(pipeline: EcgPipeline, preset: str, seconds: float) -> list[Any]:
    t = np.arange(int(seconds * 250)) / 250
    counts = array("i", np.round(Wearer(PRESETS[preset], seed=2).sample(ECG, t) * 20798).astype(int).ravel().tolist())
    found = []
    for at in range(0, len(counts), 50):
        piece = counts[at : at + 50]
        pipeline.push(piece, len(piece), False)
        found += drained(pipeline)
    return found


def light(pipeline: PpgPipeline, preset: str, seconds: float) -> list[Any]:
    t = np.arange(int(seconds * 100)) / 100
    columns = Wearer(PRESETS[preset], seed=2).sample(PPG, t)[:, :2]
    counts = array("i", np.round(columns * 64).astype(int).ravel().tolist())
    found = []
    for at in range(0, len(counts), 64):
        piece = counts[at : at + 64]
        pipeline.push(piece, len(piece) // 2, 0)
        found += drained(pipeline)
    return found


def motion(pipeline: ImuPipeline, preset: str, seconds: float) -> list[Any]:
    t = np.arange(int(seconds * 104)) / 104
    columns = Wearer(PRESETS[preset], seed=2).sample(MOTION, t)
    accel = np.clip(np.round(columns[:, :3] / 0.000488), -32768, 32767).astype(int)
    gyro = np.clip(np.round(columns[:, 3:] / 0.07), -32768, 32767).astype(int)
    found = []
    for at in range(0, len(t), 26):
        piece = accel[at : at + 26]
        rate = array("h", gyro[at : at + 26].ravel().tolist())
        pipeline.push(array("h", piece.ravel().tolist()), rate, len(piece))
        found += [*drained(pipeline), pipeline.motion_mg]
    return found


def test_ecg() -> None:
    used = EcgPipeline()
    assert ecg(used, "ectopy", BEFORE_S)
    used.restart()
    found = ecg(used, "resting", 30)
    assert len(found) > 20
    assert found == ecg(EcgPipeline(), "resting", 30)


def test_ppg() -> None:
    used = PpgPipeline()
    assert light(used, "hypoxia", BEFORE_S)
    used.restart()
    found = light(used, "resting", 50)
    assert any(window["respiration_rate"]["value"] for window in found)
    assert found == light(PpgPipeline(), "resting", 50)


def test_imu() -> None:
    used = ImuPipeline()
    assert motion(used, "accident", 22.07)
    used.flush()
    assert drained(used)
    used.restart()
    found = motion(used, "fall", 40)
    assert any("severity" in item for item in found if isinstance(item, dict))
    assert found == motion(ImuPipeline(), "fall", 40)
