"""Standard GATT values against their specifications and, where it decodes them right, the bluetooth-sig package."""

from __future__ import annotations

from typing import Any

import pytest
from bluetooth_sig import BluetoothSIGTranslator
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.identity import device_name
from firmware_sim.firmware.services.ble import payloads as gatt
from firmware_sim.firmware.services.ble import sfloat
from firmware_sim.firmware.services.ble.advert import advert, scan_response, uuid_bytes
from firmware_sim.firmware.wire_gen import SERVICES
from firmware_sim.testing.sfloat import from_sfloat


def sig(uuid: str, data: bytes) -> Any:
    """What bluetooth-sig makes of a value."""
    parsed = BluetoothSIGTranslator().parse_characteristic(uuid, bytearray(data))
    return getattr(parsed, "value", parsed)


# From HL7's "MDER FLOATs and SFLOATs": value as mantissa and exponent, and the SFLOAT.
@pytest.mark.parametrize(
    ("value", "exponent", "raw"),
    [(20, -1, 0xF014), (114, 0, 0x0072), (-5, 0, 0x0FFB), (98, 0, 0x0062), (979, -1, 0xF3D3), (0, 0, 0x0000)],
)
def test_sfloat_vectors(value: int, exponent: int, raw: int) -> None:
    assert sfloat.encode(value, exponent) == raw


def test_sfloat_f014_is_two() -> None:
    assert from_sfloat(sfloat.encode(20, -1)) == pytest.approx(2.0)


def test_sfloat_absent_is_nan() -> None:
    assert sfloat.encode(None, -1) == 0x07FF


@given(st.integers(-20_000_000, 20_000_000), st.integers(-8, 2))
def test_sfloat_keeps_three_digits_and_never_means_something_else(value: int, exponent: int) -> None:
    decoded = from_sfloat(sfloat.encode(value, exponent))
    assert decoded is not None
    assert decoded == pytest.approx(value * 10.0**exponent, rel=0.003, abs=10.0**exponent / 2)


@pytest.mark.parametrize("exponent", [-9, 8])
def test_sfloat_refuses_an_exponent_it_does_not_have(exponent: int) -> None:
    with pytest.raises(ValueError, match="exponent"):
        sfloat.encode(1, exponent)


def heart_rate(bpm_x10: int | None, rr: list[int], contact: bool = True, size: int = 20) -> bytes:
    buf = bytearray(size)
    return bytes(buf[: gatt.heart_rate(buf, bpm_x10, rr, contact)])


def test_heart_rate_with_intervals_as_the_sig_reads_it() -> None:
    value = sig("2A37", heart_rate(724, [833, 1000, 607]))
    assert value.heart_rate == 72
    assert value.sensor_contact.name == "DETECTED"
    assert value.rr_intervals == pytest.approx([0.833, 1.0, 0.607], abs=0.5 / 1024)


def test_heart_rate_rounds_and_widens() -> None:
    assert heart_rate(725, [])[1] == 73
    assert heart_rate(3000, [])[:3] == bytes([0x07, 300 & 0xFF, 300 >> 8])


def test_heart_rate_without_contact() -> None:
    assert heart_rate(None, [], contact=False) == bytes([0x04, 0])


def test_nine_intervals_fit_the_smallest_mtu() -> None:
    value = heart_rate(700, [800] * 12)
    assert len(value) == 20
    assert value[2:] == (819).to_bytes(2, "little") * 9


@pytest.mark.parametrize(("permille", "percent"), [(0, 0), (874, 87), (875, 88), (1000, 100), (1003, 100)])
def test_battery_level(permille: int, percent: int) -> None:
    assert gatt.battery_level(permille) == percent


RTC = (2026, 8, 31, 0, 12, 30, 15, 500_000)


def test_current_time_as_the_sig_reads_it() -> None:
    buf = bytearray(10)
    assert gatt.current_time(buf, RTC, gatt.ADJUST_MANUAL) == 10
    value = sig("2A2B", bytes(buf))
    assert value.date_time.isoformat() == "2026-08-31T12:30:15"
    assert (int(value.day_of_week), value.fractions256, int(value.adjust_reason)) == (1, 128, 1)


def test_current_time_comes_back() -> None:
    buf = bytearray(10)
    gatt.current_time(buf, RTC, 0)
    assert gatt.parse_current_time(bytes(buf)) == (*RTC[:3], 0, *RTC[4:])


def test_a_clock_that_was_never_set_is_unknown() -> None:
    buf = bytearray(10)
    gatt.current_time(buf, (2000, 1, 1, 5, 0, 0, 7, 0), 0)
    assert bytes(buf) == bytes([0, 0, 0, 0, 0, 0, 7, 0, 0, 0])


@pytest.mark.parametrize("data", [b"", bytes(9), bytes([0xEA, 7, 2, 28, 0, 0, 0, 8, 0, 0]), bytes(11)])
def test_parse_current_time_refuses_other_layouts(data: bytes) -> None:
    assert gatt.parse_current_time(data) is None


def test_advert_has_our_service_and_the_standard_ones() -> None:
    uuids = [SERVICES[-1][0], *(service[0] for service in SERVICES if len(service[0]) == 4)]
    data = advert(uuids)
    assert len(data) <= 31
    assert uuid_bytes(SERVICES[-1][0]) in data
    assert b"\x0d\x18\x22\x18" in data


def test_name_is_the_end_of_the_id() -> None:
    assert device_name("vitalband", bytes.fromhex("0011223344558a0f")) == "vitalband-8A0F"
    assert scan_response("vitalband-8A0F")[2:] == b"vitalband-8A0F"


def test_a_name_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        scan_response("x" * 30)
