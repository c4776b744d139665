"""The default target: the firmware in this process, on the simulated MCU."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module

from ..firmware.roles.device import Device
from ..mcu import McuReset, load_board
from ..mcu.loader import FIRMWARE
from ..mcu.reset import WDT_RESET
from .image_boot import ImageBoot
from .names import ROLES
from .simulation import Simulation
from .slot_firmware import load_package

#: The firmware's working memory is that of one device at a time, also where each runs in a thread of its own.
_turn = threading.RLock()


class CpythonSimulation(Simulation):
    """The firmware's own objects, on CPython: `device` can be looked into."""

    device: Device

    @cached_property
    def images(self) -> ImageBoot:
        """Its bootloader."""
        return ImageBoot(self.mcu, self.flash)

    def _boot(self) -> None:
        payload = self.images.start()
        with self._mortal():
            #: Package of the firmware that runs: this checkout's, or one out of an image.
            self.firmware = FIRMWARE if payload is None else load_package(payload)
            role = import_module(f"{self.firmware}.roles.{self.role}").ROLE
            self.device = role(load_board(self.mcu, ROLES[self.role].board, self.firmware).Board())
        self.mcu.heap.watch(self.device)

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        """While firmware does something: what an image in test dies of is a reset, as its watchdog would make it."""
        with _turn:
            try:
                yield
            except Exception:
                if not self.images.is_in_test():
                    raise
                self.mcu.reset(WDT_RESET)
                raise McuReset(WDT_RESET) from None

    def _run_step(self) -> int:
        with self._mortal():
            due = self.device.step(self.device.now_us())
            return max(due - self.device.now_us(), 0)  # a step may have slept

    def _serve(self) -> None:
        with _turn:
            self.device.step(self.device.now_us())

    def heap(self) -> tuple[int, int]:
        """(used, budget) bytes, estimated by a walk over the firmware's objects."""
        return self.mcu.heap.measure(), self.mcu.heap.budget

    def close(self) -> None:
        """Give the flash's file back; nothing else is held that this process would not free itself."""
        self.flash.cells.close()
