"""The minimum set of data against an independent ASN.1 compiler, and against a message of another encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import asn1tools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.services.alarm import msd as m
from firmware_sim.firmware.services.alarm.contacts import data_number_in, numbers_in
from firmware_sim.firmware.services.alarm.incident import LIMITS, Incident
from firmware_sim.firmware.services.alarm.msd_message import MsdMessage
from firmware_sim.firmware.services.alarm.per import BitReader, BitWriter
from firmware_sim.firmware.services.alarm.states import SOS
from firmware_sim.firmware.services.alarm.vitals_data import FIELDS, VitalsData
from host_sdk.cli.main import main

SCHEMA = asn1tools.compile_files(str(Path(__file__).with_name("msd.asn1")), "uper")
#: A message of a vehicle's modem firmware, published with the values in it.
PUBLISHED = bytes.fromhex("02251C0680E30A51439E2955D43800800437F80A3105669023F8A71166932185B004150043C040")
VIN = st.text(st.sampled_from("0123456789ABCDEFGHJKLMNPRSTUVWXYZ"), min_size=17, max_size=17)
DELTA = st.none() | st.tuples(st.integers(-512, 511), st.integers(-512, 511))
PROPULSIONS = (
    "gasolineTankPresent", "dieselTankPresent", "compressedNaturalGas", "liquidPropaneGas", "electricEnergyStorage",
    "hydrogenStorage", "otherStorage",
)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> m.Msd:
    msd = m.Msd()
    msd.identifier = draw(st.integers(0, 255))
    msd.automatic, msd.test, msd.trusted = (draw(st.booleans()) for _ in range(3))
    msd.vehicle_type = draw(st.integers(1, 13))
    msd.vin = draw(st.none() | VIN.filter(lambda vin: vin != "0" * 17))
    msd.propulsion = draw(st.integers(0, 127))
    msd.time_s = draw(st.none() | st.integers(1, 0xFFFFFFFF))
    latitude, longitude = st.integers(-324_000_000, 324_000_000), st.integers(-648_000_000, 648_000_000)
    msd.position = draw(st.none() | st.tuples(latitude, longitude))
    msd.direction_deg = draw(st.none() | st.integers(0, 179).map(lambda step: step * 2))
    msd.recent_1, msd.recent_2 = draw(DELTA), draw(DELTA)
    msd.passengers = draw(st.none() | st.integers(0, 255))
    msd.oid = draw(st.none() | st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4).map(tuple))
    msd.data = draw(st.binary(max_size=60)) if msd.oid else b""
    return msd


def by_schema(msd: m.Msd) -> dict[str, Any]:
    """The message as asn1tools wants it."""
    vin = msd.vin or "0" * 17
    unknown = 0x7FFFFFFF
    latitude, longitude = msd.position or (unknown, unknown)
    structure: dict[str, Any] = {
        "messageIdentifier": msd.identifier,
        "control": {
            "automaticActivation": msd.automatic, "testCall": msd.test, "positionCanBeTrusted": msd.trusted,
            "vehicleType": TYPES[msd.vehicle_type - 1],
        },
        "vehicleIdentificationNumber": {
            "isowmi": vin[:3], "isovds": vin[3:9], "isovisModelyear": vin[9], "isovisSeqPlant": vin[10:],
        },
        "vehiclePropulsionStorageType": {name: bool(msd.propulsion >> i & 1) for i, name in enumerate(PROPULSIONS)},
        "timestamp": msd.time_s or 0,
        "vehicleLocation": {"positionLatitude": latitude, "positionLongitude": longitude},
        "vehicleDirection": 255 if msd.direction_deg is None else msd.direction_deg // 2,
    }  # fmt: skip
    for name, delta in (("recentVehicleLocationN1", msd.recent_1), ("recentVehicleLocationN2", msd.recent_2)):
        if delta is not None:
            structure[name] = dict(zip(("latitudeDelta", "longitudeDelta"), delta, strict=True))
    if msd.passengers is not None:
        structure["numberOfPassengers"] = msd.passengers
    message: dict[str, Any] = {"msdStructure": structure}
    if msd.oid is not None:
        message["optionalAdditionalData"] = {"oid": m._oid_octets(msd.oid), "data": msd.data}
    return message


TYPES = (
    "passengerVehicleClassM1", "busesAndCoachesClassM2", "busesAndCoachesClassM3", "lightCommercialVehiclesClassN1",
    "heavyDutyVehiclesClassN2", "heavyDutyVehiclesClassN3", *(f"motorcyclesClassL{i}e" for i in range(1, 8)),
)  # fmt: skip


def state_of(msd: m.Msd) -> tuple[Any, ...]:
    return msd.values()


def read_msd(data: bytes) -> m.Msd:
    msd = m.Msd()
    msd.decode(data)
    return msd


@given(msd=messages())
def test_it_is_what_asn1tools_encodes_and_decodes(msd: m.Msd) -> None:
    data = msd.encode()
    inner = SCHEMA.encode("MSDMessage", by_schema(msd))
    assert data == SCHEMA.encode("ECallMessage", {"msdVersion": 2, "msd": inner})
    assert SCHEMA.decode("MSDMessage", data[2:]) == by_schema(msd)
    assert state_of(read_msd(data)) == state_of(msd)


def test_a_published_message_is_read_with_the_values_published_with_it() -> None:
    msd = read_msd(PUBLISHED)
    assert msd.vin == "ECALLEXAMPLE02013"
    assert (msd.identifier, msd.automatic, msd.test, msd.trusted, msd.vehicle_type) == (1, True, False, True, 1)
    assert msd.propulsion == m.GASOLINE
    assert (msd.time_s, msd.position, msd.direction_deg) == (1367878452, (18859320, 187996428), 90)
    assert (msd.recent_1, msd.recent_2, msd.passengers) == ((0, 10), (0, 30), 2)
    # that encoder sends flags that are FALSE; ours leaves them out, as canonical PER has it
    assert state_of(read_msd(msd.encode())) == state_of(msd)
    assert len(msd.encode()) <= len(PUBLISHED)


def test_arcs_of_an_oid_are_those_of_the_standard() -> None:
    assert m._oid_octets((1, 2, 125)) == bytes((1, 2, 125))
    assert m._oid_octets((8571, 3, 2)) == bytes.fromhex("c27b0302")  # X.690, 8.20.5
    assert m._oid_of(bytes.fromhex("c27b0302")) == (8571, 3, 2)


def test_a_full_message_is_one_sms() -> None:
    msd = m.Msd()
    msd.recent_1 = msd.recent_2 = (0, 0)
    msd.passengers = 1
    msd.oid, msd.data = (1, 2, 125), bytes(94)
    assert len(msd.encode()) <= 140
    while len(msd.encode()) < 140:
        msd.data += b"x"
    msd.data += b"x"
    with pytest.raises(ValueError, match=f"data of {len(msd.data)} octets"):
        msd.encode()


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("identifier", 256, "identifier 256"), ("vehicle_type", 0, "vehicle_type 0"),
        ("vehicle_type", 14, "vehicle_type"),
        ("vin", "SHORT", "vin 'SHORT': not 17"), ("vin", "IIIIIIIIIIIIIIIII", "'I' is no"),
        ("propulsion", 128, "propulsion"),
        ("time_s", -1, "time_s -1"), ("time_s", 1 << 32, "time_s"), ("direction_deg", 361, "direction_deg 361"),
        ("position", (324_000_001, 0), "latitude"), ("position", (0, -648_000_001), "longitude"),
        ("recent_1", (0, 512), "recent_1 512"), ("recent_2", (-513, 0), "recent_2 -513"),
        ("passengers", 256, "passengers"),
        ("oid", (), "oid"), ("oid", (-1,), "oid"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_by_name(field: str, value: object, why: str) -> None:
    msd = m.Msd()
    setattr(msd, field, value)
    with pytest.raises(ValueError, match=why):
        msd.encode()


@pytest.mark.parametrize(("degrees", "sent"), [(0, 0), (1, 2), (2, 2), (3, 4), (358, 358), (359, 0), (360, 0)])
def test_direction_is_sent_in_steps_of_two_degrees(degrees: int, sent: int) -> None:
    msd = m.Msd()
    msd.direction_deg = degrees
    assert read_msd(msd.encode()).direction_deg == sent


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ends early"), (b"\x02", "ends early"), (b"\x01" + PUBLISHED[1:], "version 1"),
        (bytes(141), "141 octets"),
        (b"\x03" + PUBLISHED[1:], "version 3"), (PUBLISHED[:-1], "37 octets, 36"), (b"\x02\x02\x1c\x06", "ends early"),
        (b"\x02\x25\x80" + PUBLISHED[3:], "extension"), (b"\x02\x25\x3c" + PUBLISHED[3:], "extension"),
        (b"\x02\xc1" + PUBLISHED[2:], "fragments"),
    ],
)  # fmt: skip
def test_malformed_messages_are_refused_by_name_and_change_nothing(data: bytes, why: str) -> None:
    msd = read_msd(PUBLISHED)
    with pytest.raises(ValueError, match=why):
        msd.decode(data)
    assert state_of(msd) == state_of(read_msd(PUBLISHED))


@given(data=st.binary(max_size=140).map(lambda tail: b"\x02" + tail) | st.binary(min_size=37, max_size=60))
def test_any_octets_are_a_message_or_refused(data: bytes) -> None:
    try:
        msd = read_msd(data)
    except ValueError as error:
        assert str(error)
    else:
        assert state_of(read_msd(msd.encode())) == state_of(msd)


# ---------------------------------------------------------------------- vitals


@given(
    values=st.fixed_dictionaries({}, optional={name: st.integers(least, most) for name, least, most in FIELDS}),
)
def test_vitals_are_what_asn1tools_encodes(values: dict[str, int]) -> None:
    data = VitalsData().write(dict(values))
    assert data == SCHEMA.encode("Vitals", {name.replace("_", "-"): value for name, value in values.items()})
    assert VitalsData().read(data) == values
    assert len(data) <= 12


def test_bad_vitals_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="pulse 512: not within 0 and 511"):
        VitalsData().write({"pulse": 512})
    with pytest.raises(ValueError, match="no field 'mood'"):
        VitalsData().write({"mood": 1})
    with pytest.raises(ValueError, match="ends early"):
        VitalsData().read(b"\x7f")
    with pytest.raises(ValueError, match="spo2 127"):
        VitalsData().read(b"\x10\x3f\x80")


def test_bits_past_the_end_are_refused() -> None:
    writer = BitWriter(1)
    writer.put(0xFF, 8)
    with pytest.raises(ValueError, match="more than 1 octets"):
        writer.put(1, 1)
    long = BitWriter(300)
    long.put_octets(bytes(200))
    reader = BitReader()
    reader.begin(long.data)
    assert reader.get_octets() == bytes(200)


# ---------------------------------------------------------------------- command


def test_the_command_decodes_and_encodes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["msd", "decode", PUBLISHED.hex(), "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert fields["vin"] == "ECALLEXAMPLE02013"
    assert fields["latitude"] == pytest.approx(18859320 / 3.6e6)
    assert fields["propulsion"] == ["gasoline"]
    assert main(["msd", "encode", json.dumps(fields)]) == 0
    again = capsys.readouterr().out.strip()
    assert state_of(read_msd(bytes.fromhex(again))) == state_of(read_msd(PUBLISHED))
    assert main(["msd", "decode", again]) == 0
    shown = capsys.readouterr().out
    assert "ECALLEXAMPLE02013" in shown
    assert "2013-05-06" in shown


def test_the_command_shows_vitals(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"latitude": 48.1173, "longitude": 11.5167, "vitals": {"pulse": 88, "spo2": 96, "severity": 3}}
    assert main(["msd", "encode", json.dumps(fields)]) == 0
    data = capsys.readouterr().out.strip()
    assert len(data) <= 280
    assert main(["msd", "decode", data, "--json"]) == 0
    decoded = json.loads(capsys.readouterr().out)
    assert decoded["vitals"] == fields["vitals"]
    assert decoded["latitude"] == pytest.approx(48.1173, abs=1e-6)
    assert decoded["time"] is None


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["decode", "xyz"], "not hexadecimal"), (["decode", "02"], "ends early"), (["encode", "{"], "not JSON"),
        (["encode", "[]"], "not a JSON object"), (["encode", '{"colour": "red"}'], "no field 'colour'"),
        (["encode", '{"vin": "X"}'], "vin 'X'"), (["encode", '{"latitude": 48}'], "longitude"),
        (["encode", '{"propulsion": ["steam"]}'], "steam"), (["encode", '{"vehicle_type": "boat"}'], "boat"),
        (["encode", '{"time": "yesterday"}'], "yesterday"), (["encode", '{"passengers": "two"}'], "passengers"),
        (["encode", '{"vitals": {"pulse": 900}}'], "pulse 900"),
        (["encode", '{"latitude": 91, "longitude": 0}'], "latitude"),
    ],
)  # fmt: skip
def test_the_command_names_what_is_wrong(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["msd", *arguments]) == 1
    captured = capsys.readouterr()
    assert why in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("contacts", "number"),
    [
        ("Jo +49301234, MSD +49 89 123", "+4989123"),
        ("msd 112", "112"),
        (" Msd: +4989123;Jo 110", ""),
        ("Msdira +4989123", ""),
        ("Jo 112", ""),
        ("msd", ""),
        ("", ""),
    ],
)
def test_which_contact_gets_it(contacts: str, number: str) -> None:
    assert data_number_in(contacts) == number
    assert not number or number in numbers_in(contacts)[0]


def test_an_alarm_of_which_nothing_is_known_or_too_much() -> None:
    message, alarm = MsdMessage(), Incident()
    alarm.begin(SOS, 0)
    unknown = read_msd(message.octets(alarm, True))
    assert (unknown.identifier, unknown.automatic, unknown.trusted) == (2, False, False)
    assert (unknown.time_s, unknown.position) == (None, None)
    assert VitalsData().read(unknown.data) == {"severity": 0}
    alarm.begin(SOS + 1, 4)
    for fact, (least, most) in enumerate(LIMITS):
        alarm.set_fact(fact, most if least >= 0 else least)
    full = message.octets(alarm, False)
    assert len(full) <= m.LONGEST
    assert VitalsData().read(read_msd(full).data) == {
        "severity": 4, "pulse": 511, "spo2": 100, "vitals_age": 4095, "pulse_trend": -128, "speed_before": 511,
        "peak": 4095, "position_age": 65535,
    }  # fmt: skip
    assert not read_msd(full).trusted, "its position is 18 hours old"
