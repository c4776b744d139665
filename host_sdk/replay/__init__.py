"""Recordings through the device: `replay(ReplayOptions(...))` and what it gives."""

from .options import ReplayOptions
from .result import (
    EcgResult,
    EcgWindow,
    ImuResult,
    Intervals,
    PpgResult,
    PulsesResult,
    ReplayedBeat,
    ReplayedEvent,
    ReplayResult,
    SensorSpan,
    SeriesPoint,
    SkinResult,
    WearResult,
    WindowReading,
)
from .running import OnProgress, replay

__all__ = [
    "EcgResult",
    "EcgWindow",
    "ImuResult",
    "Intervals",
    "OnProgress",
    "PpgResult",
    "PulsesResult",
    "ReplayOptions",
    "ReplayResult",
    "ReplayedBeat",
    "ReplayedEvent",
    "SensorSpan",
    "SeriesPoint",
    "SkinResult",
    "WearResult",
    "WindowReading",
    "replay",
]
