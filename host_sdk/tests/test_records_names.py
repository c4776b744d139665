from __future__ import annotations

import pytest

from host_sdk.records.names import role_of
from host_sdk.records.units import ACCEL_UNITS, ECG_UNITS, TURN_UNITS, factor


@pytest.mark.parametrize(
    "name",
    [
        "I", "II", "iii", "aVR", "avl", "avf", "v1", "V6", "V", "MLII", "MLI", "MLIII", "ML5", "MCL1", "CM5", "CM2",
        "CC5", "D3", "D4", "mod.V1", "V1-V2", "ECG", "ECG1", "ECG2", "EKG", "ECG I", "ECG lead II", "lead II", "ECG II",
        "ECG V5", "II [mV]", "DII", "vx", "E-S", "ECG_II", "EKG-Ref", "ECG LA-RA", "ECG V5-ref", "EKG Kanal 1", "RA-LA",
        "ecg_filtered", "ECG-II raw", "ECG Channel A", "ECG électrode",
    ],
)  # fmt: skip
def test_ecg_leads_are_known(name: str) -> None:
    assert role_of(name) == "ecg"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("PLETH", "pleth"), ("ppg", "pleth"), ("PPG1", "pleth"), ("RED", "red"), ("ir", "ir"), ("PPG_IR", "ir"),
        ("Red PPG", "red"), ("infrared", "ir"), ("GREEN", "green"), ("ACC_X", "acc_x"), ("acc z", "acc_z"),
        ("Accel-Y", "acc_y"), ("ax", "acc_x"), ("GYR_Y", "gyr_y"), ("gyro_z", "gyr_z"), ("SPEED", "speed"),
        ("SKIN_TEMP", "skin"), ("Skin temperature [°C]", "skin"), ("Tskin", "skin"),
    ],
)  # fmt: skip
def test_channels_of_other_sensors_are_known(name: str, role: str) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    "name",
    [
        "RESP", "ABP", "CO2", "EEG Fpz-Cz", "", "Time", "lead", "x", "SpO2", "EOG", "TEMP", "ECG rate", "HR (ECG)",
        "ECG_quality", "ECG impedance",
    ],
)  # fmt: skip
def test_other_channels_are_not_taken_for_something(name: str) -> None:
    assert role_of(name) is None


def test_units_are_brought_to_ours() -> None:
    assert [factor(unit, ECG_UNITS) for unit in ("mV", "uV", "µV", "\u03bcV", "V")] == [1.0, 1e-3, 1e-3, 1e-3, 1e3]
    assert [factor(unit, ECG_UNITS) for unit in ("mVolt", "uVolts", "Volt", "mV.", "µVolt")] == [
        1.0,
        1e-3,
        1e3,
        1.0,
        1e-3,
    ]
    assert [factor(unit, ECG_UNITS) for unit in (".V", "", "olt", "adu")] == [None] * 4
    for unit in ("m/s2", "m/s^2", "m/s²", "m / s^2"):
        assert factor(unit, ACCEL_UNITS) == pytest.approx(1 / 9.80665)
    assert factor("rad/s", TURN_UNITS) == pytest.approx(57.29578)
    assert factor("°/s", TURN_UNITS) == factor("dps", TURN_UNITS) == 1.0
    assert factor("NU", ECG_UNITS) is None
