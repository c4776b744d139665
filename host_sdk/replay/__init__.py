"""Recordings through the device: `replay(...)` and what it gives."""

from .result import ReplayResult, record_name
from .running import OnProgress, replay

__all__ = ["OnProgress", "ReplayResult", "record_name", "replay"]
