"""The MCU's radio: firmware calls it at any time, and what takes time is done in the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from bumble import core
from bumble.snoop import Snooper

from .air import Air
from .irq import IrqQueue
from .stack import Stack

logger = logging.getLogger(__name__)

#: A peer whose host takes no data for so long loses its link, where virtual time waits for it.
STALL_S = 10.0
_CANCEL_AGAIN_S = 0.5
_Job = Callable[[], Awaitable[None]]


class RadioError(Exception):
    """The radio could not do what it was told."""


class Radio:
    """One radio on an air. `address` None: a static random address made from the MCU's unique id."""

    def __init__(self, air: Air, address: str | None = None) -> None:
        self.air = air
        self.address = address
        self.stack: Stack | None = None
        self.irq: IrqQueue | None = None
        #: Sees the packets between host and controller, from the next start of the stack on.
        self.snooper: Snooper | None = None
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._failure: RadioError | None = None

    def attach(self, irq: IrqQueue, unique_id: bytes) -> None:
        """Solder it to an MCU."""
        self.irq = irq
        if self.address is None:
            self.address = static_address(unique_id)

    async def power_on(self) -> None:
        """Come alive and do what the firmware has asked for so far; RadioError when that fails."""
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())
        await self._jobs.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def power_off(self) -> None:
        """Fall silent; harmless when it is off."""
        worker, self._worker = self._worker, None
        self.reset()
        while worker is not None and not worker.done():
            # bumble waits by `asyncio.wait_for`, which loses a cancellation that comes together with an answer
            worker.cancel()
            await asyncio.wait([worker], timeout=_CANCEL_AGAIN_S)

    async def drained(self) -> None:
        """Wait until every queued notification is with its peer's host; at once when there is none.

        A peer whose host takes nothing for ten seconds loses its link.
        """
        controller = self.stack.controller if self.stack is not None else None
        if controller is not None and controller.pending:
            await controller.settled(STALL_S)

    def drop_links(self) -> int:
        """Lose every link as by going out of range: both ends see a supervision timeout. Returns how many."""
        controller = self.stack.controller if self.stack is not None else None
        return self.air.drop_links(controller) if controller is not None else 0

    # For the firmware's `bluetooth`

    def activate(self) -> Stack:
        """The running stack, a new one when there is none."""
        if self.stack is None:
            assert self.irq is not None
            assert self.address is not None
            self.stack = stack = Stack(self.air, self.address, self.irq)
            self.submit(stack, lambda: stack.start(self.snooper))
        return self.stack

    def submit(self, stack: Stack, job: _Job) -> None:
        """Have something done on a stack after everything that was submitted before."""

        async def on_its_stack() -> None:
            if stack is self.stack:
                await job()

        self._jobs.put_nowait(on_its_stack)

    def reset(self) -> None:
        """The MCU went through reset, or the firmware switched BLE off: links are lost."""
        stack, self.stack = self.stack, None
        if stack is not None:
            stack.stop()
            self._restart_worker()

    def _restart_worker(self) -> None:
        """A job that waits for an answer of the old stack waits in vain."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._worker is asyncio.current_task():
            job = await self._jobs.get()
            try:
                await job()
            except (core.BaseBumbleError, asyncio.TimeoutError) as error:
                if self._worker is not asyncio.current_task():
                    return  # of a stack that is no more
                logger.error("radio %s: %s", self.address, error)
                self._failure = RadioError(f"radio {self.address}: {error}")
            finally:
                self._jobs.task_done()


def static_address(unique_id: bytes) -> str:
    """A static random address (Core, Vol 6, Part B, 1.3.2.1: two top bits set) that belongs to this id."""
    raw = bytearray(hashlib.sha256(b"address " + unique_id).digest()[:6])
    raw[0] |= 0xC0
    return raw.hex(":").upper()
