"""Desaturations found in readings of SpO2."""

from __future__ import annotations

import numpy as np
import pytest

from host_sdk import models_gen
from host_sdk.desaturation import DesaturationDetector, desaturations
from host_sdk.errors import WrongUse
from host_sdk.wire_gen import ReadingKind, Reason

from .fake_device import reading

Readings = list[tuple[float, float | None, int]]


def night(falls: list[tuple[float, float, float]], seconds: int = 300, noise: float = 0.0, seed: int = 1) -> Readings:
    """Readings a second at 96 %, with falls of (begin, duration, depth) that are half-sines."""
    t = np.arange(seconds, dtype=float)
    values = 96 + noise * np.random.default_rng(seed).uniform(-1, 1, seconds)
    for begin, duration, depth in falls:
        inside = (t >= begin) & (t <= begin + duration)
        values[inside] -= depth * np.sin(np.pi * (t[inside] - begin) / duration)
    return [(float(at), float(value), 90) for at, value in zip(t, values, strict=True)]


@pytest.mark.parametrize("depth", [4.0, 10.0, 30.0])
@pytest.mark.parametrize("duration", [20, 40, 90])
@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_each_fall_has_its_onset_nadir_and_duration(depth: float, duration: int, noise: float) -> None:
    found = desaturations(night([(60, duration, depth), (190, duration, depth)], noise=noise))
    assert len(found) == 2
    for one, begin in zip(found, (60, 190), strict=True):
        assert one.onset_s == pytest.approx(begin, abs=2 + duration / 12)
        assert one.nadir_s == pytest.approx(begin + duration / 2, abs=2 + duration / 8)
        assert one.duration_s == pytest.approx(duration, abs=4 + duration / 6)
        assert one.depth == pytest.approx(depth, abs=0.2 + 2 * noise)
        assert one.baseline == pytest.approx(96, abs=0.5)
        assert one.recovered


@pytest.mark.parametrize(
    "readings",
    [
        night([]),
        night([], noise=1.0),
        night([(60, 40, 2.5)]),
        night([(60, 6, 8.0)]),
        [(at, 96 - at / 300, 90) for at, _, _ in night([], 900)],
        [(at, None, 0) for at, _, _ in night([])],
        [(at, value, 20 if 60 <= at <= 100 else 90) for at, value, _ in night([(60, 40, 10.0)])],
        [(at, value, 30 if 60 <= at <= 100 else 90) for at, value, _ in night([(60, 40, 10.0)])],
        night([(-10, 20, 10.0)]),
    ],
    ids=["steady", "noise", "shallow", "short", "drift", "refused", "bad", "in doubt", "low at first"],
)
def test_what_is_no_desaturation_is_none(readings: Readings) -> None:
    assert desaturations(readings) == ()


def test_the_depth_that_counts_can_be_chosen() -> None:
    readings = night([(60, 40, 3.5), (190, 40, 6.0)])
    assert [len(desaturations(readings, depth)) for depth in (2.0, 3.0, 4.0, 7.0)] == [2, 2, 1, 0]


@pytest.mark.parametrize("gap", [10, 25])
def test_short_gaps_do_not_end_it(gap: int) -> None:
    readings = [(at, None if 80 <= at < 80 + gap else value, q) for at, value, q in night([(60, 80, 10.0)])]
    (one,) = desaturations(readings)
    assert one.recovered
    assert one.duration_s == pytest.approx(80, abs=12)


def test_a_gap_of_more_than_30_s_and_the_end_leave_it_open() -> None:
    falling = night([(60, 80, 10.0)])
    (gap,) = desaturations([row for row in falling if not 100 < row[0] <= 135])
    (end,) = desaturations(falling[:101])
    for one in (gap, end):
        assert not one.recovered
        assert (one.nadir_s, one.end_s) == (100, 100)
        assert one.depth == pytest.approx(10, abs=0.1)


def test_a_level_that_stays_low_is_a_new_baseline_after_ten_minutes() -> None:
    readings: Readings = [(float(t), 96.0 if t < 60 else 88.0, 90) for t in range(1500)]
    (one,) = desaturations(readings)
    assert not one.recovered
    assert one.duration_s == pytest.approx(600, abs=1)


def test_a_client_s_items_and_a_clock_that_begins_anew() -> None:
    detector = DesaturationDetector()
    for start_s in (1000, 0):
        for at, value, _ in night([(60, 40, 10.0)], 90 if start_s else 200):
            for kind in (ReadingKind.PULSE_RATE, ReadingKind.SPO2):
                item = models_gen.result(reading(kind, round(10 * (value or 0)), int((start_s + at) * 1e6)))
                assert item is not None
                detector.update(item)
    refused = models_gen.result(reading(ReadingKind.SPO2, None, 201_000_000, Reason.MOTION))
    assert refused is not None
    detector.update(refused)
    assert [one.recovered for one in detector.found] == [False, True]
    assert detector.found[0].onset_s == pytest.approx(1061, abs=3)
    assert detector.found[1].onset_s == pytest.approx(61, abs=3)


@pytest.mark.parametrize(("depth", "duration"), [(0.0, 10.0), (1.0, 10.0), (3.0, 0.0), (float("nan"), 10.0)])
def test_thresholds_that_mean_nothing_are_refused(depth: float, duration: float) -> None:
    with pytest.raises(WrongUse, match="more than 1 % and 0 s are needed"):
        DesaturationDetector(depth, duration)
