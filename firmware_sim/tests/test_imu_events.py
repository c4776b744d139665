from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.frontends.imu_gen import RATE_HZ
from firmware_sim.testing.imu_pipeline import Output, run
from firmware_sim.world.wearer import PRESETS, Motion, Wearer

FloatArray = NDArray[np.float64]
UP, LEFT, BACK = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def rest(seconds: float, up: tuple[float, float, float] = UP, noise_g: float = 0.003) -> FloatArray:
    """Somebody who keeps still; `up` is where gravity reads."""
    n = round(seconds * RATE_HZ)
    out = np.random.default_rng(7).standard_normal((n, 6)) * np.array([noise_g] * 3 + [0.1] * 3)
    out[:, :3] += np.asarray(up)
    still: FloatArray = out
    return still


def turn(seconds: float, degrees: float, impact_g: float = 0.0) -> FloatArray:
    """A turn from upright to the side; an impact of 60 ms ends it."""
    n = round(seconds * RATE_HZ)
    angle = np.radians(np.linspace(0.0, degrees, n))
    out = np.zeros((n, 6))
    out[:, 0], out[:, 1] = np.sin(angle), np.cos(angle)
    out[:, 5] = degrees / seconds
    out[n - 6 :, 0] += impact_g * np.hanning(6)
    return out


def impact(peak_g: float, axis: int, samples: int = 6) -> FloatArray:
    """Half a sine on top of standing upright."""
    out = np.zeros((samples, 6))
    out[:, 1] = 1.0
    out[:, axis] += peak_g * np.sin(np.pi * (np.arange(samples) + 0.5) / samples)
    return out


def road(seconds: float, rms_g: float = 0.12) -> FloatArray:
    """Riding on: vibration without a period."""
    return rest(seconds, noise_g=rms_g / np.sqrt(3))


def played(*parts: FloatArray) -> Output:
    return run(np.concatenate(parts))


def preset(name: str, seconds: float, seed: int = 1) -> tuple[Output, Wearer]:
    wearer = Wearer(PRESETS[name], seed=seed)
    return run(wearer.sample("motion", np.arange(0, seconds, 1 / RATE_HZ))), wearer


@pytest.mark.parametrize("name", ["resting", "walking", "running"])
def test_daily_life_has_no_event(name: str) -> None:
    output, _ = preset(name, 40)
    assert output.events == []


@pytest.mark.parametrize(("name", "kind"), [("fall", wire.EVENT_KIND_FALL), ("accident", wire.EVENT_KIND_ACCIDENT)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mishaps_of_the_world_are_seen_once(name: str, kind: int, seed: int) -> None:
    output, wearer = preset(name, 40, seed)
    (truth,) = wearer.truth(0, 40).events
    assert output.kinds == [kind]
    assert abs(output.events[0].index / RATE_HZ - truth.time_s) < 0.03
    assert output.events[0].peak_mg == pytest.approx(1000 * truth.peak_g, rel=0.05)


def test_a_harder_accident_is_more_severe() -> None:
    severities = []
    for peak_g in (7.0, 14.0):
        settings = replace(PRESETS["accident"], motion=(Motion("accident", 10.0, peak_g=peak_g),))
        output = run(Wearer(settings, seed=1).sample("motion", np.arange(0, 25, 1 / RATE_HZ)))
        assert output.kinds == [wire.EVENT_KIND_ACCIDENT]
        severities.append(output.events[0].severity)
    assert severities[0] < severities[1] == 4


def test_free_fall_impact_and_lying_still_is_a_fall() -> None:
    weightless = rest(0.3, (0.0, 0.35, 0.0))
    output = played(rest(5), weightless, turn(0.4, 90, 3.5), rest(8, LEFT))
    assert output.kinds == [wire.EVENT_KIND_FALL]
    assert output.events[0].severity >= 1


def test_hard_impact_and_tumble_is_an_accident() -> None:
    tumbling = rest(2.5, BACK)
    tumbling[:, 3] = 200.0
    output = played(rest(5), impact(9.0, 2), tumbling, rest(10, LEFT))
    assert output.kinds == [wire.EVENT_KIND_ACCIDENT]
    assert output.events[0].severity == 4


def test_an_impact_followed_by_movement_is_an_impact_event() -> None:
    output = played(rest(5), impact(5.0, 2), rest(8))
    assert output.kinds == [wire.EVENT_KIND_IMPACT]
    assert output.events[0].index == pytest.approx(5 * RATE_HZ + 3, abs=2)


def test_tipping_over_without_an_impact() -> None:
    output = played(rest(6), turn(0.8, 85), rest(14, LEFT))
    assert output.kinds == [wire.EVENT_KIND_TIP_OVER]
    assert output.events[0].index / RATE_HZ == pytest.approx(6.6, abs=0.5)


def test_a_tilt_that_does_not_stay_is_no_event() -> None:
    there = turn(0.8, 85)
    assert played(rest(6), there, rest(5, LEFT), there[::-1], rest(10)).events == []


def test_lying_down_slowly_is_no_event() -> None:
    assert played(rest(6), turn(5.0, 90), rest(14, LEFT)).events == []


def test_hard_braking() -> None:
    braking = rest(1.0)
    braking[:, 2] -= 0.8
    assert played(rest(8), braking, rest(8)).kinds == [wire.EVENT_KIND_HARD_BRAKE]
    braking[:, 2] += 0.4
    assert played(rest(8), braking, rest(8)).events == []


def test_a_pothole_while_riding_on() -> None:
    assert played(road(8), impact(2.0, 1), road(8)).kinds == [wire.EVENT_KIND_POTHOLE]
    assert played(rest(8), impact(2.0, 1), rest(8)).events == []


def test_the_dropped_device() -> None:
    floating = rest(0.4, (0.0, 0.02, 0.0))
    still = rest(10, BACK, noise_g=0.002)
    assert played(rest(6), floating, impact(8.0, 2), still).kinds == [wire.EVENT_KIND_DROP]


def test_saturation_is_taken_as_the_full_scale() -> None:
    output = played(rest(5), impact(40.0, 2), rest(8))
    assert len(output.events) == 1
    assert 15_900 <= output.events[0].peak_mg <= 17_000


def test_a_stuck_sensor_is_no_event() -> None:
    stuck = np.full((10 * RATE_HZ, 6), 100.0)
    assert played(stuck).events == []
    assert played(rest(6), stuck).seconds[-1].activity_reason == wire.REASON_SATURATED


def test_the_wildest_input_is_borne() -> None:
    dice = np.random.default_rng(3)
    wild = np.repeat(dice.choice([-40.0, 40.0], (60, 6)), 40, axis=0) * np.array([1, 1, 1, 100, 100, 100])
    output = played(wild)
    assert max(output.motion_mg) <= 32767
    assert len(output.seconds) == len(wild) // RATE_HZ


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("block", [1, 7, 13, 104, 208])
def test_results_do_not_depend_on_blocks(block: int, ends: bool) -> None:
    motion = Wearer(PRESETS["fall"], seed=4).sample("motion", np.arange(0, 21.5 if ends else 27, 1 / RATE_HZ))
    whole, parts = run(motion, ends=ends), run(motion, block, ends=ends)
    assert len(whole.events) == 1
    assert (parts.events, parts.seconds) == (whole.events, whole.seconds)


def ended(seconds: float, *parts: FloatArray) -> Output:
    """All but the last part, and the first `seconds` of that: there the signal ends."""
    before = np.concatenate(parts[:-1])
    motion = np.concatenate([before, parts[-1][: round(seconds * RATE_HZ)]])
    assert run(motion).events == []
    return run(motion, ends=True)


FALL = (rest(5), rest(0.3, (0.0, 0.35, 0.0)), turn(0.4, 90, 3.5), rest(8, LEFT))


@pytest.mark.parametrize("seconds", [0.0, 0.02, 1.0, 2.4])
def test_a_signal_that_ends_before_the_stillness_is_seen_has_an_impact(seconds: float) -> None:
    (event,) = ended(seconds, *FALL).events
    (fall,) = played(*FALL).events
    assert event.kind == wire.EVENT_KIND_IMPACT
    assert (event.index, event.peak_mg, event.severity) == (fall.index, fall.peak_mg, fall.severity - 1)


def test_one_second_of_stillness_shows_the_fall() -> None:
    (event,) = ended(2.8, *FALL).events
    assert event == played(*FALL).events[0]


def test_an_impact_below_that_of_impacts_and_without_a_dip_is_none_at_the_end_either() -> None:
    for seconds in (0.1, 1.0, 2.8):
        assert ended(seconds, rest(8), impact(2.0, 1), rest(8)).events == []


def test_the_end_shows_an_accident_only_where_it_is_calm_by_then() -> None:
    tumbling = rest(2.5, BACK)
    tumbling[:, 3] = 200.0
    struggle = rest(1.0, BACK, noise_g=0.3)
    parts = (rest(5), impact(9.0, 2), np.concatenate([tumbling, struggle, rest(10, LEFT)]))
    kinds = [ended(seconds, *parts).kinds for seconds in (1.0, 3.4, 5.9)]
    assert kinds == [[wire.EVENT_KIND_IMPACT], [wire.EVENT_KIND_IMPACT], [wire.EVENT_KIND_ACCIDENT]]


@pytest.mark.parametrize("name", ["resting", "walking", "running"])
def test_daily_life_that_ends_has_no_event(name: str) -> None:
    motion = Wearer(PRESETS[name], seed=1).sample("motion", np.arange(0, 20, 1 / RATE_HZ))
    for seconds in np.arange(8.0, 20.0, 0.37):
        assert run(motion[: round(seconds * RATE_HZ)], ends=True).events == []


def test_hard_braking_shows_a_second_after_it_where_the_signal_ends() -> None:
    braking = rest(1.0)
    braking[:, 2] -= 0.8
    assert ended(0.8, rest(8), braking, rest(8)).events == []
    assert ended(1.5, rest(8), braking, rest(8)).kinds == [wire.EVENT_KIND_HARD_BRAKE]
    assert ended(1.5, rest(8), braking, rest(8, LEFT)).events == []


def test_a_tilt_that_has_not_stayed_long_enough_is_no_event_at_the_end() -> None:
    assert ended(8.0, rest(6), turn(0.8, 85), rest(14, LEFT)).events == []


def test_the_end_adds_no_second_that_is_not_whole() -> None:
    motion = rest(5.96)
    assert run(motion, ends=True).seconds == run(motion).seconds
