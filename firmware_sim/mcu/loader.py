"""Runs a board file with `machine`, `time`, … meaning one MCU, so that many devices live in one process."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType

from .mcu import Mcu
from .modules import modules_of

PACKAGE = "firmware_sim.firmware.boards"
# On a board these exist or they do not; a computer's own module of that name is never meant.
_DEVICE_ONLY = ("machine", "bluetooth")


def load_board(mcu: Mcu, name: str = "reference") -> ModuleType:
    """Run a fresh copy of firmware/boards/NAME.py on this MCU and return the module.

    Raises ImportError when there is no such board file.
    """
    module = ModuleType(f"{PACKAGE}.{name}")
    module.__package__ = PACKAGE
    module.__file__ = str(_path(name))
    own = dict(vars(builtins), __import__=_Importer(mcu), open=mcu.files.open)
    vars(module)["__builtins__"] = own
    exec(_compiled(name), vars(module))
    return module


class _Importer:
    """`__import__` of one MCU."""

    def __init__(self, mcu: Mcu) -> None:
        self._mcu = mcu
        self._modules = modules_of(mcu)

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0:
            own = self._modules.get(name)
            if own is not None:
                return own
            if name in _DEVICE_ONLY:
                raise ImportError(f"no module named '{name}'", name=name)
        boards = fromlist or ()
        if level == 1 and not name and boards:
            # a board made from another one: that one, too, on this MCU
            package = ModuleType(PACKAGE)
            vars(package).update({board: load_board(self._mcu, board) for board in boards})
            return package
        return builtins.__import__(name, globals, locals, fromlist or (), level)


def _path(name: str) -> Path:
    folder = import_module(PACKAGE).__path__[0]
    path = Path(folder) / f"{name}.py"
    if not name.isidentifier() or not path.is_file():
        raise ImportError(f"no board file {name}.py in the firmware", name=name)
    return path


@lru_cache
def _compiled(name: str) -> CodeType:
    path = _path(name)
    return compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
