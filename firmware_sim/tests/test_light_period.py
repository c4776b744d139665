"""Light that is measured from time to time: the setting `light_period`."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_sim.chips.reference import ADDRESS_PPG, REFERENCE
from firmware_sim.faults import FaultyWorld, not_worn
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.base import PPG
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import BlockStatus, ReadingKind, Reason


def measured_each(minutes: int, *faults: Any) -> Serial:
    """A wearer's light, measured so often from its 10th second on."""
    host = subscribed(FaultyWorld(Wearer(WearerSettings(), seed=1, groups=(PPG,)), faults))
    host.wait(9.5)
    set_period(host, minutes)
    return host


def set_period(host: Serial, minutes: int) -> None:
    device: Any = host.simulation.device
    device.settings.set(device_wire.SETTING_LIGHT_PERIOD, minutes)
    device.apply_settings()


def pulses(host: Serial) -> list[wire.Reading]:
    return [one for one in host.all(wire.Reading) if one.kind == ReadingKind.PULSE_RATE]


def test_it_measures_for_40_s_a_minute_says_that_it_pauses_and_counts_on() -> None:
    host = measured_each(1)
    host.wait(185)
    ends_s = [one.tick_us / 1e6 for one in pulses(host) if one.reason == Reason.PAUSED]
    assert ends_s == pytest.approx([50, 110, 170], abs=1.5)
    measured = [one.tick_us / 1e6 for one in pulses(host) if one.value is not None and one.reason is None]
    for begin, end in ((70, 110), (130, 170)):
        assert sum(begin < t <= end for t in measured) >= 25
        assert not any(end + 1 < t < end + 19 for t in measured)
    blocks = host.blocks(wire.Stream.PPG)
    ends = [one.first_index + len(one.data) // 6 for one in blocks]
    lost = [after.first_index - end for end, after in zip(ends, blocks[1:], strict=False) if after.first_index != end]
    assert lost == pytest.approx([2000] * 3, abs=40)
    for one in blocks:
        since_s = (one.tick_us - blocks[0].tick_us) / 1e6
        assert (one.first_index - blocks[0].first_index) / 100 == pytest.approx(since_s, abs=0.05)
    assert not any(BlockStatus.NO_CONTACT in one.status for one in blocks[10:])


def test_nobody_knows_in_a_pause_whether_it_is_worn() -> None:
    host = measured_each(5, not_worn(60, 1000))
    host.wait(100)
    device: Any = host.simulation.device
    said = [one for one in host.all(wire.Reading) if one.kind == ReadingKind.WEAR]
    paused = [one for one in said if one.tick_us / 1e6 > 51]
    assert {(one.value, one.reason) for one in paused} == {(None, Reason.PAUSED)}
    assert [round(one.tick_us / 1e7) for one in paused] == [6, 7, 8, 9, 10]
    assert device.vitals.value(ReadingKind.WEAR) is None
    assert not device.vitals.contact[wire.Stream.PPG]
    host.wait(260)
    looked = [one for one in host.all(wire.Reading) if one.kind == ReadingKind.WEAR and one.tick_us / 1e6 > 320]
    assert {one.value for one in looked} == {device_wire.WEAR_NOT_WORN}


def test_the_chip_is_shut_down_in_a_pause_and_its_sensor_still_counts_as_working() -> None:
    host = measured_each(2)
    host.wait(45)
    chip: Any = host.mcu.i2c(REFERENCE.i2c_sensors).chips[ADDRESS_PPG]
    for _ in range(60):
        host.wait(1)
        chip.write(b"\x09")
        assert chip.read(1) == b"\x83"
    assert host.all(wire.Status)[-1].sensors & 1 << wire.Stream.PPG


def test_all_the_time_is_again_at_once() -> None:
    host = measured_each(60)
    host.wait(60)
    set_period(host, 0)
    host.got.clear()
    host.wait(15)
    assert [one for one in pulses(host) if one.value is not None]
    host.wait(60)
    assert Reason.PAUSED not in {one.reason for one in pulses(host)}


def test_other_settings_and_the_same_period_leave_a_pause_and_a_measurement_as_they_are() -> None:
    host = measured_each(1)
    device: Any = host.simulation.device
    host.wait(30)
    device.set_wearer(device_wire.SEX_FEMALE)
    host.wait(25)
    for _ in range(3):
        device.set_wearer(device_wire.SEX_FEMALE)
        set_period(host, 1)
        host.wait(1)
    host.wait(60)
    ends_s = [one.tick_us / 1e6 for one in pulses(host) if one.reason == Reason.PAUSED]
    assert ends_s == pytest.approx([50, 110], abs=1.5)


def test_who_takes_it_off_in_a_measurement_is_not_worn_and_measured_when_it_is_put_on() -> None:
    host = measured_each(1, not_worn(20, 100))
    host.wait(110)
    looked = [one.reason for one in pulses(host) if 30 < one.tick_us / 1e6 < 99]
    assert set(looked) == {Reason.NOT_WORN}
    assert len(looked) > 50
    assert pulses(host)[-1].value is not None


@pytest.mark.parametrize("minutes", [-1, 61])
def test_a_period_out_of_range_is_refused(minutes: int) -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1, groups=(PPG,)))
    with pytest.raises(ValueError, match="is not 0 to 60"):
        set_period(host, minutes)
