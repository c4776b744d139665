"""A situation: a record that was generated, and what must be said of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.dataset import Channel
from .expectations.base import Expectation

#: What a kind is made for; the report has a line for each.
SITUATION, IMPOSSIBLE, NORMAL = "situation", "impossible", "normal"
PARTS = (SITUATION, IMPOSSIBLE, NORMAL)


@dataclass(frozen=True)
class Situation:
    """Channels as they are replayed, and what is expected of the result."""

    channels: tuple[Channel, ...]
    expectations: tuple[Expectation, ...]
    #: What was drawn, in words.
    about: str
    #: The same without what disturbs it; it is replayed, too, where it is there.
    clean: tuple[Channel, ...] = ()
    #: Whether a typed error of the replay is a right result.
    may_be_refused: bool = False


@dataclass(frozen=True)
class Kind:
    """Records of one kind; `make` draws one."""

    name: str
    #: `ecg`, `ppg` or `imu`.
    sensor: str
    part: str
    make: Callable[[np.random.Generator], Situation]

    def draw(self, seed: int, number: int) -> Situation:
        """Record `number`; it does not depend on which other kinds there are."""
        return self.make(np.random.default_rng([seed, zlib.crc32(self.name.encode()), number]))
