"""Recordings read back: named channels with unit and rate, in pieces, whatever the format."""

from .opening import open_source, record_name
from .read_options import Column, ReadOptions
from .source import Channel, Source

__all__ = ["Channel", "Column", "ReadOptions", "Source", "open_source", "record_name"]
