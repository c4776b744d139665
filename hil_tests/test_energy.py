"""What chips take from their supply follows what the firmware sets, and adds up to what a data sheet would say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.chips.ads1292r import Ads1292r
from firmware_sim.chips.draw import Draw, current_table
from firmware_sim.chips.lsm6dso import CTRL1_XL, CTRL2_G, Lsm6dso
from firmware_sim.chips.max30101 import Max30101
from firmware_sim.chips.max30102 import LED1_PA, LED2_PA, MODE, SPO2, Max30102
from firmware_sim.chips.tmp117 import CONFIGURATION, Tmp117
from firmware_sim.chips.w25q64jv import W25q64jv
from firmware_sim.faults import fitted, inject
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.mcu import Clock
from firmware_sim.mcu.line import Interrupts, Line
from firmware_sim.tests.serial_host import subscribed
from firmware_sim.world.base import PPG
from firmware_sim.world.wearer import Wearer, WearerSettings

from .bench.mcu.projection import light_modes, read_mcus
from .scenarios.energy import CURRENT_LIMITS, METERED, Energy, mcu_and_radio_ma
from .scenarios.loading import load
from .scenarios.model import CurrentLimit
from .scenarios.running import run

WORLD = Wearer(WearerSettings(), seed=1)


def mean_ma(draw: Draw, clock: Clock, seconds: float) -> float:
    before = draw.total_mas
    clock.run_until(clock.now + round(seconds * 1e6))
    return (draw.total_mas - before) / seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_every_chip_of_the_table_names_its_data_sheet() -> None:
    for chip, entry in current_table().items():
        assert len(entry["source"]) > 20, chip
        assert all(ma >= 0 for ma in entry["ma"].values())
    assert set(read_mcus()["board"]["states"]) <= set(current_table())


def test_the_optical_chip_takes_its_own_current_and_that_of_its_pulses(clock: Clock) -> None:
    chip = Max30102(clock, WORLD)
    assert chip.draw.state == "dark"
    chip.write(bytes((LED1_PA, 36)))  # 7.2 mA
    chip.write(bytes((LED2_PA, 125)))  # 25 mA
    chip.write(bytes((SPO2, 0x27)))  # 100/s, 411 µs
    chip.write(bytes((MODE, 3)))
    assert mean_ma(chip.draw, clock, 2.0) == pytest.approx(0.6 + (7.2 + 25.0) * 411e-6 * 100)
    chip.write(bytes((SPO2, 0x24)))  # 100/s, 69 µs
    assert mean_ma(chip.draw, clock, 2.0) == pytest.approx(0.6 + (7.2 + 25.0) * 69e-6 * 100)
    chip.write(bytes((MODE, 2)))
    assert chip.draw.state == "red"
    assert mean_ma(chip.draw, clock, 2.0) == pytest.approx(0.6 + 7.2 * 69e-6 * 100)
    chip.write(bytes((MODE, 0x83)))
    assert mean_ma(chip.draw, clock, 2.0) == pytest.approx(0.0007)
    assert set(chip.draw.charges()) == {"red and infrared", "red", "shutdown"}, "states without time are none"
    chip.write(bytes((MODE, 0x40)))
    assert chip.draw.state == "dark"


def test_a_green_led_is_one_of_the_slots(clock: Clock) -> None:
    chip = Max30101(clock, WORLD)
    for register, value in (
        (LED1_PA, 10),
        (LED2_PA, 10),
        (0x0E, 50),
        (SPO2, 0x27),
        (0x11, 0x21),
        (0x12, 0x03),
        (MODE, 7),
    ):
        chip.write(bytes((register, value)))
    assert chip.draw.state == "red and infrared and green"
    assert chip.draw.now_ma == pytest.approx(0.6 + (2.0 + 2.0 + 10.0) * 411e-6 * 100)


def test_states_of_the_front_ends(clock: Clock) -> None:
    motion = Lsm6dso(clock, WORLD)
    assert motion.draw.state == "power_down"
    motion.write(bytes((CTRL1_XL, 0x40)))
    assert motion.draw.state == "accelerometer"
    motion.write(bytes((CTRL2_G, 0x40)))
    assert motion.draw.state == "gyroscope"
    ecg = Ads1292r(clock, WORLD, Line(1, Interrupts()), Line(2, Interrupts()))
    assert ecg.draw.state == "two_channels"
    for command, state in ((b"\x11", "two_channels"), (b"\x45\x00\x81", "one_channel"), (b"\x04", "standby")):
        ecg.exchange(command)
        ecg.deselect()
        assert ecg.draw.state == state
    skin = Tmp117(clock, WORLD)
    assert mean_ma(skin.draw, clock, 1.0) == pytest.approx(0.016, abs=0.002), "data sheet: 16 µA at 1 Hz, 8 averaged"
    skin.write(bytes((CONFIGURATION, 0x02, 0x00)))
    assert mean_ma(skin.draw, clock, 1.0) == pytest.approx(0.0035, abs=0.0003), "data sheet: 3.5 µA at 1 Hz"
    before = skin.draw.total_mas
    skin.write(bytes((CONFIGURATION, 0x0E, 0x00)))  # one shot
    clock.run_until(clock.now + 10_000_000)
    assert skin.draw.total_mas - before == pytest.approx(0.135 * 15.5e-3 + 10 * 0.00015)


def test_the_flash_takes_most_while_it_writes(clock: Clock) -> None:
    flash = W25q64jv(clock)
    flash.baudrate = 8_000_000
    for command in (b"\x06", b"\x02\x00\x00\x00" + bytes(200), b"\x06", b"\x20\x00\x00\x00"):
        flash.exchange(command)
        flash.deselect()
        clock.run_until(clock.now + 1000)
    charges = flash.draw.charges()
    assert charges["program"].mas == pytest.approx(20 * 400e-6)
    assert charges["erase"].seconds == pytest.approx(45e-3)
    flash.exchange(b"\xb9")
    clock.run_until(clock.now + 50_000)
    flash.deselect()
    flash.exchange(b"\xb9")
    flash.deselect()
    assert flash.draw.state == "power_down"
    flash.exchange(b"\xab")
    flash.deselect()
    assert flash.draw.state == "standby"
    flash.power_off()
    assert (flash.draw.state, flash.draw.now_ma) == ("off", 0.0)


@pytest.mark.parametrize("minutes", [1, 5])
def test_light_that_is_measured_from_time_to_time_takes_that_part(minutes: int) -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1, groups=(PPG,)))
    device: Any = host.simulation.device
    host.wait(9.5)
    device.settings.set(device_wire.SETTING_LIGHT_PERIOD, minutes)
    device.apply_settings()
    chip = fitted(host.simulation.mcu)["light"]
    host.wait(60)
    before = chip.draw.total_mas
    host.wait(60.0 * minutes)
    mean = (chip.draw.total_mas - before) / (60.0 * minutes)
    usual = light_modes()["measuring, start current"]["mean_ma"]
    assert mean == pytest.approx(usual * 40 / (60 * minutes), rel=0.03)
    assert chip.draw.charges()["shutdown"].seconds > 15 * minutes


def test_a_chip_behind_a_fault_is_the_same_chip() -> None:
    host = subscribed(WORLD)
    simulation = host.simulation
    before = fitted(simulation.mcu)
    inject(simulation, "light", "garbage", 1.0, 2.0)
    host.wait(1.5)
    assert fitted(simulation.mcu) == before
    assert {name for name, chip in before.items() if hasattr(chip, "draw")} == set(METERED) - {"device"}


class _Chips:
    """An account whose chip takes what `ma` says."""

    def __init__(self, ma: list[float]) -> None:
        self._steps: Iterator[float] = iter(np.cumsum(ma))

    @property
    def total_mas(self) -> float:
        return float(next(self._steps))


def energy_of(ma: list[float]) -> Energy:
    found = Energy(subscribed(WORLD).simulation.mcu)
    found._draws = {"light": _Chips(ma)}
    for second in range(len(ma)):
        found.note(float(second))
    return found


def test_a_mean_is_of_its_span_alone() -> None:
    energy = energy_of([0, 1, 1, 5, 5])
    assert energy.mean_ma("light", 0, 2) == pytest.approx(1)
    assert energy.mean_ma("light", 2, 99) == pytest.approx(5)
    assert energy.mean_ma("light", 1.5, 2.5) == pytest.approx(3)
    assert energy.mean_ma("device", 0, 2) == pytest.approx(1 + mcu_and_radio_ma())
    assert energy.mean_ma("ecg", 0, 2) is None
    assert energy.mean_ma("light", 50, 60) is None


@pytest.mark.parametrize(
    ("limits", "is_kept"),
    [
        ({"at_most_ma": 1.0}, True),
        ({"at_most_ma": 0.99}, False),
        ({"at_least_ma": 1.0}, True),
        ({"at_least_ma": 1.01}, False),
    ],
)
def test_limits_are_kept_up_to_their_number(limits: dict[str, float], is_kept: bool) -> None:
    verdict = energy_of([0, 1, 1, 1]).judge(CurrentLimit("light", 0, 3, 1, **limits))
    assert (verdict.failure is None) == is_kept


@pytest.mark.parametrize("hours", [20, 60])
def test_how_long_the_cell_lasts_is_held_against_the_mean(hours: float) -> None:
    energy = energy_of([0, 1, 1, 1])
    mean = 1 + mcu_and_radio_ma()
    failure = energy.judge(CurrentLimit("device", 0, 3, 1, lasts_h=hours)).failure
    assert (failure is None) == (150 * 0.88 / mean >= hours)


async def test_a_scenario_s_result_has_its_charges_and_is_the_same_on_every_run(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "about: x\nduration_s: 10\nexpect: [{current: device, lasts_h: 1}, {current: gauge, at_most_ma: 1}]\n"
    )
    first, second = await run(load(path)), await run(load(path))
    assert first.failures == []
    assert first.energy == second.energy
    assert first.energy is not None
    assert first.energy["device_ma"] == pytest.approx(
        sum(_mas(c) for c in first.energy["chips"].values()) / 10.2 + first.energy["mcu_and_radio_ma"], rel=0.02
    )
    assert set(CURRENT_LIMITS) == {"at_least_ma", "at_most_ma", "lasts_h"}


def _mas(charges: dict[str, dict[str, float]]) -> float:
    return sum(charge["mas"] for charge in charges.values())
