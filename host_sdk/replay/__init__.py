"""Recordings through the device: `replay(ReplayOptions(...))` and what it gives."""

from .collecting import record_name
from .options import ReplayOptions
from .result import (
    EcgResult,
    EcgWindow,
    Intervals,
    PpgResult,
    ReplayedBeat,
    ReplayedEvent,
    ReplayResult,
    SeriesPoint,
    WindowReading,
)
from .running import OnProgress, replay

__all__ = [
    "EcgResult",
    "EcgWindow",
    "Intervals",
    "OnProgress",
    "PpgResult",
    "ReplayOptions",
    "ReplayResult",
    "ReplayedBeat",
    "ReplayedEvent",
    "SeriesPoint",
    "WindowReading",
    "record_name",
    "replay",
]
