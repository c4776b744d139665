"""Radio events on their way to the firmware's handler: in order, and only while the firmware is not running."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from ..clock import Clock
from ..reset import McuReset

CENTRAL_CONNECT = 1
CENTRAL_DISCONNECT = 2
GATTS_WRITE = 3
GATTS_READ_REQUEST = 4
SCAN_RESULT = 5
SCAN_DONE = 6
PERIPHERAL_CONNECT = 7
PERIPHERAL_DISCONNECT = 8
GATTC_SERVICE_RESULT = 9
GATTC_SERVICE_DONE = 10
GATTC_CHARACTERISTIC_RESULT = 11
GATTC_CHARACTERISTIC_DONE = 12
GATTC_DESCRIPTOR_RESULT = 13
GATTC_DESCRIPTOR_DONE = 14
GATTC_READ_RESULT = 15
GATTC_READ_DONE = 16
GATTC_WRITE_DONE = 17
GATTC_NOTIFY = 18
GATTC_INDICATE = 19
GATTS_INDICATE_DONE = 20
MTU_EXCHANGED = 21
CONNECTION_UPDATE = 27
ENCRYPTION_UPDATE = 28
GET_SECRET = 29
SET_SECRET = 30

Handler = Callable[[int, Any], Any]


class IrqQueue:
    """Events wait on the virtual clock, as MicroPython's scheduler has them wait for the interpreter.

    `request` is for the events whose answer the stack needs at once; what was posted before them goes first.
    """

    def __init__(self, clock: Clock) -> None:
        self.handler: Handler | None = None
        self._clock = clock
        self._waiting: deque[tuple[int, tuple[Any, ...], Callable[[], None] | None]] = deque()
        self._scheduled = False

    def post(self, event: int, data: tuple[Any, ...], first: Callable[[], None] | None = None) -> None:
        """Have the handler called; `first` is done right before (a value that the event is about)."""
        self._waiting.append((event, data, first))
        self._schedule()
        self._clock.on_input()

    def request(self, event: int, data: tuple[Any, ...]) -> Any:
        """The handler's answer, now; None where there is none. What the handler dies of surfaces on the clock."""
        try:
            self.run()
            return self.handler(event, data) if self.handler is not None else None
        except (Exception, McuReset) as death:
            self._clock.call_at(self._clock.now, partial(_raise, death))
            return None

    def run(self) -> None:
        """Deliver what waits."""
        try:
            while self._waiting:
                event, data, first = self._waiting.popleft()
                if first is not None:
                    first()
                if self.handler is not None:
                    self.handler(event, data)
        finally:
            self._schedule()

    def clear(self) -> None:
        """A reset: nobody is there to be told."""
        self.handler = None
        self._waiting.clear()

    def _schedule(self) -> None:
        if self._waiting and not self._scheduled:
            self._scheduled = True
            self._clock.call_at(self._clock.now, self._due)

    def _due(self) -> None:
        self._scheduled = False
        self.run()


def _raise(death: BaseException) -> None:
    raise death
