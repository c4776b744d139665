"""Requests from the core and replies to it, over the two pipes; what the core does wrong becomes a typed error."""

from __future__ import annotations

import os
import select
import struct
import time
from typing import NamedTuple

from .errors import BridgeError, ConsoleFloodedError, CoreCrashedError, CoreHungError
from .guest.bridged import ops
from .process import MOST_CONSOLE, CoreProcess

_POLL_MS = 100
#: A core that gets no CPU at all is given up after so many times what it may compute.
_MOST_WAITS = 10
_REQUEST = struct.Struct("<BBHi")
_REPLY = struct.Struct("<BBHI")
_CHUNK = 65536
_TICKS = (1 << 30) - 1
#: What the port's fault handlers print before they stop the core for good.
_FAULT = " exception caught:"


class Request(NamedTuple):
    """One request of the core."""

    op: int
    handle: int
    arg: int
    payload: bytes


class Channel:
    """The host's end of one core's bridge; `hang_s` is how long the core may compute without asking for anything.

    That is time of the CPU where the system says it: on a busy computer a core waits long for its turn.
    """

    def __init__(self, process: CoreProcess, hang_s: float) -> None:
        self._process = process
        self._hang_s = hang_s
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(process.from_core, select.POLLIN)
        self.requests = 0
        self.bytes = 0

    def request(self) -> Request:
        """The core's next request; an EmulatorError of the kind that fits where none comes."""
        buffer = self._buffer
        while len(buffer) < ops.HEADER:
            self._receive()
        op, handle, length, arg = _REQUEST.unpack_from(buffer)
        if length > ops.LARGEST:
            raise BridgeError(f"a request of {length} bytes", self._process.console())
        end = ops.HEADER + length
        while len(buffer) < end:
            self._receive()
        payload = bytes(buffer[ops.HEADER : end])
        del buffer[:end]
        self.requests += 1
        return Request(op, handle, arg, payload)

    def _receive(self) -> None:
        if not self._poll.poll(_POLL_MS):
            self._watch()
        data = os.read(self._process.from_core, _CHUNK)
        self.bytes += len(data)
        self._buffer += data

    def _watch(self) -> None:
        """Nothing comes: wait on, but not for ever, nor for a core that is gone."""
        process = self._process
        began, began_cpu = time.monotonic(), process.cpu_s()
        while not self._poll.poll(_POLL_MS):
            if not process.alive:
                raise CoreCrashedError(f"the core stopped (status {process.status})", process.console())
            if _FAULT in process.console():
                raise CoreCrashedError("the core took a fault", process.console())
            self.check_console()
            passed, cpu_s = time.monotonic() - began, process.cpu_s()
            computed = passed if cpu_s is None or began_cpu is None else cpu_s - began_cpu
            if computed > self._hang_s or passed > _MOST_WAITS * self._hang_s:
                raise CoreHungError(f"the core has asked for nothing for {self._hang_s:g} s", process.console())

    def check_console(self) -> None:
        """ConsoleFloodedError where the console has printed more than any sane run does."""
        if self._process.console_size() > MOST_CONSOLE:
            raise ConsoleFloodedError(
                f"the console printed more than {MOST_CONSOLE >> 20} MiB", self._process.console()
            )

    def reply(self, kind: int, now_us: int, payload: bytes = b"") -> None:
        """Answer; `now_us` is what the core's clock shows from here on."""
        if len(payload) > ops.LARGEST:
            raise BridgeError(f"an answer of {len(payload)} bytes")
        message = _REPLY.pack(kind, 0, len(payload), now_us & _TICKS) + payload
        self.bytes += len(message)
        view = memoryview(message)
        while view:
            view = view[os.write(self._process.to_core, view) :]
