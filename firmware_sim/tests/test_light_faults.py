"""What goes wrong with the light, by the whole firmware: a named reason, and never a plausible wrong number."""

from __future__ import annotations

import pytest

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


def test_taken_off_and_put_on_again_is_not_worn_then_measured_and_the_blocks_say_that_levels_differ() -> None:
    host = worn(45, not_worn(15, 30))
    assert reasons(host, ReadingKind.PULSE_RATE, 18, 30) == {Reason.NOT_WORN}
    assert numbers(host, ReadingKind.PULSE_RATE, 38)
    changed = [one for one in host.blocks(wire.Stream.PPG) if BlockStatus.GAIN_CHANGED in one.status]
    assert [round(one.tick_us / 1e6) for one in changed] == [pytest.approx(21, abs=2), pytest.approx(31, abs=2)]
    assert all(BlockStatus.NO_CONTACT in one.status for one in changed)


def test_a_change_of_the_gain_loses_no_sample() -> None:
    host = worn(30, not_worn(5, 15))
    blocks = host.blocks(wire.Stream.PPG)
    ends = [one.first_index + len(one.data) // 6 for one in blocks]
    assert [one.first_index for one in blocks[1:]] == ends[:-1]
    assert any(BlockStatus.GAIN_CHANGED in one.status for one in blocks)
