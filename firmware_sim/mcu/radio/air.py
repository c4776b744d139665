"""The air: carries packets between the controllers on it, at a rate and with a delay when asked to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from bumble import core, hci
from bumble.controller import Controller
from bumble.link import LocalLink

from ..fidelity import Aspect, Fidelity

FIDELITY = Fidelity(
    part="Bluetooth LE",
    sheet="Bluetooth Core 5.4, on bumble",
    component="radio",
    aspects=(
        Aspect("a delay and a rate; order is kept", "own", "test_delay_and_rate_are_kept_and_order_too"),
        Aspect(
            "links that end as by time out", "Vol 6, Part B, 4.5.2", "test_a_lost_link_ends_as_time_out_on_both_ends"
        ),
        Aspect(
            "a host that does not read",
            "Vol 4, Part E, 4.1",
            "test_a_host_that_does_not_read_slows_its_device_and_loses_its_link_in_the_end",
        ),
        Aspect(
            "encryption that attributes need",
            "Vol 3, Part F, 3.2.5",
            "test_encrypted_values_and_their_cccd_refuse_a_link_in_clear",
        ),
        Aspect("MTU", "Vol 3, Part F, 3.4.2", "test_connection_mtu_write_and_read_events"),
        Aspect("indications", "Vol 3, Part F, 3.4.7", "test_indication_is_confirmed"),
    ),
    left_out=(
        "loss of packets and their repetition: a link is whole or gone",
        "connection intervals, channels, signal strength",
        "L2CAP channels",
        "encryption of the packets themselves",
    ),
)


class Air(LocalLink):
    """A shared medium. `delay_s`: one-way; `bytes_per_s`: what one controller can send, None: no limit."""

    def __init__(self, delay_s: float = 0.0, bytes_per_s: float | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if delay_s < 0 or (bytes_per_s is not None and bytes_per_s <= 0):
            raise ValueError("an air needs delay_s >= 0 and bytes_per_s > 0")
        self.delay_s = delay_s
        self.bytes_per_s = bytes_per_s
        # Timers that are due at the same instant run in no set order; the queue keeps packets in theirs.
        self._flying: deque[Callable[[], None]] = deque()

    def airtime(self, size: int) -> float:
        """Seconds that `size` bytes take to send."""
        return size / self.bytes_per_s if self.bytes_per_s else 0.0

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry one packet."""
        carry = super().send_acl_data
        if not self.delay_s:
            carry(sender_controller, destination_address, transport, data)
            return
        self._flying.append(lambda: carry(sender_controller, destination_address, transport, data))
        asyncio.get_running_loop().call_later(self.delay_s, self._land)

    def _land(self) -> None:
        self._flying.popleft()()

    async def landed(self) -> None:
        """Wait until nothing is on its way and what has arrived is with the receivers' hosts."""
        if self._flying:
            await asyncio.sleep(self.delay_s)  # what left before this call needs no longer
        for _ in range(3):  # to the receiving controller, to its host, through the host
            await asyncio.sleep(0)

    def drop_links(self, controller: Controller, reason: int = hci.HCI_CONNECTION_TIMEOUT_ERROR) -> int:
        """Lose a controller's links: both ends see `reason`, nobody says goodbye. Returns how many it had."""
        links = list(controller.le_connections.values())
        for link in links:
            peer = self.find_le_controller(link.peer_address)
            far = peer.le_connections.get(link.self_address) if peer is not None else None
            if peer is not None and far is not None:
                peer.on_le_disconnected(far, reason)
            controller.on_le_disconnected(link, reason)
        return len(links)
