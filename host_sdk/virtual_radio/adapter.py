"""A virtual Bluetooth adapter: one HCI host on a radio's transport, shared by the scanners and clients of a loop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bleak.exc import BleakError
from bumble import core, hci
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportSpecError

from ..reasons import reason
from ..waiting import within
from .identity import Identity
from .quiet_host import QuietHost

OPEN_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 2.0
OnAdvert = Callable[[Advertisement], None]


@dataclass(frozen=True)
class RadioSpec:
    """Which radio and how: an HCI transport (``tcp-client:HOST:PORT``, ``unix-client:PATH``), whether to pair by
    itself when a device asks for encryption, as desktop systems do, and a file for bonds (None: in memory)."""

    transport: str
    auto_pair: bool = True
    bonds: Path | None = None


# An adapter that nobody uses is closed; the next one on the same radio is the same to its peers.
_identities: dict[tuple[str, Path | None], Identity] = {}
_adapters: dict[tuple[asyncio.AbstractEventLoop, Identity], Adapter] = {}


def identity_of(spec: RadioSpec) -> Identity:
    """The identity that adapters of this radio have in this process."""
    key = (spec.transport, spec.bonds)
    if key not in _identities:
        _identities[key] = Identity(spec.bonds)
    return _identities[key]


class Adapter:
    """Get it with `acquire`, hand it back with `release`; the last one to do so switches it off."""

    def __init__(self, spec: RadioSpec) -> None:
        self.spec = spec
        self.identity = identity_of(spec)
        #: Done when the radio went away under us.
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._users = 0
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._listeners: dict[OnAdvert, bool] = {}
        self._opening = asyncio.Lock()
        self._scanning = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._expecting = False
        self._goodbyes: set[asyncio.Task[None]] = set()

    @classmethod
    async def acquire(cls, spec: RadioSpec) -> Adapter:
        """The loop's adapter for a radio, switched on; BleakError when that is not possible."""
        key = (asyncio.get_running_loop(), identity_of(spec))
        _refuse_other_loop(*key, spec)
        adapter = _adapters.get(key)
        if adapter is None or adapter.lost:
            adapter = _adapters[key] = cls(spec)
        adapter._users += 1
        try:
            async with adapter._opening:
                if adapter._device is None:
                    await adapter._open()
        except BaseException:
            await adapter.release()
            raise
        return adapter

    async def release(self) -> None:
        """Stop using it."""
        self._users -= 1
        if self._users:
            return
        key = (asyncio.get_running_loop(), self.identity)
        if _adapters.get(key) is self:
            del _adapters[key]
        await self._close()

    @property
    def lost(self) -> bool:
        """Whether the radio went away under us."""
        return self.gone.done()

    @property
    def device(self) -> Device:
        """Bumble's host; BleakError when the radio has gone."""
        if self._device is None or self.lost:
            raise BleakError(f"the virtual radio {self.spec.transport} has gone")
        return self._device

    def has(self, connection: Connection) -> bool:
        """Whether a connection is still up."""
        return self._device is not None and self._device.connections.get(connection.handle) is connection

    async def _open(self) -> None:
        try:
            await within(self._power_on(), OPEN_TIMEOUT_S)
        except (OSError, ValueError, core.BaseBumbleError, TransportSpecError, asyncio.TimeoutError) as error:
            raise BleakError(f"the virtual radio {self.spec.transport} cannot be opened: {reason(error)}") from error

    async def _power_on(self) -> None:
        # bumble has an IPv6 address without brackets
        address = re.sub(r"^(tcp-client:)\[(.+)\](:\d+)$", r"\1\2\3", self.spec.transport)
        self._transport = transport = await open_transport(address)
        config = DeviceConfiguration(name="vitalband-host", address=self.identity.address, irk=self.identity.irk)
        device = Device(config=config, host=QuietHost(transport.source, transport.sink))
        device.keystore = self.identity
        device.pairing_config_factory = lambda _connection: PairingConfig(
            sc=True, mitm=False, bonding=True, delegate=PairingDelegate()
        )
        device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        device.host.on("flush", self._on_transport_lost)
        await device.power_on()
        self._device = device

    async def _close(self) -> None:
        device, self._device = self._device, None
        transport, self._transport = self._transport, None
        if device is not None and not self.lost:
            await quietly(device.power_off())
        if transport is not None:
            await quietly(transport.close())
            await asyncio.sleep(0)  # the socket is closed by the loop's next turn

    def _on_transport_lost(self) -> None:
        """The radio went away under us: every link is gone, and nobody else will say so."""
        device = self._device
        if device is None or self.lost:
            return
        self.gone.set_result(None)
        for handle in list(device.connections):
            device.on_disconnection(handle, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    # Scanning

    async def listen(self, on_advert: OnAdvert, active: bool) -> None:
        """Call `on_advert` for what is heard; one active listener makes all hear scan responses."""
        await asyncio.shield(self._listen(on_advert, active))  # half of it would leave the controller in another state

    async def _listen(self, on_advert: OnAdvert, active: bool) -> None:
        async with self._scanning:
            restart = active and not any(self._listeners.values())
            self._listeners[on_advert] = active
            if not self.device.is_scanning or restart:
                await self._scan()

    async def unlisten(self, on_advert: OnAdvert) -> None:
        """Stop calling; harmless when it is not called."""
        await asyncio.shield(self._unlisten(on_advert))

    async def _unlisten(self, on_advert: OnAdvert) -> None:
        async with self._scanning:
            if self._listeners.pop(on_advert, None) is None or self._listeners or self.lost or self._device is None:
                return
            if self._device.is_scanning:
                await self._device.stop_scanning()

    async def _scan(self) -> None:
        if self.device.is_scanning:
            await self.device.stop_scanning()
        self.device.advertisement_accumulators.clear()
        await self.device.start_scanning(active=any(self._listeners.values()), filter_duplicates=False)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in list(self._listeners):
            listener(advertisement)

    # Connecting

    async def connect(self, peer: hci.Address, timeout_s: float) -> Connection:
        """Connect to an address; asyncio.TimeoutError when it is not there. One at a time, as HCI has it."""
        async with self._connecting:
            task = asyncio.ensure_future(self.device.connect_le(peer, timeout=timeout_s))
            self._expecting = True
            try:
                either: set[asyncio.Future[Any]] = {task, self.gone}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    return task.result()
                raise BleakError(f"the virtual radio {self.spec.transport} has gone")
            except core.TimeoutError:
                raise asyncio.TimeoutError from None
            finally:
                self._expecting = False
                if not task.done():
                    await self._give_up(task)

    async def _give_up(self, task: asyncio.Future[Connection]) -> None:
        """Take back a request to connect: the controller would answer it at any later time."""
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not self.lost:
            await quietly(self.device.send_command(hci.HCI_LE_Create_Connection_Cancel_Command()))

    def _on_connection(self, connection: Connection) -> None:
        """A link that came up after its caller gave up is taken down again."""
        if not self._expecting:
            task = asyncio.get_running_loop().create_task(quietly(connection.disconnect()))
            self._goodbyes.add(task)
            task.add_done_callback(self._goodbyes.discard)


def _refuse_other_loop(here: asyncio.AbstractEventLoop, identity: Identity, spec: RadioSpec) -> None:
    """One radio is one host on the air, and belongs to one event loop at a time."""
    for loop, held in list(_adapters):
        if held is identity and loop is not here and not loop.is_closed():
            raise BleakError(f"the virtual radio {spec.transport} is used in another event loop of this program")


async def quietly(step: Awaitable[object]) -> None:
    """Do something on the way out that may not work any more."""
    try:
        await within(step, CLOSE_TIMEOUT_S)
    except (OSError, core.BaseBumbleError, asyncio.TimeoutError):
        return
