"""CBOR of management, against the package `cbor2` as an independent peer."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.firmware.services.smp.cbor import CborError, Decoder, Encoder

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(max_size=30) | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8) | st.integers(0, 99), inner, max_size=5)
    ),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """Views as bytes, so that they compare."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def decoder_of(raw: bytes) -> Decoder:
    decoder = Decoder()
    decoder.begin(memoryview(raw))
    return decoder


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_cbor_is_what_an_independent_codec_writes_and_reads(value: Any) -> None:
    theirs = cbor2.dumps(value)
    out = bytearray(len(theirs))
    encoder = Encoder()
    encoder.begin(memoryview(out), 0)
    encoder.value(value)
    assert bytes(out) == theirs
    if depth(value) <= 6:
        decoder = decoder_of(theirs)
        assert plain(decoder.value()) == value
        assert decoder.left() == 0


def test_lengths_may_be_indefinite() -> None:
    raw = bytes.fromhex("bf 61 64 63 616263 61 6c 9f 01 02 ff ff")
    assert decoder_of(raw).value() == {"d": "abc", "l": [1, 2]}


@given(st.binary(max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_value_or_a_named_error(raw: bytes) -> None:
    decoder = decoder_of(raw)
    try:
        decoder.value()
    except CborError as error:
        assert str(error)
    assert 0 <= decoder.left() <= len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "", "18", "1c", "5bffffffffffffffff00", "9bffffffffffffffff", "bf", "bf6161", "a1", "a16161", "a1f401", "61ff",
        "f97e00", "c074", "ff", "9f01", "81" * 8 + "01",
    ],
)  # fmt: skip
def test_broken_cbor_is_refused(raw: str) -> None:
    with pytest.raises(CborError):
        decoder_of(bytes.fromhex(raw)).value()


def test_a_value_without_room_leaves_what_was_there() -> None:
    out = bytearray(8)
    encoder = Encoder()
    encoder.begin(memoryview(out), 0)
    encoder.value(1)
    with pytest.raises(CborError, match="no room"):
        encoder.value({"key": "longer than eight"})
    assert encoder.at == 1
