"""Hands items on to listeners and to readers that take them in their own time."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable

from .errors import VitalbandError, WrongUse
from .listeners import GuardedCall
from .models import Item, LinkError, LinkErrorKind, Listener
from .waiting import within

#: A reader that is there before the connection waits for so long that one is begun.
CONNECT_WITHIN_S = 5.0


class Feed:
    """One source, any number of takers; none of them harms another."""

    def __init__(self) -> None:
        self._calls: list[GuardedCall] = []
        # a reader that nobody holds any more needs nothing
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._opened = asyncio.Event()
        self._ended = False
        self._error: VitalbandError | None = None

    def put(self, item: Item) -> None:
        """Hand an item to everyone; raises nothing."""
        for call in tuple(self._calls):
            call(item)
        for reader in tuple(self._readers):
            reader.put(item)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every item; returns what ends that. Raises WrongUse for what cannot be called."""
        if not callable(listener):
            raise WrongUse(f"{listener!r} is no listener: it cannot be called")
        call = GuardedCall(listener)
        self._calls.append(call)

        def stop() -> None:
            if call in self._calls:
                self._calls.remove(call)

        return stop

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def items(self, limit: int | None, on_begin: Callable[[], object] | None = None) -> AsyncIterator[Item]:
        """Items from now on, at most `limit` waiting (None: as many as there are); WrongUse as `opened` says.

        `on_begin` is called when somebody begins to read. Who gives up waiting for an item, misses none.
        """
        reader = _Reader(self, limit, on_begin)
        if self._ended:
            reader.end(self._error)
        else:
            self._readers.add(reader)
        return reader

    def reopen(self) -> None:
        """Something comes again: readers from now on wait for it."""
        self._ended, self._error = False, None
        self._opened.set()

    def end(self, error: VitalbandError | None) -> None:
        """Nothing more will come; readers finish what waits, then get the error."""
        if self._ended:
            return
        self._ended, self._error = True, error
        for reader in tuple(self._readers):
            reader.end(error)
        self._readers.clear()

    async def finish(self) -> None:
        """Wait for listeners that are coroutine functions to take what waits for them, for a few seconds."""
        for call in tuple(self._calls):
            await call.end()

    async def opened(self) -> None:
        """Wait until something comes or has ended; raises WrongUse where nobody connects within a few seconds."""
        if not self._opened.is_set() and not self._ended:
            try:
                await within(self._opened.wait(), CONNECT_WITHIN_S)
            except asyncio.TimeoutError:
                raise WrongUse("not connected: `connect` comes first, or at the same time") from None


class _Reader:
    """What waits for one reader, who takes it in `async for`."""

    def __init__(self, feed: Feed, limit: int | None, on_begin: Callable[[], object] | None) -> None:
        self._feed = feed
        self._on_begin = on_begin
        self._waiting: deque[Item] = deque()
        self._limit = None if limit is None else max(1, limit)
        self._dropped = 0
        self._ready = asyncio.Event()
        self._ended = False
        self._error: VitalbandError | None = None

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        """Next item; at the end what ended it, once, then StopAsyncIteration."""
        on_begin, self._on_begin = self._on_begin, None
        if on_begin is not None and not self._feed.ended:
            on_begin()
        await self._feed.opened()
        while not self._waiting and not self._ended:
            # Waits for the device, which may rightly be silent: the client's watchdog reports that.
            self._ready.clear()
            await self._ready.wait()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return LinkError(LinkErrorKind.OVERFLOW, f"{dropped} items dropped: the reader is too slow")
        if self._waiting:
            return self._waiting.popleft()
        error, self._error = self._error, None
        raise error or StopAsyncIteration

    def put(self, item: Item) -> None:
        """Keep an item, for which the oldest gives way where there are too many."""
        if self._limit is not None and len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(item)
        self._ready.set()

    def end(self, error: VitalbandError | None) -> None:
        """Nothing more will come."""
        self._ended, self._error = True, error
        self._ready.set()
