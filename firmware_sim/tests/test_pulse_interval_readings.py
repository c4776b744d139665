"""Single intervals between pulses, as the whole firmware publishes them."""

from __future__ import annotations

from array import array
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.faults import Fault, FaultyWorld, not_worn
from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.testing import ppg_signals as make
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.wire_gen import Reading, ReadingKind, Reason

_BEGIN_S = 0.2
#: The most that a pulse is known late, in s: itself, the next one, and the second at whose end both are published.
_LATE_S = 4.0


def _host(preset: str, seconds: float, *faults: Fault, seed: int = 5) -> tuple[Wearer, Serial]:
    wearer = Wearer(PRESETS[preset], seed)
    host = subscribed(FaultyWorld(wearer, faults))
    host.wait(seconds)
    return wearer, host


def _intervals(host: Serial) -> list[Reading]:
    return [one for one in host.all(Reading) if one.kind == ReadingKind.PULSE_INTERVAL]


def _numbers(host: Serial) -> list[tuple[int, int, Reading]]:
    """Of each that is there its time in µs, its length in 0.1 ms, and itself."""
    return [(one.tick_us, one.value, one) for one in _intervals(host) if one.value is not None]


@pytest.mark.parametrize("preset", ["resting", "af", "tachycardia"])
def test_every_interval_is_that_of_two_heart_beats(preset: str) -> None:
    wearer, host = _host(preset, 40)
    found = _numbers(host)
    beats = np.array([beat.r for beat in wearer.truth(0, 40).beats])
    ends = np.array([tick_us / 1e6 - _BEGIN_S for tick_us, _, _ in found])
    of = np.searchsorted(beats, ends) - 1
    transit = ends - beats[of]
    errors = np.array([value / 10 for _, value, _ in found]) - 1000 * np.diff(beats)[of - 1]
    assert np.median(np.abs(errors)) < 4
    assert np.mean(np.abs(errors) < [(one.u95 or 0) / 10 for _, _, one in found]) > 0.9
    assert 0.1 < np.median(transit) < 0.5
    assert np.std(transit) < 0.03
    assert len(found) > 0.75 * len(beats[(beats > 8) & (beats < 40 - _LATE_S)])


def test_intervals_follow_on_each_other_without_holes_or_repetitions() -> None:
    _, host = _host("resting", 40)
    found = _numbers(host)
    for (before_us, _, _), (tick_us, value, one) in pairwise(found):
        assert tick_us - before_us == pytest.approx(100 * value, abs=300)
        assert one.span_ms == value // 10
    assert all(one.quality > 30 and one.unit.name == "MS" for _, _, one in found)


def test_where_there_is_no_pulse_rate_there_is_the_reason_and_no_interval() -> None:
    _, host = _host("resting", 50, not_worn(15, 30))
    away = [one for one in _intervals(host) if 16 < one.tick_us / 1e6 < 30]
    assert {(one.value, one.reason) for one in away} == {(None, Reason.NOT_WORN)}
    first = next(value for tick_us, value, _ in _numbers(host) if tick_us / 1e6 > 30.2)
    assert first == pytest.approx(8300, abs=1200)


@pytest.mark.parametrize("preset", ["walking", "running"])
def test_there_is_no_interval_in_motion(preset: str) -> None:
    _, host = _host(preset, 34)
    late = [one for one in _intervals(host) if one.tick_us / 1e6 > 12]
    assert {one.value for one in late} == {None}
    # before that the rate may be that of steps: nothing was known at rest
    known = [one for one in late if one.tick_us / 1e6 > 21]
    assert known
    assert {one.reason for one in known} <= {Reason.MOTION, Reason.TRACKED}


@pytest.mark.parametrize("hole_s", [3.0, 9.0, 13.0])
def test_no_interval_reaches_over_a_hole(hole_s: float) -> None:
    """Light that stays level for a while has no pulses: positions of those before are not taken for later ones."""
    red, infrared = make.light(60, 66.0)
    begin, end = 25 * make.RATE, int((25 + hole_s) * make.RATE)
    for light in (red, infrared):
        light[begin:end] = light[begin]
    ends = [end for end, _ in _ends(red, infrared)]
    assert not [end for end in ends if 25.6 < end < 25 + hole_s]
    assert len([end for end in ends if end < 25]) > 15
    assert len([end for end in ends if end > 25 + hole_s]) > 15


def _ends(red: make.FloatArray, infrared: make.FloatArray) -> list[tuple[float, float]]:
    """Of every interval when it ended, and its length, in s."""
    pairs = array("i", np.rint(np.stack((red, infrared), axis=1)).astype(int).ravel().tolist())
    pipeline, found = PpgPipeline(), []
    for start in range(0, len(red), 50):
        pipeline.push(pairs[2 * start : 2 * start + 100], 50, 0)
        while (window := pipeline.next_window()) is not None:
            before = window.intervals[window.n_intervals]
            for k in range(window.n_intervals):
                if not window.intervals[k]:
                    break
                found.append(((window.end - 1 - before / 256) / make.RATE, window.intervals[k] / 25600))
                before += window.intervals[k]
    return found
