"""A serial port that an event loop cannot wait for: of ``loop://``, ``rfc2217://`` and others one can only `read`."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: The timeout such a port is opened with: how long what is to be written may wait for what is read.
READ_TIMEOUT_S = 0.01


def is_threaded(port: Any) -> bool:
    """Whether a pyserial port needs a thread: it has no file descriptor."""
    try:
        port.fileno()
    except (AttributeError, OSError):  # UnsupportedOperation is an OSError
        return True
    return False


class ThreadedPort(asyncio.WriteTransport):
    """An open port as asyncio has it, with a thread that reads and writes until it is closed.

    A port is asked for nothing in the event loop: what is on a network may take a second to set its timeout.
    """

    def __init__(self, port: Any, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._port = port
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._closing = threading.Event()
        self._outgoing: deque[bytes] = deque()
        self._loop.call_soon(protocol.connection_made, self)
        threading.Thread(target=self._run, name=f"serial port {port.name}", daemon=True).start()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, soon."""
        self._outgoing.append(bytes(data))

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing.is_set()

    def close(self) -> None:
        """Send what waits, then close the port; the protocol is told when it is closed."""
        self._closing.set()

    def _run(self) -> None:
        error: Exception | None = None
        try:
            self._carry()
        except Exception as problem:  # whatever a handler of URLs raises: the port is of no use any more
            error = problem
        with suppress(Exception):
            self._port.close()
        self._notify(self._protocol.connection_lost, error)

    def _carry(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.is_set()
            while self._outgoing:
                self._port.write(self._outgoing.popleft())
            data = self._port.read(self._port.in_waiting or 1)
            if data:
                self._notify(self._protocol.data_received, data)

    def _notify(self, function: Callable[[Any], None], what: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, what)
        except RuntimeError:  # the loop has ended, and with it all that listened there
            self._closing.set()
