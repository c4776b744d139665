"""The whole firmware on the simulated MCU: what it says of itself, and sensors that are missing, fail and come back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.chips.reference import ADDRESS_GAUGE, ADDRESS_IMU, ADDRESS_PPG, REFERENCE
from firmware_sim.faults import Dropout, FaultyWorld
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.drivers.nor_flash import NorFlash
from firmware_sim.targets.simulation import BEGIN_US
from firmware_sim.testing.mcu_rig import FlatWorld, full_world
from firmware_sim.tests.serial_host import ALL_STREAMS, FITTED, Serial, subscribed
from firmware_sim.world.base import ECG, MOTION, PPG, FloatArray
from firmware_sim.world.wearer import Motion, Wearer, WearerSettings
from host_sdk import wire_gen as wire

NO_ELECTRODE = [float("nan")]


def test_it_says_what_it_is() -> None:
    host = Serial(full_world())
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    (info,) = host.all(wire.Info)
    assert (info.sensors, info.boot_id) == (ALL_STREAMS, 1)
    assert len(info.serial_number) == 16
    assert [s.stream for s in host.all(wire.StreamInfo)] == FITTED


def test_a_program_that_ends_without_a_word_leaves_a_cable_that_falls_silent() -> None:
    host = Serial(full_world())
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    for _ in range(3):
        host.request(wire.TimeSync(1))
        host.wait(2.0)
    host.wait(57.0)
    assert host.all(wire.Samples)
    host.wait(3.0)
    host.got.clear()
    host.wait(10.0)
    assert host.got == []
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    host.wait(1.0)
    assert host.blocks(wire.Stream.ECG)


def test_flush_ends_the_ecg_window_early_and_is_acknowledged_after_its_results() -> None:
    host = subscribed(FlatWorld(**{ECG: beating(but=(90.0, 90.0))}))
    host.wait(6.5)
    assert not host.all(wire.Rhythm)
    before = len(host.all(wire.Beat))
    host.request(wire.Flush(1 << wire.Stream.ECG))
    host.wait(0.1)
    (rhythm,) = host.all(wire.Rhythm)
    assert rhythm.beats == len(host.all(wire.Beat)) > before
    (ack,) = [ack for ack in host.all(wire.Ack) if ack.request == wire.Flush.TYPE]
    assert ack.error is wire.Error.NONE
    samples = sum(len(block.data) // 3 for block in host.blocks(wire.Stream.ECG))
    assert samples > 6.5 * 250
    host.wait(16.0)
    assert len(host.all(wire.Rhythm)) == 2


def test_flush_of_motion_publishes_the_impact_that_waited_for_what_follows() -> None:
    mishaps = (Motion("fall", 8.0), Motion("accident", 20.0))
    world = Wearer(WearerSettings(motion=mishaps), seed=1, groups=(MOTION,))
    host = Serial(world)
    host.wait(0.5)
    host.request(wire.Subscribe(0, wire.Results.ALL))
    first, second = world.truth(0, 30).events
    host.wait(first.time_s + 0.6)
    assert not host.all(wire.Event)
    host.request(wire.Flush(1 << wire.Stream.ACCEL))
    (event,) = host.all(wire.Event)
    assert event.kind is wire.EventKind.IMPACT
    # what comes after is a new signal, on the same time
    host.wait(18.0)
    later = host.all(wire.Event)[1]
    assert later.kind is wire.EventKind.ACCIDENT
    for seen, truth in ((event, first), (later, second)):
        assert (seen.tick_us - BEGIN_US) / 1e6 == pytest.approx(truth.time_s, abs=0.05)
        assert seen.peak_mg == pytest.approx(1000 * truth.peak_g, rel=0.05)


def test_windows_that_flush_cuts_short_say_how_long_they_are_or_why_there_is_no_number() -> None:
    host = subscribed(FlatWorld(**{ECG: beating(but=(90.0, 90.0))}))
    for seconds in (6.5, 1.5):  # enough beats for a window, then too few of them
        host.wait(seconds)
        before = len(host.all(wire.Reading))
        host.request(wire.Flush(1 << wire.Stream.ECG))
        cut = [reading for reading in host.all(wire.Reading)[before:] if reading.kind <= wire.ReadingKind.QTC_HODGES]
        assert cut
        assert all(reading.span_ms <= 1000 * seconds + 700 for reading in cut)
        assert all(reading.value is not None or reading.reason is not None for reading in cut)
    assert {reading.reason for reading in cut} == {wire.Reason.TOO_FEW_BEATS}
    host.wait(12.0)
    assert host.all(wire.Rhythm)[-1].span_ms == 10_000


def test_what_the_cable_loses_is_reported_in_status() -> None:
    host = subscribed(full_world())
    host.mcu.uart(0).feed(b"x" * 200 + b"\r\n" + b"\0\x05not a frame\0" + b"\0" + b"y" * 100 + b"\0")
    host.wait(1.5)
    assert host.all(wire.Status)[-1].bad_frames == 3


def test_a_reset_is_another_boot_with_nothing_subscribed() -> None:
    host = subscribed(full_world())
    host.simulation.reset()
    host.got.clear()
    host.wait(1.0)
    assert host.got == []
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    assert host.all(wire.Info)[0].boot_id == 2


def long_qtc(host: Serial) -> bool:
    """Whether the newest window's QTc is called long."""
    host.wait(21.0)
    return wire.RhythmFlags.LONG_QTC in host.all(wire.Rhythm)[-1].flags


def test_the_wearer_s_sex_survives_a_restart_and_sets_the_limit_of_qtc() -> None:
    host = Serial(Wearer(WearerSettings(qtc_ms=446.0, sinus_arrhythmia=0.0), groups=(ECG,)))
    host.wait(0.5)
    host.request(wire.Subscribe(0, wire.Results.ALL))
    assert not long_qtc(host)
    host.request(wire.SetWearer(wire.Sex.MALE))
    assert host.all(wire.Ack)[-1].error is wire.Error.NONE
    host.simulation.reset()
    host.wait(0.5)
    host.request(wire.Subscribe(0, wire.Results.ALL))
    assert long_qtc(host)


def test_a_wearer_that_cannot_be_stored_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28)

    host = Serial(full_world())
    host.wait(0.5)
    monkeypatch.setattr(NorFlash, "erase", refuse)
    host.request(wire.SetWearer(wire.Sex.MALE))
    assert host.all(wire.Ack)[-1].error is wire.Error.NOT_STORED
    assert host.simulation.device.settings.get(device_wire.SETTING_WEARER_SEX) == wire.Sex.UNKNOWN


def test_it_starts_where_flash_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28)

    host = Serial(full_world())
    monkeypatch.setattr(NorFlash, "program", refuse)
    host.simulation.reset()
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    assert host.all(wire.Info)[0].boot_id > 0


@pytest.mark.parametrize(
    ("fitted", "mask"), [((), 0b0000), ((ECG,), 0b0001), ((PPG,), 0b0010), ((MOTION,), 0b1100), ((ECG, PPG), 0b0011)]
)
def test_a_board_without_some_sensors(fitted: tuple[str, ...], mask: int) -> None:
    signals = {ECG: [1.0], PPG: [300.0, 400.0, 0.0], MOTION: [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]}
    host = subscribed(FlatWorld(**{group: signals[group] for group in fitted}))
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    host.wait(2.0)
    assert host.all(wire.Info)[0].sensors == mask == host.sensors
    assert sum(1 << s.stream for s in host.all(wire.StreamInfo)) == mask
    assert {block.stream for block in host.all(wire.Samples)} == {s for s in wire.Stream if mask >> s & 1}


def test_lead_off_is_in_the_blocks_and_is_no_fault() -> None:
    host = subscribed(FlatWorld(**{ECG: NO_ELECTRODE}))
    host.wait(12.0)
    assert {block.status & 1 for block in host.blocks(wire.Stream.ECG)} == {1}
    assert set(host.reasons(wire.ReadingKind.HEART_RATE)) == {wire.Reason.LEAD_OFF}
    assert host.sensors == 0b0001


def beating(but: tuple[float, float]) -> Callable[[FloatArray], FloatArray]:
    """75 beats a minute, none of them within `but` (s)."""

    def lead_mv(t: FloatArray) -> FloatArray:
        phase = np.mod(t, 0.8) - 0.4
        wave = np.exp(-((phase / 0.012) ** 2)) + 0.2 * np.exp(-(((phase - 0.25) / 0.04) ** 2))
        alive = 0.004 * np.sin(1e4 * t**2)  # a level would be no signal
        return np.asarray(np.where((t > but[0]) & (t < but[1]), 0.0, wave) + alive)

    return lead_mv


def test_an_interval_longer_than_the_wire_can_carry() -> None:
    host = subscribed(FlatWorld(**{ECG: beating(but=(12.0, 82.0))}))
    host.wait(95.0)
    beats = host.all(wire.Beat)
    gaps = [later.tick_us - earlier.tick_us for earlier, later in pairwise(beats)]
    after = gaps.index(max(gaps)) + 1
    assert max(gaps) > 65_535_000
    assert beats[after].rr_ms is None
    assert beats[after + 2].rr_ms == pytest.approx(800, abs=8)
    assert host.mcu.resets == 0


def test_a_gauge_that_fails_and_comes_back() -> None:
    host = subscribed(full_world())
    bus = host.mcu.i2c(REFERENCE.i2c_sensors)
    gauge = bus.chips[ADDRESS_GAUGE]
    bus.detach(ADDRESS_GAUGE)
    host.wait(11.0)
    assert host.all(wire.Status)[-1].battery_permille is None
    assert host.reasons(wire.ReadingKind.BATTERY)[-1] == wire.Reason.SENSOR_FAULT
    bus.attach(ADDRESS_GAUGE, gauge)
    host.wait(11.0)
    assert host.all(wire.Status)[-1].battery_permille is not None


@pytest.mark.parametrize(
    ("address", "stream", "mask", "kind", "rate_hz"),
    [
        (ADDRESS_PPG, wire.Stream.PPG, 0b0010, wire.ReadingKind.SPO2, 100.0),
        (ADDRESS_IMU, wire.Stream.ACCEL, 0b1100, wire.ReadingKind.ACTIVITY, 104.0),
    ],
)
def test_a_sensor_that_falls_off_the_bus(
    address: int, stream: wire.Stream, mask: int, kind: wire.ReadingKind, rate_hz: float
) -> None:
    host = subscribed(full_world())
    host.wait(3.0)
    bus = host.mcu.i2c(REFERENCE.i2c_sensors)
    chip = bus.chips[address]
    bus.detach(address)
    host.wait(5.0)
    assert host.sensors == ALL_STREAMS & ~mask
    assert host.reasons(kind)[-1] == wire.Reason.SENSOR_FAULT
    ecg_before, before = host.blocks(wire.Stream.ECG), host.blocks(stream)
    bus.attach(address, chip)
    host.wait(5.0)
    after = host.blocks(stream)[len(before) :]
    assert host.sensors == ALL_STREAMS
    assert host.mcu.resets == 0
    assert len(host.blocks(wire.Stream.ECG)) - len(ecg_before) == 50
    assert_gap_is_reported(host.blocks(stream), after[0], rate_hz)
    assert host.reasons(kind)[-1] != wire.Reason.SENSOR_FAULT


def test_no_reading_is_of_a_time_that_is_still_to_come() -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1))
    ahead: dict[wire.ReadingKind, int] = {}
    for _ in range(120):
        host.got.clear()
        host.wait(0.25)
        for reading in host.all(wire.Reading):
            late = reading.tick_us - host.simulation.clock.now
            ahead[reading.kind] = max(late, ahead.get(reading.kind, late))
    assert {wire.ReadingKind.PULSE_RATE, wire.ReadingKind.SKIN_TEMPERATURE, wire.ReadingKind.HEART_RATE} <= set(ahead)
    assert max(ahead.values()) <= 0


def assert_gap_is_reported(blocks: list[wire.Samples], first_after: wire.Samples, rate_hz: float) -> None:
    """Block numbers go on without a hole; the index has as many samples more as time has gone by."""
    assert [b.seq for b in blocks] == list(range(blocks[0].seq, blocks[0].seq + len(blocks)))
    index_s = (first_after.first_index - blocks[0].first_index) / rate_hz
    tick_s = (first_after.tick_us - blocks[0].tick_us) / 1e6
    assert index_s > 3.0
    assert index_s == pytest.approx(tick_s, abs=0.1)


def test_a_front_end_that_falls_silent_is_set_up_anew() -> None:
    host = subscribed(full_world())
    host.wait(2.0)
    host.mcu.pin(REFERENCE.ecg_drdy).handler = None
    host.wait(1.5)
    assert host.sensors == ALL_STREAMS & ~1
    assert host.reasons(wire.ReadingKind.HEART_RATE)[-1] == wire.Reason.SENSOR_FAULT
    silent = host.blocks(wire.Stream.ECG)
    host.wait(4.0)
    assert host.sensors == ALL_STREAMS
    blocks = host.blocks(wire.Stream.ECG)
    assert_gap_is_reported(blocks, blocks[len(silent)], 250.0)


@pytest.mark.parametrize("silent_s", [0.03, 0.05, 0.2, 0.7, 1.05, 1.5, 3.0])
def test_indices_follow_time_over_a_silence_of_the_motion_sensor(silent_s: float) -> None:
    host = subscribed(FaultyWorld(full_world(), [Dropout(MOTION, 2.033, 2.033 + silent_s)]))
    host.wait(8.0)
    for stream in (wire.Stream.ACCEL, wire.Stream.GYRO):
        assert_indices_follow_time(host.blocks(stream), silent_s, 104.0)


@pytest.mark.parametrize("silent_s", [0.05, 0.2, 0.7])
def test_indices_follow_time_over_a_silence_of_the_front_end(silent_s: float) -> None:
    host = subscribed(full_world())
    host.wait(2.0)
    drdy = host.mcu.pin(REFERENCE.ecg_drdy)
    handler, drdy.handler = drdy.handler, None
    host.wait(silent_s)
    drdy.handler = handler
    host.wait(2.0)
    assert_indices_follow_time(host.blocks(wire.Stream.ECG), silent_s, 250.0)


def assert_indices_follow_time(blocks: list[wire.Samples], silent_s: float, rate_hz: float) -> None:
    """To a sample and what the time of one is uncertain by, though `silent_s` are missing."""
    period_s = 1 / rate_hz
    counted = [(b.first_index - blocks[0].first_index) * period_s for b in blocks]
    passed = [(b.tick_us - blocks[0].tick_us) / 1e6 for b in blocks]
    assert counted == pytest.approx(passed, abs=2.1 * period_s)
    assert passed[-1] > 2.0 + silent_s


def test_samples_lost_in_the_front_end_are_a_gap() -> None:
    host = subscribed(full_world())
    host.wait(2.0)
    device = host.simulation.device
    step, device.step = device.step, lambda now_us: now_us + 900_000  # type: ignore[method-assign]
    host.wait(0.9)
    device.step = step  # type: ignore[method-assign]
    host.wait(3.0)
    blocks = host.blocks(wire.Stream.ECG)
    lost = host.all(wire.Status)[-1].overruns
    received = sum(len(b.data) // 3 for b in blocks)
    assert lost > 0
    assert blocks[-1].first_index + 25 - blocks[0].first_index == received + ecg_lost(blocks)
    assert 0 < ecg_lost(blocks) <= lost
    assert {len(b.data) for b in blocks} <= {3 * n for n in range(1, 26)}


def ecg_lost(blocks: list[wire.Samples]) -> int:
    return sum(b.first_index - a.first_index - len(a.data) // 3 for a, b in pairwise(blocks))
