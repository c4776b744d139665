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

    def items(self, limit: int | None) -> AsyncIterator[Item]:
        """Items from now on, at most `limit` waiting (None: as many as there are); WrongUse as `opened` says."""
        reader = _Reader(limit)
        if self._ended:
            reader.end(self._error)
        self._readers.add(reader)
        return self._read(reader)

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

    async def _read(self, reader: _Reader) -> AsyncIterator[Item]:
        try:
            await self.opened()
            while True:
                item = await reader.get()
                if item is None:
                    return
                yield item
        finally:
            self._readers.discard(reader)


class _Reader:
    """What waits for one reader."""

    def __init__(self, limit: int | None) -> None:
        self._waiting: deque[Item] = deque()
        self._limit = None if limit is None else max(1, limit)
        self._dropped = 0
        self._ready = asyncio.Event()
        self._ended = False
        self._error: VitalbandError | None = None

    def put(self, item: Item) -> None:
        if self._limit is not None and len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(item)
        self._ready.set()

    def end(self, error: VitalbandError | None) -> None:
        self._ended, self._error = True, error
        self._ready.set()

    async def get(self) -> Item | None:
        """Next item, None at the end."""
        # Waits for the device, which may rightly be silent: the client's watchdog reports that.
        await self._ready.wait()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return LinkError(LinkErrorKind.OVERFLOW, f"{dropped} items dropped: the reader is too slow")
        if self._waiting:
            item = self._waiting.popleft()
            if not self._waiting and not self._ended:
                self._ready.clear()
            return item
        if self._error is not None:
            raise self._error
        return None
