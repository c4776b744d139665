"""Which states of a log there can be: what a device says of its log decides how much a host does with it."""

from __future__ import annotations

from .. import wire_gen as wire
from ..errors import ProtocolError
from .chunks import LEAST_BYTES

#: Chips are addressed by three bytes.
_LARGEST_CHIP = 1 << 24
_SEAL_BYTES = 1


def check_status(status: wire.LogStatus, where: str) -> None:
    """ProtocolError for more chunks than there is room for, or a log that ends before it begins."""
    if status.oldest > status.end:
        raise ProtocolError(f"{where}: says that its log begins at chunk {status.oldest} and ends before {status.end}")
    if status.capacity > _LARGEST_CHIP:
        raise ProtocolError(f"{where}: says that its log holds {status.capacity} bytes: no chip has so many")
    most, count = status.capacity // (_SEAL_BYTES + LEAST_BYTES), status.end - status.oldest
    if count > most:
        raise ProtocolError(f"{where}: says that its log has {count} chunks: {status.capacity} bytes hold {most}")
