"""An event loop in a thread of its own, for programs that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future, wait
from typing import Any, TypeVar

from .errors import WrongUse

#: Waits are cut into pieces, because on Windows Ctrl-C is not heeded within one.
PIECE_S = 0.2
_END_S = 10.0
_T = TypeVar("_T")


class LoopThread:
    """Runs coroutines for other threads, until `stop`."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        # a program that ends without closing its device must not hang on it
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def stopped(self) -> bool:
        """Whether nothing can be run any more."""
        return not self._thread.is_alive()

    def submit(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run something without waiting for it; raises WrongUse after `stop`."""
        if self.stopped:
            work.close()
            raise WrongUse(f"{self._thread.name}: closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Result of something, or what it raises. Ctrl-C ends the waiting and the work.

        Raises WrongUse from inside, and where another thread stops this one meanwhile.
        """
        try:
            self.check_outside()
        except WrongUse:
            work.close()
            raise
        future = self.submit(work)
        try:
            while not wait([future], PIECE_S).done:
                pass
        except BaseException:  # Ctrl-C
            future.cancel()
            raise
        try:
            return future.result()
        except CancelledError:
            raise WrongUse(f"{self._thread.name}: closed meanwhile") from None

    def check_outside(self) -> None:
        """Raise WrongUse where this is the thread itself."""
        if threading.current_thread() is self._thread:
            raise WrongUse(f"{self._thread.name}: a listener runs in its thread and cannot wait for it")

    def stop(self) -> None:
        """Cancel what runs, let it finish, end the thread; harmless when called again."""
        if not self.stopped and threading.current_thread() is not self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_END_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
