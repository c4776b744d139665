"""The TMP117: chip against its data sheet (SNOSD82), driver against the chip, and what the device publishes of it."""

from __future__ import annotations

from array import array
from itertools import count, pairwise

import numpy as np
import pytest

from firmware_sim.chips.tmp117 import DATA_READY, HIGH_ALERT, LOW_ALERT, Tmp117
from firmware_sim.firmware.drivers import tmp117
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.world.base import SKIN, FloatArray
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.transports.base import Frame, LinkCounters
from host_sdk.transports.framing import Deframer, wrap


class Thermometer:
    """A TMP117 driven by hand."""

    def __init__(self, world: FlatWorld) -> None:
        self.clock = Clock()
        self.chip = Tmp117(self.clock, world)

    def get(self, register: int) -> int:
        self.chip.write(bytes((register,)))
        return int.from_bytes(self.chip.read(2), "big")

    def put(self, register: int, word: int) -> None:
        self.chip.write(bytes((register, word >> 8, word & 0xFF)))

    def run(self, ms: float) -> None:
        self.clock.run_until(self.clock.now + round(ms * 1000))


def thermometer(celsius: float) -> Thermometer:
    return Thermometer(FlatWorld(**{SKIN: [celsius]}))


@pytest.mark.parametrize(
    ("celsius", "word"),  # data sheet table 7-1
    [(-40.0, 0xEC00), (-0.0078125, 0xFFFF), (0.0, 0x0000), (25.0, 0x0C80), (100.0, 0x3200), (300.0, 0x7FFF)],
)
def test_result_is_two_s_complement_of_7_8125_millidegrees(celsius: float, word: int) -> None:
    rig = thermometer(celsius)
    assert rig.get(0x00) == 0x8000  # before the first conversion
    rig.run(1100)
    assert rig.get(0x00) == word


def test_reset_values_and_read_only_registers() -> None:
    rig = thermometer(25.0)
    assert [rig.get(register) for register in (0x01, 0x02, 0x03, 0x07, 0x0F)] == [0x0220, 0x6000, 0x8000, 0, 0x0117]
    rig.put(0x0F, 0xFFFF)
    rig.put(0x00, 0x1234)
    assert rig.get(0x0F) == 0x0117
    assert rig.get(0x00) == 0x8000


@pytest.mark.parametrize(
    ("setting", "cycle_s"),  # data sheet table 7-7: CONV 000, 010, 100, 111 with AVG 00, 01, 10, 11
    [(0x0000, 0.0155), (0x0020, 0.125), (0x0040, 0.5), (0x0060, 1.0), (0x0100, 0.25), (0x0220, 1.0), (0x03E0, 16.0)],
)
def test_cycle_time(setting: int, cycle_s: float) -> None:
    rig = thermometer(25.0)
    rig.put(0x01, setting)
    assert rig.chip.cycle_s() == cycle_s
    rig.run(cycle_s * 1000)  # past the first result, which averaging alone decides
    rig.get(0x00)
    rig.run(cycle_s * 500)
    before = bool(rig.get(0x01) & DATA_READY)
    rig.run(cycle_s * 500)
    assert before or rig.get(0x01) & DATA_READY


def test_data_ready_is_set_by_a_conversion_and_cleared_by_reading() -> None:
    rig = thermometer(25.0)
    assert not rig.get(0x01) & DATA_READY
    rig.run(130)
    assert rig.get(0x01) & DATA_READY
    assert not rig.get(0x01) & DATA_READY
    rig.run(1000)
    rig.get(0x00)
    assert not rig.get(0x01) & DATA_READY


def test_one_shot_converts_once_and_shuts_down() -> None:
    rig = thermometer(25.0)
    rig.put(0x01, 0x0C20)
    rig.run(130)
    assert rig.get(0x01) & (DATA_READY | 0x0C00) == DATA_READY | 0x0400
    rig.run(5000)
    assert not rig.get(0x01) & DATA_READY


def test_soft_reset_and_shutdown() -> None:
    rig = thermometer(25.0)
    rig.put(0x01, 0x0620)
    rig.run(5000)
    assert rig.get(0x00) == 0x8000
    rig.put(0x01, 0x0622)
    assert rig.get(0x01) == 0x0220


def test_offset_and_alerts() -> None:
    rig = thermometer(25.0)
    rig.put(0x07, 0x0080)  # + 1 degree C
    rig.put(0x02, 0x0C80)  # high limit 25 degrees C
    rig.run(130)
    assert rig.get(0x01) & (HIGH_ALERT | LOW_ALERT) == HIGH_ALERT
    assert rig.get(0x00) == 0x0D00


def driver(mcu: Mcu) -> tmp117.Tmp117:
    """The driver on an MCU's first I2C bus."""
    modules = modules_of(mcu)
    time, machine = modules["time"], modules["machine"]
    return tmp117.Tmp117(machine.I2C(0), Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms, time.sleep_us))


class Driven:
    """The driver on an MCU's bus with the chip behind it."""

    def __init__(self, world: FlatWorld, ppm: float = 0.0) -> None:
        self.clock = Clock()
        self.mcu = Mcu(self.clock)
        self.mcu.i2c(0).attach(0x48, Tmp117(self.clock, world, ppm=ppm))
        self.driver = driver(self.mcu)
        self.out = array("h", [0])

    def poll(self, seconds: float, every_ms: int = 100) -> list[int]:
        got = []
        for _ in range(round(seconds * 1000 / every_ms)):
            self.clock.run_until(self.clock.now + every_ms * 1000)
            if self.driver.read(self.out, 1):
                got.append(self.out[0])
        return got


def test_driver_reads_each_result_once() -> None:
    def warming(t: FloatArray) -> FloatArray:
        return 30.0 + t

    rig = Driven(FlatWorld(**{SKIN: warming}))
    rig.driver.configure()
    rig.driver.start()
    counts = rig.poll(10)
    assert len(counts) == 10
    assert [later - before for before, later in pairwise(counts)] == [128] * 9
    assert rig.driver.overruns == 0
    assert counts[-1] == pytest.approx((30.0 + 9.124) * 128, abs=1)
    assert 0 <= rig.driver.tick_us - 9_124_000 <= 100_000


def test_driver_counts_results_that_were_overwritten() -> None:
    rig = Driven(FlatWorld(**{SKIN: [30.0]}))
    rig.driver.configure()
    rig.driver.start()
    assert len(rig.poll(12, every_ms=4000)) == 3
    assert rig.driver.overruns == 3 * 3


def test_driver_reads_below_zero() -> None:
    rig = Driven(FlatWorld(**{SKIN: [-10.5]}))
    rig.driver.configure()
    rig.driver.start()
    assert rig.poll(1.2) == [-1344, -1344]


class StuckData:
    """A TMP117 whose data line stays as it was: it answers all with the word that it gave first."""

    def __init__(self, chip: Tmp117) -> None:
        self.chip = chip
        self.word: bytes | None = None
        self.is_stuck = False

    def write(self, data: bytes) -> None:
        self.chip.write(data)

    def read(self, count: int) -> bytes:
        if not self.is_stuck:
            return self.chip.read(count)
        self.word = self.word or self.chip.read(count)
        return self.word


def test_a_result_that_stays_new_is_none() -> None:
    rig = Driven(FlatWorld(**{SKIN: [30.0]}))
    chip = StuckData(Tmp117(rig.clock, FlatWorld(**{SKIN: [30.0]})))
    rig.mcu.i2c(0).replace(0x48, chip)
    rig.driver.configure()
    rig.driver.start()
    assert len(rig.poll(3)) == 3
    rig.clock.run_until(rig.clock.now + 900_000)
    chip.is_stuck = True  # the next answer has the flag, and then all have it
    with pytest.raises(OSError, match="5"):
        rig.poll(2)


def test_configure_refuses_another_chip() -> None:
    class Stranger:
        def write(self, data: bytes) -> None:
            """Any register will do."""

        def read(self, count: int) -> bytes:
            return bytes(count)

    mcu = Mcu(Clock())
    mcu.i2c(0).attach(0x48, Stranger())
    with pytest.raises(OSError, match="19"):
        driver(mcu).configure()


def test_configure_refuses_an_empty_bus() -> None:
    with pytest.raises(OSError, match="19"):
        driver(Mcu(Clock())).configure()


class Cable:
    """A simulated device with a host on its cable that wants everything of the skin's temperature."""

    def __init__(self, signal: object) -> None:
        self.simulation = CpythonSimulation(FlatWorld(**{SKIN: signal}))
        self.got: list[wire.AnyMessage] = []
        self._seq = count()
        self.uart = self.simulation.mcu.uart(0)
        self.uart.on_output = Deframer(LinkCounters(), self._frame, None).feed
        self.wait(0.5)
        self.request(wire.GetInfo(wire.PROTOCOL_VERSION))
        self.request(wire.Subscribe(1 << wire.Stream.SKIN_TEMPERATURE, wire.Results.ALL))

    def _frame(self, frame: bytes) -> None:
        self.got.append(wire.MESSAGES[frame[0]].decode(frame[3:]))

    def request(self, message: wire.AnyMessage) -> None:
        self.uart.feed(wrap(Frame(message.TYPE, next(self._seq), message.encode()).encode()))
        self.wait(0.1)

    def wait(self, seconds: float) -> None:
        self.simulation.advance(self.simulation.clock.now + round(seconds * 1e6))

    def readings(self) -> list[tuple[int | None, int, wire.Reason | None]]:
        """(value in 0.01 degree, quality, reason) of each."""
        found = [message for message in self.got if isinstance(message, wire.Reading)]
        kind = wire.ReadingKind.SKIN_TEMPERATURE
        return [(reading.value, reading.quality, reading.reason) for reading in found if reading.kind is kind]

    def blocks(self) -> list[wire.Samples]:
        return [message for message in self.got if isinstance(message, wire.Samples)]


def test_the_device_streams_counts_and_publishes_the_mean_of_ten_seconds() -> None:
    cable = Cable([33.5])
    cable.wait(25)
    (spec,) = [message for message in cable.got if isinstance(message, wire.StreamInfo)]
    assert (spec.unit, spec.rate_mhz, spec.lsb_nano) == (wire.Unit.CELSIUS, 1000, 7_812_500)
    indices = [block.first_index for block in cable.blocks()]
    assert indices == list(range(indices[0], indices[0] + len(indices)))
    assert len(indices) in (24, 25)
    assert {int.from_bytes(block.data, "little", signed=True) * 7.8125e-3 for block in cable.blocks()} == {33.5}
    assert cable.readings() == [(3350, 90, None)] * 2


def test_a_result_right_after_a_restart_has_a_time() -> None:
    cable = Cable([33.5])
    cable.wait(3)
    cable.simulation.reset()
    cable.wait(0.1)
    cable.got.clear()
    cable.request(wire.Subscribe(1 << wire.Stream.SKIN_TEMPERATURE, wire.Results.ALL))
    cable.wait(2)
    assert [block.first_index for block in cable.blocks()][:2] == [0, 1]
    assert cable.blocks()[0].tick_us < 600_000


def drifting(rate: float) -> object:
    """A temperature that rises by `rate` degrees a second from 30."""

    def signal(t: FloatArray) -> FloatArray:
        return 30.0 + rate * t

    return signal


@pytest.mark.parametrize(
    ("signal", "reason", "answered"),
    [
        ([5.0], wire.Reason.OUT_OF_RANGE, False),
        ([60.0], wire.Reason.OUT_OF_RANGE, False),
        (drifting(0.05), wire.Reason.WARMING_UP, True),
        (drifting(0.5), wire.Reason.INCONSISTENT, False),
    ],
)
def test_the_reading_says_why_it_is_not_to_be_trusted(signal: object, reason: wire.Reason, answered: bool) -> None:
    cable = Cable(signal)
    cable.wait(12)
    ((value, quality, why),) = cable.readings()
    assert why is reason
    assert (value is not None, quality > 0) == (answered, answered)


def test_a_sensor_that_falls_off_the_bus_is_reported_and_returns_behind_a_gap() -> None:
    cable = Cable([33.5])
    cable.wait(11)
    bus = cable.simulation.mcu.i2c(0)
    chip = bus.chips[0x48]
    bus.detach(0x48)
    cable.wait(5)
    assert cable.readings()[-1] == (None, 0, wire.Reason.SENSOR_FAULT)
    bus.attach(0x48, chip)
    before = cable.blocks()[-1].first_index
    cable.wait(16)
    after = [block.first_index for block in cable.blocks() if block.first_index > before]
    assert after[0] - before in (5, 6, 7, 8)
    assert cable.readings()[-1] == (3350, 90, None)


def test_flush_publishes_the_window_with_what_is_there() -> None:
    cable = Cable([33.5])
    cable.wait(4)
    assert cable.readings() == []
    cable.request(wire.Flush(1 << wire.Stream.SKIN_TEMPERATURE))
    assert cable.readings() == [(3350, 90, None)]


def test_the_wearer_s_skin_is_what_is_set() -> None:
    t = np.arange(0.0, 600.0)
    skin = Wearer(WearerSettings(skin_c=((0.0, 30.0), (600.0, 33.0))), seed=3).sample(SKIN, t)[:, 0]
    assert np.abs(skin - (30.0 + t / 200.0)).max() < 0.2
    with pytest.raises(SettingsError, match="skin_c is 90"):
        WearerSettings(skin_c=90.0)
