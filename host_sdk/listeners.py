"""Calls functions that users gave, so that one that raises harms nobody and a coroutine function is awaited."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from .models import Item, LinkError, LinkErrorKind

#: Items that may wait for a coroutine function; beyond it the oldest are dropped, which it is told.
WAITING_LIMIT = 4096
END_TIMEOUT_S = 5.0
# the listener that runs, also in tasks which it starts
_inside: ContextVar[GuardedCall | None] = ContextVar("_inside", default=None)
_log = logging.getLogger(__name__)


class GuardedCall:
    """A listener, and what waits for it where it is a coroutine function: one item at a time, in order."""

    def __init__(self, listener: Callable[[Item], Awaitable[None] | None]) -> None:
        self.listener = listener
        self._waiting: deque[Item] = deque()
        self._dropped = 0
        self._task: asyncio.Task[None] | None = None
        self._failures = 0

    def __call__(self, item: Item) -> None:
        """Call it now, or after what waits for it; never raises an Exception."""
        if self._task is not None:
            self._wait(item)
            return
        running = self._call(item)
        if running is not None:
            self._task = asyncio.ensure_future(self._await(running))

    async def end(self) -> None:
        """Let it finish what waits, for a few seconds; a listener that ends its own client is not waited for."""
        task = self._task
        if task is not None and _inside.get() is not self:
            await asyncio.wait([task], timeout=END_TIMEOUT_S)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _wait(self, item: Item) -> None:
        if len(self._waiting) >= WAITING_LIMIT:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(item)

    def _call(self, item: Item) -> Awaitable[None] | None:
        try:
            result = self.listener(item)
        except (Exception, asyncio.CancelledError) as error:  # of what it waited for, not of its own
            self._say(error)
            return None
        return result if inspect.isawaitable(result) else None

    async def _await(self, running: Awaitable[None]) -> None:
        _inside.set(self)
        try:
            await self._finish(running)
            while self._waiting:
                following = self._call(self._next())
                if following is not None:
                    await self._finish(following)
        finally:
            self._task = None

    def _next(self) -> Item:
        if not self._dropped:
            return self._waiting.popleft()
        dropped, self._dropped = self._dropped, 0
        return LinkError(LinkErrorKind.OVERFLOW, f"{dropped} items dropped: the listener is too slow")

    async def _finish(self, running: Awaitable[None]) -> None:
        try:
            # a listener may take as long as it likes: others do not wait for it
            await running
        except Exception as error:
            self._say(error)

    def _say(self, error: BaseException) -> None:
        """With its stack once; a listener that raises on every item does not fill the log."""
        self._failures += 1
        if self._failures == 1:
            _log.error("listener %r failed; it goes on getting items", self.listener, exc_info=error)
        else:
            _log.debug("listener %r failed again (%d times): %s", self.listener, self._failures, error)
