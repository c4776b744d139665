"""Motion sensors that give nothing or something else: zero, stuck, railed, NaN, without gravity, another unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ecg.trace import times
from ..expectations.imu import GRAVITY_STATES, RAIL_STATES, SILENT_STATES, STUCK_STATES, NoClass, OnlyEvents, State
from ..imu.motion import FS, Motion, at_rest, attitude, fall, gait
from ..situation import IMPOSSIBLE, Kind, Situation

_DURATION_S = 40.0
_STANDARD_GRAVITY = 9.80665
Make = Callable[[np.random.Generator], Situation]


def _body(rng: np.random.Generator) -> tuple[Motion, str]:
    """Somebody who sits, walks or falls."""
    t, up = times(_DURATION_S, FS), attitude(rng)
    what = ("sits", "walks", "falls")[int(rng.integers(3))]
    if what == "sits":
        return at_rest(rng, len(t), up, sway_g=0.01), what
    if what == "walks":
        return gait(rng, t, up, float(rng.uniform(1.6, 2.1)), float(rng.uniform(0.2, 0.4))), what
    return fall(rng, t, float(rng.uniform(12, 20)), float(rng.uniform(0.3, 0.5)), float(rng.uniform(4, 8)), 0.06), what


def _constant(
    value: Callable[[np.random.Generator], np.ndarray[tuple[int], np.dtype[np.float64]]], states: tuple[str, ...]
) -> Make:
    """Every sample the same."""

    def make(rng: np.random.Generator) -> Situation:
        n, counts = round(_DURATION_S * FS), value(rng)
        with_gyro = bool(rng.integers(2))
        motion = Motion(np.tile(counts, (n, 1)), np.zeros((n, 3)))
        about = "always " + ", ".join(f"{each:.2f}" for each in counts)
        expectations = (OnlyEvents(), State(states), NoClass())
        return Situation(motion.channels(with_gyro=with_gyro), expectations, about, may_be_refused=True)

    return make


def _partly(states: tuple[str, ...], stuck: bool) -> Make:
    """Good at first, then stuck or zero until the end."""

    def make(rng: np.random.Generator) -> Situation:
        motion = at_rest(rng, round(_DURATION_S * FS), attitude(rng), sway_g=0.01)
        begin = int(float(rng.uniform(8, 20)) * FS)
        motion.accel[begin:] = motion.accel[begin] if stuck else 0.0
        motion.gyro[begin:] = 0.0
        about = f"{'stuck' if stuck else 'zero'} from {begin / FS:.1f} s on"
        return Situation(motion.channels(), (OnlyEvents(), State(states), NoClass(begin_s=begin / FS + 8)), about)

    return make


def _linear(rng: np.random.Generator) -> Situation:
    """Gravity taken out, as phones export it."""
    t = times(_DURATION_S, FS)
    up = attitude(rng)
    what = ("sits", "walks")[int(rng.integers(2))]
    walk = gait(rng, t, up, float(rng.uniform(1.6, 2.1)), float(rng.uniform(0.2, 0.4)))
    motion = at_rest(rng, len(t), up, sway_g=0.02) if what == "sits" else walk
    linear = Motion(motion.accel - up, motion.gyro)
    return Situation(
        linear.channels(),
        (OnlyEvents(), State(GRAVITY_STATES), NoClass(("posture",))),
        f"{what}, no gravity",
        may_be_refused=True,
    )


def _scaled(factor: float, about: str) -> Make:
    """Another unit called g."""

    def make(rng: np.random.Generator) -> Situation:
        motion, what = _body(rng)
        scaled = Motion(motion.accel * factor, motion.gyro)
        expectations = (OnlyEvents(), State((*GRAVITY_STATES, *RAIL_STATES)), NoClass())
        return Situation(scaled.channels(), expectations, f"{what}, {about}", may_be_refused=True)

    return make


def _rail(rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(rng.choice([-16.0, 16.0], 3), dtype=np.float64)


KINDS = tuple(
    Kind(f"imu_{name}", "imu", IMPOSSIBLE, make)
    for name, make in (
        ("zero", _constant(lambda rng: np.zeros(3), SILENT_STATES)),
        ("stuck", _constant(lambda rng: attitude(rng, 40.0), STUCK_STATES)),
        ("railed", _constant(_rail, RAIL_STATES)),
        ("nan", _constant(lambda rng: np.full(3, np.nan), SILENT_STATES)),
        ("zero_later", _partly(SILENT_STATES, stuck=False)),
        ("stuck_later", _partly(STUCK_STATES, stuck=True)),
        ("no_gravity", _linear),
        ("m_s2_called_g", _scaled(_STANDARD_GRAVITY, "m/s2 called g")),
        ("tenth_of_g", _scaled(1 / _STANDARD_GRAVITY, "a tenth of g")),
    )
)
