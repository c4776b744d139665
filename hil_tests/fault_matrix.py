"""What the device makes of every component with every fault, found by running it: docs/faults.md.

``python -m hil_tests.fault_matrix`` runs all pairs, or those of the components that it is given, and writes the page;
test_component_faults.py holds each pair against its cell.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from firmware_sim.faults import COMPONENTS, FAULTS, faults_of, inject, why_unsupported
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.targets.simulation import BEGIN_US
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.client import Client
from host_sdk.errors import VitalbandError
from host_sdk.models import Item, Reading
from host_sdk.wire_gen import ReadingKind, Reason, Results, Sex

from .scenarios.cable import Cable

PAGE = Path(__file__).resolve().parents[1] / "docs/faults.md"
START_S, STOP_S, END_S = 36.0, 50.0, 77.0
#: Reading: what is true of the wearer, and how far a number may be from it. A late beat moves a mean of ten seconds,
#: and a charge falls a little.
TRUE = {
    ReadingKind.HEART_RATE: (70.0, 6.0),
    ReadingKind.PULSE_RATE: (70.0, 2.0),
    ReadingKind.ACTIVITY: (1.0, 0.0),
    ReadingKind.SKIN_TEMPERATURE: (33.5, 0.5),
    ReadingKind.BATTERY: (89.9, 1.0),
}
#: What else is true while a fault lasts.
ALSO = {("battery", "low"): {ReadingKind.BATTERY: 3.0}}
#: Chips that the band has not, and the radio, which tests of BLE have: what holds them.
ELSEWHERE = {
    "impact": "test_chips_helmet.py",
    "gnss": "test_chips_helmet.py",
    "modem": "test_chips_helmet.py",
    "radio": "test_faults_injected.py",
}
_IN_A_ROW = 7
_HEAD = """# Faults

Every component with every fault of `firmware_sim.faults`, as the reference board with the band's firmware answers: a
wearer at rest, the fault from {start:g} s to {stop:g} s, the host on the cable; while the flash is at fault a setting
is written, and a chip that is lost is one of the device's `faults`. `python -m hil_tests.fault_matrix` runs all of it
and writes this page; a test holds each line against a run. Wrong numbers, if there were any, would stand in the line as
*wrong*; *unnoticed*: no reading was refused, and none was wrong.

"""


@dataclass
class Found:
    """What came of a device with one fault."""

    readings: list[tuple[float, Reading]] = field(default_factory=list)
    resets: int = 0
    #: What became of a setting that was written meanwhile.
    answer: str = ""
    #: Times in the run at which the device counted the flash as lost.
    lost_s: list[float] = field(default_factory=list)
    #: What is true besides while the fault is there.
    also: dict[ReadingKind, float] = field(default_factory=dict)

    def of(self, kind: ReadingKind) -> list[tuple[float, Reading]]:
        """Readings of a kind, with their times in the run."""
        return [each for each in self.readings if each[1].kind == kind]

    def wrong(self, kind: ReadingKind) -> list[tuple[float, Reading]]:
        """Numbers that are said to be good and are not."""
        true, within = TRUE[kind]
        numbers = [(at, r, r.value) for at, r in self.of(kind) if r.value is not None and r.quality > 30]
        right = (true, self.also.get(kind, true))
        return [(at, r) for at, r, value in numbers if all(abs(value - each) > within for each in right)]

    def reasons(self, kind: ReadingKind) -> list[str]:
        """Why there was no number while the fault was there, and a while after."""
        refused = [r.reason for at, r in self.of(kind) if START_S < at <= STOP_S + 5 and r.value is None and r.reason]
        return sorted({reason.name.lower() for reason in refused if reason != Reason.WARMING_UP})

    def back_s(self, kind: ReadingKind) -> float | None:
        """When the last refusal was over, s after the fault; None: never."""
        readings = self.of(kind)
        refused = [at for at, r in readings if at > STOP_S and r.value is None]
        back = [at for at, r in readings if r.value is not None and at > max([STOP_S, *refused])]
        return back[0] - STOP_S if back else None


async def observe(component: str, fault: str) -> Found:
    """Run a device with a fault."""
    # with a record and no pace its time stands still until it is run; the wearer is its world all the same
    settings = Settings(link="serial", pace=None, record="resting", seed=3)
    device = LocalDevice(settings, Wearer(PRESETS["resting"], seed=3), None)
    simulation = device.simulation
    found, begin_us = Found(also=ALSO.get((component, fault), {})), 0

    def note(item: Item) -> None:
        if isinstance(item, Reading) and item.kind in TRUE:
            found.readings.append(((begin_us + item.tick_us - BEGIN_US) / 1e6, item))

    def started_anew() -> None:
        nonlocal begin_us
        begin_us = simulation.clock.now

    simulation.mcu.at_reset(started_anew)
    async with Client(Cable(device)) as client:
        client.listen(note)
        await client.subscribe((), Results.ALL)
        offset_s = BEGIN_US / 1e6
        inject(simulation, component, fault, START_S + offset_s, STOP_S + offset_s, seed=1)
        setting: asyncio.Future[None] | None = None
        while simulation.now_s < END_S:
            before = simulation.mcu.resets
            if component == "flash" and setting is None and simulation.now_s > START_S + 2.0:
                setting = asyncio.ensure_future(client.set_wearer(Sex.FEMALE))
                await asyncio.sleep(0)
            await simulation.run(simulation.now_s + 1.0, None)
            await asyncio.sleep(0)
            if isinstance(simulation, CpythonSimulation) and component == "flash" and simulation.device.faults():
                found.lost_s.append(simulation.now_s)
            if simulation.mcu.resets != before:
                await client.subscribe((), Results.ALL)  # a device that starts anew knows of none
        if setting is not None:
            found.answer = await _answer(setting)
    found.resets = simulation.mcu.resets
    return found


async def _answer(setting: asyncio.Future[None]) -> str:
    """What the device said to a setting."""
    try:
        await asyncio.wait_for(setting, 60)
    except VitalbandError as error:
        return f"the setting is refused ({type(error).__name__})"
    return "the setting is taken"


def words(found: Found) -> str:
    """What came of it, for the page."""
    parts = [f"reset {found.resets}x"] if found.resets else []
    parts += [found.answer] if found.answer else []
    if found.lost_s:
        parts.append(f"a fault until {max(found.lost_s[-1] - STOP_S, 0):.0f} s after it")
    for kind, true in found.also.items():
        seen = any(r.value == true for _, r in found.of(kind))
        parts.append(f"`{kind.name.lower()}`: {true:g}" if seen else f"`{kind.name.lower()}` is not {true:g}")
    refused: dict[str, dict[str, float]] = {}
    for kind in TRUE:
        name, back_s = f"`{kind.name.lower()}`", found.back_s(kind)
        reasons = ", ".join(found.reasons(kind))
        if found.wrong(kind):
            parts.append(f"{name} *wrong* {len(found.wrong(kind))}x")
        if back_s is None:
            parts.append(f"{name} {reasons} not back")
        elif reasons:
            refused.setdefault(reasons, {})[name] = back_s
    parts += [f"{', '.join(of)}: {why}; back after {max(of.values()):.0f} s" for why, of in refused.items()]
    return ". ".join(parts) or "unnoticed"


def pairs() -> Iterator[tuple[str, str]]:
    """What the band can have."""
    return ((c, f) for c in COMPONENTS if c not in ELSEWHERE for f in faults_of(c))


def page(found: dict[tuple[str, str], str]) -> str:
    """The page, with what came of each pair."""
    lines = [_HEAD.format(start=START_S, stop=STOP_S), "| component | fault | outcome |\n|---|---|---|\n"]
    for component in COMPONENTS:
        for fault in faults_of(component):
            outcome = f"held by `{ELSEWHERE[component]}`" if component in ELSEWHERE else found[component, fault]
            lines.append(f"| {component} | {fault} | {outcome} |\n")
    lines.append("\nRefused as unsupported:\n\n| component | faults | why |\n|---|---|---|\n")
    for component in COMPONENTS:
        refused: dict[str, list[str]] = {}
        for fault in FAULTS:
            why = why_unsupported(component, fault)
            if why is not None:
                refused.setdefault(why, []).append(fault)
        for why, faults in refused.items():
            rows = (faults[first : first + _IN_A_ROW] for first in range(0, len(faults), _IN_A_ROW))
            lines += [f"| {component} | {', '.join(row)} | {why} |\n" for row in rows]
    return "".join(lines)


@cache
def page_cells() -> dict[tuple[str, str], str]:
    """Outcomes as the page has them."""
    rows = [line.strip("|").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return {(row[0].strip(), row[1]): row[2].strip() for row in rows if len(row) == 3}


async def _all(components: Sequence[str]) -> dict[tuple[str, str], str]:
    found = dict(page_cells()) if components else {}
    for component, fault in pairs():
        if components and component not in components:
            continue
        found[component, fault] = words(await observe(component, fault))
        print(f"{component} {fault}: {found[component, fault]}", flush=True)
    return found


def main() -> int:
    """Run all pairs and write the page; 0."""
    PAGE.write_text(page(asyncio.run(_all(sys.argv[1:]))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
