"""What `make gen` refuses: every edit of wire.toml that would break the codecs, the device or the SDK."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware_sim.firmware.services.ble import irq
from firmware_sim.firmware.services.serial import demultiplexer
from firmware_sim.schema import __main__ as generate
from firmware_sim.schema.literals import constants
from firmware_sim.schema.loading import SCHEMA
from firmware_sim.schema.model import LONGEST_REQUEST
from firmware_sim.schema.shape import LONGEST_FRAME

TEXT = SCHEMA.read_text(encoding="utf-8")
SEX = 'fields = [{ name = "sex", type = "u8", enum = "sex", doc = "sex" }]'
SEX_ENUM = """[enums.sex]
doc = "Sex of the wearer, for limits that differ by it."
values = [
  { name = "unknown", value"""
NOT_WORN = '{ name = "not_worn", value = 2, doc = "the optical sensor sees no skin" }'
NUMBER = '{ name = "number", type = "u32", doc = "beats since start" }'
HR_UUID = 'uuid = "2A37", properties = ["notify"], encrypted = true'
WORN = "enums.reason.values.not_worn"

#: What is there, what stands there instead, what `make gen` says.
REFUSED = [
    # no TOML, no table, no key, an unknown key
    ("[enums.reason]", "[enums.reason", "wire.toml: Expected ']'"),
    ("protocol_version = 1\n", "", "wire.toml: 'protocol_version' is missing"),
    (
        "protocol_version = 1\n",
        "protocol_versoin = 1\n",
        "no key 'protocol_versoin' is known; did you mean 'protocol_v",
    ),
    (', doc = "the optical sensor sees no skin"', "", f"{WORN}: 'doc' is missing"),
    (SEX, SEX.replace("}]", ", optinal = true }]"), "sex: no key 'optinal' is known; did you mean 'optional'?"),
    (SEX, 'fields = ["sex"]', "messages.set_wearer.fields[0]: 'sex' is not a table"),
    (SEX, "fields = 3", "messages.set_wearer.fields: 3 is not a list"),
    (
        'model = { name = "Beat", doc',
        'model = { nmae = "Beat", doc',
        "beat.model: no key 'nmae' is known; did you mean 'n",
    ),
    ('[enums.sex]\ndoc = "Sex', '[enums.sex]\ncolour = 3\ndoc = "Sex', "enums.sex: no key 'colour' is known"),
    # numbers
    ("protocol_version = 1\n", "protocol_version = 300\n", "protocol_version: 300 is not 1 to 255"),
    ("longest_frame = 182", "longest_frame = 245", "longest_frame: 245 is not 1 to 244"),
    ("longest_frame = 182", "longest_frame = -1", "longest_frame: -1 is not"),
    ("longest_frame = 182", 'longest_frame = "182"', "longest_frame: '182' is not a whole number"),
    ("longest_frame = 182", "longest_frame = true", "longest_frame: True is not a whole number"),
    ("kept_commands = 4", "kept_commands = 0", "kept_commands: 0 is not"),
    (NOT_WORN, NOT_WORN.replace("= 2", "= -2"), f"{WORN}.value: -2 is not 0 to"),
    (NOT_WORN, NOT_WORN.replace("= 2", "= 2.5"), f"{WORN}.value: 2.5 is not a whole number"),
    (NOT_WORN, NOT_WORN.replace("= 2", '= "2"'), f"{WORN}.value: '2' is not a whole number"),
    (NOT_WORN, NOT_WORN.replace("= 2", "= 1"), "values of reason: 1 is there twice"),
    (NOT_WORN, NOT_WORN.replace("= 2", "= 300"), "messages.reading.reason: u8 cannot hold 300 of reason"),
    ("type = 0x45", "type = 300", "messages.flush.type: 300 is not 0 to 255"),
    ("rate_mhz = 250_000", "rate_mhz = 25_000_000_000", "streams.ecg.rate_mhz: 25000000000 is not 1 to"),
    ("sample_bytes = 2", "sample_bytes = 4", "streams.accel.sample_bytes: 4 is not 2 to 3"),
    ("lsb_nano = 488_000", "lsb_nano = 0", "streams.accel.lsb_nano: 0 is not"),
    (
        "full_scale_milli = 2_420_000",
        "full_scale_milli = 2_420_000_000_000",
        "streams.ecg.full_scale_milli: 2420000000000",
    ),
    ("bits = 24", "bits = 4", "streams.ecg: one count is 57619047619e-9 of the unit"),
    ("gain = 6", "gain = 0", "streams.ecg.gain: 0 is not"),
    ('per = 1000, doc = "greatest', 'per = 0, doc = "greatest', "messages.event.fields.peak_mg.model.per: 0 is not"),
    ('unit = "ms"\nscale = 1\n', 'unit = "ms"\nscale = 0\n', "readings.rr.scale: 0 is not"),
    ("value = 48\n", "value = 256\n", "readings.battery.value: 256 is not 0 to 255"),
    (
        'name = "wearer_sex"\nvalue = 1',
        'name = "wearer_sex"\nvalue = 0',
        "settings.wearer_sex.value: 0 is not 1 to 255",
    ),
    ('enum = "sex"\ndefault = 0', 'enum = "sex"\ndefault = 3', "settings.wearer_sex: its default 3 is not 0 to 2"),
    (
        'enum = "sex"\ndefault = 0',
        "low = 0\nhigh = 300\ndefault = 0",
        "settings.wearer_sex: 0 to 300 is not within 0 to 255",
    ),
    ("longest = 20", "longest = 0", "settings.device_name.longest: 0 is not 1 to 255"),
    ("longest = 20", "low = 20", "settings.device_name: a text needs longest"),
    ("longest = 20", "longest = 20\nhigh = 9", "settings.device_name: a text has no high"),
    ("longest = 20", "longest = 20\ndefault = 1", "settings.device_name: a text has no default"),
    ('enum = "sex"\ndefault = 0', "longest = 20\ndefault = 0", "settings.wearer_sex: a number has no longest"),
    # truths
    (HR_UUID, HR_UUID.replace("true", '"false"'), "heart_rate_measurement.encrypted: 'false' is not true or false"),
    (
        '"rr_ms", type = "u16", optional = true',
        '"rr_ms", type = "u16", optional = "no"',
        "rr_ms.optional: 'no' is not true",
    ),
    # types
    (SEX, SEX.replace("u8", "u7"), "sex.type: 'u7' is not one of u8, u16"),
    (SEX, SEX.replace("u8", "i8"), "sex.type: 'i8' is not one of"),
    (SEX, SEX.replace("u8", "i16"), "set_wearer.sex: i16 has a sign"),
    ('"unix_ms", type = "u64"', '"unix_ms", type = "char[0]"', "unix_ms.type: 'char[0]' is not one of"),
    ('"unix_ms", type = "u64"', '"unix_ms", type = "char[x]"', "unix_ms.type: 'char[x]' is not one of"),
    (
        '"firmware", type = "char[16]"',
        '"firmware", type = "char[16]", optional = true',
        "info.firmware: char[16] is no number",
    ),
    (
        '"firmware", type = "char[16]"',
        '"firmware", type = "char[16]", enum = "sex"',
        "info.firmware: char[16] is no number",
    ),
    (
        'type = "bytes", doc = "count',
        'type = "bytes", optional = true, doc = "count',
        "samples.data: bytes is no number",
    ),
    ('"u64", doc = "milliseconds', '"bytes", doc = "milliseconds', "set_time: a request has fields of known size"),
    # names
    (NUMBER, NUMBER.replace("number", "buf"), "'buf' is taken by the generated code"),
    (NUMBER, NUMBER.replace("number", "frame_seq"), "'frame_seq' is taken by the generated code"),
    (NUMBER, NUMBER.replace("number", "present"), "'present' is taken by the generated code"),
    (SEX, SEX.replace('name = "sex"', 'name = "encode"'), "'encode' is taken by the generated code"),
    (SEX, SEX.replace('name = "sex"', 'name = "TYPE"'), "'TYPE' is not a name"),
    (SEX, SEX.replace('name = "sex"', 'name = "from"'), "'from' is a word of Python"),
    (SEX, SEX.replace('name = "sex"', 'name = "__init__"'), "'__init__' is not a name"),
    (SEX, SEX.replace('name = "sex"', "name = 5"), "messages.set_wearer.fields[0].name: 5 is not text"),
    (NOT_WORN, NOT_WORN.replace("not_worn", "not worn"), "enums.reason.values[1].name: 'not worn' is not a name"),
    (NOT_WORN, NOT_WORN.replace("not_worn", "lead_off"), "enums.reason.values.lead_off: is there twice"),
    (NOT_WORN, NOT_WORN.replace("not_worn", "class"), "enums.reason.values[1].name: 'class' is a word of Python"),
    ('name = "ppg"\nvalue', 'name = "p-pg"\nvalue', "streams[1].name: 'p-pg' is not a name"),
    ('name = "ppg"\nvalue', 'name = "ecg"\nvalue', "streams.ecg: is there twice"),
    ("[enums.sex]", '[enums."s ex"]', "enums: 's ex' is not a name"),
    ('{ name = "beats", bit', '{ name = "all", bit', "flags.results: 'all' is taken by all of them"),
    ('"DeviceInfo", doc', '"Device Info", doc', "messages.info.model.name: 'Device Info' is not the name of a class"),
    # one name for two things
    ('name = "set_wearer"\ntype', 'name = "set_time"\ntype', "messages.set_time: is there twice"),
    (
        'name = "set_wearer"\ntype',
        'name = "stream"\ntype',
        "messages.stream: its class Stream is that of enum or flag set stream",
    ),
    ('name = "flush"\ntype', 'name = "error"\ntype', "messages.error: its class Error is that of"),
    ('name = "flush"\ntype', 'name = "any_message"\ntype', "messages.any_message: its class AnyMessage is that of"),
    ('name = "Event"', 'name = "Beat"', "messages.event.model: its class Beat is that of messages.beat.model already"),
    ("[enums.sex]\ndoc", '[enums.sex]\nclass = "Unit"\ndoc', "enum or flag set sex: its class Unit is that of"),
    ("[enums.sex]\ndoc", '[enums.sex]\nprefix = "UNIT"\ndoc', "prefix: 'UNIT' is there twice"),
    (SEX_ENUM, SEX_ENUM.replace("doc", 'prefix = "MSG"\ndoc', 1).replace("unknown", "info"), "become 'MSG_INFO'"),
    ("[flags.rhythm]", "[flags.sex]", "enums and flags: 'sex' is there twice"),
    ('name = "battery_v"', 'name = "battery_percent"', "messages.status.model: 'battery_percent' is there twice"),
    ('["RED", "IR"]', '["RED", "RED"]', "streams.ppg.channels: 'RED' is there twice"),
    ('["RED", "IR"]', '["RED", "ECG"]', "channels of streams: 'ECG' is there twice"),
    ('["ECG"]', '"ECG"', "streams.ecg.channels: 'ECG' is not a list"),
    ('name = "beat"\ntype = 0x04', 'name = "beat"\ntype = 0x03', "messages, type: 3 is there twice"),
    ('short = "pulse"', 'short = "hr"', "short name: 'hr' is there twice"),
    # words for people
    (NOT_WORN, NOT_WORN.replace("the optical", "the\\n optical"), f"{WORN}.doc: '\\n' cannot stand"),
    (NOT_WORN, NOT_WORN.replace("the optical", "a|b"), f"{WORN}.doc: '|' cannot stand"),
    ('doc = "Something happened."', "doc = 'Something happened\\.'", "messages.event.doc: '\\\\' cannot stand"),
    ('doc = "Something happened."', "doc = 'Something \"happened\"'", "messages.event.doc: '\"' cannot stand"),
    ('doc = "Something happened."', 'doc = " "', "messages.event.doc: is empty"),
    # what is not there
    (SEX, SEX.replace('enum = "sex"', 'enum = "sax"'), "messages.set_wearer.sex: no enum or flag set 'sax'"),
    (
        '"u16", mask = "stream", doc = "bit n: samples',
        '"u16", mask = "river", doc = "bit n: samples',
        "no enum or flag set",
    ),
    (
        'to = "device"\ndoc = "Asks for info',
        'to = "nobody"\ndoc = "Asks for info',
        "messages.get_info.to: 'nobody' is not one",
    ),
    ('value = 2\nunit = "ms"', 'value = 2\nunit = "fortnight"', "readings.rr: unknown unit 'fortnight'"),
    ('unit = "dps"', 'unit = "rpm"', "streams.gyro: unknown unit 'rpm'"),
    ('enum = "sex"\ndefault', 'enum = "gender"\ndefault', "settings.wearer_sex: no enum 'gender'"),
    ('enum = "posture"\ndoc', 'enum = "pose"\ndoc', "readings.posture: no enum 'pose'"),
    ('sensor = "gauge"', 'sensor = "gage"', "readings.battery: no sensor 'gage'"),
    ("[enums.unit]", "[enums.units]", "enums: 'unit' is missing"),
    ('name = "beat"\ntype', 'name = "heart_beat"\ntype', "messages: 'beat' is missing"),
    (
        'name = "get_info"\ntype = 0x40\nto = "device"',
        'name = "get_info"\ntype = 0x40\nto = "host"',
        "get_info: must go to",
    ),
    (SEX, "fields = []", "messages.set_wearer.fields: [] is not a list of one or more"),
    # how a field is read
    ('relative_to = "r_index", doc = "P onset"', 'relative_to = "r", doc = "P onset"', "beat.p_on: relative to 'r'"),
    ('relative_to = "r_index", doc = "P onset"', 'relative_to = "rr_ms", doc = "P onset"', "that is always there"),
    (
        'relative_to = "r_index", doc = "P onset"',
        'relative_to = "r_index", doc = "P onset", model = { per = 2 }',
        "beat.p_on: more than one way",
    ),
    ('scaled_by = "kind"', 'scaled_by = "unit"', "reading.value: scaled by 'unit', which is no kind of reading"),
    ('bit = 1, doc = "the front end', 'bit = 8, doc = "the front end', "samples.status: u8 has no bit 8"),
    # streams
    ('name = "gyro"\nvalue = 3', 'name = "gyro"\nvalue = 2', "values of stream: 2 is there twice"),
    ('name = "gyro"\nvalue = 3', 'name = "gyro"\nvalue = 9', "streams: numbers must run from 0 and leave none out"),
    ("lsb_nano = 488_000", "lsb_nano = 488_000\ngain = 6", "streams.accel: needs lsb_nano, or"),
    ("block = 25\n", "block = 60\n", "streams.ecg: a block is longer than a frame of 182 bytes"),
    ("block = 26\nlsb_nano = 70", "block = 20\nlsb_nano = 70", "of the same sensor"),
    # frames
    ("type = 0x4F", "type = 0x50", "messages: types of requests must follow one another"),
    (
        '"serial_number", type = "char[16]"',
        '"serial_number", type = "char[141]"',
        "messages.info: a frame of 183 bytes",
    ),
    ('"unix_ms", type = "u64"', '"unix_ms", type = "char[57]"', "messages.set_time: a frame of 60 bytes"),
    # GATT
    ('uuid = "180D"', 'uuid = "18XD"', "services.heart_rate.uuid: '18XD' is not a UUID"),
    ('uuid = "180D"', 'uuid = "180D0"', "services.heart_rate.uuid: '180D0' is not a UUID"),
    ('uuid = "180D"', "uuid = 0x180D", "services.heart_rate.uuid: 6157 is not a UUID"),
    ('uuid = "1822"', 'uuid = "180D"', "uuid of services: '0000180d-0000-1000-8000-00805f9b34fb' is there twice"),
    ('uuid = "2A38"', 'uuid = "00002a37-0000-1000-8000-00805F9B34FB"', "uuid of services: '00002a37-0000"),
    (
        HR_UUID,
        HR_UUID.replace("notify", "notfy"),
        "properties: 'notfy' is not one of read, write, write_without_response, notify, indicate; did",
    ),
    (
        HR_UUID,
        HR_UUID.replace('["notify"]', "[]"),
        "heart_rate_measurement.properties: [] is not a list of one or more",
    ),
    ('"get_info", "subscribe"', '"subscribe"', "messages: get_info go by no characteristic"),
    ('"get_info", "subscribe"', '"get_infos", "subscribe"', "vitalband_request: no message 'get_infos'"),
    ('messages = ["samples", ', 'messages = ["samples", "ack", ', "messages of characteristics: 'ack' is there twice"),
    (
        'properties = ["write"], encrypted = true, messages',
        'properties = ["notify"], encrypted = true, messages',
        "get_info goes to",
    ),
]


def _generate(tmp_path: Path, text: str) -> tuple[int, Path]:
    """Exit code of `make gen` of a schema, and where it writes."""
    schema, root = tmp_path / "wire.toml", tmp_path / "root"
    schema.write_text(text, encoding="utf-8")
    root.mkdir()
    return generate.main([], root, schema), root


def test_the_schema_as_it_is_generates(tmp_path: Path) -> None:
    code, root = _generate(tmp_path, TEXT)
    assert code == 0
    assert (root / "host_sdk/wire_gen.py").read_text(encoding="utf-8") == (
        generate.ROOT / "host_sdk/wire_gen.py"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(("old", "new", "message"), REFUSED)
def test_an_edit_that_would_break_something_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    assert old in TEXT
    code, root = _generate(tmp_path, TEXT.replace(old, new, 1))
    out, err = capsys.readouterr()
    assert (code, out, list(root.iterdir())) == (1, "", [])
    assert re.fullmatch(r"schema: [^\n]+\n", err), err
    assert message in err


def test_an_enum_without_values_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = re.sub(r"(\[enums\.sex\]\n.*\n)values = \[[^]]*\]", r"\1values = []", TEXT)
    code, _ = _generate(tmp_path, empty)
    assert (code, capsys.readouterr().err) == (1, "schema: enums.sex.values: [] is not a list of one or more tables\n")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "wire.toml"
    bad.write_bytes(b"protocol_version = 1 # \xff")
    assert generate.main([], tmp_path, bad) == 1
    assert generate.main([], tmp_path, tmp_path / "nothere.toml") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("schema: wire.toml: 'utf-8' codec")
    assert second == "schema: nothere.toml: No such file or directory"


def test_the_longest_frame_is_what_the_firmware_s_mtu_leaves() -> None:
    offered = constants(Path(irq.__file__).read_text(encoding="utf-8"))["_MTU"]
    assert offered - 3 == LONGEST_FRAME


def test_the_longest_request_is_what_the_reader_of_the_uart_leaves() -> None:
    taken = constants(Path(demultiplexer.__file__).read_text(encoding="utf-8"))["_LONGEST_PACKET"]
    crc, cobs = 4, 1
    assert taken - crc - cobs == LONGEST_REQUEST
