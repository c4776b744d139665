"""Doubtful beats: when they wait, what the network can take away and add, and when it is not asked at all."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.beat_maker import RLocator
from firmware_sim.firmware.dsp.ecg.filters import RING
from firmware_sim.firmware.dsp.ecg.pending_beats import APART, Places
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.qrs_verifier import ANSWERS, RIGHT, SEEN, SecondLook
from firmware_sim.firmware.dsp.ecg.uncertain_span import Doubt
from firmware_sim.testing import ecg_signals as make

STEP = 16
#: Samples after R at which a doubtful beat has been settled, at most.
LONGEST = 1250


class Oracle:
    """A network that answers `everywhere` but where it is told otherwise; counts how often it is asked."""

    def __init__(self, everywhere: int) -> None:
        self.input = memoryview(array("b", bytes(SEEN)))
        self._everywhere = everywhere
        self._done = 0
        self.asked = 0
        #: Pairs of frames with another probability.
        self.others: dict[int, int] = {}

    def run_slice(self, part: int, parts: int) -> None:
        """Parts must come in order, all of them."""
        assert part == self._done
        self._done = (part + 1) % parts
        self.asked += not self._done

    def output(self) -> memoryview:
        """As told."""
        assert not self._done
        return memoryview(array("b", [self.others.get(pair, self._everywhere) - 128 for pair in range(ANSWERS)]))


class Bench:
    """A second look at a ring of silence."""

    def __init__(self, network: Oracle | None) -> None:
        self.doubt = Doubt()
        self.places = Places()
        self.look = SecondLook(network, self.doubt)
        self._uv = array("H", [32768] * RING)
        self._locator = RLocator()
        self.now = 0
        self.settled = 0
        self.busy = False

    def run_to(self, now: int) -> None:
        while self.now < now:
            self.now += STEP
            settled = self.look.step(self._uv, self.places, self._locator, self.now, self.busy)
            self.settled = max(self.settled, settled)

    def waiting(self) -> list[int]:
        return self.places.at[: self.places.n].tolist()


def test_without_a_network_beats_are_settled_when_their_waves_are_known() -> None:
    bench = Bench(None)
    bench.run_to(3200)
    assert bench.settled == 3200 - RIGHT


def test_without_doubt_nothing_waits_and_nobody_is_asked() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.places.add(1700)
    bench.run_to(4800)
    assert bench.settled == 4800 - RIGHT
    assert not network.asked
    assert bench.waiting() == [1700]


def test_what_comes_before_a_doubt_does_not_wait_for_it() -> None:
    bench = Bench(Oracle(255))
    bench.run_to(1600)
    bench.doubt.note(1800)
    bench.run_to(2200)
    assert 1700 < bench.settled < 1800


def test_it_does_not_begin_while_another_network_runs() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.places.add(1800)
    bench.doubt.note(1800)
    bench.busy = True
    bench.run_to(1800 + LONGEST)
    assert bench.waiting() == [1800]
    assert bench.settled < 1800
    bench.busy = False
    bench.run_to(1800 + LONGEST + 300)
    assert network.asked == 1
    assert not bench.waiting()


@pytest.mark.parametrize(("probability", "left"), [(0, []), (255, [1800])])
def test_a_doubtful_beat_stays_if_the_network_sees_one(probability: int, left: list[int]) -> None:
    bench = Bench(Oracle(probability))
    bench.run_to(1600)
    bench.places.add(1800)
    bench.doubt.note(1800)
    bench.run_to(1800 + LONGEST)
    assert bench.settled > 1800
    assert bench.waiting() == left


def test_a_beat_that_the_network_is_sure_of_is_added_once() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.doubt.note(1800)
    # asked when 2300 has been followed by 300 samples, on the next step: its window ends at 2608
    network.others = {(1900 - (2608 - RING)) // 8: 250}
    bench.run_to(1800 + LONGEST)
    assert len(bench.waiting()) == 1
    assert abs(bench.waiting()[0] - 1900) < APART


def test_no_doubtful_beat_waits_longer_than_it_may() -> None:
    bench = Bench(Oracle(255))
    bench.run_to(1600)
    for place in range(1700, 9000, 100):
        bench.run_to(place + 130)
        bench.doubt.note(place)
        assert bench.settled > bench.now - LONGEST


def test_places_keep_their_order_and_distance() -> None:
    places = Places()
    places.restart(0)
    for r in (100, 400, 250, 260, 399):
        places.add(r)
    assert places.at[: places.n].tolist() == [100, 250, 400]
    assert places.take() == 100
    assert not places.is_free(120)
    assert places.is_free(100 + APART)
    for r in range(1000, 9000, APART):
        places.add(r)
    assert places.n == len(places.at)


def _lead_with_bursts() -> make.FloatArray:
    """Forty seconds of beats, the last twenty with muscle noise higher than they are."""
    lead = make.lead(40, make.regular(40, 0.8))
    lead[5000:] += 0.6 * np.random.default_rng(3).standard_normal(5000)
    return lead


def _beats(network: Oracle | None, lead: make.FloatArray, block: int = 50) -> list[int]:
    pipeline = EcgPipeline(None, None, network)
    output = make.Output()
    make.push(pipeline, make.counts(lead), output, block)
    pipeline.flush()
    make.collect(pipeline, output)
    return [beat.r for beat in output.beats]


def test_a_clean_lead_is_read_as_without_a_network_and_does_not_ask_it() -> None:
    lead = make.lead(60, make.regular(60, 0.8))
    network = Oracle(255)
    assert _beats(network, lead) == _beats(None, lead)
    assert not network.asked


def test_noise_is_not_taken_for_beats_when_the_network_sees_none() -> None:
    lead = _lead_with_bursts()
    late = [r for r in _beats(Oracle(0), lead) if r > 5500]
    assert len([r for r in _beats(None, lead) if r > 5500]) > 10
    assert not late


def test_results_do_not_depend_on_block_sizes() -> None:
    lead = _lead_with_bursts()
    assert _beats(Oracle(10), lead, 7) == _beats(Oracle(10), lead, 400)


def test_ends_of_signals_are_looked_at_too() -> None:
    lead = _lead_with_bursts()[: 5000 + 400]
    assert not [r for r in _beats(Oracle(0), lead) if r > 5250]
