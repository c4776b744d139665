"""Tests of a firmware repository that is not this one: `pytest` runs them on a simulated wearable.

`pytest --dut qemu-m3` runs them on an emulated core, `pytest --inventory rig.yaml --dut desk-1` on a board. What a
board cannot do skips the test there.
"""

import time

import pytest

from hil_tests.plugin import Clock, Dut, Duts, Faults, Measure, PowerSwitch, Scenarios
from host_sdk import ReadingKind, blocking
from host_sdk.blocking import Device


def test_it_says_who_it_is(sdk: Device) -> None:
    assert sdk.info.model == "vitalband-ref"


def test_the_first_reading_comes_soon(sdk: Device, measure: Measure) -> None:
    began = time.monotonic()
    sdk.read(ReadingKind.ACTIVITY, timeout_s=60)
    measure("first_reading_s", time.monotonic() - began, max=60)


@pytest.mark.wearer("tachycardia", warm=14)
@pytest.mark.needs("simulated")
def test_a_fast_heart(sdk: Device) -> None:
    rate = sdk.read(ReadingKind.HEART_RATE, timeout_s=60).value
    assert rate is not None
    assert 120 < rate < 140


@pytest.mark.needs("faults")
def test_a_flash_that_is_gone_stops_nothing(sdk: Device, faults: Faults, clock: Clock) -> None:
    faults.inject("flash", "off", for_s=5)
    clock.sleep(2)
    assert sdk.read(ReadingKind.BATTERY, timeout_s=60).value is not None


@pytest.mark.needs("power")
def test_it_survives_a_power_cut(power: PowerSwitch, dut: Dut) -> None:
    power.cycle()
    with blocking.connect(dut.address, wait_s=15) as device:
        assert device.info.model == "vitalband-ref"


def test_two_devices_are_two(duts: Duts) -> None:
    first, second = duts(2)
    assert first.ble != second.ble


def test_a_crash(scenario: Scenarios) -> None:
    scenario("scenarios/crash.yaml")
