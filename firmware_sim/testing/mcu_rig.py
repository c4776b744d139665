"""A board in a known world, for the tests of MCU, chips and drivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from firmware_sim.chips.reference import fit
from firmware_sim.chips.w25q64jv import W25q64jv
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.world.base import COLUMNS, GROUPS, FloatArray

Signal = Callable[[FloatArray], FloatArray]


class FlatWorld:
    """Constant or computed signals; remembers the requested times."""

    duration_s: float | None = None

    def __init__(self, **signals: Any) -> None:
        self.groups = frozenset(signals)
        self._signals = signals
        self.requested: dict[str, list[float]] = {group: [] for group in signals}

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """See `World.sample`; the requested times are kept."""
        self.requested[group] += t.tolist()
        signal = self._signals[group]
        if callable(signal):
            return np.asarray(signal(t), dtype=np.float64).reshape(len(t), -1)
        return np.tile(np.asarray(signal, dtype=np.float64), (len(t), 1)).reshape(len(t), len(COLUMNS[group]))


def full_world() -> FlatWorld:
    """Every group, steady."""
    return FlatWorld(**{name: group.steady for name, group in GROUPS.items()})


class Rig:
    """Clock, MCU, world and board."""

    def __init__(self, world: FlatWorld, seed: int = 0, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.clock = Clock()
        self.mcu = Mcu(self.clock, seed=seed)
        self.world = world
        self.flash = W25q64jv(self.clock, seed)
        fit(self.mcu, world, begin_us=begin_us, ppm=ppm, flash=self.flash)
        self.board = load_board(self.mcu).Board()

    def wait(self, ms: int) -> None:
        """Let time pass with the watchdog fed."""
        self.clock.run_until(self.clock.now + ms * 1000)
        self.board.wdt.feed()
