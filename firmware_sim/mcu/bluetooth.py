"""Builds MicroPython's `bluetooth` for one MCU, both halves of BLE, on the virtual radio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from bumble import core

from .clock import Clock
from .mcu import Mcu
from .radio import Radio, gatt
from .radio.central import Central
from .radio.irq import IrqQueue
from .radio.stack import Security, Stack

ENODEV = 19
EINVAL = 22
MOST_ADVERT_BYTES = 31
MOST_MTU = 517
NO_INPUT_NO_OUTPUT = 3
DEFAULT_SCAN_INTERVAL_US = 1_280_000
DEFAULT_SCAN_WINDOW_US = 11_250
_SHORT_BYTES = 2
_ADDRESS_BYTES = 6
_FLAGS = ("FLAG_READ", "FLAG_WRITE_NO_RESPONSE", "FLAG_WRITE", "FLAG_NOTIFY", "FLAG_INDICATE")


class UUID:
    """A 16-bit number, or 128 bits as text or as little-endian bytes."""

    def __init__(self, value: int | str | bytes | UUID) -> None:
        self._uuid: core.UUID
        if isinstance(value, UUID):
            self._uuid = value._uuid
        elif isinstance(value, int):
            self._uuid = core.UUID.from_16_bits(value)
        elif isinstance(value, str):
            self._uuid = core.UUID(value)
        else:
            self._uuid = core.UUID.from_bytes(bytes(value))

    def __bytes__(self) -> bytes:
        return bytes(self._uuid.to_pdu_bytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UUID) and self._uuid == other._uuid

    def __hash__(self) -> int:
        return hash(bytes(self))

    def __repr__(self) -> str:
        text = self._uuid.to_hex_str("-").lower()
        return f"UUID(0x{text})" if len(bytes(self)) == _SHORT_BYTES else f"UUID({text!r})"

    @property
    def native(self) -> core.UUID:
        """As the simulated stack knows it."""
        return self._uuid


class BLE:
    """The one BLE interface of an MCU; `build` binds it."""

    def __init__(self, radio: Radio, irq: IrqQueue, clock: Clock) -> None:
        self._radio = radio
        self._irq = irq
        self._central = Central(irq, clock, radio.submit, UUID)
        self._security = Security()
        self._name = "MPY"
        self._mtu = 256
        self._rxbuf = 256
        self._advert = (b"", b"")
        self._registered = False

    def active(self, active: bool | None = None, /) -> bool:
        """Switch the radio on or off, or ask."""
        if active is not None and bool(active) != self.active():
            if active:
                self._configure(self._radio.activate())
            else:
                self._radio.reset()
                self._central.reset()
                self._registered = False
        return self._radio.stack is not None

    def _configure(self, stack: Stack) -> None:
        stack.rename(self._name)
        stack.device.gatt_server.max_mtu = self._mtu
        stack.security = self._security

    def _stack(self) -> Stack:
        stack = self._radio.stack
        if stack is None:
            raise OSError(ENODEV, "BLE is not active")
        return stack

    def config(self, param: str | None = None, /, **values: Any) -> Any:
        """Ask for one parameter or set some; ValueError for one that there is not."""
        if param is not None:
            return self._parameter(param)
        for name, value in values.items():
            self._set(name, value)
        return None

    def _parameter(self, name: str) -> Any:
        if name == "mac":
            address = self._radio.address or ""
            return 1, bytes.fromhex(address.replace(":", ""))
        known = {"gap_name": self._name.encode(), "mtu": self._mtu, "rxbuf": self._rxbuf}
        if name in known:
            return known[name]
        raise ValueError(f"unknown config param {name}")

    def _set(self, name: str, value: Any) -> None:
        if name == "gap_name":
            self._name = value if isinstance(value, str) else bytes(value).decode()
        elif name == "mtu":
            if not 23 <= value <= MOST_MTU:
                raise OSError(EINVAL, "mtu")
            self._mtu = value
        elif name == "rxbuf":
            self._rxbuf = value
        elif name in ("bond", "mitm", "le_secure"):
            setattr(self._security, name, bool(value))
        elif not (name == "io" and value == NO_INPUT_NO_OUTPUT) and not (name == "addr_mode" and value == 1):
            raise ValueError(f"config {name}={value!r} is not known or not modelled")
        if self._radio.stack is not None:
            self._configure(self._radio.stack)

    def irq(self, handler: Callable[[int, Any], Any] | None) -> None:
        """Who is told what happens."""
        self._irq.handler = handler

    def gap_advertise(
        self,
        interval_us: int | None,
        adv_data: bytes | None = None,
        *,
        resp_data: bytes | None = None,
        connectable: bool = True,
    ) -> None:
        """Advertise each `interval_us`, with the data of last time where none is given; None: stop."""
        stack = self._stack()
        if interval_us is None:
            self._radio.submit(stack, stack.device.stop_advertising)
            return
        data = self._advert[0] if adv_data is None else bytes(adv_data)
        response = self._advert[1] if resp_data is None else bytes(resp_data)
        if max(len(data), len(response)) > MOST_ADVERT_BYTES:
            raise OSError(EINVAL, f"more than {MOST_ADVERT_BYTES} bytes to advertise")
        self._advert = (data, response)
        self._radio.submit(stack, lambda: stack.advertise(interval_us, data, response, connectable))

    def gap_disconnect(self, conn_handle: int, /) -> bool:
        """Take a link down; False when there is none."""
        stack = self._stack()
        if stack.device.lookup_connection(conn_handle) is None:
            return False
        self._radio.submit(stack, lambda: stack.disconnect(conn_handle))
        return True

    def gap_pair(self, conn_handle: int, /) -> None:
        """Pair as the central of a link, or request it of the central."""
        stack = self._stack()
        stack.pair(stack.connection(conn_handle))

    def gap_scan(
        self,
        duration_ms: int | None,
        interval_us: int = DEFAULT_SCAN_INTERVAL_US,
        window_us: int = DEFAULT_SCAN_WINDOW_US,
        active: bool = False,
        /,
    ) -> None:
        """Report adverts for so long, 0: until it is stopped; None stops."""
        if duration_ms is None:
            self._central.stop_scan(self._stack())
        else:
            self._central.scan(self._stack(), duration_ms, interval_us, window_us, bool(active))

    def gap_connect(
        self,
        addr_type: int | None,
        addr: bytes = b"",
        scan_duration_ms: int = 2000,
        min_conn_interval_us: int | None = None,
        max_conn_interval_us: int | None = None,
        /,
    ) -> None:
        """Connect to a peer that advertises within `scan_duration_ms`; None: wait for it no more.

        The air has no connection interval, so what is wanted of it changes nothing.
        """
        stack = self._stack()
        if addr_type is None:
            self._central.cancel(stack)
        elif len(addr) != _ADDRESS_BYTES:
            raise ValueError("invalid addr")
        else:
            self._central.connect(stack, addr_type, bytes(addr), scan_duration_ms)

    def gattc_discover_services(self, conn_handle: int, uuid: UUID | None = None, /) -> None:
        """Report services, then that these were all."""
        self._central.discover_services(self._stack(), conn_handle, uuid.native if uuid else None)

    def gattc_discover_characteristics(
        self, conn_handle: int, start_handle: int, end_handle: int, uuid: UUID | None = None, /
    ) -> None:
        """Report characteristics within a range of handles, then that these were all."""
        native = uuid.native if uuid else None
        self._central.discover_characteristics(self._stack(), conn_handle, start_handle, end_handle, native)

    def gattc_discover_descriptors(self, conn_handle: int, start_handle: int, end_handle: int, /) -> None:
        """Report descriptors behind the value `start_handle`, then that these were all."""
        self._central.discover_descriptors(self._stack(), conn_handle, start_handle, end_handle)

    def gattc_read(self, conn_handle: int, value_handle: int, /) -> None:
        """Read a value of the peer's."""
        self._central.read(self._stack(), conn_handle, value_handle)

    def gattc_write(self, conn_handle: int, value_handle: int, data: bytes | str, mode: int = 0, /) -> None:
        """Write a value of the peer's; `mode` 1: it answers."""
        self._central.write(self._stack(), conn_handle, value_handle, _octets(data), mode)

    def gattc_exchange_mtu(self, conn_handle: int, /) -> None:
        """Agree with the peer on the MTU that was configured."""
        self._central.exchange_mtu(self._stack(), conn_handle, self._mtu)

    def gatts_register_services(self, services_definition: Sequence[Any], /) -> tuple[tuple[int, ...], ...]:
        """Register all services, once; returns the handles of each service's values and descriptors."""
        stack = self._stack()
        if self._registered:
            raise OSError(EINVAL, "services are registered already")
        self._registered = True
        return stack.table.register([_native(definition) for definition in services_definition])

    def gatts_read(self, value_handle: int, /) -> bytes:
        """A local value; reading one that is written to in append mode empties it."""
        value = self._stack().table.value(value_handle)
        data = value.data
        if value.append:
            value.data = b""
        return data

    def gatts_write(self, value_handle: int, data: bytes | str, send_update: bool = False, /) -> None:
        """Set a local value and, if so wanted, tell the centrals that subscribed to it."""
        stack = self._stack()
        value = stack.table.value(value_handle)
        value.data = _octets(data)
        value.size = max(value.size, len(value.data))
        if send_update:
            stack.notify_all(value_handle, value.data)

    def gatts_notify(self, conn_handle: int, value_handle: int, data: bytes | str | None = None, /) -> None:
        """Send a notification; OSError(ENOMEM) when too many wait already."""
        stack = self._stack()
        value = stack.table.value(value_handle).data if data is None else _octets(data)
        stack.notify(conn_handle, value_handle, value)

    def gatts_indicate(self, conn_handle: int, value_handle: int, data: bytes | str | None = None, /) -> None:
        """Send an indication."""
        stack = self._stack()
        value = stack.table.value(value_handle).data if data is None else _octets(data)
        stack.indicate(conn_handle, value_handle, value)

    def gatts_set_buffer(self, value_handle: int, len: int, append: bool = False, /) -> None:
        """How long a value a central may write, and whether writes follow each other."""
        value = self._stack().table.value(value_handle)
        value.size = len
        value.append = append


def _octets(data: bytes | str) -> bytes:
    """MicroPython takes texts for octets."""
    return data.encode() if isinstance(data, str) else bytes(data)


def _native(definition: Sequence[Any]) -> Any:
    """The nested tuples with the stack's own UUIDs in them."""
    if isinstance(definition, UUID):
        return definition.native
    if isinstance(definition, (tuple, list)):
        return tuple(_native(part) for part in definition)
    return definition


def build(mcu: Mcu, radio: Radio) -> ModuleType:
    """A `bluetooth` module whose BLE is this MCU's radio."""
    irq = IrqQueue(mcu.clock)
    radio.attach(irq, mcu.unique_id)
    module = ModuleType("bluetooth")
    interface: list[BLE] = []

    class Interface(BLE):
        """The one that there is, whoever makes it."""

        def __new__(cls) -> BLE:  # type: ignore[misc]
            if not interface:
                made = object.__new__(cls)
                BLE.__init__(made, radio, irq, mcu.clock)
                interface.append(made)
            return interface[0]

        def __init__(self) -> None:
            pass

    def reset() -> None:
        for ble in interface:
            ble.active(False)
        irq.clear()
        radio.reset()
        interface.clear()

    mcu.at_reset(reset)
    vars(module).update(BLE=Interface, UUID=UUID, **{name: getattr(gatt, name) for name in _FLAGS})
    return module
