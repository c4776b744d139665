"""Replay of recordings through the simulated chips."""

from __future__ import annotations

from .opening import open_record, open_source
from .replay import RecordWorld
from .source import Channel, Source

__all__ = ["Channel", "RecordWorld", "Source", "open_record", "open_source"]
