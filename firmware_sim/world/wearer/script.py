"""A motion script made ready: gaits, turns of the body, blows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..base import FloatArray
from .settings import MISHAP_S, Motion

_QUARTER = np.pi / 2
_RISE_S = 2.0
#: Timeline of a fall, s after its start: the body tips, is nearly weightless, strikes the ground.
_FALL_TURN, _FALL_DIP, _FALL_BLOW_S, _FALL_PEAK_G = (0.10, 0.78), (0.05, 0.42, 0.64), 0.66, 4.5
#: Timeline of an accident: hard braking, the blow, flight and tumbling with further blows.
_BRAKE, _BRAKE_G = (0.0, 0.7, 1.18), 0.8
_CRASH_BLOW_S, _CRASH_PEAK_G, _TUMBLE = 1.2, 11.0, (1.2, 3.8)
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
class Turn:
    """The body turns by these angles (rad)."""

    start_s: float
    end_s: float
    pitch: float
    roll: float


@dataclass
class Script:
    """What `Movement` needs; `blows` and `dips` are waves (see `kernels`), g and share of gravity lost."""

    gaits: list[Gait] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    mishaps: list[tuple[str, float, float]] = field(default_factory=list)
    dips: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    blows: FloatArray = field(default_factory=lambda: np.empty((0, 4)))
    blow_axes: FloatArray = field(default_factory=lambda: np.empty((0, 3)))

    def blow(self, at_s: float, height_g: float, axis: tuple[float, float, float], half_s: float = 0.035) -> None:
        """Add a blow along an axis, with the rebound that follows it."""
        rows = [
            (at_s - half_s, at_s, at_s + 1.4 * half_s, height_g),
            (at_s + 1.5 * half_s, at_s + 2.6 * half_s, at_s + 4.5 * half_s, -0.25 * height_g),
            (at_s + 4.5 * half_s, at_s + 6.0 * half_s, at_s + 9.0 * half_s, 0.10 * height_g),
        ]
        unit = np.asarray(axis) / np.linalg.norm(axis)
        self.blows = np.vstack([self.blows, rows])
        self.blow_axes = np.vstack([self.blow_axes, np.tile(unit, (3, 1))])


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
                script.turns.append(Turn(start, start + _RISE_S, -_QUARTER, 0.0))
                lying = False
            script.gaits.append(Gait(episode.kind, episode.start_s, episode.end_s))
        free_from = episode.end_s
    return script


def _fall(script: Script, episode: Motion, lying: bool) -> None:
    start = episode.start_s
    if not lying:
        script.turns.append(Turn(start + _FALL_TURN[0], start + _FALL_TURN[1], _QUARTER, 0.0))
    script.dips = np.vstack([script.dips, [*(start + share for share in _FALL_DIP), 0.8]])
    # the ground pushes along gravity as it then lies in the body, which adds about 1 g to the blow
    height = (episode.peak_g or _FALL_PEAK_G) - 1.0
    script.blow(start + _FALL_BLOW_S, height, (0.12, 0.15, -1.0))
    script.blow(start + 1.1, 0.35, (0.6, 0.3, -1.0), half_s=0.06)


def _accident(script: Script, episode: Motion, lying: bool) -> None:
    start, peak = episode.start_s, episode.peak_g or _CRASH_PEAK_G
    script.blows = np.vstack([script.blows, [*(start + share for share in _BRAKE), _BRAKE_G]])
    script.blow_axes = np.vstack([script.blow_axes, [0.0, 0.0, -1.0]])
    script.blow(start + _CRASH_BLOW_S, peak, (0.35, 0.15, -1.0))
    for at_s, share in _FURTHER:
        script.blow(start + at_s, share * peak, (np.sin(5 * at_s), np.cos(3 * at_s), np.cos(5 * at_s)))
    pitch = 4 * _QUARTER + (0.0 if lying else _QUARTER)
    script.turns.append(Turn(start + _TUMBLE[0], start + _TUMBLE[1], pitch, 4 * _QUARTER))
