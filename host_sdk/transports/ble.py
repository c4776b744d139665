"""A device over Bluetooth LE, by bleak's plain API; the backend can be the operating system's or a virtual radio."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from ..errors import ConnectError, ConnectionLost, VitalbandError
from ..reasons import one_line, reason
from ..waiting import within
from ..wire_gen import (
    UUID_SERVICE_VITALBAND,
    UUID_VITALBAND_REPLY,
    UUID_VITALBAND_REQUEST,
    UUID_VITALBAND_RESULTS,
    UUID_VITALBAND_SAMPLES,
)
from .base import Frame, Transport
from .held import Hold

SCAN_TIMEOUT_S = 10.0
STEP_TIMEOUT_S = 15.0
RETRY_AFTER_S = 2.0
NOTIFIED = (UUID_VITALBAND_REPLY, UUID_VITALBAND_RESULTS, UUID_VITALBAND_SAMPLES)
#: What a simulator that does not answer may be.
SIMULATOR_HINT = "is `vitalband sim` running there?"
#: Why a device may not be seen, which only who looks at it can tell apart: one without room does not advertise.
_UNSEEN = "out of reach, switched off, or connected to as many hosts as it has room for"
# No service of that name, on Linux where BlueZ is not installed or not running.
_NO_BLUEZ = ("ServiceUnknown", "NameHasNoOwner", "Spawn.ServiceNotFound")
# Insufficient authentication, insufficient encryption.
_NEEDS_PAIRING = (0x05, 0x0F)
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backend:
    """Bleak backends to use instead of the operating system's; None: that."""

    client: type[BaseBleakClient] | None = None
    scanner: type[BaseBleakScanner] | None = None
    #: Where the virtual radio is that they join, for people; None: the operating system's.
    air: str | None = None

    @property
    def description(self) -> str:
        """What this radio is, for people."""
        return "Bluetooth" if self.air is None else f"virtual radio {self.air}"


@dataclass(frozen=True, slots=True)
class DiscoveredDevice:
    """A device seen on the air."""

    name: str
    address: str
    rssi: int
    is_vitalband: bool
    device: BLEDevice


async def scan(duration_s: float, backend: Backend | None = None) -> list[DiscoveredDevice]:
    """Devices that advertise within some seconds, strongest first; raises ConnectError without a radio."""
    backend = backend or Backend()
    with _translated(backend.description, backend):
        scanner = BleakScanner(backend=backend.scanner)
        try:
            await _within(scanner.start(), STEP_TIMEOUT_S, "Bluetooth scan start")
            await asyncio.sleep(duration_s)
        finally:
            await _quietly(scanner.stop())
    discovered = scanner.discovered_devices_and_advertisement_data.values()
    return sorted((_discovered(device, advert) for device, advert in discovered), key=lambda found: -found.rssi)


def _discovered(device: BLEDevice, advert: AdvertisementData) -> DiscoveredDevice:
    name = advert.local_name or device.name or ""
    return DiscoveredDevice(name, device.address, advert.rssi, UUID_SERVICE_VITALBAND in advert.service_uuids, device)


class BleTransport(Transport):
    """Frames over the vitalband GATT service. `target`: name or address; empty: the first vitalband in reach."""

    def __init__(self, target: str, *, backend: Backend | None = None, scan_timeout_s: float = SCAN_TIMEOUT_S) -> None:
        super().__init__()
        self._target = target
        self._backend = backend or Backend()
        self.simulated = self._backend.air is not None
        self._scan_timeout_s = scan_timeout_s
        self._client: BleakClient | None = None
        self._hold: Hold | None = None
        self._sending = asyncio.Lock()

    @property
    def description(self) -> str:
        """What this link is, for people. The device refuses its data on a link that is not encrypted."""
        device = f"device {self._target}".rstrip()
        name = f"Bluetooth {device}" if self._backend.air is None else f"{device} on {self._backend.description}"
        return f"{name}, encrypted" if self._client is not None else name

    async def _open(self) -> None:
        # one with bonds of its own is another host
        radio = getattr(self._backend.client, "spec", "of this computer")
        self._hold = hold = Hold(f"bluetooth {radio}", self.description)
        try:
            with _translated(self.description, self._backend):
                self._client = await self._connect(hold)
        except BaseException:
            hold.release()
            raise

    async def _connect(self, hold: Hold) -> BleakClient:
        if self._target:
            hold.take(self._target.lower())
        device = await self._find()
        hold.take(device.address.lower())
        client = await self._link_up(device)
        try:
            await self._subscribe(client)
        except BaseException as error:
            gone = isinstance(error, Exception) and not client.is_connected
            await _quietly(client.disconnect())
            if gone:
                raise ConnectError(f"{self.description}: disconnected before it was set up") from error
            raise
        return client

    async def _link_up(self, device: BLEDevice) -> BleakClient:
        """Connected to a device; once more where it fails, because another host may have answered the same advert."""
        try:
            return await self._try(device)
        except BleakError as error:
            _log.info("%s: %s; trying once more", self.description, one_line(error))
        await asyncio.sleep(RETRY_AFTER_S)
        return await self._try(device)

    async def _try(self, device: BLEDevice) -> BleakClient:
        client = BleakClient(device, self._on_disconnected, timeout=STEP_TIMEOUT_S, backend=self._backend.client)
        try:
            await _within(client.connect(), 2 * STEP_TIMEOUT_S, "connect")
        except BaseException:
            await _quietly(client.disconnect())
            raise
        _log.debug("%s: connected to %s", self.description, device.address)
        return client

    async def _find(self) -> BLEDevice:
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def seen(device: BLEDevice, advert: AdvertisementData) -> None:
            if self._is_target(_discovered(device, advert)) and not found.done():
                found.set_result(device)

        scanner = BleakScanner(seen, backend=self._backend.scanner)
        try:
            await _within(scanner.start(), STEP_TIMEOUT_S, "Bluetooth scan start")
            return await within(found, self._scan_timeout_s)
        except asyncio.TimeoutError:
            raise ConnectError(f"{self.description}: not seen within {self._scan_timeout_s:g} s: {_UNSEEN}") from None
        finally:
            await _quietly(scanner.stop())

    def _is_target(self, found: DiscoveredDevice) -> bool:
        if not self._target:
            return found.is_vitalband
        return self._target in (found.name, found.address) or self._target.lower() == found.address.lower()

    async def _subscribe(self, client: BleakClient) -> None:
        if client.services.get_service(UUID_SERVICE_VITALBAND) is None:
            raise ConnectError(f"{self.description}: has no vitalband service")
        try:
            await self._notify(client)
        except BleakError as error:
            if not _needs_pairing(error):
                raise
            _log.info("%s: pairing", self.description)
            await _within(client.pair(), 2 * STEP_TIMEOUT_S, "pair")
            await self._notify(client)

    async def _notify(self, client: BleakClient) -> None:
        def received(_characteristic: Any, data: bytearray) -> None:
            self._deliver(bytes(data))

        for uuid in NOTIFIED:
            await _within(client.start_notify(uuid, received), STEP_TIMEOUT_S, "subscribe")

    async def send(self, frame: Frame) -> None:
        """Write one request."""
        client = self._client
        if client is None:
            raise ConnectionLost(f"{self.description}: not open")
        try:
            async with self._sending:
                write = client.write_gatt_char(UUID_VITALBAND_REQUEST, frame.encode(), response=True)
                await _within(write, STEP_TIMEOUT_S, "write")
        except Exception as error:  # what libraries say of a link that has gone is about something else
            words = reason(error) if self._client is client and client.is_connected else "disconnected"
            raise ConnectionLost(f"{self.description}: {words}") from error

    def _on_disconnected(self, _client: BleakClient) -> None:
        if self._client is not None:
            self._client = None
            self._let_go()
            self._lose("disconnected")

    def _let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.release()

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _quietly(client.disconnect())
        self._let_go()


def _needs_pairing(error: BleakError) -> bool:
    if isinstance(error, BleakGATTProtocolError):
        return int(error.code) in _NEEDS_PAIRING
    # BlueZ has no number for it.
    return isinstance(error, BleakDBusError) and error.dbus_error.endswith(("NotPermitted", "NotAuthorized"))


async def _within(step: Awaitable[_T], seconds: float, what: str) -> _T:
    began = time.monotonic()
    try:
        return await within(step, seconds)
    except asyncio.TimeoutError:  # ours, or a shorter one of the step itself
        raise ConnectError(f"{what}: no answer within {time.monotonic() - began:.0f} s") from None


async def _quietly(step: Awaitable[None]) -> None:
    """Take something down that may be gone already, or never came up."""
    try:
        await within(step, STEP_TIMEOUT_S)
    except Exception as error:  # it stands in the way of nothing, least of all of the error that led here
        _log.debug("taking down: %s: %s", type(error).__name__, one_line(error))


@contextmanager
def _translated(what: str, backend: Backend) -> Iterator[None]:
    """Whatever bleak and the operating system raise becomes a ConnectError."""
    try:
        yield
    except VitalbandError:
        raise
    except (BleakError, OSError, EOFError, NotImplementedError) as error:
        raise ConnectError(f"{what}: {radio_reason(error, backend)}") from error


def radio_reason(error: BaseException, backend: Backend) -> str:
    """What keeps a radio from working, and where that is known, what it means."""
    if backend.air is not None and isinstance(error.__cause__, OSError | asyncio.TimeoutError):
        return f"{reason(error.__cause__)}; {SIMULATOR_HINT}"
    no_bus = isinstance(error, FileNotFoundError | ConnectionRefusedError)
    no_bluez = isinstance(error, BleakDBusError) and error.dbus_error.endswith(_NO_BLUEZ)
    if backend.air is None and (no_bus or no_bluez):
        return "no Bluetooth service on this computer (on Linux: BlueZ, over D-Bus)"
    return reason(error)
