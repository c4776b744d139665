"""The synthetic wearer: a world whose every fiducial, interval and event is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from ..base import COLUMNS, ECG, GREEN, MOTION, PPG, FloatArray
from ..errors import SettingsError
from .beats import BeatWindow
from .ecg import EcgTrack
from .light import GreenTrack, LightTrack
from .movement import Movement
from .settings import SLOW, WearerSettings, profile_at
from .slow import SlowTrack
from .truth import Truth


class Track(Protocol):
    """The signals of one group as a function of time."""

    def sample(self, t: FloatArray) -> FloatArray:
        """(n, columns) at increasing times `t` (s)."""
        ...


_ALL = frozenset((ECG, PPG, GREEN, MOTION, *SLOW))
#: Longest piece worked on at once, samples: memory stays bounded however much is asked for.
_PIECE = 4096


class Wearer:
    """A synthetic person, endless unless `duration_s` is given; same settings and seed give the same signals."""

    def __init__(
        self,
        settings: WearerSettings | None = None,
        seed: int = 0,
        duration_s: float | None = None,
        groups: Iterable[str] = _ALL,
    ) -> None:
        self.settings = settings or WearerSettings()
        self.seed = seed
        self.duration_s = duration_s
        self.groups = frozenset(groups)
        if not self.groups <= _ALL:
            raise SettingsError(f"unknown groups {sorted(self.groups - _ALL)}; there are {sorted(_ALL)}")
        if seed < 0:
            raise SettingsError(f"seed is {seed}, must be 0 or more")
        self._movement = Movement(self.settings, seed)
        ecg = EcgTrack(self.settings, seed, self._movement)
        light = LightTrack(self.settings, seed, self._movement)
        self._tracks: dict[str, Track] = {ECG: ecg, PPG: light, MOTION: self._movement}
        self._tracks[GREEN] = GreenTrack(self.settings, seed, self._movement)
        for number, (group, (name, variation)) in enumerate(SLOW.items()):
            self._tracks[group] = SlowTrack(getattr(self.settings, name), variation, seed, number)
        self._known = BeatWindow(self.settings, seed)

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """Values of a group at increasing times, see `World.sample`."""
        if group not in self.groups:
            raise SettingsError(f"this wearer has no group {group!r}; there are {sorted(self.groups)}")
        t = np.asarray(t, dtype=np.float64)
        pieces = [self._piece(group, t[at : at + _PIECE]) for at in range(0, len(t), _PIECE)]
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty((0, len(COLUMNS[group])))

    def _piece(self, group: str, t: FloatArray) -> FloatArray:
        out = self._tracks[group].sample(t)
        if self.duration_s is not None and t[-1] >= self.duration_s:
            out[t >= self.duration_s] = np.nan
        return out

    def truth(self, start_s: float, end_s: float) -> Truth:
        """What is known about [start_s, end_s)."""
        shaped = self._known.between(start_s, end_s)
        t = np.linspace(start_s, end_s, 101)
        return Truth(
            start_s=start_s,
            end_s=end_s,
            rhythm=self.settings.rhythm,
            beats=tuple(beat.truth for beat in shaped if start_s <= beat.truth.r < end_s),
            events=tuple(event for event in self._movement.events if start_s <= event.time_s < end_s),
            spo2_percent=float(np.mean(profile_at(self.settings.spo2_percent, t))),
            perfusion_percent=float(np.mean(profile_at(self.settings.perfusion_percent, t))),
            respiration_per_min=self.settings.respiration_per_min,
        )
