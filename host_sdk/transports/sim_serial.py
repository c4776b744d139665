"""The serial cable of a simulated device in this process."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ConnectError, ConnectionLost, RecordError, SimulatorError
from ..reasons import one_line
from .base import Frame, OnConsole, Transport
from .framing import Deframer, wrap
from .simulated import SimulatedDevice, open_simulated
from .simulated_options import SimulatedOptions


class SimSerialTransport(Transport):
    """The serial cable of a simulated device in this process."""

    simulated = True

    def __init__(self, options: SimulatedOptions, on_console: OnConsole | None = None) -> None:
        super().__init__()
        self._options = replace(options, link="serial")
        self._deframer = Deframer(self.counters, self._deliver, on_console)
        self.device: SimulatedDevice | None = None
        self.finite = options.pace is None and options.record is not None

    @property
    def description(self) -> str:
        """What this link is, for people."""
        record = self._options.record
        return f"replay of {record}" if record else "simulated device (serial)"

    async def _open(self) -> None:
        self.device = await open_simulated(self._options)
        self.record_error = self.device.info.record_error
        self.ecg_fs = self.device.info.ecg_fs
        self.has_light_level = self.device.info.has_light_level
        port = self.device.serial_port
        if port is None:
            await self.close()
            raise ConnectError("the simulated device has no serial port")
        port.on_data = self._deframer.feed
        self.device.on_stopped = self._on_stopped

    def _on_stopped(self, error: BaseException | None) -> None:
        self.ended = error is None
        self._lose("the world ended" if error is None else f"the device died: {one_line(error)}")

    async def send(self, frame: Frame) -> None:
        """Send one frame down the cable."""
        port = self.device.serial_port if self.device else None
        if port is None:
            raise ConnectionLost(f"{self.description}: not open")
        port.write(wrap(frame.encode()))

    async def play(self) -> None:
        """Play the record to its end; of an endless device: until it stops."""
        if not self.finite or self.device is None:
            await super().play()
            return
        try:
            await self.device.run_to_end()
        except (RecordError, ValueError, OSError, EOFError) as error:
            raise RecordError(one_line(error)) from error
        except Exception as death:  # of whatever the firmware died: the user reads a line, not its stack
            raise SimulatorError(f"the device died: {type(death).__name__}: {one_line(death)}") from death

    async def _close(self) -> None:
        device, self.device = self.device, None
        if device is not None:
            device.on_stopped = None
            await device.close()
