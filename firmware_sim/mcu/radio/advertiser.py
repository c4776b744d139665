"""Legacy advertising with a scan response and with what is not connectable; bumble's has neither."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bumble import hci, ll
from bumble.controller import LegacyAdvertiser

_Type = hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType
_Event = hci.HCI_LE_Advertising_Report_Event.EventType
_EVENTS = {_Type.ADV_IND: _Event.ADV_IND, _Type.ADV_SCAN_IND: _Event.ADV_SCAN_IND}
_UNIT_S = 0.000625
#: What a scanner next to the advertiser would see; distance is not modelled.
RSSI_DBM = -50


@dataclass
class Advert(ll.AdvInd):
    """One advertising event, with the answer that an active scanner would get."""

    event: int
    scan_response: bytes
    sender: Advertiser

    @property
    def connectable(self) -> bool:
        """Whether a central may answer it with a connection."""
        return self.event == _Event.ADV_IND

    def report(self, data: bytes, event: int) -> hci.HCI_LE_Advertising_Report_Event:
        """What the scanner's host is told."""
        address = self.advertiser_address
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=event, address_type=address.address_type, address=address, data=data, rssi=RSSI_DBM
        )
        return hci.HCI_LE_Advertising_Report_Event([report])

    def reports(self, active: bool) -> list[hci.HCI_LE_Advertising_Report_Event]:
        """Reports of this event; an active scanner gets the scan response too."""
        seen = [self.report(self.data, self.event)]
        if active and self.event != _Event.ADV_NONCONN_IND:
            seen.append(self.report(self.scan_response, _Event.SCAN_RSP))
        return seen


class Advertiser(LegacyAdvertiser):
    """Sends one `Advert` each interval while it is enabled."""

    _taken = False

    def start(self) -> None:
        """Advertise until stopped, or until a central has answered."""
        super().start()
        self._taken = False

    def take(self) -> bool:
        """Whether a central that answers now is the first to: of several, one gets the connection.

        The others try again on a later advert, when there is one.
        """
        first = self.enabled and not self._taken
        self._taken = True
        return first

    def _on_timer_fired(self) -> None:
        self.send_advertising_data()
        pause = self.advertising_interval_min * _UNIT_S
        self.timer_handle = asyncio.get_running_loop().call_later(pause, self._on_timer_fired)

    def send_advertising_data(self) -> None:
        """Send one advertising event."""
        event = _EVENTS.get(_Type(self.advertising_type), _Event.ADV_NONCONN_IND)
        self.controller.send_advertising_pdu(
            Advert(self.address, self.advertising_data, int(event), self.scan_response_data, self)
        )
