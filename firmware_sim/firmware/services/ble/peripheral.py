"""The BLE peripheral: the schema's services on MicroPython's bluetooth.BLE, one link for each central."""

from array import array

from micropython import const

from ... import wire_gen as wire
from ..smp.fragments import SmpFragments
from ..smp.server import LONGEST
from . import payloads as gatt
from .advert import advert, scan_response, uuid_bytes
from .link import BleLink
from .plx import FEATURES
from .vitals import is_offered, reporters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any, Callable

    from ...clock import DeviceClock
    from ...identity import Identity
    from ...vitals import Vitals
    from ..smp.server import SmpServer
    from .irq import Radio

CENTRALS = const(3)
ADVERTISE_US = const(100_000)
#: Time to encrypt the link, for who holds one of the few when all are taken: 30 s of pairing and what goes before it.
ENCRYPT_S = const(40)

_IRQ_CENTRAL_CONNECT = const(1)
_IRQ_CENTRAL_DISCONNECT = const(2)
_IRQ_GATTS_WRITE = const(3)
_IRQ_GATTS_READ_REQUEST = const(4)
_IRQ_MTU_EXCHANGED = const(21)
_IRQ_ENCRYPTION_UPDATE = const(28)
_EVENTS = (
    _IRQ_CENTRAL_CONNECT,
    _IRQ_CENTRAL_DISCONNECT,
    _IRQ_GATTS_WRITE,
    _IRQ_GATTS_READ_REQUEST,
    _IRQ_MTU_EXCHANGED,
    _IRQ_ENCRYPTION_UPDATE,
)

#: Characteristics whose handles are wanted once all have been registered.
_HANDLES = (
    "heart_rate_measurement",
    "plx_spot_check_measurement",
    "plx_continuous_measurement",
    "battery_level",
    "current_time",
    "smp",
)

_ENCRYPTED = const(0x0200 | 0x1000)  # FLAG_READ_ENCRYPTED, FLAG_WRITE_ENCRYPTED
_SHORT_UUID = const(4)
_FLAGS = {"read": 0x0002, "write_without_response": 0x0004, "write": 0x0008, "notify": 0x0010, "indicate": 0x0020}


def _definitions(offered: "list[Any]", make_uuid: "Callable[[bytes], Any]") -> "tuple[Any, ...]":
    """Services as gatts_register_services takes them."""
    services = []
    for uuid, characteristics in offered:
        members = []
        for _name, member, properties, encrypted in characteristics:
            flags = _ENCRYPTED if encrypted else 0
            for name in properties:
                flags |= _FLAGS[name]
            members.append((make_uuid(uuid_bytes(member)), flags))
        services.append((make_uuid(uuid_bytes(uuid)), tuple(members)))
    return tuple(services)


class BlePeripheral:
    """Advertises while it has room for a central, serves the standard services and gives each central a session.

    `sensors` names what the device was built with, whether or not it works today: hosts keep the table of services.
    Health data goes to encrypted links only: a port checks encryption on reads and writes, not on notifications.
    """

    def __init__(
        self,
        radio: "Radio",
        identity: "Identity",
        clock: "DeviceClock",
        vitals: "Vitals",
        sensors: "Container[str]",
        smp: "SmpServer",
    ) -> None:
        self.name = identity.name
        self._ble = radio.ble
        self._clock = clock
        self._time = bytearray(gatt.CURRENT_TIME_BYTES)
        self._vital_services = reporters(vitals, self, clock, sensors)
        self._advertising = False
        self._news = radio.news
        # whether the clock was set since the last poll, and the link that set it
        self._clock_set: "list[object]" = [False, None]
        clock.on_set(self._on_clock_set)
        offered = [service for service in wire.SERVICES if is_offered(service[0], sensors)]
        self._uuids = [offered[-1][0]] + [service[0] for service in offered if len(service[0]) == _SHORT_UUID]
        handles = self._register(offered, radio.make_uuid)
        self._set_constants(identity, handles)
        self._handles = {name: handles[name] for name in _HANDLES if name in handles}
        outlets = array("H", [handles.get(name, 0) for name in wire.OUTLETS] + [handles["smp"]])
        fragments = SmpFragments(smp)
        self.links = [BleLink(radio.ble, outlets, self._news, fragments) for _ in range(CENTRALS)]
        self._news[0] = 1
        radio.register(_EVENTS, self._irq)
        radio.on_poll(self.poll)
        self._advertise()

    def _register(self, offered: "list[Any]", make_uuid: "Callable[[bytes], Any]") -> "dict[str, int]":
        """Register services; returns value handles by the schema's names."""
        handles: "dict[str, int]" = {}
        registered = self._ble.gatts_register_services(_definitions(offered, make_uuid))
        for service, values in enumerate(registered):
            for i, value in enumerate(values):
                handles[offered[service][1][i][0]] = value
        return handles

    def _set_constants(self, identity: "Identity", handles: "dict[str, int]") -> None:
        ble = self._ble
        # a byte more: the stack cuts what is longer, and that must not look like a request
        ble.gatts_set_buffer(handles["vitalband_request"], wire.LONGEST_REQUEST + 1)
        # writes without response follow each other before the interrupt is served
        ble.gatts_set_buffer(handles["smp"], LONGEST, True)
        for name, value in (
            ("manufacturer_name", identity.manufacturer.encode()),
            ("model_number", identity.model.encode()),
            ("firmware_revision", identity.version.encode()),
            ("serial_number", identity.serial.encode()),
            ("body_sensor_location", bytes((identity.body_location,))),
            ("plx_features", FEATURES),
        ):
            if name in handles:
                ble.gatts_write(handles[name], value)

    def _advertise(self) -> None:
        try:
            self._ble.gap_advertise(ADVERTISE_US, advert(self._uuids), resp_data=scan_response(self.name))
        except OSError:  # the controller is busy with a connection: the next poll tries again
            return
        self._advertising = True

    # The radio's interrupt

    def _irq(self, event: int, data: "Any") -> "Any":
        if event == _IRQ_GATTS_WRITE:
            self._written(data[0], data[1])
        elif event == _IRQ_GATTS_READ_REQUEST:
            if data[1] != self._handles["current_time"]:
                return None  # whose it is may answer, and the stack by itself
            self._fill_time(0)
            return 0
        elif event == _IRQ_CENTRAL_CONNECT:
            self._connected(data[0])
        else:
            self._link_changed(event, data)
        return None

    def _link(self, connection: int) -> "BleLink | None":
        for link in self.links:
            if link.connection == connection:
                return link
        return None

    def _free_link(self) -> "BleLink | None":
        for link in self.links:
            if link.free:
                return link
        return None

    def _connected(self, connection: int) -> None:
        self._advertising = False  # the controller stops by itself
        link = self._free_link()
        if link is None:
            self._ble.gap_disconnect(connection)
        else:
            link.connected(connection)

    def _link_changed(self, event: int, data: "Any") -> None:
        link = self._link(data[0])
        if link is None:
            return
        if event == _IRQ_CENTRAL_DISCONNECT:
            link.disconnected()
        elif event == _IRQ_MTU_EXCHANGED:
            link.mtu_exchanged(data[1])
        elif event == _IRQ_ENCRYPTION_UPDATE:
            link.encryption_changed(bool(data[1]))

    def _written(self, connection: int, handle: int) -> None:
        link = self._link(connection)
        value = self._ble.gatts_read(handle)
        if handle == self._handles["current_time"]:
            self._set_time(link, value)
        elif link is not None and handle == self._handles["smp"]:
            link.smp_written(value)
        elif link is not None:
            link.request_written(value)

    # Once a step

    def poll(self) -> None:
        """Do what the radio's interrupt has noted, and advertise while there is room; the radio calls it."""
        for link in self.links:
            if link.noted:
                link.poll()
        if self._clock_set[0]:
            self._clock_set[0] = False
            self._notify_time(self._clock_set[1])
        if not self._advertising and self._free_link():
            self._advertise()
            if not self._advertising:
                self._news[0] = 1

    def _set_time(self, link: "BleLink | None", value: bytes) -> None:
        """A central sets the clock; what it refuses is ignored, as the profile allows."""
        datetime = gatt.parse_current_time(value)
        if datetime is not None:
            self._clock.set(datetime, link)

    def _on_clock_set(self, by: object) -> None:
        self._clock_set[0] = True
        self._clock_set[1] = by
        self._news[0] = 1

    def _notify_time(self, but: object) -> None:
        """Notify all centrals but the one that set the clock."""
        self._fill_time(gatt.ADJUST_MANUAL)
        for link in self.links:
            if link.up and link is not but:
                link.notify(self._handles["current_time"], self._time)

    def _fill_time(self, reason: int) -> None:
        gatt.current_time(self._time, self._clock.datetime(), reason)
        self._ble.gatts_write(self._handles["current_time"], self._time)

    # Once a second

    def report(self, now_us: int) -> None:
        """Tell the centrals of the standard services what has been measured, and make room for others."""
        self._make_room()
        for service in self._vital_services:
            service.report(now_us)

    def _make_room(self) -> None:
        """Once all places are taken, drop the centrals that have not encrypted their link for too long."""
        full = self._free_link() is None
        for link in self.links:
            if link.connection is None or link.up:
                continue
            if link.clear_s < ENCRYPT_S:
                link.clear_s += 1
            elif full:
                self._ble.gap_disconnect(link.connection)

    def notify(self, name: str, value: "memoryview | bytes") -> None:
        """Notify health data: encrypted links only. One whose buffers are full misses this second's."""
        for link in self.links:
            if link.up:
                link.notify(self._handles[name], value)

    def indicate(self, name: str, value: "memoryview | bytes") -> None:
        """Indicate health data: encrypted links only. One that still waits for a confirmation misses this one."""
        for link in self.links:
            if link.up:
                link.indicate(self._handles[name], value)

    def write(self, name: str, value: "memoryview | bytes") -> None:
        """Write what any central may read, and notify it."""
        self._ble.gatts_write(self._handles[name], value)
        for link in self.links:
            if link.connection is not None:
                link.notify(self._handles[name], value)
