"""What `host_sdk` offers from the top, and that nothing of it is loaded before it is wanted."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import host_sdk
from host_sdk import errors, models, wire_gen

TREE = ast.parse(Path(host_sdk.__file__).read_text(encoding="utf-8"))


def test_every_name_is_there_for_programs_and_for_type_checkers() -> None:
    typed = {
        alias.name: node.module for node in ast.walk(TREE) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert typed.pop("import_module") == "importlib"
    assert typed.pop("version") == "importlib.metadata"
    assert {typed.pop(name) for name in host_sdk._MODULES} == {None}
    assert typed == host_sdk._HOMES
    assert sorted([*typed, "blocking", "replay", "__version__"]) == sorted(host_sdk.__all__)
    for name in host_sdk.__all__:
        assert getattr(host_sdk, name) is not None
    assert set(host_sdk.__all__) <= set(dir(host_sdk))
    assert host_sdk.__version__ == version("vitalband")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = host_sdk.nothing  # type: ignore[attr-defined]


def test_every_error_and_every_item_is_among_them() -> None:
    raised = {
        name for name, made in vars(errors).items() if inspect.isclass(made) and made.__module__ == errors.__name__
    }
    assert raised <= set(host_sdk.__all__)
    assert all(issubclass(getattr(errors, name), errors.VitalbandError) for name in raised)
    items = {kind.__name__ for kind in models.Item.__args__}
    assert items <= set(host_sdk.__all__)
    words = {
        "Activity",
        "AlarmAction",
        "AlarmCause",
        "AlarmKind",
        "AlarmProfile",
        "AlarmReason",
        "AlarmState",
        "AlarmWarning",
        "BandState",
        "BeatKind",
        "Calibration",
        "EventKind",
        "LogMode",
        "LogState",
        "ModemState",
        "PositionState",
        "Posture",
        "ReadingKind",
        "Reason",
        "Sex",
        "Stream",
        "Unit",
        "Wear",
    }
    assert words | {"Results", "RhythmFlags", "Error"} == {
        name
        for name, made in vars(wire_gen).items()
        if inspect.isclass(made) and issubclass(made, int) and made.__module__ == wire_gen.__name__
    } - {"BlockStatus"}


def test_its_modules_are_there_without_an_import_of_their_own() -> None:
    code = "import host_sdk; print(host_sdk.blocking.connect.__name__, host_sdk.replay.ReplayOptions.__name__)"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (got.stdout, got.stderr) == ("connect ReplayOptions\n", "")


def test_importing_it_loads_neither_bluetooth_nor_numpy() -> None:
    code = "import host_sdk, sys; print(sorted({'numpy', 'bleak', 'serial', 'bumble', 'asyncio'} & set(sys.modules)))"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert got.stdout.strip() == "[]"
