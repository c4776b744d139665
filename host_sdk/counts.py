"""Counts of a converter as bytes: little-endian, signed, 1 to 4 bytes each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .models import IntArray


def pack(counts: IntArray, width: int) -> bytes:
    """Counts in `width` bytes each, in order; the bytes above are cut off."""
    raw = np.ascontiguousarray(counts, dtype="<i4").view(np.uint8).reshape(-1, 4)
    return raw[:, :width].tobytes()


def unpack(raw: bytes | NDArray[np.uint8], width: int) -> IntArray:
    """The counts in one dimension; raises ValueError where the last one is not whole."""
    if width == 2:
        return np.frombuffer(raw, dtype="<i2").astype(np.int32)
    groups = np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)
    # at the top of 32 bits: the shift brings them down with their sign
    out = np.zeros((len(groups), 4), dtype=np.uint8)
    out[:, 4 - width :] = groups
    counts: IntArray = out.view("<i4").ravel().astype(np.int32) >> (8 * (4 - width))
    return counts
