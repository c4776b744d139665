"""What must hold in every scenario is noticed where it does not, and a cable at fault is no fault of the device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.mcu import Clock
from host_sdk.models import Beat, Gap, Item, LinkError, LinkErrorKind, Reading, SampleBlock, Status, StreamSpec
from host_sdk.wire_gen import BeatKind, ReadingKind, Reason, Stream, Unit

from .scenarios.invariants import Memory, Samples, judge_always
from .scenarios.judging import Observed
from .scenarios.link_faults import FaultyLink, LinkFault
from .scenarios.loading import load
from .scenarios.model import Action, ComponentFault, Scenario
from .scenarios.running import run

END_S = 30.0
ECG = StreamSpec(Stream.ECG, ("ecg",), 3, Unit.MV, 250.0, 1e-6)
WHOLE = Scenario(Path("s.yaml"), "x", END_S, ())


def block(first: int, tick_us: int | None = None, size: int = 50, late: bool = False) -> SampleBlock:
    tick_us = first * 4000 if tick_us is None else tick_us
    return SampleBlock(ECG, 0, first, tick_us, False, False, np.zeros((size, 1), dtype=np.int32), late)


def samples_of(*items: Item) -> Samples:
    samples = Samples()
    for item in items:
        samples.add(getattr(item, "tick_us", 0) / 1e6, item)
    return samples


def status(at_s: float, backlog_ms: int = 0) -> Observed:
    return Observed(at_s, Status(round(at_s * 1e6), frozenset(), 80.0, 4.0, 50_000, 10.0, backlog_ms, 0, 0, 0))


def beat(number: int, r: int, **marks: int) -> Observed:
    return Observed(r / 250, Beat(number, r, r * 4000, BeatKind.NORMAL, 90, None, **marks))


def reading(at_s: float, value: float | None, reason: Reason | None, quality: int) -> Observed:
    return Observed(at_s, Reading(ReadingKind.HEART_RATE, Unit.BPM, round(at_s * 1e6), 10_000, quality, value, reason))


STATUSES = [status(at_s) for at_s in np.arange(0.5, END_S)]


def wrong(
    observed: list[Observed], samples: Samples | None = None, memory: Memory | None = None, scenario: Scenario = WHOLE
) -> dict[str, str]:
    """What does not hold, by what it is about."""
    verdicts = judge_always(scenario, observed, samples or Samples(), memory or Memory(), END_S)
    return {verdict.what: verdict.failure for verdict in verdicts if verdict.failure}


def test_what_is_whole_holds() -> None:
    blocks = [block(first) for first in range(0, 5000, 50)]
    gap = Gap(Stream.ECG, 5000, 50, 0, 0.2)
    good = [reading(10, 70.0, None, 90), reading(20, None, Reason.LEAD_OFF, 0), beat(1, 10, qrs_on=8), beat(2, 260)]
    late = block(5000, late=True)
    assert (
        wrong([*STATUSES, *good], samples_of(*blocks, gap, block(5050), late), Memory([5, 5, 5, 5], 9, [1] * 4)) == {}
    )


SAMPLES = "no sample lost or doubled, but in gaps"


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([block(0), block(100)], "samples from 100 on where 50 was due"),
        ([block(0), block(50), block(50)], "samples from 50 on where 100 was due"),
        ([block(0), Gap(Stream.ECG, 60, 40, 0, 0.1), block(100)], "a gap from 60 on where 50 was due"),
        ([block(0), block(50), block(0, late=True)], "late samples from 0 on fill no gap"),
        ([block(0, 1000), block(50, 1000)], "time goes from 1000 to 1000 us"),
        # 25 samples fewer, in secret
        ([block(n * 50, n * 200_000 + (100_000 if n >= 50 else 0)) for n in range(100)], " ms off its time"),
    ],
)
def test_samples_that_are_lost_or_doubled_in_secret_are_found(items: list[Item], said: str) -> None:
    assert said in wrong(STATUSES, samples_of(*items))[SAMPLES]


def test_a_chip_with_another_clock_is_known_to_be_off_time_and_a_restart_begins_anew() -> None:
    slow = [block(n * 50, n * 200_000 + 100_000 * max(0, min(n - 50, 20))) for n in range(150)]
    fault = ComponentFault("ecg", "slow", 10.0, 16.0, 0)
    assert SAMPLES in wrong(STATUSES, samples_of(*slow))
    assert wrong(STATUSES, samples_of(*slow), scenario=replace(WHOLE, component_faults=(fault,))) == {}
    again = LinkError(LinkErrorKind.DEVICE_RESTARTED, "boot")
    assert wrong(STATUSES, samples_of(block(0), block(50), again, block(0), block(50))) == {}


@pytest.mark.parametrize(
    ("observed", "what", "said"),
    [
        ([reading(9, None, None, 0)], "no reading without number and reason", "heart_rate at 9.0 s"),
        ([reading(9, 70.0, None, 0)], "a number has a quality, or a reason", "70.0, quality 0"),
        ([reading(9, 70.0, None, 101)], "a number has a quality, or a reason", "quality 101"),
        ([reading(19, 70.0, None, 9), reading(9, 70.0, None, 9)], "time goes forward", "at 9.00 s after one at 19.00"),
        ([beat(1, 900), beat(2, 900)], "beats and their fiducials are in order", "R at 900 after 900"),
        ([beat(2, 900), beat(2, 1100)], "beats and their fiducials are in order", "number 2 after 2"),
        ([beat(1, 900, p_on=910)], "beats and their fiducials are in order", "fiducials [910, "),
        ([beat(1, 900, qrs_off=950, t_on=940)], "beats and their fiducials are in order", "940"),
        ([status(29.5, 9000)], "nothing waits for long", "9000 ms at 29.5 s"),
        ([Observed(5.0, LinkError(LinkErrorKind.FRAMES_LOST, "3 lost"))], "no fault of the link", "3 lost"),
    ],
)
def test_results_that_are_wrong_are_found(observed: list[Observed], what: str, said: str) -> None:
    assert said in wrong([*STATUSES, *observed])[what]


def test_what_a_cable_puts_out_of_order_comes_late() -> None:
    late = [*STATUSES, reading(19, 70.0, None, 9), reading(18, 70.0, None, 9)]
    for fault, found in (("reordering", []), ("latency", ["time goes forward"])):
        with_it = replace(WHOLE, link_faults=(LinkFault(fault, 15.0, 25.0),))
        assert list(wrong(late, scenario=with_it)) == found


def test_silence_is_found_but_where_the_cable_or_a_reset_explains_it() -> None:
    silent = [each for each in STATUSES if not 12 < each.time_s < 18]
    assert wrong(silent) == {"never silent": "from 11.5 s to 18.5 s"}
    assert wrong(silent, scenario=replace(WHOLE, link_faults=(LinkFault("off", 12.0, 18.0),))) == {}
    assert wrong(silent, scenario=replace(WHOLE, actions=(Action(15.0, "reset"),))) == {}
    assert wrong(STATUSES[:20]) == {"never silent": "from 19.5 s to 30.0 s"}


def test_memory_that_grows_is_found() -> None:
    assert "heap grows" in wrong(STATUSES, memory=Memory([100, 100, 5000, 9000], 99_999, [3] * 4))["memory is bounded"]
    assert "calls wait" in wrong(STATUSES, memory=Memory([100] * 4, 999, [3, 3, 90, 900]))["memory is bounded"]
    assert "the heap has 99" in wrong(STATUSES, memory=Memory([100], 99, [3]))["memory is bounded"]


def test_what_a_cable_does_to_data() -> None:
    data = bytes(range(100))

    def passed(fault: str, at_s: float = 5.0, **settings: float) -> list[bytes]:
        link = FaultyLink([LinkFault(fault, 4.0, 6.0, **settings)], lambda: at_s, never)  # type: ignore[arg-type]
        return [link.passed(data) for _ in range(200)]

    assert passed("off") == [b""] * 200
    assert passed("off", at_s=6.0) == passed("noise", at_s=3.9, ratio=1.0) == [data] * 200
    assert passed("duplication", ratio=1.0) == [data + data] * 200
    lost = passed("loss", ratio=0.25)
    assert 25 < lost.count(b"") < 80
    assert lost == passed("loss", ratio=0.25) != passed("loss", ratio=0.25, seed=1)
    for noisy in passed("noise", ratio=1.0):
        assert sum(one != other for one, other in zip(data, noisy, strict=True)) == 1


def never(_seconds: float, _call: object) -> None:
    raise AssertionError("nothing is late")


class Carried:
    """Numbered pieces that go through a faulty link, one each 0.1 s, and when each arrives."""

    def __init__(self, *faults: LinkFault) -> None:
        self.clock = Clock()
        self.link = FaultyLink(faults, lambda: self.clock.now / 1e6, self.later)
        self.arrived: list[tuple[float, bytes]] = []

    def later(self, seconds: float, call: Callable[[], object]) -> None:
        self.clock.call_later(round(seconds * 1e6), call)

    def deliver(self, data: bytes) -> None:
        self.arrived.append((self.clock.now / 1e6, data))

    def send(self, count: int, way: str = "to host") -> Carried:
        for number in range(count):
            self.link.carry(bytes([number]), way, self.deliver)
            self.clock.run_until(self.clock.now + 100_000)
        return self


def test_a_piece_that_is_overtaken_comes_right_behind_the_next_one() -> None:
    got = Carried(LinkFault("reordering", 1.0, 2.0, ratio=1.0)).send(30)
    assert b"".join(data for _, data in got.arrived) == bytes(
        [*range(10), *(n for pair in range(10, 20, 2) for n in (pair + 1, pair)), *range(20, 30)]
    )
    some = Carried(LinkFault("reordering", 0.0, 99.0, ratio=0.3)).send(200)
    pieces = b"".join(data for _, data in some.arrived)
    assert sorted(pieces) == list(range(200))[: len(pieces)]
    assert 20 < sum(one > other for one, other in pairwise(pieces)) < 80


def test_a_late_piece_keeps_its_order_and_overtakes_none_of_the_other_way() -> None:
    got = Carried(LinkFault("latency", 1.0, 2.0, delay_s=0.45)).send(30)
    assert b"".join(data for _, data in got.arrived) == bytes(range(30))
    at = {data[0]: at_s for at_s, data in got.arrived}
    assert [at[n] for n in (5, 10, 19, 20, 23, 24)] == pytest.approx([0.5, 1.45, 2.35, 2.35, 2.35, 2.4])
    other = Carried(LinkFault("latency", 0.0, 9.0, delay_s=1.0))
    other.link.carry(b"x", "to host", other.deliver)
    assert other.link.at_fault
    both = Carried(LinkFault("reordering", 0.0, 9.0, ratio=1.0))
    both.link.carry(b"x", "to host", both.deliver)
    both.link.carry(b"y", "to device", both.deliver)
    assert both.arrived == [], "each direction keeps a piece of its own"


def test_a_link_is_at_fault_until_all_of_it_has_arrived() -> None:
    got = Carried(LinkFault("latency", 0.0, 0.15, delay_s=0.5)).send(2)
    before = got.link.at_fault
    got.clock.run_until(650_000)
    assert (before, got.link.at_fault) == (True, False)
    assert [data for _, data in got.arrived] == [b"\0", b"\1"]


def test_a_reset_takes_what_is_on_its_way() -> None:
    got = Carried(LinkFault("latency", 0.0, 0.15, delay_s=0.5), LinkFault("reordering", 0.25, 0.35, ratio=1.0)).send(4)
    got.link.cut()
    assert not got.link.at_fault
    got.send(1)
    got.clock.run_until(2_000_000)
    assert [data for _, data in got.arrived] == [b"\0"]
    assert got.arrived[0][0] == pytest.approx(0.4)


FAULTS = ["off", "loss, ratio: 0.5", "noise, ratio: 0.3", "duplication, ratio: 0.5", "reordering, ratio: 0.3"]


@pytest.mark.parametrize("actions", ["", "{at_s: 8, do: reset}"])
def test_a_cable_that_is_late_loses_nothing(actions: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        f"about: x\nseed: 3\nduration_s: 40\nactions: [{actions}]\n"
        "faults: [{link: latency, delay_s: 0.9, from_s: 6, to_s: 14}]\n"
        "expect: [{reading: heart_rate, from_s: 20, at_least: 1}]\n"
    )
    outcome = asyncio.run(run(load(tmp_path / "s.yaml"), timeout_s=500.0))
    assert outcome.failures == []
    errors = {each.item.kind for each in outcome.observed if isinstance(each.item, LinkError)}
    assert errors == ({LinkErrorKind.DEVICE_RESTARTED} if actions else set())


@pytest.mark.parametrize("actions", ["", "{at_s: 8, do: reset}"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_device_goes_on_behind_a_cable_at_fault(fault: str, actions: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        f"about: x\nseed: 3\nduration_s: 40\nactions: [{actions}]\n"
        f"faults: [{{link: {fault}, from_s: 6, to_s: 14}}]\n"
        "expect: [{reading: heart_rate, from_s: 20, at_least: 1}]\n"
    )
    outcome = asyncio.run(run(load(tmp_path / "s.yaml"), timeout_s=500.0))
    assert outcome.failures == []
    errors = {each.item.kind for each in outcome.observed if isinstance(each.item, LinkError)}
    assert (LinkErrorKind.DEVICE_RESTARTED in errors) == bool(actions)
    assert errors - {LinkErrorKind.DEVICE_RESTARTED} or actions  # what was lost before a reset cannot be known
