"""What is frozen is the firmware's own source, line by line, with numbers for constants."""

from __future__ import annotations

import ast
import builtins
import importlib
from pathlib import Path

import pytest

from firmware_sim.images.frozen_source import frozen_sources

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
_LIMITS = """from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .user import Anything

#: Public, and one of its own.
LOWEST = const(-3)
_STEP = const(4)
HIGHEST = const(LOWEST + 2 * _STEP)


def inside(value):
    return LOWEST <= value <= HIGHEST


def outside(value):
    return not inside(value)
"""
_USER = """from micropython import const
from . import limits
from .limits import (
    HIGHEST,
    inside,
)

_SPAN = const(HIGHEST - 1)


def far(x):
    return inside(x) and x - limits.LOWEST
"""


def package(folder: Path, **files: str) -> Path:
    for name, text in {"__init__": "", **files}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_constants_are_numbers_and_lines_stay(tmp_path: Path) -> None:
    made = frozen_sources(package(tmp_path, limits=_LIMITS, user=_USER))
    limits, user = made[Path("limits.py")].split("\n"), made[Path("user.py")].split("\n")
    assert len(limits) == len(_LIMITS.split("\n"))
    assert len(user) == len(_USER.split("\n"))
    assert limits[:5] == ["", "", "", "if 0:", "    from .user import Anything"]
    assert limits[7:10] == ["pass", "_STEP = const(4)", "pass"]
    assert limits[13] == "    return (-3) <= value <= (5)"
    assert user[:3] == ["", "from . import limits", "from .limits import inside"]
    assert user[7] == "_SPAN = const((5) - 1)"
    assert user[11] == "    return inside(x) and x - (-3)"


_DROPS = """import struct
from array import array
from . import limits
from .limits import inside

TABLE, _spare = [1, 2], 3
_extra, _counted = 0, 9


def size_of(form):
    return struct.calcsize(form) + _extra


def counted():
    return _counted


class Bare:
    '''Of two
    lines.'''

    FORMAT = "<I"
    LATER: int = 7

    def __init__(self):
        self.size = size_of(self.FORMAT)
        self.count = counted
        self.later = lambda: _spare
        self.begin()
        self.kept, self.also_later = self.keep, lambda: self.call()
        self.is_far = limits.outside(9)
        self.used()

    def begin(self):
        self.begin_further(struct)

    def begin_further(self, of):
        pass

    def keep(self):
        return "kept", self.LATER

    def call(self):
        return "called"

    def used(self):
        return self.unused

    def unused(self):
        self.used()


class OddError(ValueError):
    def __init__(self):
        super().__init__(len(TABLE))


def total():
    return sum(array("i", TABLE)) + limits.inside(0)


def later():
    from .limits import inside as within

    return within
"""


def test_a_module_can_drop_the_names_that_no_function_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, frozen = tmp_path / "source", tmp_path / "frozen_made_up"
    source.mkdir()
    frozen.mkdir()
    for path, text in frozen_sources(package(source, limits=_LIMITS, drops=_DROPS)).items():
        (frozen / path).write_text(text)
    assert len((frozen / "drops.py").read_text().split("\n")) == len(_DROPS.split("\n"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, "const", int, raising=False)
    drops, limits = (importlib.import_module(f"frozen_made_up.{name}") for name in ("drops", "limits"))
    total, later, bare, error = drops.total, drops.later, drops.Bare(), drops.OddError
    tables = [table for module in (drops, limits) for table in module._drop_unused()]
    # its functions' names, among them that of the module where one imports; and what another module takes from it; but
    # not those of a function that only a constructor calls, nor what that takes of another module
    assert {name for name in vars(drops) if name[:2] != "__"} == {"array", "limits", "TABLE", "_spare", "_counted"}
    assert {"inside"} == {name for name in vars(limits) if name[:2] != "__"} - {"_STEP", "TYPE_CHECKING"}
    assert total() == 4
    assert (bare.size, bare.later(), bare.count(), bare.is_far, error().args) == (4, 3, 9, True, (2,))
    # of methods those that only constructors call are gone, and those that one keeps stay, called or not
    assert {name for name in vars(type(bare)) if name[:1] != "_"} == {"keep", "call", "used", "unused", "LATER"}
    assert "__init__" not in vars(type(bare))
    assert (bare.kept(), bare.also_later()) == (("kept", 7), "called")
    assert [table["__qualname__"] for table in tables] == ["Bare"]
    assert later() is limits.inside
    assert "__name__" in vars(drops)
    assert "__name__" not in vars(limits)


@pytest.mark.parametrize("other", ["def f(LOWEST):\n    return 1\n", "def f():\n    LOWEST = 1\n"])
def test_a_name_that_is_also_something_else_is_refused(tmp_path: Path, other: str) -> None:
    text = "from .limits import LOWEST\n" + other
    with pytest.raises(ValueError, match=r"other, line \d: LOWEST is a constant"):
        frozen_sources(package(tmp_path, limits=_LIMITS, other=text))


def test_the_firmware_s_public_constants_are_numbers_everywhere() -> None:
    made = frozen_sources(FIRMWARE)
    assert len(made) > 50
    for path, text in made.items():
        for node in ast.walk(ast.parse(text, str(path))):
            assert not (isinstance(node, ast.Attribute) and node.attr.startswith(("MSG_", "READING_KIND_", "REASON_")))
        assert "TYPE_CHECKING:" not in text, path


def test_an_image_with_the_kernels_in_c_has_none_in_viper_and_all_else() -> None:
    made, in_c = frozen_sources(FIRMWARE), frozen_sources(FIRMWARE, kernels_in_c=True)
    left_out = {path.as_posix() for path in made.keys() - in_c.keys()}
    assert "kernels/ecg_viper.py" in left_out
    assert "nn/kernels_conv.py" in left_out
    assert all(name.endswith("_viper.py") or name.startswith("nn/kernels_") for name in left_out)
    assert in_c.items() <= made.items()


def test_an_image_for_one_board_has_no_other_and_all_else() -> None:
    made, for_one = frozen_sources(FIRMWARE), frozen_sources(FIRMWARE, board="reference")
    left_out = {path.as_posix() for path in made.keys() - for_one.keys()}
    assert {"boards/rp2350.py", "boards/nrf52840.py"} <= left_out
    assert all(name.startswith("boards/") for name in left_out)
    assert Path("boards/reference.py") in for_one
    assert Path("boards/__init__.py") in for_one


def test_what_only_cpython_imports_is_in_no_image() -> None:
    made = frozen_sources(FIRMWARE)
    assert Path("nn/network.py") in made
    assert {Path("nn/hosted.py"), Path("nn/checked_pointers.py")}.isdisjoint(made)
