"""What this program is connected to: a second connection from the same program is refused at once, in plain words."""

from __future__ import annotations

import asyncio
import threading

from ..errors import WrongUse

_lock = threading.Lock()
# (kind of link, name of what is held) -> who holds it
_holders: dict[tuple[str, str], Hold] = {}


class Hold:
    """What one transport holds; `where` is for people."""

    def __init__(self, kind: str, where: str) -> None:
        self._kind = kind
        self._where = where
        self._loop = asyncio.get_running_loop()
        self._names: set[str] = set()

    def take(self, name: str) -> None:
        """Hold one more; raises WrongUse where another transport of this program does."""
        with _lock:
            holder = _holders.get((self._kind, name))
            # the end of a loop is the end of all that ran there
            if holder not in (None, self) and not holder._loop.is_closed():
                also = "" if holder._loop is self._loop else " (in another event loop)"
                raise WrongUse(
                    f"{self._where}: this program is connected to it already{also}; one client serves as many "
                    "listeners and readers as you like"
                )
            _holders[self._kind, name] = self
            self._names.add(name)

    def release(self) -> None:
        """Hold nothing any more; harmless when called again."""
        with _lock:
            for name in self._names:
                if _holders.get((self._kind, name)) is self:
                    del _holders[self._kind, name]
            self._names.clear()
