"""The default target: the firmware in this process, on the simulated MCU."""

from __future__ import annotations

import threading

from ..firmware.roles.band import Band
from ..mcu import load_board
from .simulation import Simulation

#: The firmware's working memory is that of one device at a time, also where each runs in a thread of its own.
_turn = threading.RLock()


class CpythonSimulation(Simulation):
    """The firmware's own objects, on CPython: `device` can be looked into."""

    device: Band

    def _boot(self) -> None:
        with _turn:
            self.device = Band(load_board(self.mcu).Board())
        self.mcu.heap.watch(self.device)

    def _run_step(self) -> int:
        with _turn:
            now = self.device.now_us()
            return self.device.step(now) - now

    def serve(self) -> None:
        """Let the firmware answer what has arrived, without any time passing."""
        with _turn:
            self.device.step(self.device.now_us())

    def heap(self) -> tuple[int, int]:
        """(used, budget) bytes, estimated by a walk over the firmware's objects."""
        return self.mcu.heap.measure(), self.mcu.heap.budget

    def close(self) -> None:
        """Nothing is held that this process would not free itself."""
