"""`machine.Pin`."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from .line import FALLING, RISING
from .mcu import Mcu


class Pin:
    """A pin of one MCU; two objects of the same number are the same line."""

    IN: ClassVar[int] = 0
    OUT: ClassVar[int] = 1
    OPEN_DRAIN: ClassVar[int] = 2
    PULL_UP: ClassVar[int] = 1
    PULL_DOWN: ClassVar[int] = 2
    IRQ_RISING: ClassVar[int] = RISING
    IRQ_FALLING: ClassVar[int] = FALLING
    mcu: ClassVar[Mcu]

    def __init__(self, id: int, mode: int = -1, pull: int | None = -1, *, value: int | None = None) -> None:
        self._line = self.mcu.pin(id)
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: int | None = -1, *, value: int | None = None) -> None:
        """Set direction, pull and level; a pull decides only where no chip drives the line."""
        if value is not None:
            self._line.drive(1 if value else 0)
        elif mode == Pin.IN and pull == Pin.PULL_UP and not self._line.held:
            self._line.drive(1)

    def value(self, x: int | None = None) -> int | None:
        """The level, or drive it."""
        if x is None:
            return self._line.level
        self._line.drive(1 if x else 0)
        return None

    __call__ = value

    def on(self) -> None:
        """Drive high."""
        self._line.drive(1)

    def off(self) -> None:
        """Drive low."""
        self._line.drive(0)

    def toggle(self) -> None:
        """Drive to the other level."""
        self._line.drive(1 - self._line.level)

    def irq(
        self,
        handler: Callable[[Pin], object] | None = None,
        trigger: int = RISING | FALLING,
        *,
        hard: bool = False,
    ) -> None:
        """Call `handler(pin)` on edges; hard or soft, it runs at the clock's now."""
        line = self._line
        line.handler = handler
        line.trigger = trigger
        line.owner = self
