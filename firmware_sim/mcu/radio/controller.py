"""A Bluetooth LE controller on an air: bumble's, with flow control and what it leaves undone."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.transport.common import TransportSink, TransportSource

from .advertiser import Advert, Advertiser
from .air import Air

logger = logging.getLogger(__name__)

#: LE Data Length Extension: the longest payload of a link-layer packet. Every notification of ours fits one.
ACL_BYTES = 251
_NO_ADDRESS = hci.Address("00:00:00:00:00:00")
_ACTIVE_SCAN = 1


class AirController(Controller):
    """One radio on an `Air`.

    Data waits in an outbox for each link until the air has time for it and the receiver's host has room, so that
    a host that does not read slows its sender down instead of filling memory.
    """

    # Legacy advertising only: bumble never delivers an extended advertiser's scan response.
    le_features = Controller.le_features & ~hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
    supported_max_tx_octets = ACL_BYTES
    supported_max_rx_octets = ACL_BYTES
    le_acl_data_packet_length = ACL_BYTES
    acl_data_packet_length = ACL_BYTES
    _random_address = _NO_ADDRESS
    le_legacy_advertiser: Advertiser

    def __init__(
        self, air: Air, name: str, source: TransportSource | None = None, sink: TransportSink | None = None
    ) -> None:
        super().__init__(name, source, sink, air)
        self.air = air
        self.le_legacy_advertiser = Advertiser(self)
        self.receiving = True
        self._outboxes: dict[int, deque[hci.HCI_AclDataPacket]] = {}
        self._pump_timer: asyncio.Handle | None = None
        self._waiting: list[asyncio.Future[None]] = []

    # Data

    def queued(self, handle: int) -> int:
        """Packets of a link that have not been sent."""
        return len(self._outboxes.get(handle, ()))

    @property
    def pending(self) -> bool:
        """Whether any link has packets that have not been sent."""
        return bool(self._outboxes)

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Queue a packet from the host."""
        if self.find_connection_by_handle(packet.connection_handle) is None:
            return  # the link went while the packet was on its way here
        self._outboxes.setdefault(packet.connection_handle, deque()).append(packet)
        self.kick()

    def kick(self) -> None:
        """Send what can be sent, soon."""
        if self._pump_timer is None and self._outboxes:
            self._pump_timer = asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_timer = None
        while (packet := self._next()) is not None:
            super().on_hci_acl_data_packet(packet)
            airtime = self.air.airtime(len(packet.data))
            if airtime:
                self._pump_timer = asyncio.get_running_loop().call_later(airtime, self._pump)
                break
        self._wake()

    def _next(self) -> hci.HCI_AclDataPacket | None:
        """The next packet of a link whose receiver has room; links take turns."""
        for handle in list(self._outboxes):
            if self._blocked(handle):
                continue
            box = self._outboxes.pop(handle)
            packet = box.popleft()
            if box:
                self._outboxes[handle] = box
            return packet
        return None

    def _blocked(self, handle: int) -> bool:
        link = self.find_le_connection_by_handle(handle)
        peer = self.air.find_le_controller(link.peer_address) if link is not None else None
        return isinstance(peer, AirController) and not peer.receiving

    def set_receiving(self, receiving: bool) -> None:
        """Say whether this controller's host has room for more."""
        self.receiving = receiving
        if receiving:
            for controller in self.air.controllers:
                if isinstance(controller, AirController):
                    controller.kick()

    async def settled(self, stall_s: float) -> None:
        """Wait until all queued data is with the peers' hosts; a link that does not move for `stall_s` is dropped."""
        while self._outboxes:
            progress: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(progress)
            try:
                await asyncio.wait_for(progress, stall_s)
            except asyncio.TimeoutError:
                logger.warning("%s: a peer's host takes no data; its links are dropped", self.name)
                self.air.drop_links(self)
        await self.air.landed()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for progress in waiting:
            if not progress.done():
                progress.set_result(None)

    # Links

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """A link ended: what waited for it is lost, as on air."""
        self._outboxes.pop(connection.handle, None)
        super().on_le_disconnected(connection, reason)
        self._wake()

    def on_ll_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        """An advert is reported and answered; everything else is bumble's."""
        if isinstance(packet, ll.ConnectInd):
            self._connect_ind(packet)
            return
        if not isinstance(packet, Advert):
            super().on_ll_advertising_pdu(packet)
            return
        if self.le_scan_enable:
            for report in packet.reports(self.le_scan_type == _ACTIVE_SCAN):
                self.send_hci_packet(report)
        pending = self.pending_le_connection
        wanted = pending is not None and packet.connectable and pending.peer_address == packet.advertiser_address
        if wanted and packet.sender.take():
            self.create_le_connection(packet.advertiser_address)

    def _connect_ind(self, packet: ll.ConnectInd) -> None:
        """A central connects; one that comes when we have just stopped advertising is told, as by silence on air."""
        super().on_ll_advertising_pdu(packet)
        if packet.advertiser_address != self.random_address or packet.initiator_address in self.le_connections:
            return
        central = self.air.find_le_controller(packet.initiator_address)
        link = central.le_connections.get(packet.advertiser_address) if central is not None else None
        if central is not None and link is not None:
            central.on_le_disconnected(link, hci.HCI_CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

    def unplug(self) -> None:
        """Leave the air; peers lose their links."""
        self._quiet()
        if self._pump_timer is not None:
            self._pump_timer.cancel()
        self.host = None
        if self in self.air.controllers:
            self.air.remove_controller(self)
        self._outboxes.clear()
        self._wake()

    def _quiet(self) -> None:
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.air.drop_links(self)

    # Commands that bumble's controller answers without doing them

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Reset (Vol 4, Part E, 7.3.2)."""
        self._quiet()
        return super().on_hci_reset_command(command)

    def on_hci_le_set_random_address_command(
        self, command: hci.HCI_LE_Set_Random_Address_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Set random address (7.8.4); two radios with one address would steal each other's packets."""
        for other in self.air.controllers:
            if other is not self and other.random_address == command.random_address:
                return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR)
        return super().on_hci_le_set_random_address_command(command)

    def on_hci_le_create_connection_command(self, command: hci.HCI_LE_Create_Connection_Command) -> None:
        """Create connection (7.8.12); one radio has one connection to a peer."""
        if command.peer_address in self.le_connections:
            self._send_hci_command_status(hci.HCI_ErrorCode.CONNECTION_ALREADY_EXISTS_ERROR, command.op_code)
        else:
            super().on_hci_le_create_connection_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Create connection cancel (7.8.13): the pending connection completes with an error."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        asyncio.get_running_loop().call_soon(self._report_cancelled, pending.peer_address)
        return super().on_hci_le_create_connection_cancel_command(command)

    def _report_cancelled(self, peer: hci.Address) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer.address_type,
                peer_address=peer,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
