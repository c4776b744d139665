"""The default target: the firmware in this process, on the simulated MCU."""

from __future__ import annotations

from ..firmware.roles.band import Band
from ..mcu import load_board
from .simulation import Simulation


class CpythonSimulation(Simulation):
    """The firmware's own objects, on CPython: `device` can be looked into."""

    device: Band

    def _boot(self) -> None:
        self.device = Band(load_board(self.mcu).Board())
        self.mcu.heap.watch(self.device)

    def _run_step(self) -> int:
        now = self.device.now_us()
        return self.device.step(now) - now

    def serve(self) -> None:
        """Let the firmware answer what has arrived, without any time passing."""
        self.device.step(self.device.now_us())

    def heap(self) -> tuple[int, int]:
        """(used, budget) bytes, estimated by a walk over the firmware's objects."""
        return self.mcu.heap.measure(), self.mcu.heap.budget

    def close(self) -> None:
        """Nothing is held that this process would not free itself."""
