"""Motion sensors that give nothing, one value, full scale or another unit; and good ones that look like it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.frontends.imu_gen import RATE_HZ
from firmware_sim.testing.imu_pipeline import Output, run
from firmware_sim.tests.test_imu_events import BACK, FALL, LEFT, UP, impact, rest
from firmware_sim.world.wearer import PRESETS, Wearer

FloatArray = NDArray[np.float64]
Up = tuple[float, float, float]
_STANDARD_GRAVITY = 9.80665


def worn(name: str, seconds: float = 30.0, seed: int = 1) -> FloatArray:
    """A wearer's motion."""
    return Wearer(PRESETS[name], seed=seed).sample("motion", np.arange(0, seconds, 1 / RATE_HZ))


def reasons(output: Output, begin_s: float = 5.0) -> set[int]:
    """Reasons of all seconds from a time on; activity and posture must agree."""
    late = [second for second in output.seconds if second.end > begin_s * RATE_HZ]
    assert late
    assert all(second.activity is None for second in late if second.activity_reason)
    return {second.activity_reason for second in late} | {second.posture_reason for second in late}


def constant(value: Up, seconds: float = 20.0) -> FloatArray:
    """One value, without rotation."""
    out = np.zeros((round(seconds * RATE_HZ), 6))
    out[:, :3] = value
    return out


@pytest.mark.parametrize("value", [UP, BACK, (0.6, -0.6, 0.53), (0.1, 0.0, 0.0), (3.0, 2.0, 1.0)])
def test_one_value_is_a_stuck_sensor(value: Up) -> None:
    output = run(constant(value))
    assert output.events == []
    assert reasons(output, 6.0) == {wire.REASON_STUCK}


@pytest.mark.parametrize("name", ["resting", "walking", "running"])
@pytest.mark.parametrize("begin_s", [8.0, 11.7])
def test_a_sensor_that_sticks_later_is_reported_within_six_seconds_and_forgiven_at_once(
    name: str, begin_s: float
) -> None:
    motion = worn(name)
    begin, end = round(begin_s * RATE_HZ), round(22 * RATE_HZ)
    motion[begin:end] = motion[begin]
    output = run(motion)
    assert output.events == []
    stuck = [second.end / RATE_HZ for second in output.seconds if second.activity_reason == wire.REASON_STUCK]
    assert stuck[0] <= begin_s + 6
    assert stuck[-1] <= 22


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("name", ["walking", "running"])
def test_one_axis_that_repeats_its_value_is_a_stuck_sensor(name: str, axis: int) -> None:
    motion = worn(name)
    motion[:, axis] = motion[0, axis]
    assert reasons(run(motion), 6.0) == {wire.REASON_STUCK}


@pytest.mark.parametrize("noise_mg", [0.15, 0.3, 0.8, 4.0])
@pytest.mark.parametrize("up", [UP, LEFT, (0.0, 0.8, 0.6)])
def test_a_quiet_sensor_on_a_table_works(noise_mg: float, up: Up) -> None:
    output = run(rest(60, up, noise_g=noise_mg / 1000))
    assert output.events == []
    assert reasons(output) == {0}
    assert {second.activity for second in output.seconds[3:]} == {wire.ACTIVITY_STILL}


def test_coarse_steps_on_a_table_are_no_stuck_axis() -> None:
    motion = rest(40, (0.001, 0.0078, 1.0), noise_g=0.0008)
    motion[:, :3] = np.rint(motion[:, :3] * 64) / 64
    assert np.ptp(motion[:, :3], axis=0).tolist() == [0.0, 1 / 64, 0.0]
    assert reasons(run(motion)) == {0}


def test_what_is_next_to_nothing_is_no_signal() -> None:
    assert reasons(run(rest(20, (0.0, 0.0, 0.0), noise_g=0.0005))) == {wire.REASON_NO_SIGNAL}
    assert reasons(run(constant((0.003, 0.01, 0.003))), 1.0) == {wire.REASON_NO_SIGNAL}


@pytest.mark.parametrize("axes", [[0], [1, 2], [0, 1, 2]])
def test_axes_at_full_scale_are_saturated(axes: list[int]) -> None:
    motion = worn("walking")
    motion[:, axes] = 16.5
    output = run(motion)
    assert output.events == []
    assert reasons(output, 1.0) == {wire.REASON_SATURATED}


@pytest.mark.parametrize("name", ["resting", "walking", "running", "fall"])
@pytest.mark.parametrize("with_gyro", [True, False])
def test_gravity_that_was_taken_out_is_reported(name: str, with_gyro: bool) -> None:
    motion = worn(name, 25)
    motion[:, :3] -= motion[: 5 * RATE_HZ, :3].mean(axis=0)
    if name == "fall":
        # what a phone calls linear: gravity is taken out in its new direction, too
        motion[14 * RATE_HZ :, :3] -= motion[18 * RATE_HZ :, :3].mean(axis=0)
    if not with_gyro:
        motion[:, 3:] = 0
    output = run(motion)
    assert output.events == []
    assert output.seconds[3].posture is None
    assert wire.REASON_NO_GRAVITY in reasons(output)


@pytest.mark.parametrize("name", ["resting", "walking", "running", "fall", "accident"])
@pytest.mark.parametrize("factor", [_STANDARD_GRAVITY, 1 / _STANDARD_GRAVITY])
def test_another_unit_called_g_is_reported(name: str, factor: float) -> None:
    motion = worn(name)
    motion[:, :3] *= factor
    output = run(motion, ends=True)
    assert output.events == []
    wrong = {wire.REASON_WRONG_SCALE, wire.REASON_NO_GRAVITY, wire.REASON_SATURATED}
    assert wire.REASON_WRONG_SCALE in reasons(output, 3.0)
    assert reasons(output, 3.0) <= wrong


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0, 4.0])
def test_rest_that_is_not_near_1_g_is_a_wrong_scale(factor: float) -> None:
    motion = rest(20)
    motion[:, :3] *= factor
    assert reasons(run(motion), 3.0) == {wire.REASON_WRONG_SCALE}


def test_free_fall_is_no_missing_gravity() -> None:
    for seconds in (0.3, 0.8, 1.4):
        flying = rest(seconds, (0.0, 0.01, 0.0))
        landing = impact(1.0 + seconds * RATE_HZ / 4, 1)
        output = run(np.concatenate([rest(8), flying, landing, rest(10, BACK)]))
        assert len(output.events) == 1
        assert reasons(output) <= {0, wire.REASON_MOTION}


@pytest.mark.parametrize("turns_per_s", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("with_gyro", [True, False])
def test_spinning_is_no_missing_gravity(turns_per_s: float, with_gyro: bool) -> None:
    motion = rest(20)
    angle = 2 * np.pi * turns_per_s * np.arange(len(motion)) / RATE_HZ
    motion[:, 0] += np.sin(angle)
    motion[:, 1] += np.cos(angle) - 1
    motion[:, 5] += 360 * turns_per_s if with_gyro else 0
    assert reasons(run(motion)) <= {0, wire.REASON_MOTION}


def test_a_carousel_is_no_wrong_scale() -> None:
    motion = rest(20, (1.7, 1.0, 0.0))
    motion[:, 4] += 120.0
    assert reasons(run(motion)) <= {0, wire.REASON_MOTION}


def test_a_wrong_scale_is_forgiven_when_gravity_is_found() -> None:
    motion = np.concatenate([rest(10), rest(10)])
    motion[: 10 * RATE_HZ, :3] *= 5
    seconds = run(motion).seconds
    assert seconds[9].activity_reason == wire.REASON_WRONG_SCALE
    assert {second.activity_reason for second in seconds[13:]} == {0}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fall_behind_a_fault_is_seen(seed: int) -> None:
    fault = constant((0.3, 0.5, 0.2), 12)
    output = run(np.concatenate([fault, *FALL]))
    assert output.kinds == [wire.EVENT_KIND_FALL]
    motion = worn("fall", 40, seed)
    assert run(np.concatenate([fault, motion])).kinds == [wire.EVENT_KIND_FALL]


def equal_impacts(every_s: float, peak_g: float, seed: int, n: int = 15) -> Output:
    """Equal impacts on a hand that is otherwise calm; their height has the noise of the rest."""
    motion = rest(5 + n * every_s + 6, (0.0, 0.2, 0.98), noise_g=0.01)
    noise = np.random.default_rng(seed).normal(0, 0.02, n)
    for i in range(n):
        begin = round((5 + i * every_s) * RATE_HZ)
        motion[begin : begin + 3, 0] += (peak_g + noise[i]) * np.array([0.6, 1.0, 0.6])
    return run(motion)


@pytest.mark.parametrize("every_s", [0.5, 0.7, 0.9, 1.0, 1.3, 1.6, 2.0, 2.7, 3.3, 4.1])
@pytest.mark.parametrize("peak_g", [3.0, 3.87, 4.2, 6.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_equal_impacts_are_reported_all_or_none(every_s: float, peak_g: float, seed: int) -> None:
    output = equal_impacts(every_s, peak_g, seed)
    assert len(output.events) in (0, 15)
    assert set(output.kinds) <= {wire.EVENT_KIND_IMPACT}
    if peak_g > 4.1:
        assert len(output.events) == (15 if every_s > 0.8 else 0)


def test_a_clearly_smaller_impact_belongs_to_the_larger() -> None:
    small, large = impact(5.0, 2), impact(9.0, 2)
    for parts in ((small, rest(1.8), large), (large, rest(1.8), small)):
        (event,) = run(np.concatenate([rest(6), *parts, rest(10)])).events
        assert event.peak_mg > 8000
