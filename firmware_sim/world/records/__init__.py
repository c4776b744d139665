"""Replay of recordings through the simulated chips."""

from .opening import open_record
from .replay import RecordWorld

__all__ = ["RecordWorld", "open_record"]
