"""Faults of components that overlap, end and come again, times that are none, and what the debug link says of them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware_sim.chips.sampler import Sampler
from firmware_sim.faults import inject
from firmware_sim.faults.registry import Board
from firmware_sim.faults.wires import FaultyI2cChip
from firmware_sim.mcu.clock import Clock
from firmware_sim.mcu.reset import PWRON_RESET, WDT_RESET
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.debug_link import DebugLink
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.world.base import ECG
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import PRESETS, Wearer


class Chip:
    """Gives its sample clock, and one answer."""

    def __init__(self, clock: Clock) -> None:
        self.sampler = Sampler(clock, Wearer(seed=1), ECG, ppm=200.0)
        self.sampler.start(250.0)

    def write(self, data: bytes) -> None:
        """Nothing is set."""

    def read(self, count: int) -> bytes:
        return bytes(range(count))


class Radio:
    """Counts how often its links were lost."""

    def __init__(self) -> None:
        self.drops = 0

    def drop_links(self) -> int:
        self.drops += 1
        return 1


class Bench:
    """A board of one chip on I2C, at the address of the light, and a radio."""

    def __init__(self) -> None:
        self.clock, self.radio = Clock(), Radio()
        self.chip = FaultyI2cChip(Chip(self.clock))
        i2c = SimpleNamespace(chips={0x57: self.chip})
        self.board = cast(
            Board, SimpleNamespace(mcu=SimpleNamespace(clock=self.clock, i2c=lambda _: i2c), radio=self.radio)
        )

    def at(self, seconds: float) -> Bench:
        self.clock.run_until(round(seconds * 1e6))
        return self

    @property
    def period_us(self) -> int:
        sampler = cast(Chip, self.chip.chip).sampler
        return sampler.sample_us(sampler.taken + 1000) - sampler.sample_us(sampler.taken)


OWN_US = round(1000 * 4000 / 1.0002)


@pytest.mark.parametrize("other", ["slow", "delayed", "wrong", "off"])
@pytest.mark.parametrize("at", [(2.0, 3.0), (2.0, 8.0), (0.5, 6.0)])
def test_no_other_fault_ends_a_slow_clock_or_keeps_it_slow(other: str, at: tuple[float, float]) -> None:
    bench = Bench()
    inject(bench.board, "light", "slow", 1.0, 5.0)
    inject(bench.board, "light", other, *at)
    assert abs(bench.at(4.0).period_us - 2 * OWN_US) <= 2
    assert abs(bench.at(9.0).period_us - OWN_US) <= 2


def test_a_fault_that_is_injected_while_it_lasts_comes_again_as_before() -> None:
    bench = Bench()
    inject(bench.board, "light", "slow", 1.0, 4.0)
    bench.at(2.0)
    inject(bench.board, "light", "slow", 5.0, 7.0)
    assert abs(bench.at(4.5).period_us - OWN_US) <= 2
    assert abs(bench.at(6.0).period_us - 2 * OWN_US) <= 2
    assert abs(bench.at(8.0).period_us - OWN_US) <= 2


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_line_that_is_inverted_by_several_faults_is_inverted(times: int) -> None:
    bench = Bench()
    for k in range(times):
        inject(bench.board, "light", "wrong", 1.0 + k, 5.0 + k)
    assert bench.at(0.5).chip.read(3) == bytes([0, 1, 2])
    assert bench.at(4.5).chip.read(3) == bytes([0x10, 0x11, 0x12])
    assert bench.at(4.5 + times).chip.read(3) == bytes([0, 1, 2])
    assert not bench.chip.faults


def test_what_is_off_stays_off_beside_other_faults() -> None:
    bench = Bench()
    inject(bench.board, "light", "off", 1.0, 5.0)
    inject(bench.board, "light", "stuck", 2.0, 3.0)
    for seconds in (1.5, 2.5, 4.0):
        with pytest.raises(OSError, match="ENODEV"):
            bench.at(seconds).chip.read(1)
    assert bench.at(5.5).chip.read(2) == bytes([0, 1])


@pytest.mark.parametrize(("fault", "drops"), [("off", range(18, 22)), ("intermittent", range(3, 5))])
def test_a_radio_at_fault_loses_links_until_it_is_whole(fault: str, drops: range) -> None:
    bench = Bench()
    inject(bench.board, "radio", fault, 1.0, 3.0)
    assert bench.at(0.9).radio.drops == 0
    assert bench.at(3.0).radio.drops in drops
    lost = bench.radio.drops
    assert bench.at(6.0).radio.drops == lost


@pytest.mark.parametrize("start", [float("-inf"), float("inf"), float("nan"), 1e308])
def test_a_fault_that_begins_at_no_time_is_refused_and_changes_nothing(start: float) -> None:
    bench = Bench()
    with pytest.raises(SettingsError, match="light off"):
        inject(bench.board, "light", "off", start, float("inf"))
    assert bench.at(2.0).chip.read(1) == b"\0"


def test_transfers_that_are_not_acknowledged_are_three_of_ten_and_a_held_clock_fails_all() -> None:
    bench = Bench()
    inject(bench.board, "light", "nack", 1.0, 2.0, seed=5)
    inject(bench.board, "light", "stretch", 3.0, 4.0)
    bench.at(1.5)
    failed = 0
    for _ in range(1000):
        try:
            assert bench.chip.read(2) == b"\0\1"
        except OSError as error:
            assert error.errno == 19
            failed += 1
    assert 250 < failed < 350
    assert bench.at(2.5).chip.read(1) == b"\0"
    bench.at(3.5)
    for _ in range(3):
        with pytest.raises(OSError, match="ETIMEDOUT"):
            bench.chip.write(b"\0")
    assert bench.at(4.5).chip.read(1) == b"\0"


def _device() -> CpythonSimulation:
    device = LocalDevice(Settings(link="serial", pace=None, seed=3), Wearer(PRESETS["resting"], seed=3), None)
    simulation = device.simulation
    assert isinstance(simulation, CpythonSimulation)
    return simulation


def _at(simulation: CpythonSimulation, seconds: float) -> CpythonSimulation:
    simulation.advance(round(seconds * 1e6))
    return simulation


def test_a_line_that_is_held_takes_every_chip_of_its_bus() -> None:
    simulation = _device()
    inject(simulation, "sensor_bus", "stuck", 1.0, 2.0)
    bus = simulation.mcu.i2c(0)
    assert len(bus.chips) == 4
    _at(simulation, 1.5)
    for chip in bus.chips.values():
        with pytest.raises(OSError, match="ETIMEDOUT"):
            chip.read(1)
    _at(simulation, 2.5)
    assert all(len(chip.read(1)) == 1 for chip in bus.chips.values())
    with pytest.raises(SettingsError, match="sensor_bus cannot be garbage: it is no chip on a bus"):
        inject(simulation, "sensor_bus", "garbage", 3.0, 4.0)


def test_a_fault_of_the_same_kind_lasts_until_the_last_of_them_is_over() -> None:
    simulation = _device()
    gauge: Any = simulation.mcu.i2c(0).chips[0x36]
    calendar, endurance = simulation.mcu.rtc_offset_us, simulation.flash.cells.endurance
    for component, fault in (("battery", "low"), ("clock", "step"), ("flash", "worn")):
        inject(simulation, component, fault, 1.0, 3.0)
        inject(simulation, component, fault, 2.0, 5.0)
    for seconds in (1.5, 2.5, 4.0):
        _at(simulation, seconds)
        assert gauge.charge == 0.03
        assert simulation.mcu.rtc_offset_us == calendar + 3_600_000_000
        assert simulation.flash.cells.endurance == 0
    _at(simulation, 6.0)
    assert gauge.charge > 0.89
    assert (simulation.mcu.rtc_offset_us, simulation.flash.cells.endurance) == (calendar, endurance)


@pytest.mark.parametrize(
    ("component", "fault", "resets", "cause"),
    [
        ("supply", "brown_out", 1, PWRON_RESET),
        ("supply", "reset_storm", 4, PWRON_RESET),
        ("firmware", "hang", 1, WDT_RESET),
    ],
)
def test_what_resets_a_device_does_so_and_lets_it_start_anew(
    component: str, fault: str, resets: int, cause: int
) -> None:
    simulation = _device()
    inject(simulation, component, fault, 2.0, 9.5)
    _at(simulation, 12.0)
    assert (simulation.mcu.resets, simulation.mcu.reset_cause) == (resets, cause)
    device = simulation.device
    before = device.now_us()
    _at(simulation, 14.0)
    assert simulation.device is device
    assert simulation.device.now_us() > before
    assert simulation.mcu.resets == resets


def test_a_firmware_that_hangs_serves_nobody_until_its_watchdog_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = _device()
    inject(simulation, "firmware", "hang", 1.0, 2.0)
    _at(simulation, 1.0)
    steps: list[int] = []
    monkeypatch.setattr(simulation.device, "step", steps.append)
    _at(simulation, 8.5)
    simulation.serve()
    assert steps == []
    assert simulation.mcu.resets == 0
    _at(simulation, 9.5)
    assert simulation.mcu.resets == 1


def test_a_clock_that_drifts_is_fast_against_every_chip_and_adds_to_a_slow_one() -> None:
    simulation = _device()
    chips: dict[int, Any] = dict(simulation.mcu.i2c(0).chips)
    sampler: Sampler = chips[0x6A].sampler
    inject(simulation, "clock", "drift", 2.0, 6.0)
    inject(simulation, "motion", "slow", 4.0, 8.0)

    def period_us(seconds: float) -> float:
        _at(simulation, seconds)
        return (sampler.sample_us(sampler.taken + 10_000) - sampler.sample_us(sampler.taken)) / 10_000

    own = period_us(1.0)
    assert period_us(3.0) / own == pytest.approx(1.001, abs=1e-4)
    assert period_us(5.0) / own == pytest.approx(2.002, abs=2e-4)
    assert period_us(7.0) / own == pytest.approx(2.0, abs=2e-4)
    assert period_us(9.0) / own == pytest.approx(1.0, abs=1e-4)


def _requested(link: DebugLink, **request: Any) -> dict[str, Any]:
    return link.answer(json.dumps(request).encode())


def test_the_debug_link_injects_and_answers_whatever_it_is_requested() -> None:
    device = LocalDevice(Settings(link="serial", pace=None, seed=3), Wearer(PRESETS["resting"], seed=3), None)
    link = DebugLink(device)
    light = {"cmd": "fault", "component": "light", "fault": "off"}
    assert _requested(link, **light, start=1.0, stop=2.0) == {"ok": True, "start": 1.0}
    assert _requested(link, cmd="truth", start=1.0, end=3.0)["ok"]
    refused: list[tuple[dict[str, Any], str]] = [
        ({**light, "start": float("-inf")}, "cannot begin"), ({**light, "start": 10**400}, "too large"),
        ({**light, "fault": "sad"}, "no fault 'sad'"), ({"cmd": "truth", "start": 0.0, "end": 1e308}, "within a day"),
        ({"cmd": "truth", "start": float("nan"), "end": 1.0}, "within a day"),
    ]  # fmt: skip
    for request, words in refused:
        answer = _requested(link, **request)
        assert not answer["ok"]
        assert words in answer["error"]
    assert "not a request" in link.answer(b"[" * 4000)["error"]
