"""`bluetooth` of the emulated board: the simulator's radio, reached as a network coprocessor is."""

from bridge import transfer
from bridged.link import call, event_handlers
from bridged.ops import NOTIFY
from bridged.values import Uuid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

if not call("ble.fitted"):
    raise ImportError("no radio")

FLAG_READ, FLAG_WRITE_NO_RESPONSE, FLAG_WRITE, FLAG_NOTIFY, FLAG_INDICATE = call("ble.flags")


class UUID(Uuid):
    """A 16-bit number, or 128 bits as text or as little-endian bytes."""

    def __init__(self, value: "int | str | bytes") -> None:
        if isinstance(value, int):
            data = value.to_bytes(2, "little")
        elif isinstance(value, str):
            digits = bytes.fromhex(value.replace("-", ""))
            data = bytes([digits[i] for i in range(len(digits) - 1, -1, -1)])
        else:
            data = bytes(value)
        super().__init__(data)


class _Radio:
    """The one BLE interface."""

    def irq(self, handler: "Callable[[int, Any], Any] | None") -> None:
        """Who is told what happens."""
        if handler:
            event_handlers["ble"] = handler
        call("ble.irq", bool(handler))

    def gatts_notify(self, conn_handle: int, value_handle: int, data: "bytes | None" = None) -> None:
        """Send a notification; many times a second, so it has a request of its own."""
        if data:
            transfer(NOTIFY, conn_handle, value_handle, data, None)
        else:
            call("ble.gatts_notify", conn_handle, value_handle, data)

    def __getattr__(self, name: str) -> "Callable[..., Any]":
        """Every other method is the simulator's."""
        return lambda *args, **named: call("ble." + name, *args, **named)


_radio = _Radio()


def BLE() -> _Radio:
    """The one BLE interface."""
    return _radio
