"""LED currents, range and proximity of the optical front end, against the chip's register-level model."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware.drivers import light_control
from firmware_sim.firmware.drivers.light_control import AMBIENT, DARK, PROXIMITY, LightControl
from firmware_sim.testing.mcu_rig import FlatWorld, Rig
from firmware_sim.world.base import PPG, FloatArray

_SPO2, _LED1_PA = 0x0A, 0x0C
_START = (36, 36)
_4096_NA_411_US, _4096_NA_69_US = 0x27, 0x24
_SKIN = (220.0, 200.0, 60.0)
_NOTHING = (float("nan"),) * 3


class Light:
    """The driver, read and regulated every 100 ms, on a chip in a world of light (nA a mA; ambient nA)."""

    def __init__(self, *rows: tuple[float, float, float, float]) -> None:
        """`rows`: from when on (s), red, infrared, ambient."""
        starts, values = np.array([row[0] for row in rows]), np.array([row[1:] for row in rows])

        def world(t: FloatArray) -> FloatArray:
            return np.asarray(values[np.searchsorted(starts, t, side="right") - 1])

        self.rig = Rig(FlatWorld(**{PPG: world}))
        self.driver = self.rig.board.sensors["ppg"]
        self.chip: Any = self.rig.mcu.i2c(0).chips[0x57]
        self.driver.start()
        self.levels = (0, 0)
        self.changes = self.polls = 0

    def run(self, seconds: float) -> Light:
        samples = array("i", [0] * 64)
        for _ in range(round(seconds * 10)):
            self.rig.wait(100)
            n = self.driver.read(samples, 32)
            self.levels = samples[2 * n - 2], samples[2 * n - 1]
            self.polls += 1
            if self.polls % 3 == 0:
                self.changes += self.driver.regulate(samples, n)
        return self

    def found(self, what: int) -> int:
        return int(self.driver.control.state[what])

    def register(self, register: int, count: int = 1) -> tuple[int, ...]:
        self.chip.write(bytes((register,)))
        return tuple(self.chip.read(count))

    @property
    def steps(self) -> tuple[int, ...]:
        return self.register(_LED1_PA, 2)

    @property
    def setting(self) -> int:
        return self.register(_SPO2)[0]


@pytest.mark.parametrize("red, infrared", [(220.0, 220.0), (130.0, 190.0), (480.0, 75.0)])  # noqa: PT006
def test_light_within_the_band_is_left_alone(red: float, infrared: float) -> None:
    light = Light((0, red, infrared, 60.0)).run(20)
    assert (light.changes, light.steps, light.setting) == (0, _START, _4096_NA_411_US)


@pytest.mark.parametrize(
    ("red", "infrared"),
    [(1000.0, 1000.0), (4000.0, 300.0), (30_000.0, 30_000.0), (50.0, 60.0), (18.0, 15.0), (40.0, 900.0)],
)
def test_light_out_of_the_band_is_brought_into_it_within_4_s(red: float, infrared: float) -> None:
    light = Light((0, red, infrared, 60.0)).run(4)
    assert 1 <= light.changes <= 5
    for level, steps in zip(light.levels, light.steps, strict=True):
        assert 1 << 15 <= level <= 7 << 15
        assert 1 <= steps <= light_control._MOST_STEPS
    settled = light.changes
    assert light.run(20).changes == settled


def test_the_rail_is_left_by_less_current_and_the_skin_of_before_gets_its_light_back() -> None:
    light = Light((0, 220.0, 220.0, 0.0), (10, 9000.0, 9000.0, 0.0), (20, 220.0, 220.0, 0.0)).run(19)
    assert max(light.steps) < 8
    assert max(light.levels) < 1 << 18
    assert light.run(6).setting == _4096_NA_411_US
    assert all(level == pytest.approx(1 << 17, rel=0.1) for level in light.levels)


def test_light_that_saturates_at_the_widest_range_and_the_least_current_stays_so() -> None:
    light = Light((0, 1e6, 1e6, 0.0)).run(10)
    assert (light.steps, light.setting >> 5) == ((1, 1), 3)
    settled = light.changes
    assert light.run(10).changes == settled
    assert min(light.levels) == (1 << 18) - 1


@pytest.mark.parametrize("poll", [0, 1, 2])
@pytest.mark.parametrize("lasts_s", [0.03, 0.08])
def test_ambient_light_of_a_moment_is_noticed_in_whichever_poll_it_falls(poll: int, lasts_s: float) -> None:
    begin_s = 1.01 + poll / 10
    light = Light((0, *_SKIN), (begin_s, *_SKIN[:2], 300_000.0), (begin_s + lasts_s, *_SKIN))
    assert not light.run(0.9).found(AMBIENT)
    assert light.run(0.6).found(AMBIENT)
    assert light.run(7).found(AMBIENT)
    assert not light.run(2).found(AMBIENT)


class Flicker:
    """A chip in light that flickers: 6 of 10 samples have `infrared[0]`, 4 `infrared[1]`; counts at the start."""

    def __init__(self, red: int, infrared: tuple[int, int]) -> None:
        self.light = [(red, infrared[0 if i < 6 else 1]) for i in range(10)]
        self.settings: list[tuple[int, ...]] = [(1, *_START)]
        self._range = 1
        self.control = LightControl(self)
        self.control.reset()

    def set_adc(self, adc_range: int, pulse: int) -> None:
        self._range = adc_range

    def set_steps(self, steps: bytearray) -> None:
        if (setting := (self._range, *steps)) != self.settings[-1]:
            self.settings.append(setting)

    def run(self, decisions: int) -> int:
        """How many of them said that something changed."""
        changes = 0
        for _ in range(decisions):
            wide = 36 << self._range
            counts = [
                min(one[i] * self.control.steps[i] * 2 // wide, (1 << 18) - 1) for one in self.light for i in (0, 1)
            ]
            changes += self.control.update(array("i", counts), 10, 0)
        return changes


@pytest.mark.parametrize("red", [120_000, 0])
def test_half_of_the_samples_at_the_rail_are_dimmed_where_the_mean_is_in_the_band(red: int) -> None:
    chip = Flicker(red, (2_000_000, 100_000))
    assert chip.run(1) == 0
    assert chip.run(1) == 1
    assert chip.settings[1:] == [(1, 36, 36 >> 3)]
    assert chip.run(40) == 0


def test_what_saturates_at_the_least_current_widens_the_range_while_the_other_led_has_more() -> None:
    chip = Flicker(120_000, (400_000 * 36, 400_000 * 36))
    assert chip.run(60) == 3
    assert chip.settings[1:] == [(1, 36, 4), (1, 36, 1), (2, 78, 1)]


@pytest.mark.parametrize("red", [120_000, 0])
def test_what_can_be_dimmed_no_more_is_said_to_change_no_more(red: int) -> None:
    chip = Flicker(red, (1 << 40, 1 << 40))
    changes = chip.run(200)
    assert changes == len(chip.settings) - 1
    assert chip.run(200) == 0


def test_a_flash_of_a_quarter_of_a_second_changes_nothing() -> None:
    light = Light((0, *_SKIN), (5.1, 5000.0, 5000.0, 0.0), (5.35, *_SKIN)).run(12)
    assert light.changes == 0


def test_leds_rest_while_nobody_wears_it_and_wake_when_somebody_does() -> None:
    light = Light((0, *_NOTHING), (12, *_SKIN)).run(4.5)
    assert (light.steps, light.found(PROXIMITY)) == (_START, False)
    light.run(2)
    assert (light.steps, light.setting, light.found(PROXIMITY)) == ((0, 8), _4096_NA_69_US, True)
    light.run(5)
    assert light.found(PROXIMITY)
    light.run(1)
    assert (light.steps, light.setting, light.found(PROXIMITY)) == (_START, _4096_NA_411_US, False)
    assert light.changes == 2


@pytest.mark.parametrize(("red", "infrared"), [(30.0, 9.0), (9.0, 9.0), (0.0, 0.0)])
def test_what_a_desk_gives_back_never_raises_the_current(red: float, infrared: float) -> None:
    light = Light((0, red, infrared, 0.0)).run(30)
    assert light.found(PROXIMITY)
    assert light.steps == (0, 8)


def test_a_weak_wearer_who_takes_it_off_leaves_the_start_current_behind() -> None:
    light = Light((0, 20.0, 16.0, 0.0), (10, 2.0, 2.0, 0.0)).run(9)
    assert min(light.steps) > 100
    assert light.run(1.7).steps == _START
    assert light.run(6).found(PROXIMITY)


@pytest.mark.parametrize(("red", "infrared", "dark"), [(0.0, 220.0, 1), (220.0, 0.0, 2), (220.0, 220.0, 0), (0, 0, 0)])
def test_a_dead_led_is_named_and_neither_driven_harder_nor_rested(red: float, infrared: float, dark: int) -> None:
    light = Light((0, red, infrared, 0.0)).run(9)
    assert light.found(DARK) == dark
    assert light.found(PROXIMITY) == (red == infrared == 0)
    assert light.steps == ((0, 8) if light.found(PROXIMITY) else _START)


@pytest.mark.parametrize("leak", [0.003, 0.01, 0.02, 0.029])
@pytest.mark.parametrize("light", [90.0, 220.0, 900.0])
def test_a_dead_led_into_which_the_other_leaks_is_named_all_the_same(leak: float, light: float) -> None:
    for dead, values in ((1, (leak * light, light)), (2, (light, leak * light))):
        found = Light((0, *values, 0.0)).run(9)
        assert found.found(DARK) == dead
        assert found.steps[dead - 1] == 36


@pytest.mark.parametrize("part", [0.045, 0.1, 0.3])
def test_red_of_dark_skin_is_not_dead(part: float) -> None:
    light = Light((0, part * 220.0, 220.0, 0.0)).run(9)
    assert light.found(DARK) == 0
    assert light.steps[0] > 36


def test_a_channel_that_is_dim_because_of_its_current_is_not_dead() -> None:
    light = Light((0, 220.0, 220.0, 0.0), (2, 1e5, 1e5, 0.0), (6, 100.0, 220.0, 0.0)).run(5.9)
    assert max(light.steps) == 1
    light.run(4)
    assert light.found(DARK) == 0
    assert all(level == pytest.approx(1 << 17, rel=0.1) for level in light.levels)


def test_sunlight_is_named_while_it_lasts_and_8_s_longer() -> None:
    light = Light((0, *_SKIN), (3, 220.0, 220.0, 201_000.0), (6, *_SKIN)).run(2.9)
    assert not light.found(AMBIENT)
    assert light.run(1.2).found(AMBIENT)
    assert light.run(9).found(AMBIENT)
    assert not light.run(2).found(AMBIENT)
    assert (light.changes, light.steps) == (0, _START)


def test_sunlight_at_the_rail_widens_the_range_and_leaves_the_current() -> None:
    light = Light((0, *_SKIN), (3, 220.0, 220.0, 206_000.0), (9, *_SKIN)).run(8.5)
    assert (light.steps, light.setting >> 5) == (_START, 2)
    assert max(light.levels) < 1 << 18
    light.run(12)
    assert (light.found(AMBIENT), light.changes) == (False, 1)  # within the band: as good as before


def test_a_chip_that_was_set_up_anew_begins_with_the_start_current() -> None:
    light = Light((0, 15.0, 15.0, 0.0)).run(5)
    assert light.steps != _START
    light.driver.configure()
    light.driver.start()
    assert (light.steps, light.setting) == (_START, _4096_NA_411_US)
    light.run(5)
    assert min(light.levels) > 1 << 15
