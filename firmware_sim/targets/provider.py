"""Simulated devices for whoever asks by entry point `vitalband.simulators` (see host_sdk/transports/simulated.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from host_sdk.transports.simulated_options import SimulatedOptions

from ..mcu import McuReset
from ..mcu.radio import AirServer, Radio
from ..mcu.uart import SimUart
from ..world.base import World
from ..world.records import RecordWorld, open_record
from ..world.rides import Ride
from ..world.wearer import PRESETS, Wearer
from .cpython import CpythonSimulation
from .qemu.errors import EmulatorError
from .settings import Settings
from .simulation import BEGIN_US, BootLoopError, Simulation

#: A live device goes on for so long after its world's end, with the band taken off: its host cannot see the end coming
#: and ask for `flush`, as a replay does, so this is what closes the beats and windows that wait.
_TAKEN_OFF_S = 4.0


def build_world(settings: Settings) -> World:
    """The world of these settings; raises ValueError or OSError for a record that is not usable."""
    if settings.ride is not None:
        return Ride(settings.ride, settings.seed)
    if settings.record is None:
        return Wearer(PRESETS[settings.wearer or "resting"], seed=settings.seed)
    signals = None if settings.signal == "auto" else (settings.signal,)
    return open_record(
        settings.record,
        signals=signals,
        channel=settings.channel,
        start_s=settings.start_s,
        end_s=settings.end_s,
        read=settings.read,
        strict=False,
    )


def build_simulation(settings: Settings, world: World, radio: Radio | None) -> Simulation:
    """The firmware of these settings in `world`; OSError where its target cannot run it."""
    if settings.target == "cpython":
        storage, role = settings.storage, settings.role
        return CpythonSimulation(world, seed=settings.chip, storage=storage, radio=radio, role=role)
    from .qemu.machines import DEFAULT_HEAP
    from .qemu.simulation import EmulatedSimulation

    with _startable():
        return EmulatedSimulation(
            world,
            settings.target,
            seed=settings.chip,
            storage=settings.storage,
            radio=radio,
            run=settings.run,
            heap=DEFAULT_HEAP if settings.heap is None else settings.heap,
            role=settings.role,
        )


@contextmanager
def _startable() -> Iterator[None]:
    """What keeps a device from starting is an OSError to whoever asked for one."""
    try:
        yield
    except (EmulatorError, BootLoopError) as error:
        raise OSError(str(error)) from error


class SerialPort:
    """The host's end of the cable; what it writes is answered even while time stands still."""

    def __init__(self, uart: SimUart, wake: Callable[[], None]) -> None:
        self.on_data: Callable[[bytes], None] | None = None
        self._uart = uart
        self._wake = wake
        uart.on_output = self._output

    def write(self, data: bytes) -> None:
        """Bytes from the host to the device's UART."""
        self._uart.feed(data)
        self._wake()

    def _output(self, data: bytes) -> None:
        if self.on_data is not None:
            self.on_data(data)


@dataclass(frozen=True)
class DeviceInfo:
    """What is known of the device from outside."""

    name: str
    groups: frozenset[str]
    record: str | None
    channel: str | None
    ecg_fs: float | None
    has_light_level: bool
    record_error: str | None
    duration_s: float | None
    record_start_us: int
    #: Why the bootloader's recovery console has the cable; None: a firmware runs.
    recovery: str | None


class LocalDevice:
    """A simulated device in this process."""

    def __init__(self, settings: Settings, world: World, air: AirServer | None) -> None:
        self.on_stopped: Callable[[BaseException | None], None] | None = None
        self._settings = settings
        self._air = air
        self.simulation = build_simulation(settings, world, air.new_radio() if air else None)
        self.serial_port = SerialPort(self.simulation.mcu.uart(0), self._wake)
        self._task: asyncio.Task[None] | None = None

    def _wake(self) -> None:
        if self._task is None:
            self.simulation.serve()
        else:
            self.simulation.clock.on_input()

    @property
    def radio(self) -> str | None:
        """HCI transport of the air it is on."""
        return self._air.address if self._air else None

    @property
    def info(self) -> DeviceInfo:
        """What is known of it from outside."""
        world = self.simulation.world
        record = world if isinstance(world, RecordWorld) else None
        return DeviceInfo(
            name=self.simulation.name,
            groups=world.groups,
            record=record.name if record else None,
            channel=record.channel if record else None,
            ecg_fs=record.ecg_fs if record else None,
            has_light_level=record.has_light_level if record else True,
            record_error=str(record.record_error) if record and record.record_error else None,
            duration_s=world.duration_s,
            record_start_us=BEGIN_US - round(self._settings.start_s * 1e6),
            recovery=self.simulation.recovery.why if self.simulation.recovery else None,
        )

    async def start(self) -> None:
        """Bring the radio up, let the wearer wear it for `warm` seconds, then let time pass at its pace."""
        if self.simulation.radio is not None:
            await self.simulation.radio.power_on()
        with _startable():
            await self.simulation.run(self._settings.warm_s, None)
        if self._settings.pace is not None or self._settings.record is None:
            self._task = asyncio.create_task(self._live())

    async def _live(self) -> None:
        end = self.simulation.world.duration_s
        error: BaseException | None = None
        try:
            await self.simulation.run(None if end is None else end + _TAKEN_OFF_S, self._settings.pace)
        except asyncio.CancelledError:
            raise
        except (Exception, McuReset) as death:  # whatever the firmware died of is reported to whoever watches
            error = death
        if self.on_stopped is not None:
            self.on_stopped(error)

    async def run_to_end(self) -> None:
        """Play the whole record as fast as it goes; then time stands still again."""
        end = self.simulation.world.duration_s
        if end is None:
            raise ValueError("an endless world has no end to run to")
        await self.simulation.run(end, None)

    async def close(self) -> None:
        """Stop and free everything; harmless when called again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self.simulation.radio is not None:
            await self.simulation.radio.power_off()
        self.simulation.close()
        if self._air is not None:
            await self._air.close()


async def open_device(options: SimulatedOptions) -> LocalDevice:
    """Start a simulated device: what `vitalband.simulators` finds for every target; its own options are `Settings`."""
    settings = Settings.of(options)
    world = build_world(settings)
    air = await AirServer.start() if settings.link == "ble" else None
    try:
        device = LocalDevice(settings, world, air)
    except BaseException:
        if air is not None:
            await air.close()
        raise
    try:
        await device.start()
    except BaseException:
        await device.close()
        raise
    return device
