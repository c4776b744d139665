"""Recordings read back: named channels with unit and rate, in pieces, whatever the format."""

from .opening import open_source, record_name
from .source import Channel, Source

__all__ = ["Channel", "Source", "open_source", "record_name"]
