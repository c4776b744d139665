"""The schema and what is generated from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware import wire_gen as device
from firmware_sim.schema import __main__ as generate
from firmware_sim.schema.loading import load
from firmware_sim.schema.model import Field, Message
from host_sdk import wire_gen as sdk

WIRE = load()
MESSAGES = {m.name: m for m in WIRE.messages}


def test_generated_files_are_up_to_date() -> None:
    assert generate.stale() == {}


def values(field: Field) -> st.SearchStrategy[object]:
    """Values that a field can have."""
    if field.enum:
        enum = next(e for e in WIRE.enums if e.name == field.enum)
        plain: st.SearchStrategy[object] = st.sampled_from([v.value for v in enum.values])
    elif field.flags:
        flags = next(f for f in WIRE.flags if f.name == field.flags)
        plain = st.integers(0, (1 << len(flags.values)) - 1)
    elif field.type == "bytes":
        plain = st.binary(max_size=150)
    elif field.type.startswith("char["):
        plain = st.text("abcXYZ019-. ", max_size=field.size).map(lambda s: s.encode())
    else:
        bits = 8 * field.size
        low = -(1 << bits - 1) if field.type[0] == "i" else 0
        plain = st.integers(low, low + (1 << bits) - 1)
    return st.none() | plain if field.optional else plain


def order(message: Message) -> list[Field]:
    """Arguments of the device's packer: what must be there, then what may be."""
    return [f for f in message.fixed if not f.optional] + list(message.optional)


@pytest.mark.parametrize("name", [m.name for m in WIRE.messages if m.to == "host"])
@given(data=st.data())
def test_what_the_device_packs_the_sdk_reads(name: str, data: st.DataObject) -> None:
    message = MESSAGES[name]
    fields = order(message)
    given_values = [data.draw(values(f), label=f.name) for f in fields]
    buf = bytearray(256)
    n = getattr(device, f"pack_{name}")(buf, 0x12345, *given_values)
    tail = data.draw(values(message.tail)) if message.tail else b""
    assert isinstance(tail, bytes)
    frame = bytes(buf[:n]) + tail
    assert frame[:3] == bytes([message.type, 0x45, 0x23])
    decoded = sdk.MESSAGES[message.type].decode(frame[3:])
    for field, expected in zip(fields, given_values, strict=True):
        got = getattr(decoded, field.name)
        assert got == (expected.decode() if isinstance(expected, bytes) else expected)
    assert decoded.encode() == frame[3:]


@pytest.mark.parametrize("name", [m.name for m in WIRE.messages if m.to == "device"])
@given(data=st.data())
def test_what_the_sdk_packs_the_device_reads(name: str, data: st.DataObject) -> None:
    message = MESSAGES[name]
    numbers = [data.draw(values(f)) for f in message.fields]
    build: Callable[..., sdk.AnyMessage] = sdk.MESSAGES[message.type]
    payload = build(*numbers).encode()
    assert list(device.unpack_request(message.type, payload)) == numbers
    for wrong in (payload[:-1], payload + b"\0"):
        with pytest.raises(device.WireError) as refusal:
            device.unpack_request(message.type, wrong)
        assert refusal.value.args == (device.ERROR_BAD_LENGTH,)


def test_the_device_knows_no_requests_but_its_own() -> None:
    kinds = {m.type for m in WIRE.messages if m.to == "device"}
    for kind in set(range(256)) - kinds:
        with pytest.raises(device.WireError) as refusal:
            device.unpack_request(kind, b"")
        assert refusal.value.args == (device.ERROR_UNKNOWN_TYPE,)


@given(st.sampled_from(sorted(sdk.MESSAGES)), st.binary(max_size=80))
def test_the_sdk_decodes_any_bytes_or_says_why_not(kind: int, payload: bytes) -> None:
    try:
        message = sdk.MESSAGES[kind].decode(payload)
    except sdk.WireError as error:
        assert str(error)
    else:
        assert dataclasses.is_dataclass(message)


def test_a_number_out_of_range_is_a_wire_error() -> None:
    with pytest.raises(sdk.WireError, match="subscribe"):
        sdk.Subscribe(1 << 16, sdk.Results(0)).encode()


def test_sizes_that_follow_from_the_messages() -> None:
    """What buffers are made of: the longest of each kind, and whatever may wait at once."""
    frames = {m.name: m.frame_bytes for m in WIRE.messages}
    assert max(frames[m.name] for m in WIRE.messages if m.to == "device") == device.LONGEST_REQUEST
    assert max(frames[name] for name in ("beat", "reading", "rhythm", "event")) == device.LONGEST_RESULT
    acks = device.KEPT_COMMANDS
    replies = [frames["info"], frames["status"], frames["time"], frames["log_status"]]
    replies += [frames["stream_info"]] * len(WIRE.streams) + [frames["ack"]] * acks
    assert (len(replies), sum(replies)) == (device.REPLY_FRAMES, device.REPLY_BYTES)


def test_every_message_to_the_host_has_its_characteristic() -> None:
    by_type = {m.type: WIRE.outlet(m) for m in WIRE.messages if m.to == "host"}
    assert {kind: name for kind, name in enumerate(device.OUTLETS) if name} == by_type
    known = {name for _, members in device.SERVICES for name, *_ in members}
    assert set(by_type.values()) <= known
