"""A GATT server from MicroPython's nested service tuples, with the access rules that bumble does not keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bumble import att
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    Descriptor,
    Service,
)
from bumble.gatt_server import Server

from .irq import GATTS_READ_REQUEST, GATTS_WRITE, IrqQueue

EINVAL = 22
FLAG_READ = 0x0002
FLAG_WRITE_NO_RESPONSE = 0x0004
FLAG_WRITE = 0x0008
FLAG_NOTIFY = 0x0010
FLAG_INDICATE = 0x0020
FLAG_READ_ENCRYPTED = 0x0200
FLAG_WRITE_ENCRYPTED = 0x1000
_NEED_MITM = 0x0400 | 0x0800 | 0x2000 | 0x4000
_PROPERTIES = 0xFF
DEFAULT_BUFFER = 20
_Permissions = att.Attribute.Permissions
_ENCRYPTED = _Permissions.READ_REQUIRES_ENCRYPTION | _Permissions.WRITE_REQUIRES_ENCRYPTION
_CCCD = GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR
_NOTIFY_BIT = 1
_INDICATE_BIT = 2


@dataclass
class Value:
    """What an attribute holds; a peer's write is cut to `size` bytes, as the port does."""

    data: bytes = b""
    size: int = DEFAULT_BUFFER
    append: bool = False

    def store(self, data: bytes) -> None:
        """A peer wrote."""
        self.data = ((self.data if self.append else b"") + data)[: self.size]


class AccessServer(Server):
    """Bumble's server, which lets anybody write what nobody may: declarations, the device's name, its hash."""

    def on_att_write_request(self, bearer: att.Bearer, request: att.ATT_Write_Request) -> None:
        """Write Request (Vol 3, Part F, 3.4.5.1)."""
        self._check(bearer, request.attribute_handle)
        super().on_att_write_request(bearer, request)

    def on_att_write_command(self, bearer: att.Bearer, request: att.ATT_Write_Command) -> None:
        """Write Command (3.4.5.3): what is refused is ignored."""
        try:
            self._check(bearer, request.attribute_handle)
        except att.ATT_Error:
            return
        super().on_att_write_command(bearer, request)

    def on_att_prepare_write_request(self, bearer: att.Bearer, request: att.ATT_Prepare_Write_Request) -> None:
        """Prepare Write Request (3.4.6.1)."""
        self._check(bearer, request.attribute_handle)
        super().on_att_prepare_write_request(bearer, request)

    def _check(self, bearer: att.Bearer, handle: int) -> None:
        """Raise ATT_Error where a peer may not write an attribute; bumble asks that of encryption alone, and late."""
        attribute = self.get_attribute(handle)
        if attribute is None:
            return
        if not attribute.permissions & _Permissions.WRITEABLE:
            raise att.ATT_Error(error_code=att.ATT_WRITE_NOT_PERMITTED_ERROR, att_handle=handle)
        encrypted = getattr(bearer, "encryption", 0)
        if attribute.permissions & _Permissions.WRITE_REQUIRES_ENCRYPTION and not encrypted:
            raise att.ATT_Error(error_code=att.ATT_INSUFFICIENT_ENCRYPTION_ERROR, att_handle=handle)


@dataclass
class GattTable:
    """Attributes by their handle."""

    server: Server
    irq: IrqQueue
    values: dict[int, Value] = field(default_factory=dict)
    characteristics: dict[int, Characteristic[bytes]] = field(default_factory=dict)

    def register(self, definitions: Iterable[Sequence[Any]]) -> tuple[tuple[int, ...], ...]:
        """Add services; returns the handles of values and descriptors, one tuple a service."""
        return tuple(self._service(uuid, characteristics) for uuid, characteristics in definitions)

    def _service(self, uuid: UUID, definitions: Iterable[Sequence[Any]]) -> tuple[int, ...]:
        characteristics = [self._characteristic(*definition) for definition in definitions]
        self.server.add_service(Service(uuid, characteristics))
        handles = []
        for characteristic in characteristics:
            self.characteristics[characteristic.handle] = characteristic
            own = [descriptor for descriptor in characteristic.descriptors if descriptor.type != _CCCD]
            for attribute in (characteristic, *own):
                self.values[attribute.handle] = Value()
                handles.append(attribute.handle)
        return tuple(handles)

    def _characteristic(
        self, uuid: UUID, flags: int, definitions: Iterable[Sequence[Any]] = ()
    ) -> Characteristic[bytes]:
        if flags & _NEED_MITM:
            raise ValueError("attributes that need authentication or authorization are not modelled")
        characteristic: Characteristic[bytes] = Characteristic(
            uuid, Characteristic.Properties(flags & _PROPERTIES), _permissions(flags)
        )
        characteristic.value = self._access(characteristic)
        descriptors = []
        for descriptor_uuid, descriptor_flags in definitions:
            descriptor = Descriptor(descriptor_uuid, _permissions(descriptor_flags))
            descriptor.value = self._access(descriptor)
            descriptors.append(descriptor)
        if flags & (FLAG_NOTIFY | FLAG_INDICATE):
            descriptors.append(self._cccd(characteristic, flags))
        characteristic.descriptors = descriptors
        return characteristic

    def _cccd(self, characteristic: Characteristic[bytes], flags: int) -> Descriptor:
        """Bumble's own CCCD never asks for encryption, so encrypted data could be subscribed to in clear."""
        permissions = _Permissions.READABLE | _Permissions.WRITEABLE
        if flags & (FLAG_READ_ENCRYPTED | FLAG_WRITE_ENCRYPTED):
            permissions |= _Permissions.WRITE_REQUIRES_ENCRYPTION
        value = self.server.make_descriptor_value(characteristic)
        return Descriptor(_CCCD, permissions, value)

    def _access(self, attribute: att.Attribute[bytes]) -> att.AttributeValue[bytes]:
        # Bumble's server leaves it to the value whether it may be read or written at all.
        def read(connection: Connection) -> bytes:
            if not attribute.permissions & _Permissions.READABLE:
                raise att.ATT_Error(error_code=att.ATT_READ_NOT_PERMITTED_ERROR)
            refusal = self.irq.request(GATTS_READ_REQUEST, (connection.handle, attribute.handle))
            if refusal:
                raise att.ATT_Error(error_code=int(refusal))
            return self.values[attribute.handle].data

        def write(connection: Connection, data: bytes) -> None:
            if not attribute.permissions & _Permissions.WRITEABLE:
                raise att.ATT_Error(error_code=att.ATT_WRITE_NOT_PERMITTED_ERROR)
            value = self.values[attribute.handle]
            # Stored when the handler gets to see it: the next write must not overtake this one.
            self.irq.post(GATTS_WRITE, (connection.handle, attribute.handle), lambda: value.store(bytes(data)))

        return att.AttributeValue(read, write)

    def value(self, handle: int) -> Value:
        """An attribute's value; OSError(EINVAL) for a handle that is none."""
        try:
            return self.values[handle]
        except KeyError:
            raise OSError(EINVAL, "no such attribute") from None

    def characteristic(self, handle: int) -> Characteristic[bytes]:
        """A characteristic by its value handle; OSError(EINVAL) for a handle that is none."""
        try:
            return self.characteristics[handle]
        except KeyError:
            raise OSError(EINVAL, "no such characteristic") from None

    def is_encrypted(self, handle: int) -> bool:
        """Whether a characteristic's value is for encrypted links."""
        return bool(self.characteristics[handle].permissions & _ENCRYPTED)

    def notifies(self, connection: Connection, handle: int) -> bool:
        """Whether this central has asked for notifications."""
        return self._subscription(connection, handle) & _NOTIFY_BIT != 0

    def indicates(self, connection: Connection, handle: int) -> bool:
        """Whether this central has asked for indications."""
        return self._subscription(connection, handle) & _INDICATE_BIT != 0

    def _subscription(self, connection: Connection, handle: int) -> int:
        cccd = self.server.subscribers.get(connection, {}).get(handle, b"")
        return cccd[0] if cccd else 0


def _permissions(flags: int) -> att.Attribute.Permissions:
    permissions = _Permissions(0)
    if flags & FLAG_READ:
        permissions |= _Permissions.READABLE
    if flags & (FLAG_WRITE | FLAG_WRITE_NO_RESPONSE):
        permissions |= _Permissions.WRITEABLE
    if flags & FLAG_READ_ENCRYPTED:
        permissions |= _Permissions.READ_REQUIRES_ENCRYPTION
    if flags & FLAG_WRITE_ENCRYPTED:
        permissions |= _Permissions.WRITE_REQUIRES_ENCRYPTION
    return permissions
