"""Service discovery: what bumble finds as bleak lists it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bumble import att
from bumble.device import Peer
from bumble.gatt import GATT_GENERIC_ATTRIBUTE_SERVICE, GATT_SERVICE_CHANGED_CHARACTERISTIC
from bumble.gatt_client import ServiceProxy

from .translation import uuid_text


async def discover(peer: Peer, wanted: set[str] | None, max_write: Callable[[], int]) -> BleakGATTServiceCollection:
    """All services of a peer, or those wanted, with their characteristics and descriptors."""
    found = BleakGATTServiceCollection()
    await peer.discover_services()
    for service in peer.services:
        uuid = uuid_text(service.uuid)
        if wanted is None or uuid in wanted:
            entry = BleakGATTService(service, service.handle, uuid)
            found.add_service(entry)
            await _add_characteristics(found, entry, service, max_write)
    return found


async def _add_characteristics(
    found: BleakGATTServiceCollection, entry: BleakGATTService, service: ServiceProxy, max_write: Callable[[], int]
) -> None:
    for characteristic in await service.discover_characteristics():
        properties = list(gatt_char_props_to_strs(int(characteristic.properties)))
        uuid = uuid_text(characteristic.uuid)
        member = BleakGATTCharacteristic(characteristic, characteristic.handle, uuid, properties, max_write, entry)
        found.add_characteristic(member)
        for descriptor in await characteristic.discover_descriptors():
            found.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, uuid_text(descriptor.type), member))


async def subscribe_to_changes(peer: Peer) -> None:
    """Subscribe to Service Changed where there is one, as operating systems do by themselves."""
    for service in peer.services:
        if service.uuid == GATT_GENERIC_ATTRIBUTE_SERVICE:
            for characteristic in await service.discover_characteristics([GATT_SERVICE_CHANGED_CHARACTERISTIC]):
                await characteristic.discover_descriptors()
                with suppress(att.ATT_Error):
                    await characteristic.subscribe()
