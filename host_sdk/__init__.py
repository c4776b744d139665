"""The host's side of vitalband: `connect(address)` and what its client hands out."""

import logging

from .client import Client
from .connecting import connect
from .errors import VitalbandError
from .models import Beat, Event, Gap, LinkError, Reading, Rhythm, SampleBlock, Status
from .reconnect import ReconnectingClient
from .wire_gen import ReadingKind, Reason, Results, Sex, Stream

__all__ = [
    "Beat",
    "Client",
    "Event",
    "Gap",
    "LinkError",
    "Reading",
    "ReadingKind",
    "Reason",
    "ReconnectingClient",
    "Results",
    "Rhythm",
    "SampleBlock",
    "Sex",
    "Status",
    "Stream",
    "VitalbandError",
    "connect",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
