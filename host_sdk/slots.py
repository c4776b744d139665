"""Room for so many at once; the others wait in order."""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """`join` gives a turn that is done once there is room; `leave` ends it, come or not."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    def join(self) -> asyncio.Future[None]:
        """A turn: a future that is done when it has come, and fails with what `fail` was told."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._free:
            self._free -= 1
            turn.set_result(None)
        else:
            self._waiting.append(turn)
        return turn

    def leave(self, turn: asyncio.Future[None]) -> None:
        """The turn is over: the next one comes."""
        if not turn.done():
            turn.cancel()
        elif not turn.cancelled() and turn.exception() is None:
            self._free += 1
            self._next()

    def _next(self) -> None:
        while self._free and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)

    def fail(self, error: Exception) -> None:
        """Whoever waits waits for nothing."""
        waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if not turn.done():
                turn.set_exception(error)
