"""QRS verification: when beats wait, what the network removes and adds, and when it does not run at all."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.beat_maker import BeatMaker
from firmware_sim.firmware.dsp.ecg.filters import RING
from firmware_sim.firmware.dsp.ecg.pending_beats import REFRACTORY_SAMPLES, PendingBeats
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.qrs_verifier import FEATURES, OUTPUTS, RIGHT_SAMPLES, QrsVerifier
from firmware_sim.firmware.dsp.ecg.r_locator import RLocator
from firmware_sim.firmware.dsp.ecg.uncertain_span import UncertainSpan
from firmware_sim.firmware.dsp.result import Beat
from firmware_sim.firmware.nn import Arena
from firmware_sim.testing import ecg_signals as make

STEP = 16
#: Samples after R by which an uncertain beat is resolved.
LATENCY = 1250


class Oracle:
    """A network with the probability `everywhere` but in `others`; counts its inferences."""

    def __init__(self, everywhere: int) -> None:
        self.arena = Arena(0, 0)
        self.input = memoryview(array("b", bytes(FEATURES)))
        self._everywhere = everywhere
        self._done = 0
        self.inferences = 0
        #: Pairs of frames with another probability.
        self.others: dict[int, int] = {}

    def run_slice(self, index: int, count: int) -> None:
        """Slices must come in order, all of them, while the arena has an owner."""
        assert index == self._done
        assert not self.arena.is_free()
        self._done = (index + 1) % count
        self.inferences += not self._done

    def output(self) -> memoryview:
        """Int8 probabilities."""
        assert not self._done
        return memoryview(array("b", [self.others.get(pair, self._everywhere) - 128 for pair in range(OUTPUTS)]))


class Bench:
    """A verifier on a ring of silence."""

    def __init__(self, network: Oracle | None) -> None:
        self.uncertain = UncertainSpan()
        self.pending = PendingBeats()
        self.verifier = QrsVerifier(network, self.uncertain, self.pending, RLocator())
        self._uv = array("H", [32768] * RING)
        self.now = 0
        self.resolved = 0

    def run_to(self, now: int) -> None:
        while self.now < now:
            self.now += STEP
            self.resolved = max(self.resolved, self.verifier.step(self._uv, self.now))

    def waiting(self) -> list[int]:
        return list(self.pending.r[: self.pending.n])


def test_without_a_network_beats_are_resolved_after_1_2_s() -> None:
    bench = Bench(None)
    bench.run_to(3200)
    assert bench.resolved == 3200 - RIGHT_SAMPLES


def test_without_uncertainty_no_beat_waits_and_the_network_does_not_run() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.pending.add(1700)
    bench.run_to(4800)
    assert bench.resolved == 4800 - RIGHT_SAMPLES
    assert not network.inferences
    assert bench.waiting() == [1700]


def test_beats_before_an_uncertain_span_do_not_wait_for_it() -> None:
    bench = Bench(Oracle(255))
    bench.run_to(1600)
    bench.uncertain.mark(1800)
    bench.run_to(2200)
    assert 1700 < bench.resolved < 1800


def test_verification_waits_while_another_owns_the_arena() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.pending.add(1800)
    bench.uncertain.mark(1800)
    network.arena.acquire(bench)
    bench.run_to(1800 + LATENCY)
    assert bench.waiting() == [1800]
    assert bench.resolved < 1800
    network.arena.release(bench)
    bench.run_to(1800 + LATENCY + 300)
    assert network.arena.is_free()
    assert network.inferences == 1
    assert not bench.waiting()


def test_a_restart_gives_up_the_verification_and_the_arena() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.uncertain.mark(1800)
    while network.arena.is_free():
        bench.run_to(bench.now + STEP)
    bench.verifier.restart(bench.now)
    assert network.arena.is_free()
    assert not network.inferences


@pytest.mark.parametrize("noise_q8", [10, 80])
@pytest.mark.parametrize(("probability", "left"), [(0, False), (18, False), (50, None), (80, True), (255, True)])
def test_an_uncertain_beat_stays_if_the_network_sees_one(probability: int, left: bool | None, noise_q8: int) -> None:
    bench = Bench(Oracle(probability))
    bench.run_to(1600)
    bench.pending.add(1800)
    bench.uncertain.mark(1800)
    bench.uncertain.noise_q8 = noise_q8
    bench.run_to(1800 + LATENCY)
    assert bench.resolved > 1800
    # what the network hardly sees is a beat while noise is low
    assert bench.waiting() == ([1800] if left or (left is None and noise_q8 == 10) else [])
    assert bench.verifier.is_sure(1800) == (probability == 255)


def test_a_beat_that_the_network_is_sure_of_is_added_once() -> None:
    network = Oracle(0)
    bench = Bench(network)
    bench.run_to(1600)
    bench.uncertain.mark(1800)
    # runs when 2300 has been followed by 300 samples, on the next step: its window ends at 2608
    network.others = {(1900 - (2608 - RING)) // 8: 250}
    bench.run_to(1800 + LATENCY)
    assert len(bench.waiting()) == 1
    assert abs(bench.waiting()[0] - 1900) < REFRACTORY_SAMPLES
    assert bench.verifier.is_sure(bench.waiting()[0])
    bench.verifier.restart(bench.now)
    assert not bench.verifier.is_sure(bench.waiting()[0])


@pytest.mark.parametrize(("sure", "taken"), [(True, True), (False, False)])
def test_a_beat_that_one_network_is_sure_of_is_none_of_the_others_to_refuse(sure: bool, taken: bool) -> None:
    """The delineator sees no complex between two others: noise, unless the verifier is sure of it."""
    maker = BeatMaker(None, make.networks().ecg_delineator)
    lead = make.lead(8, make.regular(8, 0.8))
    uv = array("H", [32768] * RING)
    uv[: len(lead)] = array("H", np.round(1000 * lead + 32768).astype(int).tolist())
    beat = Beat()
    found = []
    for r, said in ((125, False), (325, False), (525, False), (625, sure), (725, False)):
        maker.begin(uv, r)
        while maker.slices_left:
            maker.run_slice()
        following = {525: 625, 625: 725}.get(r, r + 200)
        found.append(maker.finish(beat, uv, r, following, len(lead), said))
    assert found == [True, True, True, taken, True]


def test_no_uncertain_beat_waits_longer_than_five_seconds() -> None:
    bench = Bench(Oracle(255))
    bench.run_to(1600)
    for index in range(1700, 9000, 100):
        bench.run_to(index + 130)
        bench.uncertain.mark(index)
        assert bench.resolved > bench.now - LATENCY


def test_pending_beats_keep_order_and_refractory_time() -> None:
    pending = PendingBeats()
    pending.restart(0)
    for r in (100, 400, 250, 260, 399):
        pending.add(r)
    assert pending.r[: pending.n].tolist() == [100, 250, 400]
    assert pending.take() == 100
    assert not pending.is_free(120)
    assert pending.is_free(100 + REFRACTORY_SAMPLES)
    for r in range(1000, 9000, REFRACTORY_SAMPLES):
        pending.add(r)
    assert pending.n == len(pending.r)


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


def test_on_a_clean_lead_the_network_does_not_run_and_changes_nothing() -> None:
    lead = make.lead(60, make.regular(60, 0.8))
    network = Oracle(255)
    assert _beats(network, lead) == _beats(None, lead)
    assert not network.inferences


def test_noise_is_not_taken_for_beats_when_the_network_sees_none() -> None:
    lead = _lead_with_bursts()
    late = [r for r in _beats(Oracle(0), lead) if r > 5500]
    assert len([r for r in _beats(None, lead) if r > 5500]) > 10
    assert not late


def test_results_do_not_depend_on_block_sizes() -> None:
    lead = _lead_with_bursts()
    assert _beats(Oracle(10), lead, 7) == _beats(Oracle(10), lead, 400)


def test_the_end_of_a_signal_is_verified_too() -> None:
    lead = _lead_with_bursts()[: 5000 + 400]
    assert not [r for r in _beats(Oracle(0), lead) if r > 5250]
