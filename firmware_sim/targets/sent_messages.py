"""Short messages that a simulated helmet's modem sent, as the network delivers them."""

from __future__ import annotations

from typing import NamedTuple

from ..chips.modem import Sent
from ..firmware.services.alarm.sms_decoder import SmsDecoder
from .simulation import BEGIN_US, Simulation

#: A time as networks stamp messages with: 2026-11-30 12:00, an hour east.
_STAMP = bytes.fromhex("62110321000040")


class SentMessage(NamedTuple):
    """One of them: when the network took it (s of the world), to whom, what it says, octets of one that is no text."""

    at_s: float
    number: str
    text: str
    data: bytes | None = None


def sent_messages(simulation: Simulation) -> list[SentMessage]:
    """What the network took so far, the oldest first; of a device without a modem nothing."""
    modem = getattr(simulation, "modem", None)
    return [] if modem is None else [read_sent(sent) for sent in modem.sent]


def read_sent(sent: Sent) -> SentMessage:
    """A message that was sent as a PDU, by the firmware's decoder."""
    pdu = sent.pdu
    address = 5 + (pdu[3] + 1) // 2
    delivered = bytes((0, pdu[1] & 0x40)) + pdu[3 : address + 2] + _STAMP + pdu[address + 3 :]
    message = SmsDecoder()
    message.read(delivered)
    return SentMessage((sent.at_us - BEGIN_US) / 1e6, message.number, message.text or "", message.data)
