"""A motion script made ready: gaits, rotations of the body, impacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..base import FloatArray
from .settings import MISHAP_S, Motion

_QUARTER = np.pi / 2
_RISE_S = 2.0
#: Timeline of a fall, s after its start: the body tips, is nearly weightless, strikes the ground.
_FALL_ROTATION, _FALL_DIP, _FALL_IMPACT_S, _FALL_PEAK_G = (0.10, 0.78), (0.05, 0.42, 0.64), 0.66, 4.5
#: Timeline of an accident: hard braking, the impact, flight and tumbling with further impacts.
_BRAKE, _BRAKE_G = (0.0, 0.7, 1.18), 0.8
_CRASH_IMPACT_S, _CRASH_PEAK_G, _TUMBLE = 1.2, 11.0, (1.2, 3.8)
_FURTHER = ((1.85, 0.40), (2.50, 0.28), (3.20, 0.18))


@dataclass(frozen=True)
class GaitStyle:
    """How strongly a gait moves the trunk."""

    steps_hz: float
    up_g: float
    forward_g: float
    side_g: float
    turn_dps: float


#: Cadence and trunk acceleration of healthy adults at usual speed.
GAITS = {
    "walk": GaitStyle(steps_hz=1.85, up_g=0.25, forward_g=0.14, side_g=0.09, turn_dps=25.0),
    "run": GaitStyle(steps_hz=2.70, up_g=0.95, forward_g=0.35, side_g=0.22, turn_dps=70.0),
}


@dataclass(frozen=True)
class Gait:
    """Walking or running for a while."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Rotation:
    """The body rotates by these angles (rad)."""

    start_s: float
    end_s: float
    pitch: float
    roll: float


@dataclass
class Script:
    """What `Movement` needs; `impacts` and `dips` are waves (see `kernels`), g and fraction of gravity lost."""

    gaits: list[Gait] = field(default_factory=list)
    rotations: list[Rotation] = field(default_factory=list)
    mishaps: list[tuple[str, float, float]] = field(default_factory=list)
    dips: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    impacts: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    impact_axes: FloatArray = field(default_factory=lambda: np.empty((0, 3)))

    def impact(self, at_s: float, peak_g: float, axis: tuple[float, float, float], half_s: float = 0.035) -> None:
        """Add an impact along an axis, with the rebound that follows it."""
        rows = [
            (at_s - half_s, at_s, at_s + 1.4 * half_s, peak_g),
            (at_s + 1.5 * half_s, at_s + 2.6 * half_s, at_s + 4.5 * half_s, -0.25 * peak_g),
            (at_s + 4.5 * half_s, at_s + 6.0 * half_s, at_s + 9.0 * half_s, 0.10 * peak_g),
        ]
        unit = np.asarray(axis) / np.linalg.norm(axis)
        self.impacts = np.vstack([self.impacts, rows])
        self.impact_axes = np.vstack([self.impact_axes, np.tile(unit, (3, 1))])


def compile_script(episodes: Sequence[Motion]) -> Script:
    """Episodes in time order as a script; who lies after a mishap gets up before walking on."""
    script, lying, free_from = Script(), False, 0.0
    for episode in episodes:
        if episode.kind in MISHAP_S:
            (_fall if episode.kind == "fall" else _accident)(script, episode, lying)
            script.mishaps.append((episode.kind, episode.start_s, episode.end_s))
            lying = True
        elif episode.kind != "still":
            if lying:
                start = max(free_from, episode.start_s - _RISE_S)
                script.rotations.append(Rotation(start, start + _RISE_S, -_QUARTER, 0.0))
                lying = False
            script.gaits.append(Gait(episode.kind, episode.start_s, episode.end_s))
        free_from = episode.end_s
    return script


def _fall(script: Script, episode: Motion, lying: bool) -> None:
    start = episode.start_s
    if not lying:
        script.rotations.append(Rotation(start + _FALL_ROTATION[0], start + _FALL_ROTATION[1], _QUARTER, 0.0))
    script.dips = np.vstack([script.dips, [*(start + at_s for at_s in _FALL_DIP), 0.8]])
    # the ground pushes along gravity as it then lies in the body, which adds about 1 g to the impact
    peak_g = (episode.peak_g or _FALL_PEAK_G) - 1.0
    script.impact(start + _FALL_IMPACT_S, peak_g, (0.12, 0.15, -1.0))
    script.impact(start + 1.1, 0.35, (0.6, 0.3, -1.0), half_s=0.06)


def _accident(script: Script, episode: Motion, lying: bool) -> None:
    start, peak = episode.start_s, episode.peak_g or _CRASH_PEAK_G
    script.impacts = np.vstack([script.impacts, [*(start + at_s for at_s in _BRAKE), _BRAKE_G]])
    script.impact_axes = np.vstack([script.impact_axes, [0.0, 0.0, -1.0]])
    script.impact(start + _CRASH_IMPACT_S, peak, (0.35, 0.15, -1.0))
    for at_s, fraction in _FURTHER:
        script.impact(start + at_s, fraction * peak, (np.sin(5 * at_s), np.cos(3 * at_s), np.cos(5 * at_s)))
    pitch = 4 * _QUARTER + (0.0 if lying else _QUARTER)
    script.rotations.append(Rotation(start + _TUMBLE[0], start + _TUMBLE[1], pitch, 4 * _QUARTER))
