"""The log that a device keeps on its own flash: chunks, what is in them, files of pulled ones."""

from __future__ import annotations

from .chunks import Chunk
from .recordings import Recording, recordings
from .store_file import LogFile

__all__ = ["Chunk", "LogFile", "Recording", "recordings"]
