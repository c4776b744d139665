"""The cable of a device in this process whose time the caller lets pass."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.targets.provider import LocalDevice
from host_sdk.errors import ConnectionLost
from host_sdk.transports.base import Frame, OnConsole
from host_sdk.transports.framing import wrap
from host_sdk.transports.sim_serial import SimSerialTransport
from host_sdk.transports.simulated_options import SimulatedOptions

from .link_faults import FaultyLink


class Cable(SimSerialTransport):
    """A transport to a device that is there already; closing it closes the device."""

    def __init__(
        self, device: LocalDevice, on_console: OnConsole | None = None, link: FaultyLink | None = None
    ) -> None:
        super().__init__(SimulatedOptions(), on_console)
        self._there = device
        self._link = link

    async def _open(self) -> None:
        self.device = self._there
        self._there.serial_port.on_data = self._feed

    def _feed(self, data: bytes) -> None:
        self._carry(data, "to host", self._deframer.feed)

    def _carry(self, data: bytes, way: str, deliver: Callable[[bytes], object]) -> None:
        if self._link is None:
            deliver(data)
        else:
            self._link.carry(data, way, deliver)

    async def send(self, frame: Frame) -> None:
        """See `Transport.send`."""
        if self.device is None:
            raise ConnectionLost(f"{self.description}: not open")
        self._carry(wrap(frame.encode()), "to device", self._there.serial_port.write)
