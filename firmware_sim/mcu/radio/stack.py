"""One life of the MCU's Bluetooth stack: from `BLE().active(True)` to reset."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from bumble import att, core, hci
from bumble.device import AdvertisingType, Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.snoop import Snooper

from . import irq as events
from .air import Air
from .bonds import FirmwareBonds
from .controller import AirController
from .gatt import EINVAL, AccessServer, GattTable
from .irq import IrqQueue
from .listening import listen

ENOMEM = 12
ENOTCONN = 107
#: Notifications of one link that may wait to be sent; NimBLE runs out of buffers at about as many.
MOST_QUEUED = 16
_GAP_SERVICE = core.UUID.from_16_bits(0x1800)
_DEVICE_NAME = core.UUID.from_16_bits(0x2A00)
_INTERVAL_UNITS_MS = 1.25
_TIMEOUT_UNITS_MS = 10.0


@dataclass
class Security:
    """What the firmware asked for with `BLE().config`."""

    bond: bool = True
    mitm: bool = False
    le_secure: bool = True


class _Host(Host):
    """Bumble's host, to which answers may come that nobody waits for any more."""

    def on_command_processed(self, event: Any) -> None:
        """An answer came; a reset in between has cancelled what waits for it."""
        if self.pending_response is None or not self.pending_response.done():
            super().on_command_processed(event)


class Stack:
    """Bumble's host on a controller of the air, speaking MicroPython's events. Made at once, brought up by `start`."""

    def __init__(self, air: Air, address: str, irq: IrqQueue) -> None:
        irk = hashlib.sha256(b"irk " + address.encode()).digest()[:16]
        config = DeviceConfiguration(name="MPY", address=hci.Address(address), irk=irk)
        config.gap_service_enabled = config.gatt_service_enabled = False  # they are added to a server of our own
        self.device = Device(config=config)
        self.device.gatt_server = AccessServer(self.device)
        self.device.add_default_services()
        self.bonds = FirmwareBonds(irq)
        self.device.keystore = self.bonds
        self.security = Security()
        self.table = GattTable(self.device.gatt_server, irq)
        self.controller: AirController | None = None
        self._air = air
        self._irq = irq
        self._tasks: set[asyncio.Task[None]] = set()
        self.device.pairing_config_factory = lambda _connection: PairingConfig(
            sc=self.security.le_secure,
            mitm=self.security.mitm,
            bonding=self.security.bond,
            delegate=PairingDelegate(),
        )
        self.device.on(Device.EVENT_CONNECTION, self._connected)

    async def start(self, snooper: Snooper | None = None) -> None:
        """Take a controller on the air; hci.HCI_Error where it cannot be had (the address is taken)."""
        self.controller = AirController(self._air, str(self.device.static_address))
        self.device.host = _Host(self.controller, self.controller)
        self.device.host.snooper = snooper
        await self.device.power_on()

    def stop(self) -> None:
        """Fall silent at once; centrals see their links time out."""
        if self.controller is not None:
            self.controller.unplug()
        for task in self._tasks:
            task.cancel()

    def rename(self, name: str) -> None:
        """The GAP device name."""
        found = self.device.gatt_server.get_characteristic_attributes(_GAP_SERVICE, _DEVICE_NAME)
        if found is not None:
            found[1].value = name.encode()

    async def advertise(self, interval_us: int, data: bytes, response: bytes, connectable: bool) -> None:
        """Advertise from now on."""
        kind = AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE if connectable else AdvertisingType.UNDIRECTED_SCANNABLE
        await self.device.start_advertising(
            advertising_type=kind,
            advertising_data=data,
            scan_response_data=response,
            advertising_interval_min=interval_us / 1000,
            advertising_interval_max=interval_us / 1000,
        )

    async def disconnect(self, handle: int) -> None:
        """Say goodbye to a central."""
        connection = self.device.lookup_connection(handle)
        if connection is not None:
            await connection.disconnect()

    def connection(self, handle: int) -> Connection:
        """A link by its handle; OSError(ENOTCONN) when there is none."""
        connection = self.device.lookup_connection(handle)
        if connection is None:
            raise OSError(ENOTCONN, "no such connection")
        return connection

    def pair(self, connection: Connection) -> None:
        """As the central of a link encrypt it by the keys of a bond, else pair; as the peripheral request that."""
        if connection.role == hci.Role.CENTRAL:
            self.spawn(self._pair(connection))
        else:
            connection.request_pairing()

    async def _pair(self, connection: Connection) -> None:
        keys = self.bonds.find(str(connection.peer_address))
        try:
            await (connection.encrypt() if keys and keys.ltk else connection.pair())
        except (core.BaseBumbleError, asyncio.TimeoutError, asyncio.CancelledError):
            if self.device.lookup_connection(connection.handle) is connection:
                self._encryption(connection)  # that it is not

    def notify(self, handle: int, value_handle: int, data: bytes) -> None:
        """Queue a notification; OSError(ENOMEM) when as many as there are buffers wait already.

        As on a port it goes whether or not the central asked for it; but what is to be encrypted only to those who
        did, so that health data never reaches one that was refused the subscription.
        """
        connection = self.connection(handle)
        characteristic = self.table.characteristic(value_handle)
        if self.table.is_encrypted(value_handle) and not self.table.notifies(connection, value_handle):
            return
        assert self.controller is not None
        if self.controller.queued(handle) >= MOST_QUEUED:
            raise OSError(ENOMEM, "no buffer for a notification")
        pdu = att.ATT_Handle_Value_Notification(
            attribute_handle=characteristic.handle, attribute_value=data[: connection.att_mtu - 3]
        )
        self.device.gatt_server.send_gatt_pdu(connection, bytes(pdu))

    def notify_all(self, value_handle: int, data: bytes) -> None:
        """Notify or indicate every central that asked for it."""
        for connection in list(self.device.connections.values()):
            if self.table.notifies(connection, value_handle):
                self.notify(connection.handle, value_handle, data)
            elif self.table.indicates(connection, value_handle):
                self.indicate(connection.handle, value_handle, data)

    def indicate(self, handle: int, value_handle: int, data: bytes) -> None:
        """Send an indication; INDICATE_DONE tells how it went."""
        connection = self.connection(handle)
        self.table.characteristic(value_handle)
        if self.table.indicates(connection, value_handle) or not self.table.is_encrypted(value_handle):
            self.spawn(self._indicate(connection, value_handle, data))

    async def _indicate(self, connection: Connection, value_handle: int, data: bytes) -> None:
        try:
            await self.device.gatt_server.indicate_subscriber(
                connection, self.table.characteristic(value_handle), bytes(data), force=True
            )
            status = 0
        except asyncio.TimeoutError:
            status = EINVAL
        self._irq.post(events.GATTS_INDICATE_DONE, (connection.handle, value_handle, status))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done while this stack lives."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What happens on the air

    def _connected(self, connection: Connection) -> None:
        handle, peer = connection.handle, connection.peer_address
        address = bytes(peer)[::-1]
        identity = (handle, 0 if peer.is_public else 1, address)
        is_central = connection.role == hci.Role.CENTRAL
        listen(connection, self._irq)
        self._irq.post(events.PERIPHERAL_CONNECT if is_central else events.CENTRAL_CONNECT, identity)

        def disconnected(_reason: int) -> None:
            self._irq.post(events.PERIPHERAL_DISCONNECT if is_central else events.CENTRAL_DISCONNECT, identity)

        def mtu_exchanged() -> None:
            self._irq.post(events.MTU_EXCHANGED, (handle, connection.att_mtu))

        def parameters_updated() -> None:
            p = connection.parameters
            interval, timeout = p.connection_interval / _INTERVAL_UNITS_MS, p.supervision_timeout / _TIMEOUT_UNITS_MS
            data = (handle, round(interval), p.peripheral_latency, round(timeout), 0)
            self._irq.post(events.CONNECTION_UPDATE, data)

        connection.on(Connection.EVENT_DISCONNECTION, disconnected)
        connection.on(Connection.EVENT_CONNECTION_ATT_MTU_UPDATE, mtu_exchanged)
        connection.on(Connection.EVENT_CONNECTION_PARAMETERS_UPDATE, parameters_updated)
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: self._encryption(connection))

    def _encryption(self, connection: Connection) -> None:
        """Once a link: its keys are there, or are being exchanged and about to be kept."""
        keys = self.bonds.find(str(connection.peer_address))
        is_pairing = connection.handle in self.device.smp_manager.sessions
        bonded = self.security.bond if is_pairing else keys is not None
        # Bumble calls every encrypted link authenticated; only a passkey makes it so.
        authenticated = bool(keys and keys.ltk and keys.ltk.authenticated)
        data = (connection.handle, int(bool(connection.encryption)), int(authenticated), int(bonded), 16)
        self._irq.post(events.ENCRYPTION_UPDATE, data)
