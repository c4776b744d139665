"""A pseudo-terminal as the serial cable of a simulated device, for programs that open a port by name."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

from .provider import SerialPort

_BACKLOG_BYTES = 256 * 1024


class PtyCable:
    """Joins a device's serial port to a pty; `path` is the name to open."""

    def __init__(self, port: SerialPort, link: Path | None = None) -> None:
        self._port = port
        self._master, self._slave = os.openpty()  # holding the slave keeps the line up between clients
        tty.setraw(self._master)
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._link = link
        if link is not None:
            self._name(link)
        self._waiting = bytearray()
        self.lost_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._incoming)
        port.on_data = self._outgoing

    def _name(self, link: Path) -> None:
        if link.is_symlink():
            link.unlink()
        elif link.exists():
            raise FileExistsError(f"{link}: is there, and no link of ours")
        try:
            link.symlink_to(self.path)
        except OSError as error:
            raise type(error)(f"{link}: {error.strerror}, as a name of the serial port") from None

    def _incoming(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except (BlockingIOError, OSError):
            return
        self._port.write(data)

    def _outgoing(self, data: bytes) -> None:
        """Like a UART with nobody reading: what does not fit is lost, and the newest is kept out, not the oldest."""
        if len(self._waiting) + len(data) > _BACKLOG_BYTES:
            self.lost_bytes += len(data)
            return
        self._waiting += data
        self._flush()

    def _flush(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._master, self._waiting)]
        except BlockingIOError:
            self._loop.add_writer(self._master, self._flush)
        else:
            self._loop.remove_writer(self._master)

    def close(self) -> None:
        """Unplug."""
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._port.on_data = None
        os.close(self._master)
        os.close(self._slave)
        # another device may have the name by now
        if self._link is not None and self._link.is_symlink() and os.readlink(self._link) == self.path:
            self._link.unlink()
