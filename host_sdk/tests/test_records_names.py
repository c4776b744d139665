from __future__ import annotations

import pytest

from host_sdk.records.names import axis_of, is_linear, role_of
from host_sdk.records.units import ACCEL_UNITS, ECG_UNITS, TURN_UNITS, factor


@pytest.mark.parametrize(
    "name",
    [
        "I", "II", "iii", "aVR", "avl", "avf", "v1", "V6", "V", "MLII", "MLI", "MLIII", "ML5", "MCL1", "CM5", "CM2",
        "CC5", "D3", "D4", "mod.V1", "V1-V2", "ECG", "ECG1", "ECG2", "EKG", "ECG I", "ECG lead II", "lead II", "ECG II",
        "ECG V5", "II [mV]", "DII", "vx", "E-S", "ECG_II", "EKG-Ref", "ECG LA-RA", "ECG V5-ref", "EKG Kanal 1", "RA-LA",
        "ecg_filtered", "ECG-II raw", "ECG Channel A", "ECG électrode",
        "Elettrocard", "Electrocardiogram", "Elektrokardiogramm 2", "ЭКГ", "心電図",
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
        ("Linear Acceleration x (m/s^2)", "acc_x"), ("acc_x_g", "acc_x"), ("Wrist ACC X", "acc_x"), ("aZ", "acc_z"),
        ("accelerationY", "acc_y"), ("user_acceleration.z", "acc_z"), ("Z Acc", "acc_z"), ("accX[mg]", "acc_x"),
        ("X-axis acceleration", "acc_x"), ("Sensor1_AccelX", "acc_x"), ("gFy", "acc_y"), ("chest_acc_y_ms2", "acc_y"),
        ("gx", "gyr_x"),
        ("Gyroscope x (rad/s)", "gyr_x"), ("rotationRateZ", "gyr_z"), ("Angular velocity y", "gyr_y"), ("g_z", "gyr_z"),
        ("GYR_X_dps", "gyr_x"), ("Left gyro Z", "gyr_z"),
    ],
)  # fmt: skip
def test_channels_of_other_sensors_are_known(name: str, role: str) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    "name",
    [
        "RESP", "ABP", "CO2", "EEG Fpz-Cz", "", "Time", "lead", "x", "SpO2", "EOG", "TEMP", "ECG rate", "HR (ECG)",
        "ECG_quality", "ECG impedance", "gravityX", "Magnetometer x", "Absolute acceleration (m/s^2)", "TgF", "max",
        "quaternionX", "acc", "acc x mean", "gaze x", "x-axis", "Y", "position x",
    ],
)  # fmt: skip
def test_other_channels_are_not_taken_for_something(name: str) -> None:
    assert role_of(name) is None


def test_axes_and_what_lacks_gravity_are_known() -> None:
    assert [axis_of(name) for name in ("x", "Y-axis", "Z [mg]", "axis x", "xy", "ax", "X 2")] == [
        "x", "y", "z", "x", None, None, None,
    ]  # fmt: skip
    assert is_linear("Linear Acceleration x (m/s^2)")
    assert is_linear("userAccelerationX")
    assert not is_linear("Acceleration x")


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
    for unit in ("m.s-2", "m·s⁻²", "m*s^-2", "m/s/s", "ms-2", "m/s^2", "m s-2", "m/sec^2"):
        assert factor(unit, ACCEL_UNITS) == pytest.approx(1 / 9.80665)
    for unit in ("rad.s-1", "rad·s⁻¹", "rad/sec"):
        assert factor(unit, TURN_UNITS) == pytest.approx(57.29578)
    assert [factor(unit, TURN_UNITS) for unit in ("degrees/s", "deg.s-1", "°·s⁻¹")] == [1.0] * 3
