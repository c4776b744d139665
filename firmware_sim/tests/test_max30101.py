"""The MAX30101: multi-LED mode of the chip's model, the driver on it, and the chain of a board that has one."""

from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from firmware_sim.chips.max30101 import Max30101 as Chip
from firmware_sim.chips.reference import fit
from firmware_sim.faults import inject
from firmware_sim.faults.registry import Board as FaultyBoard
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.chains.ppg_chain import PpgChain
from firmware_sim.firmware.chains.publisher import Publisher
from firmware_sim.firmware.drivers.max30101 import Max30101
from firmware_sim.firmware.drivers.max30102 import Max30102
from firmware_sim.firmware.frame_ring import HEAD, FrameRing
from firmware_sim.firmware.vitals import Vitals
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.world.base import GREEN, PPG, FloatArray, World
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as host_wire

_LIGHT = (300.0, 400.0, 0.0)


class Board:
    """A board with a MAX30101 in a world of light."""

    def __init__(self, world: World) -> None:
        self.clock = Clock()
        self.mcu = Mcu(self.clock)
        fit(self.mcu, world, optics=Chip)
        reference: Any = load_board(self.mcu).Board

        class Green(reference):  # type: ignore[misc]
            i2c_sensors = (("ppg", Max30101), *reference.i2c_sensors[1:])

        self.board = Green()
        self.driver: Max30101 = self.board.sensors["ppg"]
        self.chip: Any = self.mcu.i2c(0).chips[0x57]

    def wait(self, ms: int) -> None:
        self.clock.run_until(self.clock.now + ms * 1000)
        self.board.wdt.feed()

    def register(self, register: int, count: int = 1) -> bytes:
        self.chip.write(bytes((register,)))
        return bytes(self.chip.read(count))


def lit(green: float = 60.0) -> Board:
    return Board(FlatWorld(**{PPG: _LIGHT, GREEN: [green]}))


def counts(na_per_ma: float, ma: float = 7.2) -> int:
    return round(na_per_ma * ma / 0.015625) + 30


def test_slots_are_read_in_order_up_to_the_first_that_is_off() -> None:
    world = FlatWorld(**{PPG: _LIGHT, GREEN: [60.0]})
    clock = Clock()
    chip = Chip(clock, world)
    for slots, colours in (
        (b"\x21\x03", (300, 400, 60)),
        (b"\x13\x00", (60, 300)),
        (b"\x02\x31", (400,)),
        (b"\x04\x00", (0,)),
    ):
        chip.write(b"\x09\x40")
        chip.write(b"\x0a\x27")
        chip.write(b"\x0c\x24\x24\x24\x24")
        chip.write(b"\x11" + slots)
        chip.write(b"\x09\x07")
        clock.run_until(clock.now + 25_000)
        chip.write(b"\x07")
        data = chip.read(3 * len(colours))
        found = [int.from_bytes(data[i : i + 3], "big") for i in range(0, len(data), 3)]
        assert found == [counts(colour) for colour in colours]
        chip.write(b"\x04")
        assert tuple(chip.read(3)) == (2, 0, 1)


def test_the_driver_gives_pairs_and_their_green() -> None:
    board = lit()
    board.driver.start()
    started = board.board.now_us()
    board.wait(105)
    out = array("i", [0] * 64)
    assert board.driver.read(out, 32) == 10
    assert list(out[:4]) == [counts(300), counts(400)] * 2
    assert list(board.driver.green[:10]) == [counts(60)] * 10
    assert abs(board.driver.tick_us - (started + 10_000)) <= 5_000
    board.driver.stop()
    board.wait(100)
    assert board.driver.read(out, 32) == 0


@pytest.mark.parametrize(("wait_ms", "count", "lost"), [(325, 32, 0), (405, 32, 8), (3005, 32, 268), (5, 0, 0)])
def test_a_full_fifo_counts_what_it_loses(wait_ms: int, count: int, lost: int) -> None:
    board = lit()
    board.driver.start()
    board.wait(wait_ms)
    assert board.driver.read(array("i", [0] * 64), 32) == count
    assert board.driver.overruns == lost


def test_each_led_has_its_own_current() -> None:
    board = lit(green=11.0)
    board.driver.start()
    samples = array("i", [0] * 64)
    for _ in range(20):
        board.wait(300)
        n = board.driver.read(samples, 32)
        board.driver.regulate(samples, n)
    red, infrared, green = board.register(0x0C, 3)
    assert min(red, infrared) < green == 125
    assert 1 << 15 <= board.driver.green[n - 1] <= 7 << 15


def test_at_rest_all_leds_but_infrared_are_dark() -> None:
    board = Board(FlatWorld(**{PPG: (0.0, 0.0, 0.0), GREEN: [0.0]}))
    board.driver.start()
    samples = array("i", [0] * 64)
    for _ in range(20):
        board.wait(300)
        board.driver.regulate(samples, board.driver.read(samples, 32))
    assert tuple(board.register(0x0C, 3)) == (0, 8, 0)


def test_a_world_without_green_light_leaves_that_channel_dark() -> None:
    board = Board(FlatWorld(**{PPG: _LIGHT}))
    board.driver.start()
    board.wait(105)
    assert board.driver.read(array("i", [0] * 64), 32) == 10
    assert set(board.driver.green[:10]) == {30}


def test_the_driver_of_a_max30102_reads_a_max30101_without_its_green() -> None:
    """The part ID does not tell them apart: a board says which it has."""
    clock = Clock()
    mcu = Mcu(clock)
    fit(mcu, FlatWorld(**{PPG: _LIGHT, GREEN: [60.0]}), optics=Chip)
    driver = load_board(mcu).Board().sensors["ppg"]
    assert type(driver) is Max30102
    driver.start()
    clock.run_until(clock.now + 105_000)
    out = array("i", [0] * 64)
    assert driver.read(out, 32) == 10
    assert list(out[:2]) == [counts(300), counts(400)]


def messages(ring: FrameRing) -> list[Any]:
    """All that is in a ring, as a host decodes it."""
    frame = bytearray(255)
    found = []
    for number in range(ring.state[HEAD]):
        n = ring.copy(number, frame)
        found.append(host_wire.MESSAGES[frame[0]].decode(bytes(frame[3:n])))
    return found


def chained(world: World, seconds: int) -> tuple[list[host_wire.Samples], list[host_wire.Reading], PpgChain]:
    """Blocks of samples and readings of the light in that time, and the chain that made them."""
    board = Board(world)
    samples, results = FrameRing(2000, 400_000, True), FrameRing(2000, 60_000)
    chain = PpgChain(board.driver, Publisher(samples, results, Vitals()))
    for writer in chain.writers:
        writer.wanted = True
    for _ in range(10 * seconds):
        board.wait(100)
        chain.poll(board.board.now_us())
    readings = [one for one in messages(results) if isinstance(one, host_wire.Reading)]
    return messages(samples), readings, chain


def test_the_chain_publishes_green_beside_red_and_infrared_and_measures_as_ever() -> None:
    blocks, readings, chain = chained(Wearer(WearerSettings(), seed=1), 25)
    assert chain.streams == 1 << wire.STREAM_PPG | 1 << wire.STREAM_PPG_GREEN
    light, green = (
        [one for one in blocks if one.stream == stream] for stream in (wire.STREAM_PPG, wire.STREAM_PPG_GREEN)
    )
    assert len(light) == len(green) == pytest.approx(125, abs=3)
    assert [one.first_index for one in light] == [one.first_index for one in green]
    values = np.concatenate([np.frombuffer(one.data, np.uint8).reshape(-1, 3) for one in green]).astype(np.int64)
    level = (values * (1, 256, 65536)).sum(axis=1)[1500:]
    assert level.mean() == pytest.approx(1 << 17, rel=0.1)  # the LED has been set for it
    pulsatile = float(np.ptp(level)) / float(level.mean())
    assert 0.02 < pulsatile < 0.12
    rates = [one.value for one in readings if one.kind == host_wire.ReadingKind.PULSE_RATE and one.value is not None]
    assert rates
    assert all(rate == pytest.approx(720, abs=40) for rate in rates)


def test_a_change_of_the_gain_and_a_rest_are_the_same_in_both_streams() -> None:
    class Away:
        """A wearer who takes it off for ten seconds."""

        groups = frozenset((PPG, GREEN))
        duration_s: float | None = None

        def __init__(self) -> None:
            self.wearer = Wearer(WearerSettings(), seed=1, groups=(PPG, GREEN))

        def sample(self, group: str, t: FloatArray) -> FloatArray:
            values = self.wearer.sample(group, t)
            values[(t >= 5) & (t < 15)] = np.nan
            return values

    blocks, _, _ = chained(Away(), 20)
    light, green = (
        [(one.first_index, one.tick_us, one.status) for one in blocks if one.stream == stream]
        for stream in (wire.STREAM_PPG, wire.STREAM_PPG_GREEN)
    )
    assert light == green
    assert any(status & 4 for _, _, status in light)


class Rising:
    """Light of which every colour rises alike: 60 nA/mA each second from 100 on."""

    groups = frozenset((PPG, GREEN))
    duration_s: float | None = None

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        level: FloatArray = 100 + 60 * t
        return np.stack([level, level, 0 * level] if group == PPG else [level], axis=1)


@pytest.mark.parametrize(("fault", "n"), [("slow", 15), ("delayed", 30), ("none", 30)])
def test_faults_of_its_clock_reach_the_green_light_too(fault: str, n: int) -> None:
    board = Board(Rising())
    if fault != "none":
        inject(cast(FaultyBoard, SimpleNamespace(mcu=board.mcu, radio=None)), "light", fault, 1.5, 9.0)
    board.driver.start()
    samples = array("i", [0] * 64)
    for _ in range(13):
        board.wait(300)
        count = board.driver.read(samples, 32)
        assert list(board.driver.green[:count]) == list(samples[: 2 * count : 2]) == list(samples[1 : 2 * count : 2])
    assert count == pytest.approx(n, abs=1)
    age_s = board.clock.now * 1e-6 - ((samples[2 * count - 2] - 30) * 0.015625 / 7.2 - 100) / 60
    assert age_s == pytest.approx(0.5 if fault == "delayed" else 0.0, abs=0.03)


def test_a_front_end_without_green_has_no_such_stream() -> None:
    clock = Clock()
    mcu = Mcu(clock)
    fit(mcu, FlatWorld(**{PPG: _LIGHT}))
    driver = load_board(mcu).Board().sensors["ppg"]
    chain = PpgChain(driver, Publisher(FrameRing(8, 1456, True), FrameRing(8, 384), Vitals()))
    assert chain.streams == 1 << wire.STREAM_PPG
