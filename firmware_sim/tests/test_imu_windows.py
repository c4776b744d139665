from __future__ import annotations

import tracemalloc
from array import array
from collections import Counter

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.imu.pipeline import PUSH_LIMIT, ImuPipeline
from firmware_sim.firmware.frontends.imu_gen import RATE_HZ
from firmware_sim.testing.imu_pipeline import Output, run
from firmware_sim.tests.test_imu_events import BACK, preset, rest


def _late(output: Output) -> tuple[int | None, int | None]:
    """Commonest activity and posture from 15 s on."""
    late = [second for second in output.seconds if second.end > 15 * RATE_HZ]
    activities, postures = Counter(s.activity for s in late), Counter(s.posture for s in late)
    assert activities.most_common(1)[0][1] >= 0.9 * len(late)
    return activities.most_common(1)[0][0], postures.most_common(1)[0][0]


@pytest.mark.parametrize(
    ("name", "activity"),
    [("resting", wire.ACTIVITY_STILL), ("walking", wire.ACTIVITY_WALKING), ("running", wire.ACTIVITY_RUNNING)],
)
def test_activities_of_the_world(name: str, activity: int) -> None:
    output, _ = preset(name, 40)
    assert _late(output) == (activity, wire.POSTURE_UPRIGHT)


def test_motion_is_the_rms_beside_gravity() -> None:
    assert run(rest(10)).motion_mg[-1] < 10
    shaken = rest(10)
    shaken[:, 2] += 0.5 * np.sin(2 * np.pi * 5.0 * np.arange(len(shaken)) / RATE_HZ)
    assert run(shaken).motion_mg[-1] == pytest.approx(354, rel=0.1)


def test_strong_movement_without_cadence_is_vigorous() -> None:
    wild = rest(12, noise_g=0.4)
    assert run(wild).seconds[-1].activity == wire.ACTIVITY_VIGOROUS
    small = rest(12, noise_g=0.03)
    assert run(small).seconds[-1].activity == wire.ACTIVITY_LIGHT


@pytest.mark.parametrize(
    ("up", "posture"),
    [
        ((0.0, 1.0, 0.0), wire.POSTURE_UPRIGHT),
        ((0.0, 0.87, 0.5), wire.POSTURE_UPRIGHT),
        (BACK, wire.POSTURE_LYING),
        ((-1.0, 0.0, 0.0), wire.POSTURE_LYING),
        ((0.0, -1.0, 0.0), wire.POSTURE_UPSIDE_DOWN),
    ],
)
def test_postures(up: tuple[float, float, float], posture: int) -> None:
    assert run(rest(6, up)).seconds[-1].posture == posture


def test_windows_come_each_second_and_warm_up_first() -> None:
    seconds = run(rest(6)).seconds
    assert [second.end for second in seconds] == [RATE_HZ * (i + 1) for i in range(6)]
    assert [second.activity_reason for second in seconds] == [wire.REASON_WARMING_UP] * 2 + [0] * 4


def test_all_zeros_are_no_signal_and_no_event() -> None:
    output = run(np.zeros((20 * RATE_HZ, 6)))
    assert output.events == []
    assert {(s.activity, s.activity_reason, s.posture_reason) for s in output.seconds} == {
        (None, wire.REASON_NO_SIGNAL, wire.REASON_NO_SIGNAL)
    }


def test_a_push_beyond_the_limit_is_refused() -> None:
    values = array("h", [0] * (3 * PUSH_LIMIT + 3))
    with pytest.raises(ValueError, match="too many"):
        ImuPipeline().push(values, values, PUSH_LIMIT + 1)


def test_memory_stays() -> None:
    values = array("h", [0, 2049, 0] * 104)
    pipeline = ImuPipeline()
    tracemalloc.start()
    try:
        for _ in range(40):
            pipeline.push(values, values, 104)
        settled = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            pipeline.push(values, values, 104)
        assert tracemalloc.get_traced_memory()[0] - settled < 512
    finally:
        tracemalloc.stop()
