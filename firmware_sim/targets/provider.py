"""Simulated devices for whoever asks by entry point `vitalband.simulators` (see host_sdk/transports/simulated.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..mcu import McuReset
from ..mcu.radio import AirServer, Radio
from ..mcu.uart import SimUart
from ..world.base import World
from ..world.records import RecordWorld, open_record
from ..world.wearer import PRESETS, Wearer
from .cpython import CpythonSimulation
from .qemu.errors import EmulatorError
from .simulation import BEGIN_US, BootLoopError, Simulation

#: After a record the electrodes are off: the device closes its last window and hands out what it still holds.
FLUSH_S = 4.0
_OPTIONS = frozenset(
    ("link", "pace", "record", "signal", "channel", "start", "end", "seed", "wearer", "storage", "warm", "run", "heap")
)


@dataclass(frozen=True)
class Settings:
    """What a device is opened with, checked."""

    link: str = "ble"
    pace: float | None = 1.0
    record: str | None = None
    signal: str = "auto"
    channel: str | None = None
    start_s: float = 0.0
    end_s: float | None = None
    seed: int = 0
    wearer: str = "resting"
    storage: Path | None = None
    warm_s: float = 0.0
    target: str = "cpython"
    run: str = "firmware"
    heap: int | None = None

    @classmethod
    def parse(cls, options: Mapping[str, str], target: str = "cpython") -> Settings:
        """Settings from text options; raises ValueError naming the one that is wrong."""
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise ValueError(f"the simulator has no option {unknown[0]!r} (it has {', '.join(sorted(_OPTIONS))})")
        settings = cls(
            link=_one_of("link", options.get("link", "ble"), ("ble", "serial")),
            pace=_pace(options.get("pace", "real")),
            record=options.get("record"),
            signal=_one_of("signal", options.get("signal", "auto"), ("auto", "ecg", "ppg", "imu")),
            channel=options.get("channel"),
            start_s=_seconds("start", options.get("start", "0")),
            end_s=_seconds("end", options["end"]) if "end" in options else None,
            seed=int(_seconds("seed", options.get("seed", "0"))),
            wearer=_one_of("wearer", options.get("wearer", "resting"), tuple(PRESETS)),
            storage=Path(options["storage"]) if "storage" in options else None,
            warm_s=_seconds("warm", options.get("warm", "0")),
            target=target,
            run=options.get("run", "firmware"),
            heap=int(_seconds("heap", options["heap"])) if "heap" in options else None,
        )
        if target.startswith("unix") and settings.run == "repl":
            raise ValueError(f"target {target} has no console to give a REPL on")
        if target == "cpython" and (settings.run != "firmware" or settings.heap is not None):
            raise ValueError("run and heap are of emulated targets")
        if settings.record is not None and "wearer" in options:
            raise ValueError("a device senses a record or a wearer, not both")
        if settings.record is None:
            astray = next((name for name in ("channel", "start", "end") if name in options), None)
            if astray is not None:
                raise ValueError(f"{astray} is of a record, and there is none")
        return settings


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"{name} {value!r} is none of {', '.join(choices)}")
    return value


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not 0 <= value < 1e9:
        raise ValueError(f"{name} {text} is out of range")
    return value


def _pace(text: str) -> float | None:
    if text == "max":
        return None
    pace = 1.0 if text == "real" else _seconds("pace", text)
    if not 0.01 <= pace <= 1000:
        raise ValueError(f"pace {text} is not between 0.01 and 1000 (or real, or max)")
    return pace


def build_world(settings: Settings) -> World:
    """The world of these settings; raises ValueError or OSError for a record that is not usable."""
    if settings.record is None:
        return Wearer(PRESETS[settings.wearer], seed=settings.seed)
    signals = None if settings.signal == "auto" else (settings.signal,)
    return open_record(
        settings.record,
        signals=signals,
        channel=settings.channel,
        start_s=settings.start_s,
        end_s=settings.end_s,
        strict=False,
    )


def build_simulation(settings: Settings, world: World, radio: Radio | None) -> Simulation:
    """The firmware of these settings in `world`; OSError where its target cannot run it."""
    if settings.target == "cpython":
        return CpythonSimulation(world, seed=settings.seed, storage=settings.storage, radio=radio)
    from .qemu.machines import DEFAULT_HEAP
    from .qemu.simulation import EmulatedSimulation

    with _startable():
        return EmulatedSimulation(
            world,
            settings.target,
            seed=settings.seed,
            storage=settings.storage,
            radio=radio,
            run=settings.run,
            heap=DEFAULT_HEAP if settings.heap is None else settings.heap,
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
    damage: str | None
    duration_s: float | None
    record_start_us: int
    ecg_start_s: float


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
            damage=str(record.damage) if record and record.damage else None,
            duration_s=world.duration_s,
            record_start_us=BEGIN_US - round(self._settings.start_s * 1e6),
            ecg_start_s=self._settings.start_s + self.simulation.ecg_start_s,
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
            await self.simulation.run(None if end is None else end + FLUSH_S, self._settings.pace)
        except asyncio.CancelledError:
            raise
        except (Exception, McuReset) as death:  # whatever the firmware died of is told to whoever watches
            error = death
        if self.on_stopped is not None:
            self.on_stopped(error)

    async def run_to_end(self) -> None:
        """Play the whole record as fast as it goes, and what the device still holds after it."""
        end = self.simulation.world.duration_s
        if end is None:
            raise ValueError("an endless world has no end to run to")
        await self.simulation.run(end + FLUSH_S, None)

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


def opener(target: str) -> Callable[[Mapping[str, str]], Awaitable[LocalDevice]]:
    """What `vitalband.simulators` finds for a target."""

    async def open_device(options: Mapping[str, str]) -> LocalDevice:
        """Start a simulated device.

        Options beside those in host_sdk/transports/simulated.py: `seed` (whole number), `wearer` (a preset's name),
        `storage` (folder of its flash files), `warm` (seconds it has been worn already); of emulated targets `run`
        (`firmware`; `repl`: only the console; `script:NAME` of a flash file) and `heap` (bytes).
        """
        settings = Settings.parse(options, target)
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

    return open_device


open_cpython = opener("cpython")
open_unix = opener("unix")
open_unix_c = opener("unix-c")
open_qemu = opener("qemu")
open_qemu_m3 = opener("qemu-m3")
open_qemu_m3_c = opener("qemu-m3-c")
open_qemu_m4 = opener("qemu-m4")
open_qemu_m4_c = opener("qemu-m4-c")
