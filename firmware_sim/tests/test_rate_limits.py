"""Rates beyond which a heart is slow or fast: the settings `slow_rate` and `fast_rate`, in a whole device."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.tests.serial_host import subscribed
from firmware_sim.world.base import ECG
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import RhythmFlags


@pytest.mark.parametrize(
    ("heart_rate", "slow", "fast", "flag"),
    [
        (70.0, 50, 100, RhythmFlags(0)),
        (70.0, 80, 100, RhythmFlags.BRADYCARDIA),
        (110.0, 50, 100, RhythmFlags.TACHYCARDIA),
        (110.0, 50, 120, RhythmFlags(0)),
        (45.0, 50, 100, RhythmFlags.BRADYCARDIA),
        (45.0, 40, 100, RhythmFlags(0)),
    ],
)
def test_findings_follow_the_limits_that_are_set(heart_rate: float, slow: int, fast: int, flag: RhythmFlags) -> None:
    host = subscribed(Wearer(WearerSettings(heart_rate_bpm=heart_rate), seed=1, groups=(ECG,)))
    device: Any = host.simulation.device
    device.settings.set(device_wire.SETTING_SLOW_RATE, slow)
    device.settings.set(device_wire.SETTING_FAST_RATE, fast)
    device.apply_settings()
    host.wait(32.0)
    *_, last = host.all(wire.Rhythm)
    assert last.flags & (RhythmFlags.BRADYCARDIA | RhythmFlags.TACHYCARDIA) == flag


@pytest.mark.parametrize(
    ("setting", "value"), [("SLOW_RATE", 29), ("SLOW_RATE", 81), ("FAST_RATE", 89), ("FAST_RATE", 221)]
)
def test_limits_that_no_heart_needs_are_refused(setting: str, value: int) -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1, groups=(ECG,)))
    with pytest.raises(ValueError, match=f"{value} is not"):
        host.simulation.device.settings.set(getattr(device_wire, f"SETTING_{setting}"), value)
