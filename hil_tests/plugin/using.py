"""Fixtures by which a test uses the device: its SDK, console, clock, faults, power and scenarios."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .artifacts import ItemFile
from .choice import DUT, choice_of
from .dut import Dut, SimulatedDut
from .given_device import SKIPPED
from .power import PowerSwitch

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from host_sdk import blocking
    from host_sdk.client import Client

    from ..scenarios.running import Outcome
    from ..scenarios.workers import Worker

_WAIT_S = 15.0
_POLL_S = 0.05
#: How much longer than its own time a device's clock may take on a busy machine.
_SLOWEST = 20.0
_SCENARIO_S = 300.0
_WORKER = pytest.StashKey["Worker"]()


@pytest.fixture
def sdk(dut: Dut) -> Iterator[blocking.Device]:
    """The device, connected by `host_sdk.blocking`: over the cable, else over BLE. What it sends is kept."""
    from host_sdk.blocking import Device
    from host_sdk.loop_thread import LoopThread

    thread = LoopThread(f"device {dut.address}")
    items = ItemFile(dut.folder / "items.jsonl")
    try:
        with Device(thread, *thread.call(_connected(dut, items))) as device:
            yield device
    finally:
        thread.stop()
        items.close()


async def _connected(dut: Dut, items: ItemFile) -> tuple[AsyncExitStack, Client]:
    from contextlib import AsyncExitStack

    from host_sdk.client import Client
    from host_sdk.transports.opening import make_transport

    stack = AsyncExitStack()
    client = Client(make_transport(dut.address, dut.said.append))
    client.listen(items)
    await client.connect(wait_s=_WAIT_S)
    stack.push_async_callback(client.close)
    return stack, client


@pytest.fixture
def power(dut: Dut, request: pytest.FixtureRequest) -> PowerSwitch:
    """The switch of its power: `off()`, `on()`, `cycle()`; skips the test where nothing switches it."""
    if "power" not in dut.capabilities:
        pytest.skip(f"{SKIPPED}{dut.name}: nothing switches its power")
    return dut.power


class Faults:
    """What goes wrong with a simulated device (`firmware_sim.faults`)."""

    def __init__(self, dut: SimulatedDut) -> None:
        self._dut = dut

    def inject(self, component: str, fault: str, *, for_s: float | None = None) -> None:
        """A fault from now on, for `for_s` of the device's time; AssertionError where the component cannot have it."""
        now = self._dut.state()["time_s"]
        stop = {} if for_s is None else {"stop": now + for_s}
        self._dut.disturbed = True
        self._dut.debug(cmd="fault", component=component, fault=fault, start=now, **stop)

    def drop_links(self) -> int:
        """Every BLE link is lost, as out of range; how many there were."""
        return int(self._dut.debug(cmd="drop_radio")["links"])


@pytest.fixture
def faults(dut: Dut) -> Faults:
    """What goes wrong with it; skips the test on a board."""
    if not isinstance(dut, SimulatedDut):
        pytest.skip(f"{SKIPPED}{dut.name}: faults are of simulated devices")
    return Faults(dut)


class Log:
    """What the device's console says."""

    def __init__(self, dut: Dut) -> None:
        self._dut = dut

    @property
    def text(self) -> str:
        """All of it, so far."""
        return self._dut.console

    def expect(self, pattern: str, timeout_s: float = 10.0) -> re.Match[str]:
        """Wait for a match of a regular expression, in what was said before, too; AssertionError after `timeout_s`."""
        until = time.monotonic() + timeout_s
        while True:
            match = re.search(pattern, self.text)
            if match is not None:
                return match
            if time.monotonic() > until:
                last = self.text[-500:]
                raise AssertionError(f"no {pattern!r} on the console of {self._dut.name} in {timeout_s:g} s: {last!r}")
            time.sleep(_POLL_S)


@pytest.fixture
def log(dut: Dut) -> Log:
    """What its console says; of a board, while `sdk` is connected over its cable."""
    return Log(dut)


class Clock:
    """The device's time; of a board, the host's."""

    def __init__(self, dut: Dut) -> None:
        self._dut = dut

    @property
    def now_s(self) -> float:
        """Seconds."""
        return float(self._dut.state()["time_s"]) if isinstance(self._dut, SimulatedDut) else time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so much of the device's time pass; TimeoutError where that stands still."""
        until, limit = self.now_s + seconds, time.monotonic() + _WAIT_S + _SLOWEST * seconds
        while (left := until - self.now_s) > 0:
            if time.monotonic() > limit:
                raise TimeoutError(f"the time of {self._dut.name} lacks {left:.1f} s of {seconds:g} s")
            time.sleep(min(max(left / 4, 0.02), 1.0))  # its time may run faster


@pytest.fixture
def clock(dut: Dut) -> Clock:
    """Its time: `now_s`, `sleep(seconds)`."""
    return Clock(dut)


class Energy:
    """What the chips of a simulated device take from their supply (`firmware_sim/chips/currents.toml`)."""

    def __init__(self, dut: SimulatedDut, clock: Clock) -> None:
        self._dut = dut
        self._clock = clock

    def state(self, component: str) -> str:
        """What a chip does now, as its table of currents calls it."""
        return str(self._chip(component)[1]["state"])

    def mean_ma(self, component: str, *, for_s: float) -> float:
        """The mean current of a chip over the next `for_s` of the device's time, mA."""
        began_s, before = self._chip(component)
        self._clock.sleep(for_s)
        ended_s, after = self._chip(component)
        return (_mas(after) - _mas(before)) / (ended_s - began_s)

    def _chip(self, component: str) -> tuple[float, dict[str, Any]]:
        """Time and account of one chip; AssertionError for one that is not metered."""
        reply = self._dut.debug(cmd="energy")
        chips = reply["chips"]
        assert component in chips, f"no current of {component!r} is counted; there are {', '.join(chips)}"
        return float(reply["time_s"]), chips[component]


def _mas(chip: dict[str, Any]) -> float:
    return sum(float(charge["mas"]) for charge in chip["charges"].values())


@pytest.fixture
def energy(dut: Dut, clock: Clock) -> Energy:
    """What its chips take: `mean_ma(component, for_s=...)`, `state(component)`; skips the test on a board."""
    if not isinstance(dut, SimulatedDut):
        pytest.skip(f"{SKIPPED}{dut.name}: nothing measures its currents")
    return Energy(dut, clock)


class Scenarios:
    """Runs scenarios on the target of the test, as fast as they go."""

    def __init__(self, target: str, folder: Path, artifacts: Path, worker: Worker) -> None:
        self._target = target
        self._folder = folder
        self._artifacts = artifacts
        self._worker = worker
        self._run: Counter[str] = Counter()

    def __call__(self, path: str | Path, *, timeout_s: float = _SCENARIO_S) -> Outcome:
        """What came of a scenario (docs/hil.md), by its path from the test's folder.

        AssertionError with everything that was not met; FileError for a file that is none. It runs in a process of
        its own, which is killed where it hangs.
        """
        from ..scenarios.artifacts import save
        from ..scenarios.loading import load

        scenario = load(self._folder / path)
        self._run[scenario.name] += 1
        if self._run[scenario.name] > 1:
            scenario = replace(scenario, title=f"{scenario.name}-{self._run[scenario.name]}")
        outcome = self._worker.run(scenario, self._target, timeout_s)
        save(outcome, self._artifacts)
        assert outcome.status == "passed", "\n".join(outcome.failures)
        return outcome


@pytest.fixture
def scenario(request: pytest.FixtureRequest, target: str, artifacts: Path) -> Scenarios:
    """Runs a scenario and holds it against what it expects: `scenario("fall.yaml")`."""
    if target == DUT:
        pytest.skip(f"{SKIPPED}{choice_of(request.config).text}: scenarios are of simulated devices")
    from ..targets import need

    need(target)
    return Scenarios(target, request.path.parent, artifacts, _worker(request.config))


def _worker(config: pytest.Config) -> Worker:
    """The process of this run's scenarios."""
    from ..scenarios.workers import Worker

    if _WORKER not in config.stash:
        config.stash[_WORKER] = worker = Worker()
        config.add_cleanup(worker.close)
    return config.stash[_WORKER]
