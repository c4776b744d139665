"""Walks one group of the world at a chip's own sample clock, in chunks."""

from __future__ import annotations

import numpy as np

from ..mcu.clock import Clock
from ..world.base import COLUMNS, FloatArray, World

CHUNK_S = 1.0  # long enough for numpy to pay, short enough that a fault set on the world is soon felt


class Sampler:
    """Sample k is taken at start + delay + k periods; `raw` holds the chunk around the present.

    The world is asked for ever later times only: where a restart goes back into what was asked already,
    that is reused by interpolation. Before `begin_us` there is nothing to sense (NaN).

    `followers` walk other groups by this clock: their `raw` is of the same times.
    """

    def __init__(self, clock: Clock, world: World, group: str, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.raw: FloatArray = np.empty((0, len(COLUMNS[group])))
        self.running = False
        self.followers: list[Sampler] = []
        self._clock = clock
        self._world = world
        self._group = group
        self._begin_us = begin_us
        self._own_speed = self._speed = 1.0 + ppm * 1e-6
        self._t: FloatArray = np.empty(0)
        self._seen = self.raw
        self._first_us = 0.0
        self._period_us = 0.0
        self._taken = 0
        self._requested = 0
        self._late_s = 0.0

    def disturb(self, speed: float = 1.0, late_s: float = 0.0) -> None:
        """Its clock runs `speed` times as fast as its own from now on, and what it senses from now on is `late_s` old.

        What was sensed ahead (a second at most, or a sample) is still given as it was.
        """
        speed *= self._own_speed
        due_us = self._first_us + self._taken * self._period_us
        self._period_us *= self._speed / speed
        self._first_us = due_us - self._taken * self._period_us
        self._speed = speed
        self._late_s = late_s

    def start(self, rate_hz: float, delay_periods: float = 1.0) -> None:
        """Begin anew at the clock's now."""
        self._period_us = 1e6 / (rate_hz * self._speed)
        self._first_us = self._clock.now + delay_periods * self._period_us
        self._taken = 0
        self._requested = 0
        self.running = True

    def stop(self) -> None:
        """No more samples."""
        self.running = False

    def sample_us(self, index: int) -> int:
        """When sample `index` is ready."""
        return round(self._first_us + index * self._period_us)

    def due(self) -> int:
        """Samples ready by now and not taken."""
        if not self.running:
            return 0
        ready = int((self._clock.now + 0.5 - self._first_us) // self._period_us) + 1
        return max(ready - self._taken, 0)

    @property
    def left(self) -> int:
        """Samples of the chunk not taken."""
        return self._requested - self._taken

    @property
    def taken(self) -> int:
        """Samples taken since the start."""
        return self._taken

    def take(self, count: int) -> slice:
        """Take up to `left` samples: where they are in `raw`."""
        start = len(self.raw) - self.left
        self._taken += count
        return slice(start, start + count)

    def refill(self, fold: int = 1) -> None:
        """Fetch the next chunk; with `fold` each sample is the mean of that many conversions."""
        count = max(round(CHUNK_S * 1e6 / self._period_us), 1)
        steps = np.arange(count * fold, dtype=np.float64) / fold - (fold - 1) / fold
        ready_us = self._first_us + (self._requested + steps) * self._period_us
        t = (ready_us - self._begin_us) * 1e-6 - self._late_s
        for sampler in (self, *self.followers):
            sampler._fill(t, fold)
        self._requested += count

    def _fill(self, t: FloatArray, fold: int) -> None:
        values = self._sense(t)
        self.raw = values if fold == 1 else values.reshape(len(t) // fold, fold, -1).mean(axis=1)

    def _sense(self, t: FloatArray) -> FloatArray:
        known = self._t[-1] if len(self._t) else -np.inf
        if t[0] > known and t[0] >= 0:
            values = self._world.sample(self._group, t)
            self._remember(t, values)
            return values
        return self._sense_piecewise(t, known)

    def _sense_piecewise(self, t: FloatArray, known: float) -> FloatArray:
        """Times before the world began, or asked already, or both, and then new ones."""
        values = np.full((len(t), len(COLUMNS[self._group])), np.nan)
        again = (t <= known) & (t >= 0)
        fresh = (t > known) & (t >= 0)
        if again.any():
            values[again] = np.stack([np.interp(t[again], self._t, c) for c in self._seen.T], axis=1)
        if fresh.any():
            values[fresh] = self._world.sample(self._group, t[fresh])
            self._remember(t, values)
        return values

    def _remember(self, t: FloatArray, values: FloatArray) -> None:
        self._t = t
        self._seen = values
