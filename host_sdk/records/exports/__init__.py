"""Text files as apps and programs write them, and what each says of its columns. A further one is a file and a line."""

from __future__ import annotations

from ..csv_head import Head
from ..description import Description
from . import acqknowledge, apple_health, empatica, labchart, opensignals, polar, rdsamp, sensor_logger
from .export import Export

#: In this order they are looked for.
EXPORTS: tuple[Export, ...] = (
    apple_health.EXPORT,
    opensignals.EXPORT,
    polar.EXPORT,
    acqknowledge.EXPORT,
    labchart.EXPORT,
    rdsamp.EXPORT,
    sensor_logger.EXPORT,
    empatica.EXPORT,
)


def find_export(head: Head) -> Description | None:
    """What a file's columns are by the layout that it has, None for one of another layout; raises RecordFormatError."""
    export = next((export for export in EXPORTS if export.recognises(head)), None)
    return None if export is None else export.describe(head)
