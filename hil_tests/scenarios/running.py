"""Runs a scenario: the device in this process, as fast as it goes, its host on the cable."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from firmware_sim.chips.helmet import HELMET
from firmware_sim.faults import FaultyWorld, inject
from firmware_sim.firmware.roles.helmet import Helmet
from firmware_sim.firmware.wire_gen import SETTING_CONTACTS
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.sent_messages import SentMessage, sent_messages
from firmware_sim.targets.settings import Settings
from firmware_sim.targets.simulation import BEGIN_US, Simulation
from firmware_sim.world.base import World
from firmware_sim.world.errors import WorldError
from firmware_sim.world.records import open_record
from firmware_sim.world.rides import Ride
from firmware_sim.world.wearer import Truth, Wearer
from host_sdk.client import Client
from host_sdk.errors import VitalbandError
from host_sdk.models import Item, SampleBlock
from host_sdk.wire_gen import AlarmState, Results

from .cable import Cable
from .energy import Energy
from .invariants import Memory, Samples, judge_always
from .judging import Observed, Verdict, judge, judge_alarm, judge_messages
from .link_faults import FaultyLink
from .model import Action, Scenario
from .time_limit import HungError

_SLICE_S = 1.0
#: Of a helmet, whose alarm is looked at after each.
_ALARM_SLICE_S = 0.1
#: How long its button is pressed, s.
_PRESSES_S = {"press": 0.4, "call": 3.5}
#: How often memory is looked at.
_LOOK_S = 10.0
TimeLimit = Callable[[float], AbstractContextManager[None]]
Status = Literal["passed", "failed", "died", "timeout"]


@dataclass
class Outcome:
    """What came of a scenario."""

    scenario: Scenario
    target: str
    verdicts: list[Verdict] = field(default_factory=list)
    #: What kept it from its end, and whether that was the limit of its time.
    error: str | None = None
    timed_out: bool = False
    #: How far it got, s; what it took.
    reached_s: float = 0.0
    wall_s: float = 0.0
    resets: int = 0
    #: What it took from its cell, as JSON has it.
    energy: dict[str, Any] | None = None
    observed: list[Observed] = field(default_factory=list, repr=False)
    #: Times at which its alarm came to a state.
    alarms: list[tuple[float, AlarmState]] = field(default_factory=list, repr=False)
    #: What its modem sent.
    messages: list[SentMessage] = field(default_factory=list, repr=False)
    console: str = field(default="", repr=False)
    truth: Truth | None = field(default=None, repr=False)

    @property
    def failures(self) -> list[str]:
        """What was not met, as FILE:LINE: what."""
        where = str(self.scenario.path)
        lines = [f"{where}{f':{v.line}' if v.line else ''}: {v.what}: {v.failure}" for v in self.verdicts if v.failure]
        return [*lines, *([f"{where}: {self.error}"] if self.error else [])]

    @property
    def status(self) -> Status:
        """How it went."""
        if self.timed_out:
            return "timeout"
        if self.error is not None:
            return "died"
        return "failed" if self.failures else "passed"


def world_of(scenario: Scenario) -> World:
    """What the device senses; RecordError, WorldError where it cannot be had."""
    world: World
    if scenario.course is not None:
        world = Ride(scenario.course, scenario.seed)
    elif scenario.recording is None:
        world = Wearer(scenario.wearer, seed=scenario.seed)
    else:
        r = scenario.recording
        signals = None if r.signal == "auto" else (r.signal,)
        world = open_record(r.path, signals=signals, channel=r.channel, start_s=r.start_s, end_s=r.end_s)
    for fault in scenario.signal_faults:
        if not any(part.group in world.groups for part in fault.parts):
            has = ", ".join(sorted(world.groups)) or "nothing"
            raise WorldError(f"line {fault.line}: {fault.name} is of what the record has not; it has {has}")
    parts = [part for fault in scenario.signal_faults for part in fault.parts]
    return cast("World", FaultyWorld(world, parts)) if parts else world


async def run(scenario: Scenario, target: str = "cpython", timeout_s: float = 300.0) -> Outcome:
    """Run one scenario; whatever goes wrong is in its outcome. `timeout_s` is of the host's clock."""
    outcome = Outcome(scenario, target)
    began = time.monotonic()
    try:
        await asyncio.wait_for(_run(scenario, target, outcome), timeout_s)
    except (asyncio.TimeoutError, HungError):
        outcome.timed_out = True
        outcome.error = f"not over after {timeout_s:g} s, at {outcome.reached_s:g} s of {scenario.duration_s:g} s"
    except (VitalbandError, WorldError, OSError, EOFError, ValueError) as error:
        outcome.error = " ".join(str(error).split())
    except Exception as death:  # whatever the firmware died of
        outcome.error = f"the device died: {type(death).__name__}: {' '.join(str(death).split())}"
    outcome.wall_s = time.monotonic() - began
    return outcome


async def _run(scenario: Scenario, target: str, outcome: Outcome) -> None:
    if scenario.course and target != "cpython":  # its alarm is looked at in the firmware itself
        raise ValueError(f"a course is run on target cpython, not on {target}")
    world = world_of(scenario)
    settings = Settings(link="serial", pace=None, target=target, seed=scenario.seed, ride=scenario.course)
    device = LocalDevice(settings, world, None)
    said: list[str] = []
    end_s = scenario.duration_s if world.duration_s is None else min(scenario.duration_s, world.duration_s)
    end_s = math.floor(end_s * 1e6) / 1e6  # virtual time passes in whole µs: what lies between two never comes
    _set_contacts(device.simulation, scenario.contacts)
    try:
        clock = device.simulation.clock

        def later(seconds: float, call: Callable[[], object]) -> None:
            clock.call_later(round(seconds * 1e6), call)

        link = FaultyLink(scenario.link_faults, lambda: device.simulation.now_s, later)
        device.simulation.mcu.at_reset(link.cut)
        async with Client(Cable(device, said.append, link)) as client:
            observing = _Observing(device, outcome.observed)
            client.listen(observing)
            await client.subscribe(None, Results.ALL)
            for fault in scenario.component_faults:
                start, stop = fault.start_s + BEGIN_US / 1e6, fault.stop_s + BEGIN_US / 1e6
                inject(device.simulation, fault.component, fault.fault, start, stop, seed=fault.seed)
            await _Playing(scenario, device, client, observing, outcome, link).run(end_s)
            outcome.resets = device.simulation.mcu.resets
            outcome.messages = sent_messages(device.simulation)
    finally:
        outcome.console = "".join(said)
        await device.close()
    truth: Callable[[float, float], Truth] | None = None if scenario.course else getattr(world, "truth", None)
    outcome.truth = None if truth is None else truth(0.0, end_s)
    outcome.energy = observing.energy.summary()
    outcome.verdicts = _verdicts(scenario, outcome, observing, truth, end_s)


def _alarm_of(simulation: Simulation) -> AlarmState | None:
    """What the alarm of a helmet does; None of a band."""
    if isinstance(simulation, CpythonSimulation) and isinstance(simulation.device, Helmet) and simulation.device.alarm:
        return AlarmState(simulation.device.alarm.machine.state)
    return None


def _set_contacts(simulation: Simulation, contacts: str) -> None:
    if isinstance(simulation, CpythonSimulation) and isinstance(simulation.device, Helmet):
        simulation.device.settings.write(SETTING_CONTACTS, contacts.encode())
        simulation.device.apply_settings()


class _Observing:
    """Keeps what comes but samples, with its time: the device's own begins anew with each of its starts."""

    def __init__(self, device: LocalDevice, observed: list[Observed]) -> None:
        self.samples = Samples()
        self.memory = Memory()
        self.energy = Energy(device.simulation.mcu)
        self.restarts: list[float] = []
        self._simulation = device.simulation
        self._observed = observed
        self._start_us = 0

        device.simulation.mcu.at_reset(self._restarted)

    def _restarted(self) -> None:
        self._start_us = self._simulation.clock.now
        self.restarts.append(self._simulation.now_s)
        self.samples.restart()
        self.memory = Memory()

    def __call__(self, item: Item) -> None:
        tick_us = getattr(item, "tick_us", None)
        time_s = self._simulation.now_s if tick_us is None else (self._start_us + tick_us - BEGIN_US) / 1e6
        self.samples.add(time_s, item)
        if not isinstance(item, SampleBlock):
            self._observed.append(Observed(time_s, item))

    def look(self) -> None:
        """Note what is held now."""
        used, self.memory.budget = self._simulation.heap()
        self.memory.used.append(used)
        self.memory.waiting.append(self._simulation.clock.waiting)


class _Playing:
    """Lets time pass, and does at their times what is to be done."""

    def __init__(
        self,
        scenario: Scenario,
        device: LocalDevice,
        client: Client,
        observing: _Observing,
        outcome: Outcome,
        link: FaultyLink,
    ) -> None:
        self._due = list(scenario.actions)
        self._simulation = device.simulation
        self._client = client
        self._observing = observing
        self._outcome = outcome
        self._link = link
        self._is_subscribed = True
        self._slice_s = _SLICE_S if scenario.course is None else _ALARM_SLICE_S

    async def run(self, end_s: float) -> None:
        """Until the scenario's end."""
        simulation = self._simulation
        look_s = _LOOK_S
        self._observing.energy.note(simulation.now_s)
        while simulation.now_s < end_s:
            until = min(simulation.now_s + self._slice_s, end_s, *(action.at_s for action in self._due[:1]))
            resets = simulation.mcu.resets
            await simulation.run(max(until, simulation.now_s), None)
            while self._due and self._due[0].at_s <= simulation.now_s:
                self._do(self._due.pop(0))
            self._note_alarm()
            if simulation.mcu.resets != resets:
                self._is_subscribed = False  # a device that starts anew knows of none
            if not self._is_subscribed and not self._link.at_fault:
                await self._client.subscribe(None, Results.ALL)
                self._is_subscribed = True
            self._observing.energy.note(simulation.now_s)
            if simulation.now_s >= look_s:
                self._observing.look()
                look_s += _LOOK_S
            self._outcome.reached_s = simulation.now_s
            await asyncio.sleep(0)

    def _do(self, action: Action) -> None:
        """Something is done to the device, now."""
        simulation = self._simulation
        if action.do == "reset":
            simulation.reset()
            return
        line = simulation.mcu.pin(HELMET.button)
        line.drive(0)
        simulation.clock.call_later(round(_PRESSES_S[action.do] * 1e6), lambda: line.drive(1))

    def _note_alarm(self) -> None:
        state, alarms = _alarm_of(self._simulation), self._outcome.alarms
        if state is not None and (not alarms or alarms[-1][1] is not state):
            alarms.append((self._simulation.now_s, state))


def _verdicts(
    scenario: Scenario,
    outcome: Outcome,
    observing: _Observing,
    truth: Callable[[float, float], Truth] | None,
    end_s: float,
) -> list[Verdict]:
    verdicts = [
        judge_alarm(expected, outcome.alarms)
        if isinstance(expected.subject, AlarmState)
        else judge(expected, outcome.observed, truth)
        for expected in scenario.expect
    ]
    verdicts += [judge_messages(expected, outcome.messages) for expected in scenario.messages]
    verdicts += [observing.energy.judge(limit) for limit in scenario.currents]
    verdicts += [
        Verdict(line, what, f"begins at {at_s:g} s, and the record is over after {end_s:g} s")
        for line, what, at_s in scenario.begins
        if at_s >= end_s
    ]
    low, high = scenario.resets
    wanted = f"{low}" if low == high else f"{low} to {high}"
    wrong = None if low <= outcome.resets <= high else f"{outcome.resets}, not {wanted}"
    restarts = [at_s for at_s in observing.restarts if all(abs(at_s - each.at_s) > 0.1 for each in scenario.actions)]
    always = judge_always(scenario, outcome.observed, observing.samples, observing.memory, end_s, restarts)
    return [*verdicts, *always, Verdict(0, "resets", wrong)]


@contextmanager
def _unlimited(_seconds: float) -> Iterator[None]:
    """No limit but that of the event loop."""
    yield


def run_here(
    scenario: Scenario, target: str = "cpython", timeout_s: float = 300.0, time_limit: TimeLimit = _unlimited
) -> Outcome:
    """Run one scenario in this process; `time_limit` is for who may use signals: it ends a firmware that hangs."""
    with time_limit(timeout_s):
        return asyncio.run(run(scenario, target, timeout_s))
