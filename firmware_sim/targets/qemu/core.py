"""One emulated core: it runs until it waits, and is told of interrupts and events while it does."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from ...images.recipe import Image
from ...mcu import Mcu
from ...mcu.reset import SOFT_RESET
from ..names import ROLES
from .channel import Channel, Request
from .errors import BridgeError, CoreHungError, FirmwareDiedError
from .guest.bridged import ops
from .guest.bridged.values import decode, encoded
from .machines import PAYLOAD_AT, launch
from .peripherals import Peripherals
from .process import CoreProcess

#: Real seconds a core may compute between two requests: far more than the longest step takes on a busy computer.
HANG_S = 20.0
#: Requests it may make between two waits: a step makes a few dozen, flashing a file a few thousand.
MOST_REQUESTS = 100_000
#: Waits after which the console is looked at: it must not fill the disk.
_CONSOLE_CHECK_EVERY = 256
_TOTAL = struct.Struct("<Q")


class Core:
    """A core with the MCU's peripherals behind its bridge. `close` ends it, whatever happened."""

    def __init__(self, image: Image, mcu: Mcu, heap: int, hang_s: float = HANG_S, payload: bytes | None = None) -> None:
        self.image = image
        self.process = CoreProcess()
        #: instructions executed since start, without those of the bridge; 0 on MicroPython unix
        self.instructions = 0
        #: most of them between two waits: the longest step, or the longest collection in one
        self.longest_step = 0
        #: what it waits for: (ops.IDLE or ops.SLEEP, µs); None while it runs
        self.waiting: tuple[int, int] | None = None
        self._mcu = mcu
        self._todo: tuple[str, str] = ("firmware", "")
        #: what `firmware.main.run` is called with, in words: the band says it itself
        self._device = "" if image.role == "band" else f"{ROLES[image.role].board} {image.role}"
        self._pending: list[int] = []
        self._peripherals = Peripherals(mcu, self.interrupt, self.event)
        self._greeted = False
        self._waited = 0
        try:
            self.process.start(launch(image, self.process.log, heap, self._put(payload)))
            self.channel = Channel(self.process, hang_s)
        except BaseException:
            self.process.close()
            raise

    def _put(self, payload: bytes | None) -> Path | None:
        """Have an image's payload where the emulator finds it; what to run is then the image."""
        if payload is None:
            return None
        path = self.process.folder / "payload.romfs"
        path.write_bytes(payload)
        where = str(path) if self.image.port == "unix" else f"{PAYLOAD_AT} {len(payload)}"
        self._todo = ("image", where)
        return path

    def begin(self, mode: str = "firmware", argument: str = "") -> None:
        """Let it start and run `firmware`, a `script` (name of a flash file) or just the `repl`, until it waits."""
        if mode != "firmware" or self._todo[0] != "image":
            self._todo = (mode, argument)
        self._serve()

    def resume(self) -> None:
        """The time it waited for has come (or input for it): let it run until it waits again."""
        self.waiting = None
        self._reply(ops.REPLY_DONE)
        self._serve()

    def interrupt(self, pin: int) -> None:
        """An edge on `pin`: serve it now if the core waits, else as soon as it does."""
        if self.waiting is None:
            self._pending.append(pin)
        else:
            self._aside(ops.REPLY_INTERRUPT, bytes([pin]))

    def event(self, name: str, *args: Any) -> Any:
        """Have the core's handler of that name called; what it answers."""
        return self._aside(ops.REPLY_EVENT, bytes(encoded((name, args))))

    def close(self) -> None:
        """End it; harmless when called again."""
        self.process.close()

    def console(self) -> str:
        """The end of what its console has printed."""
        return self.process.console()

    def _now(self) -> int:
        return self._mcu.clock.now - self._mcu.booted_at

    def _reply(self, kind: int, payload: bytes = b"") -> None:
        self.channel.reply(kind, self._now(), payload)

    def _aside(self, kind: int, payload: bytes) -> Any:
        """Interrupt the core's wait for an answer, then let it wait on."""
        waited, self.waiting = self.waiting, None
        self._reply(kind, payload)
        answer = self._serve(aside=True)
        self.waiting = waited if self.waiting is None else self.waiting
        return answer

    def _serve(self, aside: bool = False) -> Any:
        """Answer requests until the core waits or, `aside`, has served what it was told."""
        for _ in range(MOST_REQUESTS):
            request = self.channel.request()
            if request.op in (ops.IDLE, ops.SLEEP):
                # aside: the handler failed, and the core has gone on without a word
                self._waits(request)
                return None
            if request.op == ops.EVENT_DONE:
                if not aside:
                    raise BridgeError("an event is done that never was", self.console())
                return decode(request.payload) if request.payload else None
            self._answer(request)
        raise CoreHungError(f"the core has asked {MOST_REQUESTS} times without ever waiting", self.console())

    def _waits(self, request: Request) -> None:
        if len(request.payload) != _TOTAL.size:
            raise BridgeError("a wait without its count of instructions", self.console())
        before = self.instructions
        (self.instructions,) = _TOTAL.unpack(request.payload)
        self.longest_step = max(self.longest_step, self.instructions - before)
        self._waited += 1
        if self._waited % _CONSOLE_CHECK_EVERY == 0:
            self.channel.check_console()
        self.waiting = (request.op, max(request.arg, 0))
        while self._pending and self.waiting is not None:
            self._aside(ops.REPLY_INTERRUPT, bytes([self._pending.pop(0)]))

    def _answer(self, request: Request) -> None:
        if request.op == ops.HELLO:
            if self._greeted:
                self._mcu.reset(SOFT_RESET)
                self._peripherals = Peripherals(self._mcu, self.interrupt, self.event)
            self._greeted = True
            self._reply(ops.REPLY_DONE, bytes(encoded((*self._todo, self._device))))
        elif request.op == ops.DIED:
            self._reply(ops.REPLY_DONE)
            kind, text = self._decoded(request.payload)
            raise FirmwareDiedError(kind, text, self.console())
        else:
            self._serve_peripheral(request)

    def _serve_peripheral(self, request: Request) -> None:
        try:
            answer = self._peripherals.serve(request)
        except OSError as error:
            self._reply(ops.REPLY_ERROR, bytes([(error.errno or 5) & 0xFF]))
            return
        except (ValueError, TypeError, LookupError) as error:
            raise BridgeError(f"request {request.op}: {error}", self.console()) from error
        if answer is not None:
            self._reply(ops.REPLY_DONE, answer)

    def _decoded(self, payload: bytes) -> Any:
        try:
            return decode(payload)
        except ValueError as error:
            raise BridgeError(str(error), self.console()) from error
