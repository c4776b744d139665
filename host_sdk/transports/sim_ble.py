"""A simulated device over the virtual radio: started here, then reached as any Bluetooth device."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ConnectError, ConnectionLost
from ..extras import missing_extra
from ..reasons import one_line
from .base import Frame, Transport
from .ble import Backend, BleTransport
from .simulated import SimulatedDevice, open_simulated
from .simulated_options import SimulatedOptions


def virtual_backend(radio: str) -> Backend:
    """Bleak backends for a virtual radio behind an HCI transport such as ``tcp-client:127.0.0.1:7300``."""
    try:
        from ..virtual_radio import client_backend, scanner_backend
    except ImportError as error:
        missing = missing_extra(error)
        if missing is not None:
            raise missing from error
        raise ConnectError(f"the virtual radio cannot be loaded: {one_line(error)}") from error
    return Backend(client_backend(radio), scanner_backend(radio), air=radio.removeprefix("tcp-client:"))


class SimBleTransport(Transport):
    """Starts a simulated device and connects to it over the virtual radio."""

    simulated = True

    def __init__(self, options: SimulatedOptions) -> None:
        super().__init__()
        self._options = replace(options, link="ble")
        self._ble: BleTransport | None = None
        self.device: SimulatedDevice | None = None

    @property
    def description(self) -> str:
        """What this link is, for people."""
        return "simulated device (Bluetooth)"

    async def _open(self) -> None:
        self.device = await open_simulated(self._options)
        self.record_error = self.device.info.record_error
        self.ecg_fs = self.device.info.ecg_fs
        self.has_light_level = self.device.info.has_light_level
        try:
            radio = self.device.radio
            if radio is None:
                raise ConnectError("the simulated device has no radio")
            self._ble = BleTransport(self.device.info.name, backend=virtual_backend(radio))
            self._ble.counters = self.counters
            self.device.on_stopped = self._on_stopped
            await self._ble.open(self._hand_on, lambda error: self._lose(one_line(error)))
        except BaseException:
            await self._close()
            raise

    def _hand_on(self, frame: Frame) -> None:
        if self._handlers.frame is not None:
            self._handlers.frame(frame)

    def _on_stopped(self, error: BaseException | None) -> None:
        self.ended = error is None
        self._lose("the world ended" if error is None else f"the device died: {one_line(error)}")

    async def send(self, frame: Frame) -> None:
        """Write one request."""
        if self._ble is None:
            raise ConnectionLost(f"{self.description}: not open")
        await self._ble.send(frame)

    async def _close(self) -> None:
        ble, self._ble = self._ble, None
        if ble is not None:
            await ble.close()
        device, self.device = self.device, None
        if device is not None:
            device.on_stopped = None
            await device.close()
