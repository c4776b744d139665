"""bleak's client on a virtual adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from bleak import BleakScanner
from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import att, hci
from bumble.device import Connection, Peer
from bumble.gatt_client import AttributeProxy

from .adapter import Adapter, RadioSpec, identity_of, quietly
from .discovery import discover, subscribe_to_changes
from .scanner import VirtualScanner
from .translation import NEEDS_PAIRING, translated

PREFERRED_MTU = 247
_T = TypeVar("_T")


class VirtualClient(BaseBleakClient):
    """One connection over the air of `spec`."""

    spec: ClassVar[RadioSpec]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        services: set[str] | None = None,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **_platform: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        self._found = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._wanted = services
        self._adapter: Adapter | None = None
        self._connection: Connection | None = None
        self._ended: asyncio.Future[None] | None = None
        self._subscribed: dict[int, Callable[[bytes], None]] = {}
        self._pairing = asyncio.Lock()
        self._running: set[asyncio.Future[Any]] = set()

    @property
    def name(self) -> str:
        """Name from the advert, the address where there was none."""
        return (self._found.name if self._found else None) or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """Negotiated MTU."""
        return self._link().att_mtu

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    # Connection

    async def connect(self, pair: bool, **_platform: Any) -> None:
        """Find, connect, encrypt where there is a bond (or pair where asked to) and discover services."""
        if self._connection is not None:
            raise BleakError("already connected")
        device = await self._find()
        self._adapter = adapter = await Adapter.acquire(self.spec)
        try:
            with translated(f"connect to {self.address}"):
                self._begin(await adapter.connect(device.details, self._timeout))
                if not adapter.has(self._link()):  # it ended before anybody listened
                    raise BleakError("the device disconnected")
                await self._run(self._set_up(pair))
        except BaseException:
            await self.disconnect()
            raise

    async def _find(self) -> BLEDevice:
        if self._found is None:
            backend = type("VirtualScanner", (VirtualScanner,), {"spec": self.spec})
            self._found = await BleakScanner.find_device_by_address(
                self.address, timeout=self._timeout, backend=backend
            )
        if self._found is None:
            raise BleakDeviceNotFoundError(self.address, f"Device with address {self.address} was not found.")
        return self._found

    def _begin(self, connection: Connection) -> None:
        self._connection = connection
        self._ended = asyncio.get_running_loop().create_future()
        connection.once(Connection.EVENT_DISCONNECTION, self._on_disconnection)
        connection.on(Connection.EVENT_SECURITY_REQUEST, lambda _options: self._on_security_request(connection))

    def _on_security_request(self, connection: Connection) -> None:
        """The device asks for a secure link."""
        if self.spec.auto_pair:
            self._keep(asyncio.ensure_future(self._pair(connection)))

    async def _set_up(self, pair: bool) -> None:
        connection = self._link()
        peer = Peer(connection)
        await peer.request_mtu(PREFERRED_MTU)
        await self._encrypt(connection)
        if pair and not connection.encryption:
            await self._pair(connection)
        self.services = await discover(peer, self._wanted, lambda: self.mtu_size - 3)
        await subscribe_to_changes(peer)

    async def _encrypt(self, connection: Connection) -> None:
        """Encrypt with the bond; one that the device has forgotten is forgotten here too."""
        identity = identity_of(self.spec)
        peer = str(connection.peer_address)
        if identity.bond(peer) is None:
            return
        try:
            await connection.encrypt()
        except hci.HCI_Error as error:
            if error.error_code != hci.HCI_PIN_OR_KEY_MISSING_ERROR:
                raise
            await identity.delete(peer)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._subscribed.clear()
        self.services = None
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if self._disconnected_callback is not None:
            self._disconnected_callback()
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            self._keep(asyncio.ensure_future(adapter.release()))

    async def disconnect(self) -> None:
        """Take the link down; harmless when it is down."""
        if self._connection is not None:
            await quietly(self._connection.disconnect())
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            await adapter.release()
        if self._running:
            _, left = await asyncio.wait(set(self._running), timeout=1.0)
            for step in left:  # nobody answers it any more
                step.cancel()

    async def pair(self, *_args: Any, **_platform: Any) -> None:
        """Pair and bond; BleakError when the device refuses. Harmless when the link is encrypted already."""
        with translated("pair"):
            await self._run(self._pair(self._link()))

    async def _pair(self, connection: Connection) -> None:
        async with self._pairing:
            if not connection.encryption:
                await connection.pair()

    async def unpair(self) -> None:
        """Forget the bond, and the link with it."""
        identity = identity_of(self.spec)
        if self._connection is not None:
            peer = str(self._connection.peer_address)
            await self.disconnect()
        else:
            peer = str((await self._find()).details)
        await identity.delete(peer)

    # Input and output

    def _link(self) -> Connection:
        if self._connection is None:
            raise BleakError("Not connected")
        return self._connection

    def _keep(self, task: asyncio.Future[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()

    async def _run(self, step: Awaitable[_T]) -> _T:
        """Wait for a step or for the link's end, whichever is first.

        A caller that gives up leaves the request to end by itself: ATT has one request at a time, and its answer
        must not be taken for the next one's.
        """
        assert self._ended is not None
        task = asyncio.ensure_future(step)
        self._keep(task)
        either: set[asyncio.Future[Any]] = {task, self._ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() or task.cancelled():
            raise BleakError("the device disconnected")
        return task.result()

    async def _io(self, what: str, request: Callable[[], Awaitable[_T]]) -> _T:
        """Do a GATT request; where the device wants encryption, pair and do it again."""
        connection = self._link()
        with translated(what):
            try:
                return await self._run(request())
            except att.ATT_Error as error:
                cure = self.spec.auto_pair and not connection.encryption and error.error_code in NEEDS_PAIRING
                if not cure:
                    raise
            await self._run(self._pair(connection))
            return await self._run(request())

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_platform: Any
    ) -> bytearray:
        """Read a characteristic; `use_cached`: what it was when it was last read or notified, if it has been."""
        return await self._read(f"read {characteristic.uuid}", characteristic.obj, use_cached)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_platform: Any
    ) -> bytearray:
        """Read a descriptor; `use_cached`: what it was when it was last read, if it has been."""
        return await self._read(f"read {descriptor.uuid}", descriptor.obj, use_cached)

    async def _read(self, what: str, proxy: AttributeProxy[bytes], use_cached: bool) -> bytearray:
        if use_cached and self._link() and proxy.handle in proxy.client.cached_values:
            return bytearray(proxy.client.cached_values[proxy.handle][1])
        value: bytes = await self._io(what, proxy.read_value)
        return bytearray(value)

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        """Write a characteristic; without response it waits until the radio has sent it.

        With response what is longer than a packet goes in pieces; without, it is a BleakError, as it is on real radios.
        """
        value = bytes(data)
        if not response and len(value) > self.mtu_size - 3:
            longest = f"at most {self.mtu_size - 3} of {len(value)} bytes"
            raise BleakError(f"write {characteristic.uuid}: {longest} go without a response")

        async def write() -> None:
            await characteristic.obj.write_value(value, with_response=response)
            if not response:
                await self._link().drain()

        await self._io(f"write {characteristic.uuid}", write)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        value = bytes(data)
        await self._io(f"write {descriptor.uuid}", lambda: descriptor.obj.write_value(value, with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **platform: Any
    ) -> None:
        """Subscribe to notifications, or to indications where there are none.

        ``bluez={"use_start_notify": False}`` asks for BlueZ's AcquireNotify, which loses what comes before the answer.
        """
        if characteristic.handle in self._subscribed:
            raise BleakError(f"notifications of {characteristic.uuid} are on already")
        acquired = platform.get("bluez", {}).get("use_start_notify") is False

        def received(value: bytes) -> None:
            if not acquired or characteristic.handle in self._subscribed:
                callback(bytearray(value))

        proxy = characteristic.obj
        try:
            await self._io(f"subscribe to {characteristic.uuid}", lambda: proxy.client.subscribe(proxy, received))
        except BaseException:
            # bumble keeps the callback even where the device refused
            for subscribers in (proxy.client.notification_subscribers, proxy.client.indication_subscribers):
                subscribers.get(proxy.handle, set()).discard(received)
            raise
        self._subscribed[characteristic.handle] = received

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe; harmless when not subscribed."""
        received = self._subscribed.pop(characteristic.handle, None)
        proxy = characteristic.obj
        if received is not None:
            await self._io(f"unsubscribe {characteristic.uuid}", lambda: proxy.client.unsubscribe(proxy, received))
