"""A device on a serial port, or on anything pyserial can open (``socket://``, ``rfc2217://``, …)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import serial
import serial_asyncio_fast
from serial.tools import list_ports

from ..errors import ConnectError, ConnectionLost
from ..reasons import reason
from ..waiting import within
from .address import DEFAULT_BAUD
from .base import Frame, OnConsole, Transport
from .framing import Deframer, wrap
from .held import Hold
from .threaded_port import READ_TIMEOUT_S, ThreadedPort, is_threaded

OPEN_TIMEOUT_S = 5.0
#: What pyserial says, and what it means.
_MEANINGS = {
    "exclusively lock": "the port is in use by another program",
    "Inappropriate ioctl": "is not a serial port",
    "Is a directory": "is a folder, not a serial port",
}
_log = logging.getLogger(__name__)
_CLOSE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port of this computer."""

    device: str
    description: str


def serial_ports() -> list[SerialPort]:
    """Serial ports that this computer knows of; a pseudo terminal is not among them."""
    return [SerialPort(port.device, port.description or "") for port in list_ports.comports()]


class SerialTransport(Transport):
    """Frames over a serial port; `hint` is what to look at where it cannot be opened."""

    def __init__(
        self, port: str, baud: int = DEFAULT_BAUD, on_console: OnConsole | None = None, *, hint: str | None = None
    ) -> None:
        super().__init__()
        self._port = port
        self._hint = hint
        self._baud = baud
        self._deframer = Deframer(self.counters, self._deliver, on_console)
        self._cable: _Cable | None = None
        self._hold: Hold | None = None

    @property
    def description(self) -> str:
        """What this link is, for people."""
        return f"serial port {self._port}"

    async def _open(self) -> None:
        self._hold = hold = Hold("serial", self.description)
        if "://" not in self._port:  # what is behind a URL may serve several
            hold.take(os.path.realpath(self._port))  # noqa: ASYNC240 - a symbolic link or two
        try:
            await self._open_port()
        except BaseException:
            hold.release()
            raise

    async def _open_port(self) -> None:
        cable = _Cable(self._deframer, self._on_down)
        # A thread opens the port, which nothing can stop: it is never cancelled, so that what it opens can be closed.
        opening = asyncio.ensure_future(_connect(self._port, self._baud, cable))
        try:
            await self._wait_open(opening, cable)
        except BaseException:
            await _give_up(opening, cable)
            raise
        _log.debug("%s: open at %d baud", self.description, self._baud)
        self._cable = cable

    async def _wait_open(self, opening: asyncio.Future[Any], cable: _Cable) -> None:
        await asyncio.wait([opening], timeout=OPEN_TIMEOUT_S)
        if not opening.done():
            raise ConnectError(f"{self.description}: did not open within {OPEN_TIMEOUT_S:.0f} s")
        try:
            opening.result()
            # it returns before the loop has told the protocol, which may take another turn
            await within(cable.opened.wait(), OPEN_TIMEOUT_S)
        except (serial.SerialException, OSError, ValueError) as error:
            hint = "" if self._hint is None else f"; {self._hint}"
            raise ConnectError(f"{self.description}: {meaning(error)}{hint}") from error

    async def send(self, frame: Frame) -> None:
        """Send one frame down the cable."""
        if self._cable is None or self._cable.transport is None:
            raise ConnectionLost(f"{self.description}: not open")
        self._cable.transport.write(wrap(frame.encode()))

    def _let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.release()

    def _on_down(self, error: Exception | None) -> None:
        self._cable = None
        self._let_go()
        self._lose("unplugged or closed" if error is None else reason(error))

    async def _close(self) -> None:
        cable, self._cable = self._cable, None
        try:
            if cable is not None:
                await cable.end()
        finally:
            self._let_go()


async def _connect(port: str, baud: int, cable: _Cable) -> None:
    """Open what pyserial knows by that name and have the loop, or a thread, wait for it."""
    loop = asyncio.get_running_loop()
    # two readers on one port would each get half of the bytes
    options = {"baudrate": baud, "exclusive": True, "timeout": READ_TIMEOUT_S}
    if port.startswith("socket://"):
        await serial_asyncio_fast.create_serial_connection(loop, lambda: cable, port, **options)
        return
    opened = await loop.run_in_executor(None, partial(serial.serial_for_url, port, **options))
    # on Windows, none has a file descriptor, and serial_asyncio_fast asks each again and again
    if os.name != "nt" and is_threaded(opened):
        ThreadedPort(opened, cable)
    else:
        await serial_asyncio_fast.connection_for_serial(loop, lambda: cable, opened)


async def _give_up(opening: asyncio.Future[Any], cable: _Cable) -> None:
    """Nobody wants the port any more, whether it is open by now or will be."""
    cable.give_up()
    opening.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # seen
    await asyncio.wait([opening], timeout=_CLOSE_TIMEOUT_S)
    if opening.done() and opening.exception() is None:
        await asyncio.wait([cable.closed], timeout=_CLOSE_TIMEOUT_S)


def meaning(error: Exception) -> str:
    """What keeps a port from being opened, in plain words where pyserial has others."""
    meanings = (meaning for said, meaning in _MEANINGS.items() if said in str(error))
    return next(meanings, reason(error))


class _Cable(asyncio.Protocol):
    """What asyncio calls for an open port."""

    def __init__(self, deframer: Deframer, on_down: Callable[[Exception | None], None]) -> None:
        self.transport: asyncio.WriteTransport | None = None
        self.opened = asyncio.Event()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._deframer = deframer
        self._on_down: Callable[[Exception | None], None] | None = on_down

    def give_up(self) -> None:
        """Close the port as soon as it is open."""
        self._on_down = None
        if self.transport is not None:
            self.transport.close()

    async def end(self) -> None:
        """Close the port, and wait until it is; where its event loop has ended, do so without it."""
        transport, self.transport = self.transport, None
        if transport is None:
            return
        if self.closed.get_loop().is_closed():
            port = transport.get_extra_info("serial", transport)
            with suppress(Exception):  # what is left of it without a loop is not ours to mend
                port.close()
            return
        transport.close()
        await asyncio.wait([self.closed], timeout=_CLOSE_TIMEOUT_S)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        self.transport = cast(asyncio.WriteTransport, transport)
        if self._on_down is None:
            self.transport.close()
        else:
            self.opened.set()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._deframer.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The port is closed, by us or by itself."""
        self.transport = None
        if not self.closed.done():
            self.closed.set_result(None)
        if self._on_down is not None:
            self._on_down(exc)
