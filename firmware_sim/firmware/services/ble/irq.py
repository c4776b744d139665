"""The radio, its keys and its one interrupt, of which each half of BLE takes the events that it registers for."""

from micropython import const

from .bonds import Bonds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Takes the event and its data; what is not None is the answer to the stack.
    Handler = Callable[[int, Any], Any]

    from .bonds import Storage

_IRQ_GET_SECRET = const(29)
_IRQ_SET_SECRET = const(30)
_MTU = const(247)  # one link-layer packet a notification
_NO_INPUT_NO_OUTPUT = const(3)


class Radio:
    """MicroPython's bluetooth.BLE, whose interrupt has room for one function, and the keys of all peers.

    `make_uuid` is bluetooth.UUID, which only the board may name. Both halves of BLE, peripheral and central, stand on
    one radio.
    """

    def __init__(
        self,
        ble: "bluetooth.BLE",  # type: ignore[name-defined]  # noqa: F821
        make_uuid: "Callable[[bytes], Any]",
        storage: "Storage",
    ) -> None:
        self.ble = ble
        self.make_uuid = make_uuid
        #: Whether the next poll has something to do; in an array, which costs less to ask.
        self.news = bytearray(1)
        self._bonds = Bonds(storage)
        self._polls: "list[Callable[[], None]]" = []
        # a bit of the first number for each event
        self._handlers: "list[tuple[int, Handler]]" = []

    def register(self, events: "tuple[int, ...]", handler: "Handler") -> None:
        """Have `handler(event, data)` called on these events, after the handlers that were registered before."""
        self._handlers.append((sum([1 << event for event in events]), handler))

    def on_poll(self, handler: "Callable[[], None]") -> None:
        """Have `handler()` called by the next poll after each event, or after `news[0]` was set."""
        self._polls.append(handler)

    def start(self, name: str) -> None:
        """Switch on under this name; a port may ask for bonds as it starts."""
        ble = self.ble
        ble.irq(self._irq)
        ble.active(True)
        ble.config(gap_name=name)
        ble.config(mtu=_MTU)
        ble.config(bond=True)
        ble.config(mitm=False)
        ble.config(le_secure=True)
        ble.config(io=_NO_INPUT_NO_OUTPUT)

    def poll(self) -> None:
        """Once a step: have the halves do what the interrupt has noted, and write keys that have changed."""
        news = self.news
        if not news[0]:
            return
        news[0] = 0  # before the rest: the interrupt may note more meanwhile
        for handler in self._polls:
            handler()
        self._bonds.save()
        if self._bonds.changed:
            news[0] = 1

    def _irq(self, event: int, data: "Any") -> "Any":
        """Keys are answered here; else the handlers are asked in turn, and the first that answers has the last word."""
        self.news[0] = 1
        if event in (_IRQ_GET_SECRET, _IRQ_SET_SECRET):
            value = None if data[2] is None else bytes(data[2])
            if event == _IRQ_GET_SECRET:
                return self._bonds.get(data[0], data[1], value)
            return self._bonds.set(data[0], bytes(data[1]), value)
        for events, handler in self._handlers:
            if events >> event & 1:
                answer = handler(event, data)
                if answer is not None:
                    return answer
        return None
