"""The host's side of vitalband: `connect(address)` and what its client hands out.

What it offers is imported when it is first asked for: a command line is there before the SDK is loaded.
"""

from importlib import import_module

TYPE_CHECKING = False  # `typing` would take its time
if TYPE_CHECKING:
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

#: Names of each module.
_NAMES = {
    "client": ("Client",),
    "connecting": ("connect",),
    "errors": ("AddressError", "ConnectError", "ConnectionLost", "VitalbandError"),
    "models": (
        "Beat",
        "Event",
        "Gap",
        "Item",
        "LinkError",
        "LinkErrorKind",
        "Reading",
        "Rhythm",
        "SampleBlock",
        "Status",
    ),
    "reconnect": ("ReconnectingClient",),
    "transports.address": ("Address", "parse_address"),
    "wire_gen": (
        "UNIT_SYMBOLS",
        *("Activity", "BeatKind", "EventKind", "Posture", "ReadingKind", "Reason", "Results", "RhythmFlags"),
        *("Sex", "Stream", "Unit"),
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


if not TYPE_CHECKING:  # where every name above is known, and no other

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
