"""Roles are data: another one needs no change in what roles share."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.uuids import normalize_uuid_16

from firmware_sim.chips.reference import fit
from firmware_sim.firmware import main
from firmware_sim.firmware.chains.gauge_chain import GaugeChain
from firmware_sim.firmware.chains.imu_chain import ImuChain
from firmware_sim.firmware.networks import loading
from firmware_sim.firmware.roles.device import Device
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.mcu.radio import AirServer
from firmware_sim.testing.ble_rig import soon
from firmware_sim.testing.mcu_rig import full_world
from host_sdk.virtual_radio import client_backend, scanner_backend

PACKAGE = main.__name__.rpartition(".")[0]
FIRMWARE = Path(main.__file__).parent


class Helmet(Device):
    """A role of this test's own: no ECG, no light, no networks."""

    MODEL = "made-up"
    NAME = "helmet"
    BODY_LOCATION = 0

    def __init__(self, board: Any, networks: None) -> None:
        assert networks is None
        super().__init__(board, (("imu", 100_000, ImuChain), ("gauge", 10_000_000, GaugeChain)))


class Shell(Device):
    """A role with a language of its own on the UART, beside none of the band's."""

    MODEL = "made-up"
    NAME = "shell"
    BODY_LOCATION = 0

    def __init__(self, board: Any) -> None:
        self.received: list[bytes] = []
        super().__init__(board, (), (self._echo,))

    def _echo(self, uart: Any) -> Callable[[memoryview], bool]:
        def on_line(line: memoryview) -> bool:
            self.received.append(bytes(line))
            uart.write(bytes(line).upper())
            return True

        return on_line


def test_a_role_says_which_lines_its_uart_understands() -> None:
    mcu = Mcu(Clock())
    sent = bytearray()
    mcu.uart(0).on_output = sent.extend
    device = Shell(load_board(mcu).Board())
    mcu.uart(0).feed(b"hello\r?\r")
    mcu.clock.run_until(mcu.clock.now + 20_000)
    device.step(device.now_us())
    mcu.clock.run_until(mcu.clock.now + 20_000)
    assert device.received == [b"hello", b"?"]
    assert bytes(sent) == b"HELLO?"


class EndedError(Exception):
    """Time is up."""


def run_helmet(monkeypatch: pytest.MonkeyPatch, mcu: Mcu, seconds: int = 2) -> Helmet:
    """`main.run` with the role added as a file and a line would, on a board of its own, for so many seconds."""
    fit(mcu, full_world())
    reference = load_board(mcu)
    made: list[Helmet] = []

    class Board(reference.Board):  # type: ignore[misc, name-defined]
        def idle(self, us: int) -> None:
            super().idle(us)
            if self.now_us() > seconds * 1_000_000:
                raise EndedError

    def make(board: Board, networks: None) -> Helmet:
        made.append(Helmet(board, networks))
        return made[0]

    monkeypatch.setitem(sys.modules, f"{PACKAGE}.boards.made_up", ModuleType("made_up"))
    monkeypatch.setitem(sys.modules, f"{PACKAGE}.roles.helmet", ModuleType("helmet"))
    monkeypatch.setattr(sys.modules[f"{PACKAGE}.boards.made_up"], "Board", Board, raising=False)
    monkeypatch.setattr(sys.modules[f"{PACKAGE}.roles.helmet"], "ROLE", make, raising=False)
    monkeypatch.setitem(main.ROLES, "helmet", (None, ("roles.device", "roles.helmet")))
    monkeypatch.setattr(loading, "load_all", lambda: pytest.fail("this role needs no networks"))
    with pytest.raises(EndedError):
        main.run("made_up", "helmet")
    return made[0]


def test_a_second_role_takes_the_sensors_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    device = run_helmet(monkeypatch, Mcu(Clock()))
    assert list(device.chains) == ["imu", "gauge"]
    assert device.chains["imu"].works
    assert device.vitals.battery_mv is not None
    assert not device.board.sensors["ecg"].overruns


async def live(mcu: Mcu, device: Device) -> None:
    """Step all the time."""
    while True:
        now = device.now_us()
        mcu.clock.run_until(mcu.clock.now + device.step(now) - now)
        await asyncio.sleep(0.002)


async def test_a_second_role_names_itself_and_offers_no_service_that_it_cannot_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    air = await soon(AirServer.start())
    radio = air.new_radio()
    await soon(radio.power_on())
    mcu = Mcu(Clock(), radio=radio)
    device = run_helmet(monkeypatch, mcu)
    living = asyncio.create_task(live(mcu, device))
    try:
        backend = scanner_backend(air.address)
        found = await soon(BleakScanner.find_device_by_name(device.identity.name, backend=backend))
        assert found is not None
        assert found.name == f"helmet-{mcu.unique_id[-2]:02X}{mcu.unique_id[-1]:02X}"
        async with BleakClient(found, backend=client_backend(air.address)) as client:
            services = {service.uuid for service in client.services}
            assert services >= {normalize_uuid_16(uuid) for uuid in (0x180F, 0x180A, 0x1805)}
            assert not services & {normalize_uuid_16(uuid) for uuid in (0x180D, 0x1822)}
            assert await soon(client.read_gatt_char("2a24")) == b"made-up"
            assert await soon(client.read_gatt_char("2a19"))
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await soon(radio.power_off())
        await soon(air.close())


def test_no_such_role_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothere"):
        main.run("reference", "nothere")


def test_no_such_board_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.ROLES, "helmet", (None, ()))
    with pytest.raises(ImportError, match="nothere"):
        main.run("nothere", "helmet")


@pytest.mark.parametrize(("implementation", "left"), [("micropython", {"machine", "firmwares"}), ("cpython", None)])
def test_a_board_that_runs_forgets_the_firmware_s_modules(
    monkeypatch: pytest.MonkeyPatch, implementation: str, left: set[str] | None
) -> None:
    names = ("firmware", "firmware.dsp", "firmware.dsp.ecg", "machine", "firmwares")
    modules = {name: ModuleType(name) for name in names}
    for module in modules.values():
        module.wanted = module.in_vain = None  # type: ignore[attr-defined]
        module._drop_unused = partial(delattr, module, "in_vain")  # type: ignore[attr-defined]
    table: dict[str, object] = dict.fromkeys(("__module__", "__qualname__", "_names", "step"))
    del modules["firmware.dsp"].in_vain
    modules["firmware.dsp"]._drop_unused = lambda: (table,)  # type: ignore[attr-defined]
    made_up = SimpleNamespace(implementation=SimpleNamespace(name=implementation), modules=dict(modules))
    monkeypatch.setattr(main, "sys", made_up)
    main._forget_modules("firmware.")
    assert set(made_up.modules) == (set(names) if left is None else left)
    for name, module in modules.items():
        assert hasattr(module, "wanted")
        assert hasattr(module, "in_vain") == ((left is None or name in left) and name != "firmware.dsp"), name
    assert ("__module__" in table, "step" in table) == (left is None, True)


def test_nothing_is_imported_once_a_device_runs() -> None:
    """Where modules have been forgotten a second copy of each would be made."""
    for path in sorted(FIRMWARE.rglob("*.py")):
        name = path.relative_to(FIRMWARE).as_posix()
        if name == "main.py" or name.startswith("nn/"):  # networks are loaded before; errors end what runs
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    assert not isinstance(node, ast.Import | ast.ImportFrom), f"{name}:{node.lineno}"
                    assert not (isinstance(node, ast.Name) and node.id == "__import__"), f"{name}:{node.lineno}"


#: Functions that run before the device is at work.
_AT_START = {
    *("arena_for", "load", "_prepared", "_interpreted", "load_all"),
    *(
        "_make_spi_sensor",
        "_make_flash",
        "_make_storage",
        "_make_calendar",
        "_console",
        "ecg_chain",
        "_fit",
        "_attach",
        "_serve_ble",
        "reporters",
    ),
}


def test_no_object_is_made_once_a_device_runs() -> None:
    """Where constructors have been dropped it could not be: only `__init__` and what runs at start makes objects."""
    trees = {path: ast.parse(path.read_text()) for path in FIRMWARE.rglob("*.py") if path.parent.name != "loading"}
    classes = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == "__init__" for part in node.body)
    }
    assert {"EcgPipeline", "Session", "Measure"} <= classes
    for path, tree in trees.items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and function.name not in {"__init__", *_AT_START}:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                        assert name not in classes - {"ptr8", "ptr16", "ptr32"}, f"{path}:{node.lineno}: {name}"


def imported(module: str) -> set[str]:
    """Modules of the firmware that a module imports at run time, by their names within it."""
    path = FIRMWARE / (module.replace(".", "/") + ".py")
    if not path.exists():
        path = FIRMWARE / module.replace(".", "/") / "__init__.py"
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module.split(".") if node.module else [])]
            members = [".".join([*base, alias.name]) for alias in node.names]
            found |= {name for name in members if (FIRMWARE / (name.replace(".", "/") + ".py")).exists()} or {
                ".".join(base)
            }
    return found - {""}


def depth(module: str, done: set[str]) -> int:
    """How deep imports nest when `module` is imported while those of `done` are there."""
    if module in done:
        return 0
    done.add(module)
    return 1 + max((depth(name, done) for name in sorted(imported(module))), default=0)


@pytest.mark.parametrize("role", sorted(main.ROLES))
def test_modules_are_imported_before_what_needs_them(role: str) -> None:
    """Small boards have no C stack for deep nesting; a new file that is left out of the table shows here."""
    networks, modules = main.ROLES[role]
    done: set[str] = set()
    if networks:
        depth(networks, done)
    depths = {module: depth(module, done) for module in modules}
    assert max(depths.values()) <= 4, depths
    assert modules[-1] == f"roles.{role}"
    assert len(set(modules)) == len(modules)
