"""An electrical line of the MCU: a level, who listens on the board, and the MCU's edge interrupt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RISING = 1
FALLING = 2


class Interrupts:
    """The MCU's global interrupt switch; what comes while it is off is served once when it goes on."""

    def __init__(self) -> None:
        self.enabled = True
        self._waiting: list[Callable[[], object]] = []

    def defer(self, serve: Callable[[], object]) -> None:
        """Remember an interrupt; a second one from the same source is the same pending bit."""
        if serve not in self._waiting:
            self._waiting.append(serve)

    def disable(self) -> bool:
        """Switch off; returns the state before."""
        before = self.enabled
        self.enabled = False
        return before

    def enable(self, state: bool = True) -> None:
        """Put a state back and serve what waited."""
        self.enabled = state
        while self.enabled and self._waiting:
            self._waiting.pop(0)()

    def clear(self) -> None:
        """Power-on state."""
        self.enabled = True
        self._waiting.clear()


class Line:
    """One pin as seen from the board: `drive` it, `watch` it; `level` is what a meter shows."""

    __slots__ = ("_interrupts", "_watchers", "handler", "held", "level", "number", "owner", "trigger")

    def __init__(self, number: int, interrupts: Interrupts) -> None:
        self.number = number
        self.level = 0
        #: a chip on the board always drives it: a pull has nothing to say
        self.held = False
        self.handler: Callable[[Any], object] | None = None
        self.trigger = 0
        self.owner: object = None
        self._interrupts = interrupts
        self._watchers: tuple[Callable[[int], object], ...] = ()

    def watch(self, fn: Callable[[int], object]) -> None:
        """Call `fn(level)` on every change, before the MCU's interrupt."""
        self._watchers = (*self._watchers, fn)

    def drive(self, level: int) -> None:
        """Put the line to 0 or 1, from either end."""
        if level == self.level:
            return
        self.level = level
        for watcher in self._watchers:
            watcher(level)
        handler = self.handler
        if handler is not None and self.trigger & (RISING if level else FALLING):
            if self._interrupts.enabled:
                handler(self.owner)
            else:
                self._interrupts.defer(self._serve)

    def _serve(self) -> None:
        if self.handler is not None:
            self.handler(self.owner)

    def release(self) -> None:
        """The MCU lets go: no interrupt any more; the level stays as on a held line."""
        self.handler = None
        self.trigger = 0
        self.owner = None
