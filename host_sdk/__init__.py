"""The host's side of vitalband: `connect(address)` and what its client hands out."""

import logging

from .client import Client
from .connecting import connect
from .errors import AddressError, ConnectError, ConnectionLost, VitalbandError
from .models import Beat, Event, Gap, Item, LinkError, LinkErrorKind, Reading, Rhythm, SampleBlock, Status
from .reconnect import ReconnectingClient
from .transports.address import Address, parse_address
from .wire_gen import (
    UNIT_SYMBOLS,
    Activity,
    BeatKind,
    EventKind,
    Posture,
    ReadingKind,
    Reason,
    Results,
    RhythmFlags,
    Sex,
    Stream,
    Unit,
)

__all__ = [
    "UNIT_SYMBOLS",
    "Activity",
    "Address",
    "AddressError",
    "Beat",
    "BeatKind",
    "Client",
    "ConnectError",
    "ConnectionLost",
    "Event",
    "EventKind",
    "Gap",
    "Item",
    "LinkError",
    "LinkErrorKind",
    "Posture",
    "Reading",
    "ReadingKind",
    "Reason",
    "ReconnectingClient",
    "Results",
    "Rhythm",
    "RhythmFlags",
    "SampleBlock",
    "Sex",
    "Status",
    "Stream",
    "Unit",
    "VitalbandError",
    "connect",
    "parse_address",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
