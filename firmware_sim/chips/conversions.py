"""Conversions of a chip that says by a line when each of them is done: one event of the clock a sample."""

from __future__ import annotations

from collections.abc import Callable

from ..mcu.clock import Clock, Event
from .sampler import Sampler


class Conversions:
    """Has `convert(sample)` called when a sample of the sampler is ready, with where it is in `raw`.

    `refilled()` is called before it where `raw` is a new chunk.
    """

    def __init__(
        self, clock: Clock, sampler: Sampler, refilled: Callable[[], object], convert: Callable[[int], object]
    ) -> None:
        self._clock = clock
        self._sampler = sampler
        self._refilled = refilled
        self._convert = convert
        self._event: Event | None = None

    def start(self, rate_hz: float, delay_periods: float = 1.0) -> None:
        """Begin anew at the clock's now."""
        self.stop()
        self._sampler.start(rate_hz, delay_periods)
        self._schedule()

    def stop(self) -> None:
        """No more samples."""
        if self._event is not None:
            self._clock.cancel(self._event)
            self._event = None
        self._sampler.stop()

    def _schedule(self) -> None:
        sampler = self._sampler
        self._event = self._clock.call_at(sampler.sample_us(sampler.taken), self._ready)

    def _ready(self) -> None:
        sampler = self._sampler
        if not sampler.left:
            sampler.refill()
            self._refilled()
        at = sampler.take(1).start
        self._schedule()
        self._convert(at)
