"""The Pulse Oximeter Service's values, as the bluetooth-sig package reads them."""

from __future__ import annotations

from typing import Any

import pytest
from bluetooth_sig import BluetoothSIGTranslator

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.services.ble import plx
from firmware_sim.testing.sfloat import from_sfloat
from host_sdk.wire_gen import Reason

#: What each reason is in the service's own words (PLXS 1.0.1, table 3.5).
_WORDS = {
    Reason.NOT_WORN: "SENSOR_UNCONNECTED_TO_USER",
    Reason.MOTION: "ERRATIC_SIGNAL_DETECTED",
    Reason.LOW_PERFUSION: "LOW_PERFUSION_DETECTED",
    Reason.NOISE: "POOR_SIGNAL_DETECTED",
    Reason.IRREGULAR: "QUESTIONABLE_PULSE_DETECTED",
    Reason.WARMING_UP: "SIGNAL_ANALYSIS_ONGOING",
    Reason.NO_SIGNAL: "SENSOR_MALFUNCTIONING",
    Reason.STUCK: "SENSOR_MALFUNCTIONING",
    Reason.INCONSISTENT: "QUESTIONABLE_PULSE_DETECTED",
    Reason.UNCERTAIN: "QUESTIONABLE_PULSE_DETECTED",
    Reason.OUT_OF_RANGE: "SIGNAL_PROCESSING_IRREGULARITY",
    Reason.SENSOR_FAULT: "EQUIPMENT_MALFUNCTION_DETECTED",
    Reason.NO_PULSE_WAVE: "NON_PULSATILE_SIGNAL_DETECTED",
    Reason.MAINS: "SENSOR_INTERFERENCE_DETECTED",
    Reason.AMBIENT_LIGHT: "SENSOR_INTERFERENCE_DETECTED",
    Reason.POOR_CONTACT: "SENSOR_DISPLACED",
    Reason.EXCESS_PRESSURE: "SENSOR_DISPLACED",
    Reason.PAUSED: "SIGNAL_ANALYSIS_ONGOING",
    Reason.TRACKED: "ERRATIC_SIGNAL_DETECTED",
}


def sig(uuid: str, data: bytes) -> Any:
    """What bluetooth-sig makes of a value."""
    return BluetoothSIGTranslator().parse_characteristic(uuid, bytearray(data))


def numbers(data: bytes, *offsets: int) -> list[float | None]:
    """SFLOATs of a value."""
    return [from_sfloat(int.from_bytes(data[at : at + 2], "little")) for at in offsets]


def continuous(*values: Any) -> bytes:
    buf = bytearray(plx.SPOT_CHECK_BYTES)
    return bytes(buf[: plx.continuous(buf, *values)])


def spot_check(*values: Any) -> bytes:
    buf = bytearray(plx.SPOT_CHECK_BYTES)
    return bytes(buf[: plx.spot_check(buf, *values)])


def test_certain_numbers_have_no_status() -> None:
    data = continuous(975, 0, 612, 0, 234)
    assert numbers(data, 1, 3, 5) == pytest.approx([97.5, 61.2, 2.34])
    value = sig("2A5F", data)
    assert value.measurement_status is value.device_and_sensor_status is value.spo2_fast is None


@pytest.mark.parametrize("reason", Reason)
def test_what_is_absent_is_not_a_number_and_says_why(reason: Reason) -> None:
    data = continuous(None, reason, None, reason, None)
    assert data[:5] == bytes([0x0C, 0xFF, 0x07, 0xFF, 0x07])
    value = sig("2A5F", data)
    assert value.measurement_status.name == "MEASUREMENT_UNAVAILABLE"
    assert value.device_and_sensor_status.name == _WORDS.get(reason, "INADEQUATE_SIGNAL_DETECTED")


def test_before_the_first_reading_the_signal_is_being_analysed() -> None:
    value = sig("2A5F", continuous(None, 0, None, 0, None))
    assert value.device_and_sensor_status.name == "SIGNAL_ANALYSIS_ONGOING"


def test_a_number_with_a_reason_is_questionable_and_its_pulse_stays() -> None:
    data = continuous(None, wire.REASON_LOW_PERFUSION, 612, wire.REASON_MOTION, None)
    assert numbers(data, 1, 3) == [None, pytest.approx(61.2)]
    value = sig("2A5F", data)
    status, device = type(value.measurement_status), type(value.device_and_sensor_status)
    assert value.measurement_status == status.MEASUREMENT_UNAVAILABLE | status.QUESTIONABLE_MEASUREMENT_DETECTED
    assert value.device_and_sensor_status == device.LOW_PERFUSION_DETECTED | device.ERRATIC_SIGNAL_DETECTED


def test_a_reason_that_is_newer_than_the_table_is_an_inadequate_signal() -> None:
    assert plx.device_status(200) == 1 << 3


def test_features_name_every_status_that_is_sent() -> None:
    features = sig("2A60", plx.FEATURES)
    assert sorted(flag.name for flag in type(features) if flag in features) == [
        "DEVICE_AND_SENSOR_STATUS_SUPPORT",
        "MEASUREMENT_STATUS_SUPPORT",
        "MULTIPLE_BONDS_SUPPORT",
        "PULSE_AMPLITUDE_INDEX_SUPPORT",
        "TIMESTAMP_SUPPORT",
    ]
    assert int.from_bytes(plx.FEATURES[2:4], "little") == 1 << 13 | 1 << 14
    sent = {plx.device_status(reason) for reason in (0, *Reason)}
    assert int.from_bytes(plx.FEATURES[4:7], "little") == sum(sent)


def test_a_spot_check_with_its_time() -> None:
    data = spot_check(981, 723, 150, (2026, 8, 31, 0, 12, 30, 15, 500_000))
    assert numbers(data, 1, 3, 12) == pytest.approx([98.1, 72.3, 1.5])
    value = sig("2A5E", data)
    assert value.timestamp.isoformat() == "2026-08-31T12:30:15"
    assert value.measurement_status is None


def test_a_spot_check_of_a_clock_that_was_never_set_says_so() -> None:
    value = sig("2A5E", spot_check(981, 723, None, None))
    assert value.timestamp is value.pulse_amplitude_index is None
    assert value.spot_check_flags.name == "DEVICE_CLOCK_NOT_SET"
