"""Daily life, which raises no alarm and is no fault of the sensor, and events that must be noticed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ecg.trace import times
from ..expectations.base import Expectation
from ..expectations.imu import ALARMS, AllOrNone, Class, Event, OnlyEvents, Works
from ..imu.motion import FS, Motion, at_rest, attitude, fall, gait, impact, lying
from ..noise import coloured
from ..situation import NORMAL, SITUATION, Kind, Situation

_DURATION_S = 40.0
Make = Callable[[np.random.Generator], Situation]
#: Activities of somebody who does not go anywhere.
_CALM = ("still", "light")


def _usual(activity: tuple[str, ...] = _CALM, posture: tuple[str, ...] = ("upright",)) -> tuple[Expectation, ...]:
    """No event, the sensor works, activity and posture are these."""
    return (OnlyEvents(), Works(), Class("activity", activity), Class("posture", posture))


def _calm(noise_g: float, sway_g: float, tilt_deg: float = 20.0) -> Make:
    def make(rng: np.random.Generator) -> Situation:
        motion = at_rest(rng, round(_DURATION_S * FS), attitude(rng, tilt_deg), noise_g, sway_g)
        return Situation(motion.channels(), _usual(), f"noise {noise_g} g, sway {sway_g} g")

    return make


def _lies(rng: np.random.Generator) -> Situation:
    motion = at_rest(rng, round(_DURATION_S * FS), lying(rng), sway_g=0.006)
    return Situation(motion.channels(), _usual(posture=("lying",)), "lies")


def _walk(cadence_hz: tuple[float, float], up_g: tuple[float, float], activity: str) -> Make:
    def make(rng: np.random.Generator) -> Situation:
        cadence, strength = float(rng.uniform(*cadence_hz)), float(rng.uniform(*up_g))
        motion = gait(rng, times(_DURATION_S, FS), attitude(rng), cadence, strength)
        about = f"{60 * cadence:.0f} steps a minute of {strength:.1f} g"
        return Situation(motion.channels(), _usual((activity,)), about)

    return make


def _turns(rng: np.random.Generator) -> Situation:
    """Somebody in bed turns over a few times, slowly."""
    t = times(_DURATION_S, FS)
    angle = np.zeros(len(t))
    for at in rng.uniform(4, 34, 4):
        angle += float(rng.uniform(-90, 90)) / (1 + np.exp(-(t - at) / 0.35))
    turned = np.radians(angle)
    still = at_rest(rng, len(t), np.zeros(3), 0.005, 0.01)
    accel = still.accel + np.column_stack([np.sin(turned), np.zeros(len(t)), np.cos(turned)])
    gyro = still.gyro.copy()
    gyro[:, 1] += np.gradient(angle, t)
    expectations = (OnlyEvents(("tip_over",)), Works(), Class("activity", _CALM), Class("posture", ("lying",)))
    return Situation(Motion(accel, gyro).channels(), expectations, "turns over in bed")


def _sits_down(rng: np.random.Generator) -> Situation:
    t, up = times(_DURATION_S, FS), attitude(rng)
    at, peak = float(rng.uniform(10, 25)), float(rng.uniform(0.8, 1.6))
    motion = at_rest(rng, len(t), up, sway_g=0.02)
    dip = -0.25 * np.sin(np.pi * np.clip((t - at + 0.5) / 0.5, 0, 1))
    motion.accel[:] += np.outer(dip + impact(t, at, peak, 0.08), up)
    expectations = (OnlyEvents(("impact",)), Works(), Class("activity", _CALM))
    return Situation(motion.channels(), expectations, f"sits down hard, {1 + peak:.1f} g at {at:.1f} s")


def _vehicle(rng: np.random.Generator) -> Situation:
    n = round(_DURATION_S * FS)
    motion = at_rest(rng, n, attitude(rng))
    for axis in range(3):
        motion.accel[:, axis] += coloured(rng, n, float(rng.uniform(0.03, 0.10)), 0.5)
    activity = Class("activity", (*_CALM, "vigorous"))
    expectations = (OnlyEvents(("pothole",)), Works(), activity, Class("posture", ("upright",)))
    return Situation(motion.channels(), expectations, "on a road")


def _typing(rng: np.random.Generator) -> Situation:
    t, up = times(_DURATION_S, FS), attitude(rng, 60.0)
    motion = at_rest(rng, len(t), up, sway_g=0.015)
    for at in rng.uniform(1, 39, 120):
        motion.accel[:] += np.outer(impact(t, float(at), float(rng.uniform(0.05, 0.3)), 0.03), up)
    return Situation(motion.channels(), (OnlyEvents(), Works(), Class("activity", _CALM)), "types")


def _falls(rng: np.random.Generator) -> Situation:
    t = times(_DURATION_S, FS)
    at, free = float(rng.uniform(12, 22)), float(rng.uniform(0.3, 0.55))
    peak, width = float(rng.uniform(3.5, 8.0)), float(rng.uniform(0.05, 0.10))
    motion = fall(rng, t, at, free, peak, width)
    expectations = (Event(ALARMS, at + free), OnlyEvents((*ALARMS, "impact"), (at + free,)), Works())
    return Situation(motion.channels(), expectations, f"falls at {at:.1f} s, {peak:.1f} g")


def _equal_impacts(rng: np.random.Generator) -> Situation:
    """Clapping or hammering: impacts of one size."""
    t, up = times(_DURATION_S, FS), attitude(rng, 60.0)
    every = float(rng.uniform(1.6, 4.0))
    begins = np.arange(5.0, 34.0, every)
    peak = float(rng.uniform(3.0, 6.0))
    direction = rng.standard_normal(3)
    direction /= np.linalg.norm(direction)
    motion = at_rest(rng, len(t), up, 0.01)
    # impacts begin with a sample, so that all of them are sampled alike
    for at in np.round(begins * FS) / FS:
        motion.accel[:] += np.outer(impact(t, float(at), peak, 0.025), direction)
    expectations = (AllOrNone(tuple(float(at) for at in begins)), OnlyEvents(("impact", "pothole")), Works())
    return Situation(motion.channels(), expectations, f"{len(begins)} impacts of {peak:.1f} g every {every:.1f} s")


def _drops(rng: np.random.Generator) -> Situation:
    """The device itself falls from a table onto the floor."""
    t, up = times(_DURATION_S, FS), attitude(rng, 60.0)
    at, height = float(rng.uniform(10, 22)), float(rng.uniform(0.6, 1.2))
    free = float(np.sqrt(2 * height / 9.81))
    motion = at_rest(rng, len(t), up)
    flying = (t >= at) & (t < at + free)
    motion.accel[flying] = 0.02 * rng.standard_normal((int(flying.sum()), 3))
    motion.gyro[flying] += rng.uniform(-200, 200, 3)
    after = t >= at + free
    lying = np.array([0.0, 0.0, float(rng.choice([-1.0, 1.0]))])
    motion.accel[after] = lying + 0.004 * rng.standard_normal((int(after.sum()), 3))
    motion.accel[:] += np.outer(impact(t, at + free, float(rng.uniform(8, 15)), 0.03), [0.5, 0.5, 0.7])
    expectations = (Event(("drop", "impact"), at + free), OnlyEvents(("drop", "impact", "tip_over")), Works())
    return Situation(motion.channels(), expectations, f"drops {100 * height:.0f} cm at {at:.1f} s")


_NORMAL: tuple[tuple[str, Make], ...] = (
    ("desk", _calm(0.003, 0.0, 5.0)),
    ("sits", _calm(0.004, 0.01)),
    ("stands", _calm(0.004, 0.03)),
    ("lies", _lies),
    ("walks", _walk((1.6, 2.1), (0.2, 0.4), "walking")),
    ("walks_fast", _walk((2.0, 2.4), (0.4, 0.6), "walking")),
    ("runs", _walk((2.5, 3.0), (0.9, 1.4), "running")),
    ("types", _typing),
    ("turns_in_bed", _turns),
    ("sits_down_hard", _sits_down),
    ("vehicle", _vehicle),
)
_SITUATIONS: tuple[tuple[str, Make], ...] = (("falls", _falls), ("drops", _drops), ("equal_impacts", _equal_impacts))
KINDS = (
    *(Kind(f"imu_{name}", "imu", SITUATION, make) for name, make in _SITUATIONS),
    *(Kind(f"imu_{name}", "imu", NORMAL, make) for name, make in _NORMAL),
)
