"""Our COBS against the reference package."""

from __future__ import annotations

import pytest
from cobs import cobs as reference
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.kernels import cobs_encode
from firmware_sim.firmware.services.serial import cobs


def encode(data: bytes) -> bytes:
    out = bytearray(len(data) + len(data) // 254 + 3)
    end = cobs_encode(bytearray(data), len(data), out, 1)
    assert out[0] == 0
    return bytes(out[1:end])


def decode(data: bytes) -> bytes:
    buf = bytearray(data)
    return bytes(buf[: cobs.decode(buf, len(buf))])


@given(st.binary(max_size=700))
def test_agrees_with_the_reference(data: bytes) -> None:
    assert encode(data) == reference.encode(data)
    assert decode(encode(data)) == data


@pytest.mark.parametrize("n", [253, 254, 255, 508, 509])
def test_block_edges(n: int) -> None:
    for data in (b"\x01" * n, b"\x00" * n, b"\x01" * n + b"\x00"):
        assert encode(data) == reference.encode(data)
        assert decode(encode(data)) == data


@given(st.binary(max_size=300))
def test_garbage_is_refused_or_decoded_as_the_reference_does(data: bytes) -> None:
    try:
        expected = reference.decode(data)
    except reference.DecodeError:
        with pytest.raises(cobs.CobsError):
            decode(data)
    else:
        assert decode(data) == expected


@pytest.mark.parametrize("data", [b"\x0e" + bytes(13), b"\x03\x01\x00", b"\x02\x01\x03\x00\x01"])
def test_a_zero_within_a_block_is_refused(data: bytes) -> None:
    with pytest.raises(reference.DecodeError):
        reference.decode(data)
    with pytest.raises(cobs.CobsError):
        decode(data)
