"""Runs MicroPython's own tests of two devices (`tests/multi_bluetooth`) on simulated MCUs that have one air.

Their scripts wait in loops. Here all that waits becomes a coroutine, in which a millisecond of virtual time passes and
the air has its turn.
"""

from __future__ import annotations

import ast
import asyncio
import os
import struct
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from firmware_sim.images.source import SUITE, cache_root
from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.mcu.radio import AirServer

#: Not here: L2CAP channels (no `bluetooth` of the project has them), measurements of speed, and deep sleep.
SCRIPTS = (
    "ble_characteristic",
    "ble_descriptor",
    "ble_gap_advertise",
    "ble_gap_connect",
    "ble_gap_device_name",
    "ble_gap_pair",
    "ble_gap_pair_bond",
    "ble_gatt_data_transfer",
    "ble_gattc_discover_services",
    "ble_irq_calls",
    "ble_mtu",
    "ble_mtu_peripheral",
    "ble_subscribe",
)
_WAITING = {"idle", "sleep_ms", "sleep", "wait"}
_STEP_US = 1000
_LIMIT_S = 120.0


def suite() -> Path | None:
    """The folder of the tests, of the source that images are built from; None where it is not there."""
    given = os.environ.get("MICROPYTHON_SRC")
    roots = [Path(given)] if given else sorted((cache_root() / "micropython" / SUITE).glob("micropython-*"))
    folders = [root / "tests" / "multi_bluetooth" for root in roots]
    return next((folder for folder in folders if folder.is_dir()), None)


class _Awaiting(ast.NodeTransformer):
    """Makes coroutines of functions that wait, and has their callers wait for them; leaves imports out."""

    def __init__(self, tree: ast.Module) -> None:
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        self.waiting = set(_WAITING)
        before = -1
        while len(self.waiting) > before:
            before = len(self.waiting)
            self.waiting |= {function.name for function in functions if self._waits(function)}

    def _waits(self, function: ast.FunctionDef) -> bool:
        return any(isinstance(node, ast.Call) and _called(node) in self.waiting for node in ast.walk(function))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function that waits is a coroutine."""
        self.generic_visit(node)
        if node.name not in self.waiting:
            return node
        made = ast.AsyncFunctionDef(node.name, node.args, node.body, node.decorator_list)
        return ast.copy_location(made, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Who calls it waits for it."""
        self.generic_visit(node)
        return ast.copy_location(ast.Await(node), node) if _called(node) in self.waiting else node

    def visit_Import(self, _node: ast.Import) -> None:
        """Modules are there."""

    def visit_ImportFrom(self, _node: ast.ImportFrom) -> None:
        """Modules are there."""


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _compiled(path: Path) -> CodeType:
    tree = ast.parse(path.read_text())
    return compile(ast.fix_missing_locations(_Awaiting(tree).visit(tree)), str(path), "exec")


class _Octets(bytes):
    """To which MicroPython also adds texts."""

    def __add__(self, other: Any) -> _Octets:
        return _Octets(bytes(self) + (other.encode() if isinstance(other, str) else other))


class _Struct:
    @staticmethod
    def pack(form: str, *values: Any) -> _Octets:
        return _Octets(struct.pack(form, *values))


class _Multitest:
    """What scripts say to each other."""

    def __init__(self, pair: _Pair, instance: _Instance) -> None:
        self._pair, self._instance = pair, instance

    def globals(self, **values: object) -> None:
        """Names for all scripts."""
        for instance in self._pair.instances:
            instance.names.update(values)

    def next(self) -> None:
        """The next instance may begin."""
        self._pair.begun += 1

    def broadcast(self, message: str) -> None:
        """To those who wait for it, now or later."""
        self._pair.messages.add(message)

    async def wait(self, message: str) -> None:
        """Until somebody has said it."""
        while message not in self._pair.messages:
            await self._instance.idle()


class _Instance:
    """One device and its script."""

    def __init__(self, number: int, server: AirServer, pair: _Pair, code: CodeType) -> None:
        self.number = number
        self.clock = Clock()
        self.radio = server.new_radio()
        self.printed: list[str] = []
        self._pair = pair
        modules: dict[str, Any] = modules_of(Mcu(self.clock, seed=40 + number, radio=self.radio))
        idle, sleep = self.idle, self._sleep_ms

        class Time:
            ticks_ms = staticmethod(modules["time"].ticks_ms)
            ticks_diff = staticmethod(modules["time"].ticks_diff)
            sleep_ms = staticmethod(sleep)

        class Machine:
            pass

        Machine.idle = staticmethod(idle)  # type: ignore[attr-defined]
        self.names: dict[str, Any] = {
            "bluetooth": modules["bluetooth"],
            "time": Time,
            "machine": Machine,
            "const": lambda value: value,
            "struct": _Struct,
            "multitest": _Multitest(pair, self),
            "print": lambda *parts: self.printed.append(" ".join(map(str, parts))),
        }
        exec(code, self.names)

    async def idle(self) -> None:
        """A millisecond passes."""
        self.clock.run_until(self.clock.now + _STEP_US)
        await asyncio.sleep(0.001)

    async def _sleep_ms(self, ms: int) -> None:
        for _ in range(ms):
            await self.idle()

    async def run(self) -> None:
        """Its part, once the instance before it says so."""
        while self._pair.begun < self.number:
            await self.idle()
        await self.names[f"instance{self.number}"]()


class _Pair:
    def __init__(self) -> None:
        self.instances: list[_Instance] = []
        self.messages: set[str] = set()
        self.begun = 0


async def run(path: Path, count: int = 2, watch: Callable[[int, list[str]], None] = lambda number, lines: None) -> str:
    """What the instances of a test print, as its `.exp` file has it; raises what they raise."""
    code, pair = _compiled(path), _Pair()
    server = await AirServer.start()
    try:
        pair.instances += [_Instance(number, server, pair, code) for number in range(count)]
        for instance in pair.instances:
            await instance.radio.power_on()
        await asyncio.wait_for(asyncio.gather(*(instance.run() for instance in pair.instances)), _LIMIT_S)
    finally:
        for instance in pair.instances:
            watch(instance.number, instance.printed)
            await instance.radio.power_off()
        await server.close()
    return "".join(
        "\n".join([f"--- instance{instance.number} ---", *instance.printed, ""]) for instance in pair.instances
    )
