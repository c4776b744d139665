"""What a ride is made of: speed and course, turns of the unit, pulses, vibration, and what happened when."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import SettingsError

_G = 9.80665
#: Shortest half of a pulse: at 1000 samples a second it still has a peak.
_SHORTEST_S = 0.001


@dataclass(frozen=True)
class Turn:
    """The unit turns by these angles (rad) about its own x and z axis: nods and leans."""

    start_s: float
    end_s: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Vibration:
    """Sines and noise for a while: RMS (g) of sines from `low_hz` to `high_hz`, along x, y, z in these parts."""

    start_s: float
    end_s: float
    rms_g: float
    low_hz: float
    high_hz: float
    axis: tuple[float, float, float] = (0.5, 1.0, 0.5)


@dataclass(frozen=True)
class RideEvent:
    """Something that happened: its kind as events are named, the moment of its peak, what it was in truth.

    `peak_g` is the greatest |a| of the unit, `delta_v_m_s` the change of velocity of its main pulse, `speed_m_s` the
    speed just before.
    """

    kind: str
    time_s: float
    peak_g: float
    delta_v_m_s: float = 0.0
    speed_m_s: float = 0.0


@dataclass
class Track:
    """A ride in the making; times are seconds from its beginning, and only rise."""

    #: Corners (s, m/s) of the speed, straight between them, and (s, degrees) of the course.
    speed: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    course: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 90.0)])
    turns: list[Turn] = field(default_factory=list)
    vibrations: list[Vibration] = field(default_factory=list)
    #: (onset, peak, end in s, g), and unit vectors that they are along.
    pulses: list[tuple[float, float, float, float]] = field(default_factory=list)
    axes: list[tuple[float, float, float]] = field(default_factory=list)
    #: Weightlessness: (onset, since when it is full, end in s, fraction of gravity that is lost).
    floats: list[tuple[float, float, float, float]] = field(default_factory=list)
    #: (kind, s) of what happens; the truth of each is read off the finished track.
    happened: list[tuple[str, float]] = field(default_factory=list)
    end_s: float = 0.0

    def go(self, seconds: float, to_m_s: float | None = None, turn_deg: float = 0.0) -> float:
        """Ride on for so long, up or down to a speed, through a turn; the time at its end."""
        if seconds <= 0.0:
            raise SettingsError(f"{seconds} s of a ride is no time")
        now = self.speed[-1][1]
        self.end_s += seconds
        self.speed.append((self.end_s, now if to_m_s is None else to_m_s))
        self.course.append((self.end_s, self.course[-1][1] + turn_deg))
        if turn_deg:
            self._lean(seconds, turn_deg)
        return self.end_s

    def _lean(self, seconds: float, turn_deg: float) -> None:
        """Into a turn and out of it, by the angle whose tangent is speed times rate of turn over g: 40 degrees most."""
        rate = np.radians(turn_deg) / seconds
        angle = float(np.clip(np.arctan(self.speed[-1][1] * rate / _G), -0.7, 0.7))
        start, edge = self.end_s - seconds, min(1.0, seconds / 3)
        self.turns += [Turn(start, start + edge, 0.0, angle), Turn(self.end_s - edge, self.end_s, 0.0, -angle)]

    def jolt(self, at_s: float, peak_g: float, axis: tuple[float, float, float], half_s: float) -> None:
        """A pulse of twice `half_s` along an axis (half a sine, as crash pulses are), with the rebound after it."""
        if half_s < _SHORTEST_S:
            raise SettingsError(f"a pulse of {2000 * half_s:g} ms is shorter than sensors show")
        unit = np.asarray(axis) / np.linalg.norm(axis)
        self.pulses.append((at_s - half_s, at_s, at_s + half_s, peak_g))
        self.pulses.append((at_s + half_s, at_s + 3 * half_s, at_s + 7 * half_s, -0.12 * peak_g))
        self.axes += [(float(unit[0]), float(unit[1]), float(unit[2]))] * 2

    def turn(self, start_s: float, end_s: float, pitch_deg: float, roll_deg: float) -> None:
        """The unit turns within that time, and stays."""
        self.turns.append(Turn(start_s, end_s, float(np.radians(pitch_deg)), float(np.radians(roll_deg))))

    def shake(self, start_s: float, end_s: float, rms_g: float, low_hz: float, high_hz: float) -> None:
        """Vibration for that time."""
        if end_s > start_s:
            self.vibrations.append(Vibration(start_s, end_s, rms_g, low_hz, high_hz))
