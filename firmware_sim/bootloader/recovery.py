"""The recovery console: management on the cable while no image runs, as MCUboot's serial recovery has it.

It answers groups 0 (echo, reset, parameters, application and bootloader info) and 1 (all of it), by the same code as
the firmware, and starts nothing itself: the next start takes what was uploaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ..firmware.identity import Identity
from ..firmware.services.serial.demultiplexer import Demultiplexer
from ..firmware.services.smp.image_group import ImageGroup
from ..firmware.services.smp.lines import SmpLines
from ..firmware.services.smp.os_group import OsGroup
from ..firmware.services.smp.server import SmpServer
from .booting import Bootloader

if TYPE_CHECKING:
    from ..firmware.services.image_slot import Described

#: Commands of group 0 that need no firmware.
_OS_COMMANDS = (0, 5, 6, 7, 8)
#: µs until the cable is looked at again: while somebody asks, and else.
_BUSY_US, _IDLE_US = 1_000, 20_000
_BUSY_FOR_US = 200_000
#: A console that was asked for ends when nobody speaks to it for so long: nobody may be there any more.
_PATIENCE_US = 60_000_000


class Uart(Protocol):
    """The part of `machine.UART` that is needed."""

    def readinto(self, buf: bytearray) -> int | None:
        """Fill `buf` with what came."""
        ...

    def write(self, buf: bytes | memoryview) -> int | None:
        """Send."""
        ...


@dataclass(frozen=True)
class Hardware:
    """What the console stands on; `reset` does not return."""

    uart: Uart
    now_us: Callable[[], int]
    reset: Callable[[], NoReturn]


class Recovery:
    """`poll` it; `why` says what kept an image from being started. `waits`: for ever, not only for a minute."""

    def __init__(self, loader: Bootloader, hardware: Hardware, identity: Identity, why: str, waits: bool) -> None:
        self.why = why
        self.identity = identity
        self.board_name, _, self.processor = loader.board.partition("/")
        self._hardware = hardware
        self._waits = waits
        self._reset_us: int | None = None
        self._latest_us = hardware.now_us()
        server = SmpServer()
        server.add(_RecoveryOs(self, server, loader))
        server.add(_RecoveryImages(loader, server, lambda: hardware.now_us() // 1000))
        self._lines = SmpLines(hardware.uart, server)
        self._demultiplexer = Demultiplexer(hardware.uart, lambda _packet, _n: None, (self._on_line,), lambda: None)

    def poll(self) -> int:
        """Answer what came; µs until it wants to be called next."""
        self._demultiplexer.poll()
        silent_us = self._hardware.now_us() - self._latest_us
        due = self._reset_us is not None and self._hardware.now_us() >= self._reset_us
        if due or (not self._waits and silent_us > _PATIENCE_US):
            self._hardware.reset()
        return _BUSY_US if silent_us < _BUSY_FOR_US else _IDLE_US

    def reset_in(self, ms: int) -> None:
        """Start anew in so many ms, when the answer is out."""
        self._reset_us = self._hardware.now_us() + ms * 1000

    def _on_line(self, line: memoryview) -> bool:
        found = self._lines.on_line(line)
        if found:
            self._latest_us = self._hardware.now_us()
        return found


class _RecoveryOs(OsGroup):
    """Group 0 as far as no firmware is needed."""

    def __init__(self, host: Any, server: SmpServer, loader: Bootloader) -> None:
        super().__init__(host, server, loader.notes.last_named)
        rows = [self.commands[at : at + 3] for at in range(0, len(self.commands), 3)]
        self.commands = tuple(item for row in rows if row[0] in _OS_COMMANDS for item in row)


class _RecoveryImages(ImageGroup):
    """Group 1 where nothing runs: no image is active, and what slot 0 holds counts only if it can be trusted."""

    def __init__(self, loader: Bootloader, server: SmpServer, now_ms: Callable[[], int]) -> None:
        super().__init__(loader.slots, server, now_ms, loader.charge, sha256)
        self._loader = loader

    def _list(self, request: dict[Any, Any]) -> dict[str, Any]:
        found = super()._list(request)
        for state in found["images"]:
            state["active"] = False
            state["bootable"] = self._loader.is_bootable(state["slot"])
        return found

    def _running(self) -> Described | None:
        return super()._running() if self._loader.is_bootable(0) else None

    def _board(self) -> str:
        return self._loader.board

    def _check_free(self) -> None:
        if self._loader.is_bootable(0):
            super()._check_free()
