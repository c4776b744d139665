"""The cable of a device in this process whose time the caller lets pass."""

from __future__ import annotations

from firmware_sim.targets.provider import LocalDevice
from host_sdk.transports.base import OnConsole
from host_sdk.transports.sim_serial import SimSerialTransport
from host_sdk.transports.simulated_options import SimulatedOptions


class Cable(SimSerialTransport):
    """A transport to a device that is there already; closing it closes the device."""

    def __init__(self, device: LocalDevice, on_console: OnConsole | None = None) -> None:
        super().__init__(SimulatedOptions(), on_console)
        self._there = device

    async def _open(self) -> None:
        self.device = self._there
        self._there.serial_port.on_data = self._deframer.feed
