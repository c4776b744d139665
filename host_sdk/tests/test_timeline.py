from __future__ import annotations

import random
import time

import numpy as np
import pytest

from host_sdk import decoding
from host_sdk.models import Gap, LinkError, LinkErrorKind, SampleBlock
from host_sdk.timeline import ClockSync, SequenceCheck, StreamTimeline
from host_sdk.wire_gen import Stream

from .fake_device import SPECS, ramp, samples

ECG = decoding.stream_spec(SPECS[0])
PPG = decoding.stream_spec(SPECS[1])


ACCEL = decoding.stream_spec(SPECS[2])


def accel(first: int, n: int, seq: int, tick_us: int) -> SampleBlock:
    return decoding.sample_block(samples(Stream.ACCEL, first, [[0, 0, 0]] * n, seq, tick_us), ACCEL)


def block(first: int, n: int = 25) -> SampleBlock:
    return decoding.sample_block(ramp(Stream.ECG, first, n), ECG)


def test_24_bit_counts_keep_sign_and_channels() -> None:
    got = decoding.sample_block(samples(Stream.PPG, 0, [[-8388608, 8388607], [-1, 0]]), PPG)
    assert got.counts.tolist() == [[-8388608, 8388607], [-1, 0]]
    assert got.values[0, 1] == pytest.approx(8388607.0)


def test_sample_times_follow_the_rate() -> None:
    assert np.diff(block(100).ticks_us) == pytest.approx(np.full(24, 4000.0))


def test_continuous_blocks_have_no_gap_and_the_true_rate() -> None:
    line = StreamTimeline(ECG)
    for first in range(0, 2500, 25):
        fresh, noticed = line.accept(block(first))
        assert fresh is not None
        assert noticed is None
    assert line.measured_hz == pytest.approx(250.0)
    assert line.delivered_hz == pytest.approx(250.0)


@pytest.mark.parametrize("true_hz", [104.0, 106.1])
def test_times_rise_evenly_over_blocks_whose_ticks_jitter(true_hz: float) -> None:
    """A chip that is polled each 100 ms gives blocks whose ticks are some ms off."""
    chance = np.random.default_rng(1)
    timeline = StreamTimeline(ACCEL)
    times, first = [], 0
    for seq in range(600):
        tick = round(5e6 + first * 1e6 / true_hz + chance.uniform(-2000, 2000))
        fresh, noticed = timeline.accept(accel(first, 10, seq, tick))
        assert fresh is not None
        assert noticed is None
        times.append(fresh.ticks_us)
        first += 10
    ticks = np.concatenate(times)
    true = 5e6 + np.arange(len(ticks)) * 1e6 / true_hz
    assert np.diff(ticks).min() > 0
    later = slice(1000, None)
    steps = np.diff(ticks[later])
    assert steps == pytest.approx(np.full(len(steps), 1e6 / true_hz), abs=250)  # a block's tick alone: 2 to 4 ms off
    assert np.abs(ticks[later] - true[later]).max() < 1500
    assert np.abs(ticks - true).max() < 6000


def test_times_begin_anew_where_the_clock_steps() -> None:
    timeline = StreamTimeline(ACCEL)
    for seq in range(5):
        timeline.accept(accel(10 * seq, 10, seq, round(1e6 + seq * 1e7 / 104)))
    fresh, _ = timeline.accept(accel(50, 10, 5, 9_000_000))
    assert fresh is not None
    assert fresh.ticks_us[0] == 9_000_000


def test_a_missing_block_is_a_gap_and_lowers_the_delivered_rate_only() -> None:
    line = StreamTimeline(ECG)
    gaps = [line.accept(block(first))[1] for first in range(0, 2500, 25) if first not in (500, 525)]
    assert [gap for gap in gaps if gap] == [Gap(Stream.ECG, 500, 50, 1_000_000 + 550 * 4000, 0.2)]
    assert line.measured_hz == pytest.approx(250.0)
    assert line.delivered_hz == pytest.approx(245.0)


def test_a_repeated_block_is_dropped_and_reported() -> None:
    line = StreamTimeline(ECG)
    line.accept(block(0))
    line.accept(block(25))
    fresh, noticed = line.accept(block(0))
    assert fresh is None
    assert isinstance(noticed, LinkError)
    assert noticed.kind is LinkErrorKind.BLOCK_DOUBLED


def test_a_late_block_fills_its_gap() -> None:
    line = StreamTimeline(ECG)
    line.accept(block(0))
    line.accept(block(75))
    fresh, _ = line.accept(block(50))
    assert fresh is not None
    assert fresh.late
    assert line.lost == 25
    assert line.accept(block(50))[0] is None
    last, _ = line.accept(block(25))
    assert last is not None
    assert line.lost == 0


def test_an_overlapping_block_gives_only_what_is_new() -> None:
    line = StreamTimeline(ECG)
    line.accept(block(0))
    fresh, _ = line.accept(block(20))
    assert fresh is not None
    assert (fresh.first_index, len(fresh.counts), fresh.tick_us) == (25, 20, 1_100_000)


def test_index_and_clock_beginning_anew_is_a_restart() -> None:
    line = StreamTimeline(ECG)
    line.accept(block(50_000))
    fresh, noticed = line.accept(decoding.sample_block(samples(Stream.ECG, 0, [[1]], tick_us=300_000), ECG))
    assert fresh is not None
    assert isinstance(noticed, LinkError)
    assert noticed.kind is LinkErrorKind.DEVICE_RESTARTED


def test_any_order_of_blocks_gives_every_sample_once() -> None:
    order = list(range(0, 2500, 25))
    mixed = order[:1] + sorted(order[1:], key=lambda first: first + random.Random(first).uniform(0, 200))
    line = StreamTimeline(ECG)
    got = [fresh for first in [*mixed, *mixed[-8:]] if (fresh := line.accept(block(first))[0])]
    assert sorted(first for fresh in got for first in fresh.counts[:, 0].tolist()) == list(range(2500))
    assert line.lost == 0


def test_frame_numbers_wrap() -> None:
    check = SequenceCheck()
    assert [check.accept(seq & 0xFFFF, seq) for seq in range(65_500, 65_600)] == [None] * 100
    assert (check.lost, check.doubled, check.reordered) == (0, 0, 0)


def test_lost_doubled_and_reordered_frames_are_counted() -> None:
    check = SequenceCheck()
    kinds = [error.kind if (error := check.accept(seq, seq)) else None for seq in (0, 1, 4, 4, 3, 5, 1)]
    doubled, lost, late = LinkErrorKind.FRAME_DOUBLED, LinkErrorKind.FRAMES_LOST, LinkErrorKind.FRAME_REORDERED
    assert kinds == [None, None, lost, doubled, late, None, doubled]
    assert (check.lost, check.doubled, check.reordered) == (1, 2, 1)


def test_numbers_beginning_anew_are_not_taken_for_doubles() -> None:
    check = SequenceCheck()
    for seq in range(300):
        check.accept(seq, seq)
    errors = [check.accept(seq, 10_000 + seq) for seq in range(300)]
    assert [error.kind for error in errors if error] == [LinkErrorKind.DEVICE_RESTARTED]
    assert check.doubled == 0


def test_clock_offset_and_drift() -> None:
    sync, rng = ClockSync(), random.Random(4)
    for second in range(0, 120, 5):
        tick = round(second * 1e6 * (1 + 40e-6))
        true_us = 1_700_000_000_000_000 + second * 1_000_000
        trip = rng.choice([400, 900, 30_000])
        sync.add(true_us - trip // 2, true_us + trip // 2, tick)
    estimate = sync.estimate
    assert estimate is not None
    assert estimate.drift_ppm == pytest.approx(40, abs=2)
    assert estimate.uncertainty_us == 200
    assert tick + estimate.offset_us == pytest.approx(true_us, abs=500)


def test_clock_says_nothing_of_drift_too_early() -> None:
    sync = ClockSync()
    assert ClockSync().estimate is None
    sync.add(1000, 1200, 50)
    estimate = sync.estimate
    assert estimate is not None
    assert estimate.drift_ppm is None
    assert estimate.offset_us == 1050


class HostClocks:
    """Calendar and monotonic clock of the host, which the test moves; the device's clock runs with the latter."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monotonic_s, self.ahead_s = 1000.0, 1_700_000_000.0
        monkeypatch.setattr(time, "monotonic_ns", lambda: round(self.monotonic_s * 1e9))
        monkeypatch.setattr(time, "time_ns", lambda: round((self.monotonic_s + self.ahead_s) * 1e9))

    def answer(self, sync: ClockSync, device_s: float = 0.0) -> None:
        """A question and its answer, each 2 ms on its way; ten seconds pass."""
        sent = sync.host_us()
        self.monotonic_s += 0.002
        tick_us = round((self.monotonic_s - 900.0 + device_s) * 1e6)
        self.monotonic_s += 0.002
        sync.add(sent, sync.host_us(), tick_us)
        self.monotonic_s += 9.996

    def error_us(self, sync: ClockSync, device_s: float = 0.0) -> float:
        """By how much the estimate is off now, by the calendar as it is set."""
        estimate = sync.estimate
        assert estimate is not None
        tick_us = (self.monotonic_s - 900.0 + device_s) * 1e6
        return abs(tick_us + estimate.offset_us - (self.monotonic_s + self.ahead_s) * 1e6)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> HostClocks:
    return HostClocks(monkeypatch)


@pytest.mark.parametrize("step_s", [5.0, -3600.0, 0.2])
def test_a_host_clock_that_is_set_is_noticed_and_bends_nothing(clocks: HostClocks, step_s: float) -> None:
    sync = ClockSync()
    for _ in range(20):
        clocks.answer(sync)
    before = sync.estimate
    assert before is not None
    assert before.uncertainty_us == pytest.approx(2000)
    clocks.ahead_s += step_s
    unsure = sync.estimate
    assert unsure is not None
    assert unsure.uncertainty_us >= abs(step_s) * 1e6
    assert clocks.error_us(sync) <= unsure.uncertainty_us
    for _ in range(5):
        clocks.answer(sync)
        after = sync.estimate
        assert after is not None
        assert after.uncertainty_us == pytest.approx(2000)
        assert clocks.error_us(sync) <= 2010
        assert abs(after.drift_ppm or 0.0) < 1
    assert sync.steps == 1


def test_a_host_that_slept_claims_no_more_than_it_knows(clocks: HostClocks) -> None:
    sync = ClockSync()
    for _ in range(20):
        clocks.answer(sync)
    clocks.ahead_s += 1800.0  # the monotonic clock stands still meanwhile, the device's does not
    unsure = sync.estimate
    assert unsure is not None
    assert clocks.error_us(sync, 1800.0) <= unsure.uncertainty_us
    clocks.answer(sync, device_s=1800.0)
    assert clocks.error_us(sync, 1800.0) <= 2010


def test_a_clock_that_is_set_while_an_answer_is_on_its_way_is_as_uncertain_as_that(clocks: HostClocks) -> None:
    sync = ClockSync()
    sent = sync.host_us()
    clocks.monotonic_s += 0.002
    tick_us = round((clocks.monotonic_s - 900.0) * 1e6)
    clocks.ahead_s -= 7.0
    sync.add(sent, sync.host_us(), tick_us)
    estimate = sync.estimate
    assert estimate is not None
    assert clocks.error_us(sync) <= estimate.uncertainty_us + 2000
    assert estimate.uncertainty_us > 3e6


def test_a_calendar_that_is_slewed_is_followed(clocks: HostClocks) -> None:
    sync = ClockSync()
    for _ in range(200):
        clocks.answer(sync)
        clocks.ahead_s += 0.005  # 500 ppm for half an hour
        assert clocks.error_us(sync) <= 60_000
    assert sync.steps > 10
