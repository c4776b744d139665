"""Counts as bytes and back."""

from __future__ import annotations

import numpy as np
import pytest

from host_sdk.counts import pack, unpack


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_counts_come_back_with_their_signs(width: int) -> None:
    greatest = (1 << (8 * width - 1)) - 1
    counts = np.array([0, 1, -1, greatest, -greatest - 1, greatest // 3], dtype=np.int32)
    raw = pack(counts, width)
    assert raw == b"".join(int(count).to_bytes(width, "little", signed=True) for count in counts)
    assert unpack(raw, width).tolist() == counts.tolist()
    assert unpack(np.frombuffer(raw, dtype=np.uint8), width).dtype == np.int32


@pytest.mark.parametrize("width", [2, 3])
def test_nothing_holds_no_count(width: int) -> None:
    assert unpack(b"", width).shape == (0,)


@pytest.mark.parametrize("width", [2, 3])
def test_half_a_count_is_none(width: int) -> None:
    with pytest.raises(ValueError, match=r"multiple|reshape"):
        unpack(bytes(width + 1), width)
