"""A BLE peripheral on a simulated MCU on a served air, its time pumped by the event loop, for the tests of BLE."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.clock import DeviceClock
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.identity import Identity
from firmware_sim.firmware.services.ble.irq import Radio
from firmware_sim.firmware.services.ble.peripheral import BlePeripheral
from firmware_sim.firmware.services.link import FrameReceiver, Link
from firmware_sim.firmware.services.smp.server import SmpServer
from firmware_sim.firmware.vitals import Vitals
from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.mcu.radio import AirServer
from host_sdk.virtual_radio import client_backend, scanner_backend

LIMIT_S = 5.0
STEP_US = 20_000
# Same advert, more often: a test need not wait as long as a scanner.
TEST_ADVERTISE_US = 20_000
REQUEST = "5f1c0002-7a4e-4d0c-9c52-0b5b6a2e6b10"
REPLY = "5f1c0003-7a4e-4d0c-9c52-0b5b6a2e6b10"
SAMPLES = "5f1c0004-7a4e-4d0c-9c52-0b5b6a2e6b10"
RESULTS = "5f1c0005-7a4e-4d0c-9c52-0b5b6a2e6b10"
_T = TypeVar("_T")


async def soon(step: Awaitable[_T]) -> _T:
    """Wait, but not for ever."""
    return await asyncio.wait_for(step, LIMIT_S)


async def holds(true: Callable[[], object]) -> None:
    """Wait for something to become true."""
    while not true():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.002)


async def collect(client: BleakClient, uuid: str) -> asyncio.Queue[bytes]:
    """Subscribe; what is notified lands in the queue."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    await soon(client.start_notify(uuid, lambda _, data: queue.put_nowait(bytes(data))))
    return queue


class Storage(dict[str, bytes]):
    """Flash that outlives a device."""

    def put(self, name: str, data: bytes) -> None:
        """Keep a file."""
        self[name] = bytes(data)


class EchoSession(FrameReceiver):
    """Remembers its frames and sends each back as an ack."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.frames: list[bytes] = []
        self.downs = 0

    def on_frame(self, frame: memoryview) -> None:
        """Keep the frame and send it back."""
        self.frames.append(bytes(frame))
        answer = bytearray(frame)
        answer[0] = 0x09
        self.link.send(answer, len(answer))

    def on_down(self) -> None:
        """Count it."""
        self.downs += 1


class Band:
    """One device: MCU, radio and the firmware's BLE half, built with `sensors`."""

    def __init__(self, server: AirServer, seed: int, storage: Storage, sensors: tuple[str, ...]) -> None:
        self.sensors = sensors
        self.server = server
        self.storage = storage
        self.clock = Clock()
        self.radio = server.new_radio()
        self.mcu = Mcu(self.clock, seed=seed, radio=self.radio)
        self.peripheral = self.boot()

    def boot(self) -> BlePeripheral:
        """Start the firmware's BLE half."""
        modules: dict[str, Any] = modules_of(self.mcu)
        bluetooth, machine = modules["bluetooth"], modules["machine"]
        self.rtc = machine.RTC()
        self.device_clock = DeviceClock(self.rtc)
        self.ble = bluetooth.BLE()
        self.vitals = Vitals()
        self.vitals.fitted[wire.STREAM_ECG] = "ecg" in self.sensors
        self.vitals.fitted[wire.STREAM_PPG] = "ppg" in self.sensors
        self.stack = Radio(self.ble, bluetooth.UUID, self.storage)
        identity = Identity("maker", "model", "1.2.3", self.mcu.unique_id, "vitalband", 1)
        self.stack.start(identity.name)
        self.peripheral = BlePeripheral(self.stack, identity, self.device_clock, self.vitals, self.sensors, SmpServer())
        for link in self.peripheral.links:
            link.receiver = EchoSession(link)
        self.ble.gap_advertise(TEST_ADVERTISE_US)
        return self.peripheral

    def step(self) -> None:
        """20 ms of virtual time."""
        self.clock.run_until(self.clock.now + STEP_US)
        self.stack.poll()

    def report(self) -> None:
        """What the device does once a second, at the time of the newest beat."""
        self.peripheral.report(max(0, self.vitals.beat_us[0]))

    def measured(self, kind: int, value: int, quality: int = 100, reason: int = 0) -> None:
        """A reading is there."""
        measure = Measure()
        measure.set(value, quality, reason)
        self.vitals.put(kind, 1_000_000, measure)

    async def live(self) -> None:
        """Step all the time."""
        while True:
            self.step()
            await asyncio.sleep(0.002)

    @property
    def busy(self) -> list[Any]:
        """Links with a central."""
        return [link for link in self.peripheral.links if link.connection is not None]

    def serves(self, count: int) -> bool:
        """Whether it has so many centrals."""
        return len(self.busy) == count

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true."""

        await soon(holds(true))

    async def find(self) -> BLEDevice:
        """Scan for it."""
        backend = scanner_backend(self.server.address)
        found = await soon(BleakScanner.find_device_by_name(self.peripheral.name, backend=backend))
        assert found is not None
        return found

    def client(self, device: BLEDevice, **options: Any) -> BleakClient:
        """A bleak client for it; `options` of `client_backend`, and `gone` as disconnected callback."""
        gone = options.pop("gone", None)
        return BleakClient(device, gone, backend=client_backend(self.server.address, **options))


@asynccontextmanager
async def band(
    seed: int = 1,
    storage: Storage | None = None,
    server: AirServer | None = None,
    sensors: tuple[str, ...] = ("ecg", "ppg", "gauge"),
) -> AsyncIterator[Band]:
    """A running device, on an air of its own unless one is given."""
    air = await soon(AirServer.start()) if server is None else server
    device = Band(air, seed, Storage() if storage is None else storage, sensors)
    await soon(device.radio.power_on())
    living = asyncio.create_task(device.live())
    try:
        yield device
        if living.done():
            living.result()
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await soon(device.radio.power_off())
        if server is None:
            await soon(air.close())
