"""What the device does from time to time, where its steps come late."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from firmware_sim.firmware.chains.chain import Chain
from firmware_sim.firmware.roles.device import STEP_US, Device
from firmware_sim.firmware.roles.management import Management
from firmware_sim.mcu import Clock, Mcu, load_board
from host_sdk import wire_gen as wire

PERIOD_US = 100_000
BEGIN_US = 200_000


class Watch(Chain):
    """Notes when it is polled."""

    def __init__(self) -> None:
        self.polled: list[int] = []

    def poll(self, now_us: int) -> None:
        self.polled.append(now_us)


class Role(Device):
    """A device that needs a name."""

    MODEL = "jobs"
    NAME = "jobs"
    BODY_LOCATION = 0


class BusyTicks:
    """Ticks of a core that computes for `busy_us` in each step."""

    def __init__(self, busy_us: int) -> None:
        self._busy_us = busy_us
        self._now = 0

    def raw(self) -> int:
        self._now += self._busy_us
        return self._now

    def diff(self, later: int, earlier: int) -> int:
        return later - earlier


def device(busy_us: int = 0) -> tuple[Device, Watch]:
    board: Any = load_board(Mcu(Clock())).Board()
    board.ticks = BusyTicks(busy_us)
    watch = Watch()
    board.sensors = {"watch": watch}
    return Role(board, (("watch", PERIOD_US, lambda driver, publisher: watch),)), watch


def run(made: Device, seconds: float, step_us: int, now_us: int = BEGIN_US) -> int:
    end = now_us + round(seconds * 1e6)
    while now_us < end:
        made.step(now_us)
        now_us += step_us
    return now_us


@pytest.mark.parametrize("step_us", [STEP_US, STEP_US + 3_000, STEP_US + 13_700, 99_999])
def test_a_job_keeps_its_period_however_late_the_steps_are(step_us: int) -> None:
    made, watch = device()
    run(made, 10.0, step_us)
    assert len(watch.polled) in (99, 100, 101)
    for n, at in enumerate(watch.polled):
        assert 0 <= at - BEGIN_US - n * PERIOD_US < step_us


def test_a_job_that_was_missed_is_done_once_and_goes_on_in_its_grid() -> None:
    made, watch = device()
    now = run(made, 1.0, STEP_US)
    before = len(watch.polled)
    run(made, 1.0, STEP_US, now + 777_000)
    after = watch.polled[before:]
    assert after[0] == now + 777_000
    assert {(at - BEGIN_US) % PERIOD_US // STEP_US for at in after[1:]} == {0}
    assert {b - a for a, b in pairwise(after[1:])} == {PERIOD_US}


@pytest.mark.parametrize(
    ("step_us", "busy_us", "permille"),
    [(20_000, 5_000, 250), (400_000, 300_000, 750), (1_500_000, 1_500_000, 1000), (20_000, 0, None)],
)
def test_load_includes_the_time_that_went_by(step_us: int, busy_us: int, permille: int | None) -> None:
    """And is not known where no time was seen to pass, as the simulated clock stands still in a step."""
    made, _ = device(busy_us)
    run(made, 7.0, step_us)
    buf = made.frame
    n = made.write_status(buf, 0, made.sessions[0])
    assert wire.Status.decode(bytes(buf[3:n])).cpu_permille == permille
    counters = Management(made)._counters("device")
    assert counters.get("cpu_permille") == permille
    assert ("cpu_permille" in counters) is (permille is not None)
