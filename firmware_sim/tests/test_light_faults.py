"""What goes wrong with the light, by the whole firmware: a named reason, and never a plausible wrong number."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_sim.chips.reference import ADDRESS_PPG, REFERENCE, fit
from firmware_sim.faults import (
    Fault,
    FaultyWorld,
    Flat,
    MixedLight,
    Saturation,
    dead_led,
    equal_leds,
    not_worn,
    sunlight,
    swapped_leds,
)
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.chains.ppg_chain import PpgChain
from firmware_sim.firmware.chains.publisher import Publisher
from firmware_sim.firmware.drivers.max30102 import Max30102
from firmware_sim.firmware.drivers.max30102_swapped import Max30102Swapped
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.frame_ring import FrameRing
from firmware_sim.firmware.vitals import _BLIND, Vitals
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.base import PPG
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import BlockStatus, ReadingKind, Reason

_LIGHT = (ReadingKind.PULSE_RATE, ReadingKind.SPO2, ReadingKind.PERFUSION_INDEX, ReadingKind.RESPIRATION_RATE)


def worn(seconds: float, *faults: Fault, **settings: object) -> Serial:
    """A wearer's light through the whole firmware."""
    wearer = Wearer(WearerSettings(**settings), seed=1, groups=(PPG,))  # type: ignore[arg-type]
    host = subscribed(FaultyWorld(wearer, faults))
    host.wait(seconds)
    return host


def readings(host: Serial, kind: ReadingKind, from_s: float, to_s: float = 1e9) -> list[wire.Reading]:
    """Those of a kind that were measured between two times."""
    found = [one for one in host.all(wire.Reading) if one.kind == kind and from_s <= one.tick_us / 1e6 < to_s]
    assert found
    return found


def numbers(host: Serial, kind: ReadingKind, from_s: float, to_s: float = 1e9) -> list[int]:
    """The values among them."""
    return [one.value for one in readings(host, kind, from_s, to_s) if one.value is not None]


def reasons(host: Serial, kind: ReadingKind, from_s: float, to_s: float = 1e9) -> set[Reason | None]:
    """The reasons of them all."""
    return {one.reason for one in readings(host, kind, from_s, to_s)}


@pytest.mark.parametrize(
    ("fault", "pulse", "spo2"),
    [
        (dead_led("red", 0), None, Reason.NO_SIGNAL),
        (dead_led("infrared", 0), Reason.NO_SIGNAL, Reason.NO_SIGNAL),
        (MixedLight(PPG, 0, mix=((0.0, 0.02), (0.0, 1.0))), None, Reason.NO_SIGNAL),
        (MixedLight(PPG, 0, mix=((0.0, 0.01), (0.0, 1.0))), None, Reason.NO_SIGNAL),
        (equal_leds(0), None, Reason.INCONSISTENT),
        (swapped_leds(0), None, Reason.OUT_OF_RANGE),
        (sunlight(0), Reason.AMBIENT_LIGHT, Reason.AMBIENT_LIGHT),
        (Saturation(PPG, 0), Reason.AMBIENT_LIGHT, Reason.AMBIENT_LIGHT),
        (Flat(PPG, 0, level=(1e6, 1e6, 60.0)), Reason.SATURATED, Reason.SATURATED),
        (Flat(PPG, 0, level=(0.0, 0.0, 60.0)), Reason.NOT_WORN, Reason.NOT_WORN),
    ],
)
def test_each_fault_of_the_light_has_its_reason(fault: Fault, pulse: Reason | None, spo2: Reason) -> None:
    host = worn(25, fault)
    assert reasons(host, ReadingKind.SPO2, 15) == {spo2}
    assert numbers(host, ReadingKind.SPO2, 0) == []
    assert reasons(host, ReadingKind.PULSE_RATE, 15) == {pulse}
    rates = numbers(host, ReadingKind.PULSE_RATE, 15)
    assert bool(rates) == (pulse is None)
    assert all(rate == pytest.approx(720, abs=40) for rate in rates)


def test_without_a_fault_all_of_it_has_numbers() -> None:
    host = worn(40)
    for kind in _LIGHT[:3]:
        assert reasons(host, kind, 15) == {None}
        assert len(numbers(host, kind, 15)) >= 20


@pytest.mark.parametrize(("driver", "spo2"), [(Max30102, None), (Max30102Swapped, 970)])
def test_a_module_whose_leds_are_swapped_is_refused_and_right_with_its_own_driver(
    driver: type[Max30102], spo2: int | None
) -> None:
    wearer = Wearer(WearerSettings(skin="dark"), seed=1, groups=(PPG,))
    clock = Clock()
    mcu = Mcu(clock)
    fit(mcu, FaultyWorld(wearer, [swapped_leds(0)]))
    reference: Any = load_board(mcu).Board

    class Board(reference):  # type: ignore[misc]
        i2c_sensors = (("ppg", driver), *reference.i2c_sensors[1:])

    board, vitals = Board(), Vitals()
    chain = PpgChain(board.sensors["ppg"], Publisher(FrameRing(8, 1456, True), FrameRing(8, 384), vitals))
    for _ in range(250):
        clock.run_until(clock.now + 100_000)
        board.wdt.feed()
        chain.poll(board.now_us())
    found = vitals.value(device_wire.READING_KIND_SPO2)
    assert found == (None if spo2 is None else pytest.approx(spo2, abs=15))
    assert vitals.reason(device_wire.READING_KIND_SPO2) == (0 if spo2 else device_wire.REASON_OUT_OF_RANGE)
    assert vitals.value(device_wire.READING_KIND_PULSE_RATE) == pytest.approx(720, abs=40)


def light_beside(activity: int | None, reason: int) -> Vitals:
    """What a device makes of a good pulse while its accelerometer says that."""
    clock = Clock()
    mcu = Mcu(clock)
    fit(mcu, Wearer(WearerSettings(), seed=1, groups=(PPG,)))
    board, vitals, said = load_board(mcu).Board(), Vitals(), Measure()
    said.set(activity, 90) if activity is not None else said.refuse(reason)
    vitals.fitted[device_wire.STREAM_ACCEL] = 1
    chain = PpgChain(board.sensors["ppg"], Publisher(FrameRing(8, 1456, True), FrameRing(8, 384), vitals))
    for _ in range(250):
        clock.run_until(clock.now + 100_000)
        board.wdt.feed()
        vitals.put(device_wire.READING_KIND_ACTIVITY, board.now_us(), said)
        chain.poll(board.now_us())
    return vitals


@pytest.mark.parametrize("reason", [*_BLIND, 0])
def test_beside_an_accelerometer_that_says_nothing_of_movement_no_rate_is_sure(reason: int) -> None:
    vitals = light_beside(None if reason else device_wire.ACTIVITY_STILL, reason)
    quality = vitals.quality(device_wire.READING_KIND_PULSE_RATE)
    assert (quality <= 30) if reason else (quality > 60)


@pytest.mark.parametrize("activity", range(device_wire.ACTIVITY_STILL, device_wire.ACTIVITY_VIGOROUS + 1))
def test_oxygen_is_not_sure_while_somebody_walks_however_gently(activity: int) -> None:
    vitals = light_beside(activity, 0)
    moves = activity >= device_wire.ACTIVITY_WALKING
    assert vitals.value(device_wire.READING_KIND_SPO2) is not None
    assert (vitals.quality(device_wire.READING_KIND_SPO2) <= 30) is moves
    assert (vitals.reason(device_wire.READING_KIND_SPO2) == device_wire.REASON_MOTION) is moves
    assert vitals.quality(device_wire.READING_KIND_PULSE_RATE) > 60


def test_a_chip_that_does_not_acknowledge_a_new_current_is_a_fault_and_set_up_anew() -> None:
    bright = MixedLight(PPG, 8, mix=((4.0, 0.0), (0.0, 4.0)))
    host = worn(7, bright)
    chip: Any = host.mcu.i2c(REFERENCE.i2c_sensors).chips[ADDRESS_PPG]
    write = chip.write
    refused: list[bytes] = []

    def no_acknowledge(data: bytes) -> None:
        if data[:1] == b"\x0c" and not refused:
            refused.append(data)
            raise OSError(5, "EIO")
        write(data)

    chip.write = no_acknowledge
    host.wait(3)
    assert refused
    assert Reason.SENSOR_FAULT in host.reasons(ReadingKind.PULSE_RATE)
    host.wait(15)
    assert reasons(host, ReadingKind.PULSE_RATE, 23) == {None}
    assert host.mcu.resets == 0


@pytest.mark.parametrize("gain", [0.2, 0.3, 3.0, 30.0])
def test_light_that_clips_or_is_faint_is_set_right_and_measured(gain: float) -> None:
    host = worn(25, MixedLight(PPG, 0, mix=((gain, 0.0), (0.0, gain))))
    assert reasons(host, ReadingKind.PULSE_RATE, 15) == {None}
    assert all(rate == pytest.approx(720, abs=40) for rate in numbers(host, ReadingKind.PULSE_RATE, 15))
    assert all(spo2 == pytest.approx(980, abs=15) for spo2 in numbers(host, ReadingKind.SPO2, 15))


def test_a_finger_in_weak_sunlight_is_measured_with_a_caution() -> None:
    host = worn(25, sunlight(10, ambient_na=200_500.0))
    assert reasons(host, ReadingKind.PULSE_RATE, 9, 10) == {None}
    assert Reason.AMBIENT_LIGHT in reasons(host, ReadingKind.PULSE_RATE, 12)
    assert all(rate == pytest.approx(720, abs=40) for rate in numbers(host, ReadingKind.PULSE_RATE, 12))


def test_taken_off_and_put_on_again_is_not_worn_each_second_then_measured() -> None:
    host = worn(45, not_worn(15, 30))
    assert reasons(host, ReadingKind.PULSE_RATE, 18, 30) == {Reason.NOT_WORN}
    assert len(readings(host, ReadingKind.PULSE_RATE, 23, 30)) == pytest.approx(7, abs=1)
    assert numbers(host, ReadingKind.PULSE_RATE, 38)


def test_a_chip_at_rest_is_off_nine_tenths_of_the_time_and_the_stream_has_one_gap_of_that_length() -> None:
    host = worn(40, not_worn(10, 30.5))
    blocks = host.blocks(wire.Stream.PPG)
    ends = [one.first_index + len(one.data) // 6 for one in blocks]
    gaps = [(end, after) for end, after in zip(ends, blocks[1:], strict=False) if after.first_index != end]
    ((before, after),) = gaps
    assert BlockStatus.GAIN_CHANGED in after.status
    assert (after.first_index - before) / 100 == pytest.approx(30.5 - 15.5, abs=1.8)
    for one in blocks:
        since_s = (one.tick_us - blocks[0].tick_us) / 1e6
        assert (one.first_index - blocks[0].first_index) / 100 == pytest.approx(since_s, abs=0.03)


def modes(host: Serial, seconds: float) -> list[int]:
    """The chip's mode register, every 20 ms."""
    chip = host.mcu.i2c(REFERENCE.i2c_sensors).chips[ADDRESS_PPG]
    found = []
    for _ in range(round(seconds * 50)):
        host.wait(0.02)
        chip.write(b"\x09")
        found.append(chip.read(1)[0])
    return found


def test_a_resting_chip_is_shut_down_between_looks() -> None:
    host = worn(12, not_worn(0))
    found = modes(host, 10)
    assert found.count(0x83) / len(found) == pytest.approx(0.9, abs=0.02)
    assert host.all(wire.Status)[-1].sensors & 1 << wire.Stream.PPG


def test_who_puts_it_on_is_noticed_within_a_second_and_a_half() -> None:
    host = worn(20, not_worn(0, 20))
    host.got.clear()
    host.wait(2)
    assert host.blocks(wire.Stream.PPG)[0].tick_us / 1e6 < 21.8
    assert 0x83 not in modes(host, 2)


def test_a_chip_that_falls_off_the_bus_while_it_rests_is_a_fault_and_comes_back() -> None:
    host = worn(12, not_worn(0))
    bus = host.mcu.i2c(REFERENCE.i2c_sensors)
    chip = bus.chips[ADDRESS_PPG]
    bus.detach(ADDRESS_PPG)
    host.wait(2)
    assert host.reasons(ReadingKind.PULSE_RATE)[-1] == Reason.SENSOR_FAULT
    bus.attach(ADDRESS_PPG, chip)
    host.wait(5)
    assert host.reasons(ReadingKind.PULSE_RATE)[-1] == Reason.NOT_WORN
    assert host.mcu.resets == 0
