"""Signals of a synthetic wearer that follow a profile of the settings slowly, such as temperatures."""

from __future__ import annotations

from ..base import FloatArray
from ..noise import Wander
from .settings import Profile, profile_at

_SLOW = 60
#: Blood flow comes and goes over minutes.
_FLOW_HZ = (0.003, 0.007, 0.013)


class SlowTrack:
    """A profile, and a variation of `variation` RMS over minutes, in the profile's unit."""

    def __init__(self, profile: Profile, variation: float, seed: int, number: int) -> None:
        self._profile = profile
        self._variation = variation
        self._flow = Wander(seed, _SLOW + number, _FLOW_HZ)

    def sample(self, t: FloatArray) -> FloatArray:
        """(n, 1) at increasing times `t` (s)."""
        signal: FloatArray = profile_at(self._profile, t) + self._variation * self._flow.at(t)
        return signal[:, None]
