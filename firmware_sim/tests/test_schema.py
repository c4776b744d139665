"""The schema and what is generated from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware import wire_gen as device
from firmware_sim.schema import __main__ as generate
from firmware_sim.schema.model import SCHEMA, Field, Message, SchemaError, load
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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "beat"\ntype = 0x04', 'name = "beat"\ntype = 0x03', "message type"),
        (
            'enum = "reason", optional = true, doc = "why the window',
            'enum = "reasons", optional = true, doc = "why the window',
            "no enum",
        ),
        ('to = "device"\ndoc = "Asks for info', 'to = "nobody"\ndoc = "Asks for info', "nobody"),
        ('value = 2\nunit = "ms"', 'value = 2\nunit = "fortnight"', "unknown unit"),
        ('name = "gyro"\nvalue = 3', 'name = "gyro"\nvalue = 2', "enum stream: 2 is there twice"),
        ('name = "gyro"\nvalue = 3', 'name = "gyro"\nvalue = 9', "leave none out"),
        ('unit = "dps"', 'unit = "rpm"', "stream gyro: unknown unit 'rpm'"),
        ("lsb_nano = 488_000", "lsb_nano = 488_000\ngain = 6", "stream accel: needs lsb_nano, or"),
        ("lsb_nano = 488_000", "lsb_nano = 0", "stream accel: rate, block, lsb"),
        ("gain = 6", "gain = 0", "stream ecg: full_scale_milli, gain and bits must be above 0"),
        ("sample_bytes = 2", "sample_bytes = 4", "stream accel: values of 4 bytes"),
        ("block = 25", "block = 60", "stream ecg: a block is longer than a frame of 182 bytes"),
        ("block = 26\nlsb_nano = 70", "block = 20\nlsb_nano = 70", "of the same sensor"),
        ('bit = 1, doc = "the front end', 'bit = 8, doc = "the front end', "samples.status: u8 has no bit 8"),
        ('"u16", mask = "stream", doc = "bit n: samples', '"u16", mask = "river", doc = "bit n: samples', "no enum"),
        ('enum = "sex"\ndefault = 0', 'enum = "sex"\ndefault = 3', "setting wearer_sex: its default 3 is not 0 to 2"),
        ('enum = "sex"\ndefault', 'enum = "gender"\ndefault', "setting wearer_sex: no type or enum 'gender'"),
        ('name = "wearer_sex"\nvalue = 1', 'name = "wearer_sex"\nvalue = 0', "setting wearer_sex: its number 0"),
        ("type = 0x45", "type = 0x46", "requests: types must follow one another"),
        ('"u64", doc = "milliseconds', '"bytes", doc = "milliseconds', "set_time: a request has fields of known size"),
        (
            'relative_to = "r_index", doc = "P onset"',
            'relative_to = "r", doc = "P onset"',
            "beat.p_on: relative to 'r'",
        ),
        ('relative_to = "r_index", doc = "P onset"', 'relative_to = "rr_ms", doc = "P onset"', "that is always there"),
        (
            'relative_to = "r_index", doc = "P onset"',
            'mask = "stream", doc = "P onset", model = { per = 2 }',
            "more than",
        ),
        ('per = 1000, doc = "greatest', 'per = 0, doc = "greatest', "event.peak_mg: a scale of 0"),
        ('scaled_by = "kind"', 'scaled_by = "unit"', "reading.value: scaled by 'unit', which is no kind of reading"),
        ('name = "battery_v"', 'name = "battery_percent"', "model of status: 'battery_percent' is there twice"),
        ('unit = "ms"\nscale = 1\n', 'unit = "ms"\nscale = 0\n', "reading rr: a scale of 0"),
        ('"get_info", "subscribe"', '"subscribe"', "messages: get_info go by no characteristic"),
        ('"get_info", "subscribe"', '"get_infos", "subscribe"', "vitalband_request: no message 'get_infos'"),
        (
            'messages = ["samples"]',
            'messages = ["samples", "ack"]',
            "characteristics: 'ack' is there twice",
        ),
        (
            'properties = ["write"], encrypted = true, messages',
            'properties = ["notify"], encrypted = true, messages',
            "vitalband_request: get_info goes to the device",
        ),
        ("longest_frame = 182", "longest_frame = 256", "longest_frame: 256 is not 1 to 255"),
        ("kept_commands = 4", "kept_commands = 0", "kept_commands: must be above 0"),
        (
            'name = "serial_number", type = "char[16]"',
            'name = "serial_number", type = "char[141]"',
            "info: a frame of",
        ),
        (
            'name = "unix_ms", type = "u64"',
            'name = "unix_ms", type = "char[57]"',
            "set_time: a frame of 60 bytes",
        ),
        ("value = 48\n", "value = 256\n", "reading.kind: u8 cannot hold 256 of reading_kind"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = SCHEMA.read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "wire.toml"
    bad.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SchemaError, match=message):
        load(bad)


def test_sizes_that_follow_from_the_messages() -> None:
    """What buffers are made of: the longest of each kind, and whatever may wait at once."""
    frames = {m.name: m.frame_bytes for m in WIRE.messages}
    assert max(frames[m.name] for m in WIRE.messages if m.to == "device") == device.LONGEST_REQUEST
    assert max(frames[name] for name in ("beat", "reading", "rhythm", "event")) == device.LONGEST_RESULT
    acks = device.KEPT_COMMANDS
    replies = [frames["info"], frames["status"], frames["time"]]
    replies += [frames["stream_info"]] * len(WIRE.streams) + [frames["ack"]] * acks
    assert (len(replies), sum(replies)) == (device.REPLY_FRAMES, device.REPLY_BYTES)


def test_every_message_to_the_host_has_its_characteristic() -> None:
    by_type = {m.type: WIRE.outlet(m) for m in WIRE.messages if m.to == "host"}
    assert {kind: name for kind, name in enumerate(device.OUTLETS) if name} == by_type
    known = {name for _, members in device.SERVICES for name, *_ in members}
    assert set(by_type.values()) <= known
