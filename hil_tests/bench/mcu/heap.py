"""Whose heap it is: what each module of the firmware takes when it is imported, and each class when it is made."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.images.frozen_source import NOT_FROZEN
from firmware_sim.targets.qemu.machines import DEFAULT_HEAP

from .console import printed_json
from .measuring import streaming

_FIRMWARE = Path(__file__).resolve().parents[3] / "firmware_sim/firmware"
_ENTRIES = ("networks.loading", "roles.band", "boards.reference")
_RUN_S = 20.0
_PIECES = ("frame_ring", "dsp.result")  # whose objects are parts of what makes them
_ARENA = "networks (loaded)"
_FORGOTTEN = "modules themselves (freed)"
#: Management and the log, whose heap together has a bound of its own.
_LOG_AND_SERVER = ("services.smp", "services.log")
RUN_TIME = "run time"
#: Every import is measured, and the networks; then constructors get wrappers that measure. What these take is no part.
#: The device takes the chip for one with a bootloader, so that it has all groups.
_SCRIPT = """
import json
from array import array
from firmware import main

modules = {modules}
owners = {owners}
imported = array("i", bytes(4 * len(modules)))
made = array("i", bytes(4 * len(owners)))
freed = array("i", bytes(4 * len(modules)))
stack = array("i", bytes(4 * 32))
# bytes at the last look, how deep in constructors, bytes of these tools, of the networks
state = array("i", bytes(4 * 4))
begins = []
forget = main._forget_modules
shrink = main._shrink
collect_after = main._collect_after

def used():
    gc.collect()
    return bridge.heap()[0]

def charge():
    now = used()
    if state[1]:
        made[stack[state[1] - 1]] += now - state[0]
    state[0] = now

def wrapped(number, begin):
    def begin_measured(self, *args):
        charge()
        stack[state[1]] = number
        state[1] += 1
        begin(self, *args)
        charge()
        state[1] -= 1
    return begin_measured

def measure_imports():
    before = used()
    for i in range(len(modules)):
        __import__("firmware." + modules[i])
        now = used()
        imported[i] = now - before
        before = now

def owner(number):
    module, name = owners[number]
    return getattr(__import__("firmware." + module, None, None, (name,)), name)

def install():
    for i in range(len(owners)):
        begins.append(owner(i).__init__)
        owner(i).__init__ = wrapped(i, begins[i])

def uninstall():
    for i in range(len(owners)):
        owner(i).__init__ = begins[i]
    begins.clear()

def shrink_measured(names):
    name = names.get("__name__", "").partition(".")[2]
    before = used()
    shrink(names)
    if name in modules:
        freed[modules.index(name)] += used() - before

def forget_measured(package):
    before = used()
    uninstall()
    state[2] += used() - before
    main._shrink = shrink_measured
    state[0] = used()
    forget(package)

def collect_measured(garbage):
    collect_after(garbage)
    if garbage < 0:  # what has been forgotten is nowhere on the stack any more
        change = used() - state[0]
        print("HEAP", json.dumps([list(imported), list(made), list(freed), state[2], state[3], change]))

state[2] = used()
measure_imports()
before = used()
install()
state[2] += used() - before
before = used()
from firmware.roles import management
management.has_bootloader = lambda flash: True
from firmware.networks import loading
shipped = loading.load_all()
state[3] = used() - before
loading.load_all = lambda: shipped
main._forget_modules = forget_measured
main._collect_after = collect_measured
"""


@dataclass(frozen=True)
class Owner:
    """Bytes of heap that a module holds: its code's objects and names, and what its classes make.

    `freed` were objects of its code, too, until the firmware was at work.
    """

    name: str
    imported: int
    made: int
    freed: int = 0

    @property
    def held(self) -> int:
        """Both."""
        return self.imported + self.made


def measure_heap(target: str, wearer: str) -> list[Owner]:
    """Who holds heap after `_RUN_S` of everything, the largest first, and last what nobody is known to hold."""
    return asyncio.run(_measure(target, wearer))


async def _measure(target: str, wearer: str) -> list[Owner]:
    modules = _modules()
    classes = list(_classes(modules))
    script = _SCRIPT.format(modules=tuple(modules), owners=tuple(classes))
    async with streaming(target, wearer, 4 * DEFAULT_HEAP, script) as (simulation, _):
        await simulation.run(simulation.now_s + _RUN_S, None)
        imported, made, freed, tools, networks, freed_in_all = printed_json(simulation, "HEAP")
        simulation.heap_figures()
        held = simulation.heap_figures().held
    objects = dict.fromkeys(modules, 0)
    for (module, _), size in zip(classes, made, strict=True):
        objects[module] += size
    owners = [
        Owner(name, size + change, objects[name], -change)
        for name, size, change in zip(modules, imported, freed, strict=True)
    ]
    owners += [Owner(_ARENA, 0, networks), Owner(_FORGOTTEN, freed_in_all - sum(freed), 0)]
    rest = held - tools - sum(owner.held for owner in owners)
    return [*sorted(owners, key=lambda owner: -owner.held), Owner(RUN_TIME, 0, rest)]


def total(owners: list[Owner]) -> int:
    """Bytes of all."""
    return sum(owner.held for owner in owners)


def rooms(owners: list[Owner]) -> list[Owner]:
    """The same by folder of the firmware, the largest first."""
    found: dict[str, Owner] = {}
    for owner in owners:
        *folders, last = owner.name.split(".")
        name = ".".join(folders) or last
        old = found.get(name, Owner(name, 0, 0))
        found[name] = Owner(name, old.imported + owner.imported, old.made + owner.made, old.freed + owner.freed)
    return sorted(found.values(), key=lambda owner: -owner.held)


def page(owners: list[Owner], target: str) -> str:
    """The report as a page of the documentation."""
    both = [room for room in rooms(owners) if room.name in _LOG_AND_SERVER]
    lines = [
        "# Heap by owner",
        "",
        f"Written by `vitalband bench mcu --heap-by-owner --page FILE --target {target}`: bytes of heap on the",
        f"emulated core after {_RUN_S:.0f} s with every stage on, a host that has subscribed to everything and the",
        "groups of a device with a bootloader, without what the emulated board's own modules hold. *Code*: objects of",
        "functions, classes and names that an import leaves on the heap once the firmware is at work; the code is in",
        "flash. *Objects*: what its classes hold, rings and replies with those who make them.",
        f"*{RUN_TIME}*: the rest, such as tables of the interpreter and what came while it ran. Tables of names and",
        "constructors that only the start needs are no part of it.",
        "",
        f"**{total(owners)} bytes in all**, of which management and log (`{'`, `'.join(_LOG_AND_SERVER)}`) hold",
        f"{sum(room.held for room in both)}; {sum(room.freed for room in both)} more until the start is over.",
        "",
    ]
    for title, rows in (("folder", rooms(owners)), ("module", owners)):
        lines += [f"| {title} | code | objects | both |", "|---|---:|---:|---:|"]
        lines += [f"| {row.name} | {row.imported} | {row.made} | {row.held} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def _modules() -> list[str]:
    """Modules of the firmware that the band loads, each behind those that it imports."""
    found: dict[str, None] = {}
    begun: set[str] = set()

    def visit(name: str) -> None:
        begun.add(name)
        for other in _imports(name):
            if other not in begun and f"{other.rpartition('.')[2]}.py" != NOT_FROZEN:
                visit(other)
        found[name] = None

    for name in _ENTRIES:
        if name not in begun:
            visit(name)
    return list(found)


def _imports(name: str) -> Iterator[str]:
    """What a module imports of the firmware when it is imported itself."""
    package = name.split(".") if (_FIRMWARE / name.replace(".", "/")).is_dir() else name.split(".")[:-1]
    for node in _tree(name).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            stem = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            yield from _named(stem, [alias.name for alias in node.names])


def _named(stem: list[str], names: list[str]) -> Iterator[str]:
    """The modules that `from STEM import NAMES` imports."""
    folder = _FIRMWARE.joinpath(*stem)
    if not folder.is_dir():
        yield ".".join(stem)
        return
    if stem:
        yield ".".join(stem)
    for name in names:
        if (folder / f"{name}.py").exists() or (folder / name).is_dir():
            yield ".".join([*stem, name])


def _classes(modules: list[str]) -> Iterator[tuple[str, str]]:
    """(module, name) of every class with a constructor whose objects are counted as its own."""
    for module in modules:
        if module in _PIECES or module.startswith("nn"):
            continue
        for node in _tree(module).body:
            if isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == "__init__" for part in node.body):
                yield module, node.name


def _tree(module: str) -> ast.Module:
    base = _FIRMWARE / module.replace(".", "/")
    return ast.parse((base / "__init__.py" if base.is_dir() else base.with_suffix(".py")).read_text())
