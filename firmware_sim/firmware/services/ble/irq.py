"""The radio and its one interrupt, of which each half of BLE takes the events that it registers for."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable

    #: Takes the event and its data; what is not None is the answer to the stack.
    Handler = Callable[[int, Any], Any]

_MTU = const(247)  # one link-layer packet a notification
_NO_INPUT_NO_OUTPUT = const(3)


class Radio:
    """MicroPython's bluetooth.BLE, whose interrupt has room for one function.

    `make_uuid` is bluetooth.UUID, which only the board may name.
    """

    def __init__(
        self,
        ble: "bluetooth.BLE",  # type: ignore[name-defined]  # noqa: F821
        make_uuid: "Callable[[bytes], Any]",
    ) -> None:
        self.ble = ble
        self.make_uuid = make_uuid
        self._handlers: "dict[int, list[Handler]]" = {}

    def register(self, events: "Iterable[int]", handler: "Handler") -> None:
        """Have `handler(event, data)` called on these events, after the handlers that were registered before."""
        for event in events:
            self._handlers.setdefault(event, []).append(handler)

    def start(self, name: str) -> None:
        """Switch on under this name; handlers come first, for a port may ask for bonds as it starts."""
        ble = self.ble
        ble.irq(self._irq)
        ble.active(True)
        ble.config(gap_name=name)
        ble.config(mtu=_MTU)
        ble.config(bond=True)
        ble.config(mitm=False)
        ble.config(le_secure=True)
        ble.config(io=_NO_INPUT_NO_OUTPUT)

    def _irq(self, event: int, data: "Any") -> "Any":
        """Ask the handlers of an event in turn; the first that answers has the last word."""
        for handler in self._handlers.get(event, ()):
            answer = handler(event, data)
            if answer is not None:
                return answer
        return None
