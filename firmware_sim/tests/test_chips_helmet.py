"""The chips of a helmet: against their data sheets and an independent parser, and with every fault they can have."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

import numpy as np
import pynmeagps
import pytest

from firmware_sim.chips.gnss import GLITCHES, Gnss
from firmware_sim.chips.h3lis331dl import H3lis331dl
from firmware_sim.chips.helmet import HELMET, fit_helmet
from firmware_sim.chips.modem import Modem, SimCard
from firmware_sim.faults import UnsupportedFaultError, faults_of, inject
from firmware_sim.firmware.drivers import h3lis331dl as driver
from firmware_sim.firmware.drivers.gnss import nmea as n
from firmware_sim.firmware.drivers.gnss import receiver as r
from firmware_sim.firmware.drivers.modem import modem as m
from firmware_sim.firmware.drivers.modem import outbox as box
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.firmware.services.alarm.sms_encoder import SmsEncoder
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of
from firmware_sim.testing.mcu_rig import FlatWorld
from firmware_sim.world.base import GROUPS, IMPACT, POSITION, FloatArray

STEADY = {IMPACT: GROUPS[IMPACT].steady, POSITION: GROUPS[POSITION].steady}
START_S, STOP_S = 60.0, 120.0


class Helmet:
    """A helmet's chips and their drivers; `radio` is what faults look for."""

    radio = None

    def __init__(self, **signals: Any) -> None:
        self.clock = Clock()
        self.mcu = Mcu(self.clock)
        self.modem_chip = Modem(self.clock, SimCard())
        fit_helmet(self.mcu, FlatWorld(**(signals or STEADY)), self.modem_chip)
        machine = modules_of(self.mcu)["machine"]
        self.gnss = r.Gnss(machine.UART(HELMET.uart_gnss, 9600, rxbuf=1024))
        self.modem = m.Modem(machine.UART(HELMET.uart_modem, 115200, rxbuf=1024))
        self.ticks = Ticks(lambda: self.clock.now, int.__sub__, lambda ms: None, lambda us: None)
        pin = machine.Pin
        spi = machine.SPI(HELMET.spi_impact, 8_000_000, polarity=1, phase=1)
        cs = pin(HELMET.impact_cs, pin.OUT, value=1)
        self.impact = driver.H3lis331dl(spi, cs, pin(HELMET.impact_int1, pin.IN), self.ticks)

    @property
    def now_s(self) -> float:
        return self.clock.now / 1e6

    def run(self, seconds: float, step_ms: int = 50) -> None:
        for _ in range(round(seconds * 1000 / step_ms)):
            self.clock.run_until(self.clock.now + step_ms * 1000)
            self.gnss.poll(self.clock.now // 1000)
            self.modem.poll(self.clock.now // 1000)

    @property
    def state(self) -> int:
        return self.gnss.state(self.clock.now // 1000)

    def read(self, limit: int = 300) -> list[list[int]]:
        out = array("h", [0] * 3 * limit)
        count = self.impact.read(out, limit)
        return [list(out[3 * i : 3 * i + 3]) for i in range(count)]


# ---------------------------------------------------------------------- GNSS


class Track:
    """A receiver alone."""

    def __init__(self, position: Any = STEADY[POSITION], **settings: Any) -> None:
        self.clock = Clock()
        self.chip = Gnss(self.clock, FlatWorld(**{POSITION: position}), **settings)
        self.said = b""
        self.chip.send = self._keep

    def _keep(self, data: bytes) -> None:
        self.said += data

    def epoch(self, seconds: int = 1) -> dict[str, Any]:
        """What an independent parser reads of the last of so many seconds, by kind."""
        for _ in range(seconds):
            self.said = b""
            self.clock.run_until(self.clock.now + 1_000_000)
        frames = [pynmeagps.NMEAReader.parse(line) for line in self.said.splitlines(keepends=True)]
        return {frame.msgID: frame for frame in frames}


@pytest.mark.parametrize("talker", ["GN", "GP", "GL"])
@pytest.mark.parametrize("at", [(48.1173, 11.5167), (-33.8688, 151.2093), (0.0, -0.5), (-0.99999999, 179.9999)])
def test_sentences_are_the_world_for_an_independent_parser(talker: str, at: tuple[float, float]) -> None:
    said = Track([*at, 520.4, 10.0, 271.5], talker=talker).epoch(6)
    assert set(said) == {"GGA", "GSA", "RMC", "VTG"}
    for kind in ("GGA", "RMC"):
        assert (said[kind].lat, said[kind].lon) == pytest.approx(at, abs=1e-6)
        assert said[kind].time.isoformat()[:8] == "12:00:06"
    assert said["RMC"].talker == talker
    assert (said["RMC"].status, said["GSA"].navMode, said["GGA"].quality) == ("A", 3, 1)
    assert said["RMC"].spd * 0.514444 == pytest.approx(10.0, abs=0.01)
    assert (said["RMC"].cog, said["GGA"].alt) == pytest.approx((271.5, 520.4))
    assert said["RMC"].date.isoformat().endswith("-11-30")


def test_cold_start_and_a_world_without_satellites() -> None:
    track = Track(lambda t: np.where((t < 10)[:, None], np.array(STEADY[POSITION]), np.nan), cold_start_s=5.0)
    assert [track.epoch()["RMC"].status for _ in range(12)] == [*"VVVV", *"AAAAA", *"VVV"]


@pytest.mark.parametrize("glitch", sorted(GLITCHES))
def test_the_driver_believes_no_glitch_and_the_truth_after_it(glitch: str) -> None:
    helmet = Helmet()
    gnss = next(chip for chip in [helmet.mcu.uart(HELMET.uart_gnss).chip] if isinstance(chip, Gnss))
    helmet.run(10)
    assert helmet.state == r.FIX
    gnss.glitches.add(glitch)
    for _ in range(8):
        helmet.run(1)
        assert helmet.gnss.position[n.LATITUDE_MAS] == pytest.approx(48.1173 * 3.6e6, abs=2)
    expected = {"no_fix": r.NO_FIX, "jump": r.JUMP, "old": r.STALE, "checksum": r.GARBAGE, "truncated": r.GARBAGE}
    assert helmet.state == expected[glitch]
    gnss.glitches.clear()
    helmet.run(3)
    assert helmet.state == r.FIX


# ---------------------------------------------------------------------- H3LIS331DL


class Impact:
    """An H3LIS331DL driven by hand."""

    def __init__(self, g: Any = (0.0, 0.5, 1.0), setting: int = 0x3F, scale: int = 0x10) -> None:
        self.clock = Clock()
        self.line = Mcu(self.clock).pin(1)
        self.chip = H3lis331dl(self.clock, FlatWorld(**{IMPACT: g}), self.line)
        self.put(0x22, 0x02)
        self.put(0x23, scale)
        self.put(0x20, setting)

    def get(self, register: int, count: int = 1) -> bytes:
        answer = self.chip.exchange(bytes((0xC0 | register, *bytes(count))))
        self.chip.deselect()
        return answer[1:]

    def put(self, register: int, value: int) -> None:
        self.chip.exchange(bytes((register, value)))
        self.chip.deselect()

    def run(self, ms: float) -> None:
        self.clock.run_until(self.clock.now + round(ms * 1000))


@pytest.mark.parametrize(
    ("scale", "g", "counts"),
    [
        (0x00, (0.0, -49.0, 100.0), (0, -1000, 2041)), (0x10, (1.0, -98.0, 200.0), (10, -1000, 2041)),
        (0x30, (1.95, -195.0, 500.0), (10, -1000, 2047)), (0x10, (-300.0, 300.0, 0.0), (-2048, 2047, 0)),
    ],
)  # fmt: skip
def test_outputs_are_counts_of_twelve_bits_to_the_left(
    scale: int, g: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    rig = Impact(g, scale=scale)
    rig.run(2)
    assert np.frombuffer(rig.get(0x28, 6), "<i2").tolist() == [count * 16 for count in counts]


def test_registers_after_power_up_and_read_only_ones() -> None:
    rig = Impact(setting=0x07, scale=0x00)
    assert rig.get(0x0F) == b"\x32"
    assert rig.get(0x20) == b"\x07"
    for register in (0x0F, 0x27, 0x28):
        rig.put(register, 0x55)
    assert (rig.get(0x0F), rig.get(0x27), rig.get(0x28)) == (b"\x32", b"\x00", b"\x00")
    rig.put(0x21, 0x80)
    assert rig.get(0x21) == b"\x00"


@pytest.mark.parametrize(
    ("setting", "rate_hz"), [(0x27, 50), (0x2F, 100), (0x37, 400), (0x3F, 1000), (0x47, 0.5), (0xC7, 10), (0x1F, 0)]
)
def test_rates(setting: int, rate_hz: float) -> None:
    rig = Impact(setting=setting)
    assert rig.chip.rate_hz() == rate_hz
    edges = 0
    for _ in range(10):
        rig.run(250)
        edges += rig.line.level
        rig.get(0x2D)
    assert edges == min(round(rate_hz * 2.5), 10)


def test_status_line_and_overrun() -> None:
    rig = Impact()
    rig.run(1.5)
    assert (rig.line.level, rig.get(0x27)) == (1, b"\x0f")
    rig.run(1)
    assert rig.get(0x27) == b"\xff"
    rig.get(0x28, 6)
    assert (rig.line.level, rig.get(0x27)) == (0, b"\x00")


def test_the_driver_takes_every_sample_at_its_time() -> None:
    def ramp(t: FloatArray) -> FloatArray:
        return np.stack([t * 10, -t * 10, t * 0 + 1], axis=1)

    helmet = Helmet(**{IMPACT: ramp})
    helmet.impact.configure()
    helmet.impact.start()
    taken, previous = 0, None
    for _ in range(30):
        helmet.run(0.1)
        samples = helmet.read()
        tick = helmet.impact.tick_us
        for i, (x, y, z) in enumerate(samples):
            assert x == pytest.approx((tick + 1000 * i) * 1e-5 / 0.098, abs=0.6)
            assert (y, z) == (-x, 10)
        assert previous is None or tick == previous
        previous = tick + 1000 * len(samples)
        taken += len(samples)
    assert taken == pytest.approx(3000, abs=2)
    assert (helmet.impact.overruns, helmet.impact.saturated) == (0, False)
    helmet.impact.stop()
    helmet.read()
    helmet.run(1)
    assert helmet.read() == []


def test_the_driver_counts_what_its_ring_loses_and_says_what_is_at_the_rail() -> None:
    helmet = Helmet(**{IMPACT: lambda t: np.where((t > 1.0)[:, None], [0.0, -250.0, 0.0], [0.0, 0.0, 1.0])})
    helmet.impact.configure()
    helmet.impact.start()
    helmet.run(0.9)
    assert len(helmet.read()) == driver.DEPTH - 1
    assert helmet.impact.overruns == pytest.approx(900 - 255, abs=2)
    assert not helmet.impact.saturated
    helmet.run(0.2)
    helmet.read()
    assert helmet.impact.saturated


def test_the_driver_goes_on_after_an_edge_that_was_missed() -> None:
    helmet = Helmet()
    helmet.impact.configure()
    helmet.impact.start()
    helmet.run(0.1)
    helmet.read()
    helmet.impact._int1.irq(None)
    helmet.run(0.1)
    handler = helmet.impact._handler
    helmet.impact._int1.irq(handler, 1, hard=True)
    helmet.run(0.1)
    first = helmet.read()
    helmet.run(0.1)
    assert len(first) >= 1
    assert len(helmet.read()) == pytest.approx(100, abs=2)
    assert helmet.impact.overruns >= 1


@pytest.mark.parametrize("identity", [0x00, 0x33, 0xFF])
def test_another_chip_is_refused(identity: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.chips.h3lis331dl.CHIP_ID", identity)
    with pytest.raises(OSError, match="19"):
        Helmet().impact.configure()


def test_nothing_on_the_bus_is_refused() -> None:
    with pytest.raises(OSError, match="19"):
        Helmet(**{POSITION: STEADY[POSITION]}).impact.configure()


# ---------------------------------------------------------------------- every chip with every fault


def faulty(component: str, fault: str) -> Helmet:
    """A helmet in which a fault begins at 60 s and ends at 120 s."""
    helmet = Helmet()
    inject(helmet, component, fault, START_S, STOP_S, seed=1)  # type: ignore[arg-type]
    helmet.run(START_S - 1)
    return helmet


@pytest.mark.parametrize("fault", faults_of("gnss"))
def test_gnss_at_fault_gives_no_wrong_position_and_one_after_it(fault: str) -> None:
    helmet = faulty("gnss", fault)
    assert helmet.state == r.FIX
    states = set()
    for _ in range(70):
        helmet.run(1)
        states.add(helmet.state)
        assert helmet.gnss.position[n.LATITUDE_MAS] == pytest.approx(48.1173 * 3.6e6, abs=2)
    seen = {"off": r.SILENT, "stuck": r.STALE, "garbage": r.GARBAGE, "wrong": r.GARBAGE}
    assert seen.get(fault, r.FIX) in states
    assert helmet.state == r.FIX
    assert helmet.gnss.age_ms(helmet.clock.now // 1000) < 2000  # type: ignore[operator]


@pytest.mark.parametrize("fault", faults_of("modem"))
def test_a_modem_at_fault_neither_loses_nor_doubles_a_message(fault: str) -> None:
    helmet = faulty("modem", fault)
    assert helmet.modem.state == m.READY
    helmet.run(2)
    encoder = SmsEncoder()
    encoder.begin("+491701234567", "Help")
    octets = encoder.write_part(0)
    helmet.modem.outbox.put(encoder.pdu[: octets + 1], octets)
    helmet.run(50)
    if fault in ("off", "garbage", "wrong"):
        assert helmet.modem.state != m.READY
        assert helmet.modem_chip.sent == []
    helmet.run(130)
    sent = [bytes(sent.pdu) for sent in helmet.modem_chip.sent]
    assert sent == [bytes(encoder.pdu[: octets + 1])] * len(sent)
    assert helmet.modem.state == m.READY
    assert (helmet.modem.outbox.state, len(sent)) in ((box.SENT, 1), (box.UNKNOWN, 0), (box.UNKNOWN, 1))


@pytest.mark.parametrize("fault", faults_of("impact"))
def test_an_accelerometer_at_fault_is_as_it_was_after_it(fault: str) -> None:
    helmet = Helmet(**{IMPACT: lambda t: np.stack([t, -t, t * 0 + 1], axis=1)})
    inject(helmet, "impact", fault, 2.0, 4.0, seed=1)  # type: ignore[arg-type]
    helmet.impact.configure()
    helmet.impact.start()
    during, after = [], []
    for _ in range(60):
        helmet.run(0.1)
        samples = [(helmet.impact.tick_us + 1000 * i, x) for i, (x, _, _) in enumerate(helmet.read())]
        during += [sample for sample in samples if 2.6e6 < sample[0] < 4e6]
        after += [sample for sample in samples if sample[0] > 5.2e6]
    errors = [abs(x - tick * 1e-6 / 0.098) for tick, x in during]
    if fault == "slow":
        assert 600 < len(during) < 800
    else:
        assert max(errors) > 2.0
    assert len(after) == pytest.approx(750, abs=60)
    assert max(abs(x - tick * 1e-6 / 0.098) for tick, x in after) < 1.1
    assert all(b[0] - a[0] == 1000 for a, b in pairwise(after))


@pytest.mark.parametrize("component", ["gnss", "modem", "impact"])
def test_a_chip_that_is_not_fitted_cannot_be_at_fault(component: str) -> None:
    assert {"off", "slow", "delayed", "intermittent"} <= set(faults_of(component))
    helmet = Helmet()
    helmet.mcu = Mcu(helmet.clock)
    with pytest.raises(UnsupportedFaultError, match=f"{component} cannot be at fault: no .* is fitted"):
        inject(helmet, component, "off", 0.0, 1.0)  # type: ignore[arg-type]
