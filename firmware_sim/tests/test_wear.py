"""Whether the device is worn: what each sign shows, and by the whole firmware."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.faults import Fault, FaultyWorld, MixedLight, electrode_off, inject, not_worn, sunlight
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.dsp.wear import WearDetector
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.base import ECG, MOTION, PPG, SKIN, FloatArray, World
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk.wire_gen import Reading, ReadingKind, Reason, Stream, Wear

_SKIN_LIGHT = 100_000
_SKIN_ADDRESS = 0x48


def pulse(quality: int | None, reason: int = wire.REASON_NO_PULSE_WAVE) -> Measure:
    """A pulse rate of this quality; None: none, for this reason."""
    measure = Measure()
    if quality is None:
        measure.refuse(reason)
    else:
        measure.set(700, quality)
    return measure


class Signs:
    """Seconds of signs; those that are not named show nothing."""

    def __init__(self) -> None:
        self.detector = WearDetector()

    def run(
        self,
        seconds: int,
        light: int | list[int] = _SKIN_LIGHT,
        rate: Measure | None = None,
        ambient: bool = False,
        heart: bool = False,
        motion_mg: int = -1,
        skin_x100: int | None = None,
        perfusion: int = -1,
    ) -> tuple[int | None, int, int]:
        """Value, quality and reason after these seconds."""
        for second in range(seconds):
            level = light if isinstance(light, int) else light[second % len(light)]
            shown = (rate or pulse(None)) if level else None
            self.detector.update(level, shown, perfusion, ambient, heart, motion_mg, skin_x100)
        measure = self.detector.measure
        return measure.value, measure.quality, measure.reason


def test_a_pulse_is_a_wearer_and_shows_one_for_half_a_minute() -> None:
    signs = Signs()
    assert signs.run(2, rate=pulse(80)) == (wire.WEAR_WORN, 90, 0)
    assert signs.run(29, rate=pulse(None, wire.REASON_MOTION)) == (wire.WEAR_WORN, 90, wire.REASON_MOTION)
    assert signs.run(1, rate=pulse(None, wire.REASON_MOTION))[0] is None


def test_an_uncertain_pulse_is_none() -> None:
    assert Signs().run(5, rate=pulse(30))[0] is None
    assert Signs().run(5, rate=pulse(31))[0] == wire.WEAR_WORN


@pytest.mark.parametrize(
    ("signs", "value"),
    [
        ({"motion_mg": 15}, wire.WEAR_WORN),
        ({"motion_mg": 14}, wire.WEAR_NOT_WORN),
        ({"motion_mg": 14, "rate": pulse(None, wire.REASON_LOW_PERFUSION)}, None),  # cold hands
        ({"skin_x100": 2800}, wire.WEAR_WORN),
        ({"skin_x100": 2799}, wire.WEAR_NOT_WORN),
        ({"heart": True}, wire.WEAR_WORN),
        ({"skin_x100": 2200, "rate": pulse(None, wire.REASON_LOW_PERFUSION)}, wire.WEAR_NOT_WORN),
        ({"skin_x100": 2200, "rate": pulse(None, wire.REASON_NOISE)}, None),
        ({}, None),
    ],
)
def test_light_without_a_pulse_for_two_minutes_is_what_the_other_signs_show(
    signs: dict[str, object], value: int | None
) -> None:
    found, quality, _ = Signs().run(120, **signs)  # type: ignore[arg-type]
    assert found == value
    assert quality == (0 if value is None else 90 if "heart" in signs else 60)


def test_before_a_minute_without_a_sign_has_passed_nothing_is_said() -> None:
    signs = Signs()
    assert signs.run(59, motion_mg=2)[0] is None
    assert signs.run(1, motion_mg=2)[0] == wire.WEAR_NOT_WORN
    assert signs.run(1, rate=pulse(80))[0] == wire.WEAR_WORN


@pytest.mark.parametrize(
    ("signs", "value", "quality"),
    [
        ({}, wire.WEAR_NOT_WORN, 90),
        ({"motion_mg": 900}, wire.WEAR_NOT_WORN, 90),  # in a bag
        ({"skin_x100": 3300}, wire.WEAR_NOT_WORN, 90),  # on a warm desk
        ({"skin_x100": 3300, "motion_mg": 20}, wire.WEAR_POOR_CONTACT, 50),
        ({"heart": True}, wire.WEAR_POOR_CONTACT, 90),
    ],
)
def test_no_light_is_not_worn_unless_the_body_shows_elsewhere(
    signs: dict[str, object], value: int, quality: int
) -> None:
    assert Signs().run(3, light=0, **signs) == (value, quality, wire.REASON_NOT_WORN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("light", "ambient", "value"),
    [
        (15_000, False, wire.WEAR_WORN),
        (14_999, False, wire.WEAR_POOR_CONTACT),
        (_SKIN_LIGHT, True, wire.WEAR_POOR_CONTACT),
        ([_SKIN_LIGHT, 2 * _SKIN_LIGHT], False, wire.WEAR_POOR_CONTACT),
        ([_SKIN_LIGHT, _SKIN_LIGHT * 3 // 2], False, wire.WEAR_WORN),
    ],
)
def test_little_unsteady_or_foreign_light_is_poor_contact(light: int | list[int], ambient: bool, value: int) -> None:
    assert Signs().run(20, light=light, ambient=ambient, rate=pulse(80))[0] == value


def test_light_at_the_limit_of_poor_contact_does_not_flicker() -> None:
    signs = Signs()
    assert signs.run(9, light=14_000, rate=pulse(80))[0] == wire.WEAR_POOR_CONTACT
    assert signs.run(20, light=17_000, rate=pulse(80))[0] == wire.WEAR_POOR_CONTACT
    assert signs.run(20, light=19_000, rate=pulse(80))[0] == wire.WEAR_WORN


def test_contact_that_was_bad_is_forgotten_after_8_s() -> None:
    signs = Signs()
    signs.run(6, light=[_SKIN_LIGHT, 3 * _SKIN_LIGHT], rate=pulse(80))
    assert signs.run(7, rate=pulse(80))[0] == wire.WEAR_POOR_CONTACT
    assert signs.run(1, rate=pulse(80))[0] == wire.WEAR_WORN


_PRESSED = (wire.WEAR_EXCESS_PRESSURE, 60, wire.REASON_EXCESS_PRESSURE)


@pytest.mark.parametrize("level", [40_000, 100_000, 190_000])
@pytest.mark.parametrize("usual", [60, 200, 800])
def test_more_light_with_a_fraction_of_the_pulses_is_pressure(level: int, usual: int) -> None:
    signs = Signs()
    signs.run(30, light=level, rate=pulse(80), perfusion=usual)
    assert signs.run(4, light=level * 106 // 100, rate=pulse(80), perfusion=usual // 3)[0] == wire.WEAR_WORN
    assert signs.run(1, light=level * 106 // 100, rate=pulse(80), perfusion=usual // 3) == _PRESSED
    vanished = pulse(None, wire.REASON_LOW_PERFUSION)
    assert signs.run(60, light=level * 110 // 100, rate=vanished, perfusion=0, motion_mg=20) == _PRESSED
    assert signs.run(3, light=level * 110 // 100, rate=pulse(None), perfusion=-1, motion_mg=20) == _PRESSED
    assert signs.run(1, light=level, rate=pulse(80), perfusion=usual * 9 // 10) == (wire.WEAR_WORN, 90, 0)


@pytest.mark.parametrize(
    ("more_percent", "less_percent"),
    [(100, 20), (102, 20), (92, 20), (108, 60), (115, 100), (100, 300)],
    ids=["cold", "colder", "lifted", "pressed a little", "turned", "warm"],
)
def test_fewer_pulses_or_more_light_alone_are_no_pressure(more_percent: int, less_percent: int) -> None:
    signs = Signs()
    signs.run(30, rate=pulse(80), perfusion=200)
    assert signs.run(40, light=_SKIN_LIGHT * more_percent // 100, rate=pulse(80), perfusion=2 * less_percent) == (
        wire.WEAR_WORN, 90, 0,
    )  # fmt: skip


def test_what_is_usual_follows_slowly_and_is_another_one_after_5_min() -> None:
    signs = Signs()
    for second in range(400):
        step = signs.run(1, light=_SKIN_LIGHT + 25 * second, rate=pulse(80), perfusion=200 - second // 4)
        assert step[0] == wire.WEAR_WORN
    assert signs.run(20, light=130_000, rate=pulse(80), perfusion=20) == _PRESSED
    assert signs.run(320, light=130_000, rate=pulse(80), perfusion=20) == (wire.WEAR_WORN, 90, 0)


def test_putting_it_on_anew_forgets_what_was_usual() -> None:
    signs = Signs()
    signs.run(30, rate=pulse(80), perfusion=400)
    signs.run(3, light=0)
    assert signs.run(40, light=130_000, rate=pulse(80), perfusion=60) == (wire.WEAR_WORN, 90, 0)


# By the whole firmware


def states(host: Serial, from_s: float = 0, to_s: float = 1e9) -> list[tuple[Wear | None, Reason | None]]:
    """States of wear as published between two times."""
    readings = [one for one in host.all(Reading) if one.kind == ReadingKind.WEAR]
    return [
        (None if one.value is None else Wear(one.value), one.reason)
        for one in readings
        if from_s <= one.tick_us / 1e6 < to_s
    ]


def watched(world: World, seconds: float, *faults: Fault) -> Serial:
    """A host that has subscribed, after a while."""
    host = subscribed(FaultyWorld(world, faults))
    host.wait(seconds)
    return host


def test_it_is_published_when_it_changes_and_every_10_s() -> None:
    host = watched(Wearer(WearerSettings(), seed=1), 60, not_worn(20, 40), electrode_off(20, 40))
    worn, away = (Wear.WORN, None), (Wear.NOT_WORN, Reason.NOT_WORN)
    assert worn in states(host, 0, 20)
    assert 1 <= len(states(host, 30, 41)) <= 2
    assert set(states(host, 30, 40)) == {away}
    assert states(host)[-1] == worn
    assert len(states(host)) < 16


@pytest.mark.parametrize("fault", ["off", "stuck"])
def test_a_pulse_shows_a_wearer_beside_an_accelerometer_at_fault(fault: str) -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1, groups=(PPG, MOTION)))
    inject(host.simulation, "motion", fault, 8, 1e9)
    host.wait(90)
    assert set(states(host, 30)) == {(Wear.WORN, None)}


def test_a_strap_that_is_loose_has_its_name_on_every_number() -> None:
    host = watched(Wearer(WearerSettings(), seed=1), 30, MixedLight(PPG, 0, mix=((0.1, 0.0), (0.0, 0.1))))
    assert states(host)[-1] == (Wear.POOR_CONTACT, Reason.POOR_CONTACT)
    rates = [one for one in host.all(Reading) if one.kind == ReadingKind.PULSE_RATE][-10:]
    assert {one.reason for one in rates} == {Reason.POOR_CONTACT}
    assert all(one.value == pytest.approx(720, abs=40) for one in rates)


@pytest.mark.parametrize(("pressure", "perfusion"), [(1.7, 2.0), (2.0, 2.0), (1.8, 0.8)])
def test_a_sensor_that_is_pressed_has_its_name_on_every_number(pressure: float, perfusion: float) -> None:
    contact = ((0.0, 1.0), (35.0, 1.0), (38.0, pressure), (65.0, pressure), (67.0, 1.0))
    host = watched(Wearer(WearerSettings(contact=contact, perfusion_percent=perfusion), seed=1), 90)
    assert set(states(host, 12, 34)) == {(Wear.WORN, None)}
    assert (Wear.EXCESS_PRESSURE, Reason.EXCESS_PRESSURE) in states(host, 38, 60)
    rates = [one for one in host.all(Reading) if one.kind == ReadingKind.PULSE_RATE]
    pressed = [one for one in rates if 55 < one.tick_us / 1e6 < 65]
    assert Reason.EXCESS_PRESSURE in {one.reason for one in pressed}
    assert {one.reason for one in pressed} <= {Reason.EXCESS_PRESSURE, Reason.IRREGULAR, Reason.UNCERTAIN}
    assert all(one.value is None or one.value == pytest.approx(700, abs=40) for one in pressed)
    assert states(host)[-1] == (Wear.WORN, None)


@pytest.mark.parametrize("perfusion", [((0.0, 2.0), (35.0, 2.0), (38.0, 0.3)), 0.3])
def test_cold_hands_are_not_pressed(perfusion: float | tuple[tuple[float, float], ...]) -> None:
    host = watched(Wearer(WearerSettings(perfusion_percent=perfusion), seed=1), 70)
    assert {value for value, _ in states(host, 12)} == {Wear.WORN}


def test_an_ecg_without_light_is_poor_contact_of_the_light() -> None:
    host = watched(Wearer(WearerSettings(), seed=1), 30, not_worn(0))
    assert states(host)[-1] == (Wear.POOR_CONTACT, Reason.NOT_WORN)


def test_sun_beside_the_sensor_is_poor_contact() -> None:
    host = watched(Wearer(WearerSettings(), seed=1), 30, sunlight(0, ambient_na=201_000.0))
    assert states(host)[-1] == (Wear.POOR_CONTACT, Reason.POOR_CONTACT)


def test_a_desk_that_reflects_is_no_wearer_after_a_minute_and_counts_as_no_contact() -> None:
    def light(t: FloatArray) -> FloatArray:
        return np.stack([90 + 0.02 * np.sin(40 * t), 120 + 0.02 * np.sin(50 * t), 60 + 0 * t], axis=1)

    desk = FlatWorld(**{PPG: light, MOTION: [0.0, 0.0, 1.0, 0.0, 0.0, 0.0], SKIN: [22.0], ECG: [float("nan")]})
    host = watched(desk, 80)
    assert {value for value, _ in states(host, 0, 55)} == {None}
    assert states(host)[-1][0] is Wear.NOT_WORN
    assert host.blocks(Stream.PPG)[-1].status & 1


@pytest.mark.parametrize(("noise", "known"), [(0.0, False), (0.002, True)])
def test_an_accelerometer_that_is_stuck_does_not_say_that_nobody_moves(noise: float, known: bool) -> None:
    def light(t: FloatArray) -> FloatArray:
        tone = 1 + 0.01 * np.sin(7 * t)
        return np.stack([90 * tone, 120 * tone, 60 + 0 * t], axis=1)

    rng = np.random.default_rng(1)

    def still(t: FloatArray) -> FloatArray:
        return np.asarray([0, 0, 1, 0, 0, 0] + noise * rng.standard_normal((len(t), 6)), np.float64)

    host = subscribed(FlatWorld(**{PPG: light, MOTION: still, SKIN: [22.0], ECG: [float("nan")]}))
    host.mcu.i2c(0).detach(_SKIN_ADDRESS)
    host.wait(80)
    activity = [one.reason for one in host.all(Reading) if one.kind == ReadingKind.ACTIVITY]
    assert activity[-1] is (None if known else Reason.STUCK)
    assert states(host)[-1] == (Wear.NOT_WORN if known else None, Reason.NO_PULSE_WAVE)


def test_a_front_end_at_fault_says_so_of_wear_too() -> None:
    host = watched(FlatWorld(**{PPG: [220.0, 220.0, 60.0]}), 5)
    host.mcu.i2c(0).detach(0x57)
    host.wait(3)
    assert states(host)[-1] == (None, Reason.SENSOR_FAULT)
