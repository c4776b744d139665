"""What crosses the bridge comes out the same on either end; rubbish is refused."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.targets.qemu.guest.bridged.values import Uuid, decode, encoded
from firmware_sim.testing.unix_micropython import run_micropython

GUEST = Path(__file__).resolve().parents[2] / "firmware_sim/targets/qemu/guest"
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20) | st.binary(max_size=40)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=12)
SAMPLES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**40,
    -(2**62),
    "grüße",
    b"\x00\xff",
    ("ble", (1, b"x", None), ()),
    ((),),
]


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    assert decode(bytes(encoded(value))) == value


@given(st.binary(max_size=60))
def test_rubbish_is_refused_or_a_value(data: bytes) -> None:
    try:
        value = decode(data)
    except ValueError:
        return
    assert bytes(encoded(value)) == data or b"u" in data


@given(VALUES)
def test_a_value_cut_short_is_refused(value: Any) -> None:
    data = bytes(encoded(value))
    for end in range(len(data)):
        with pytest.raises(ValueError, match=r"value|UTF|utf"):
            decode(data[:end])


def test_uuids_and_what_cannot_travel() -> None:
    uuid = decode(bytes(encoded(Uuid(b"\x0d\x18"))))
    assert isinstance(uuid, Uuid)
    assert bytes(uuid) == b"\x0d\x18"
    with pytest.raises(TypeError, match="cannot cross"):
        encoded(1.5)


@pytest.mark.qemu
def test_micropython_says_it_the_same_way() -> None:
    code = f"""
from bridged.values import decode, encoded
samples = {SAMPLES!r}
print([bytes(encoded(v)) for v in samples])
print([decode(bytes(encoded(v))) == v for v in samples])
bad = 0
for data in (b"", b"x", b"i123", b"s\\x05\\x00ab", b"t\\x02\\x00N", b"NN"):
    try:
        decode(data)
    except ValueError:
        bad += 1
print(bad)
"""
    lines = run_micropython(code, (GUEST,)).splitlines()
    assert ast.literal_eval(lines[0]) == [bytes(encoded(value)) for value in SAMPLES]
    assert ast.literal_eval(lines[1]) == [True] * len(SAMPLES)
    assert lines[2] == "6"
