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

FIRMWARE = "firmware_sim.firmware"
# On a board these exist or they do not; a computer's own module of that name is never meant.
_DEVICE_ONLY = ("machine", "bluetooth")


def load_board(mcu: Mcu, name: str = "reference", firmware: str = FIRMWARE) -> ModuleType:
    """Run a fresh copy of boards/NAME.py of the package `firmware` on this MCU and return the module.

    Raises ImportError when there is no such board file.
    """
    package = f"{firmware}.boards"
    code = _compiled(package, name)
    module = ModuleType(f"{package}.{name}")
    module.__package__ = package
    module.__file__ = code.co_filename
    own = dict(vars(builtins), __import__=_Importer(mcu, firmware), open=mcu.files.open)
    vars(module)["__builtins__"] = own
    exec(code, vars(module))
    return module


class _Importer:
    """`__import__` of one MCU."""

    def __init__(self, mcu: Mcu, firmware: str) -> None:
        self._mcu = mcu
        self._firmware = firmware
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
            package = ModuleType(f"{self._firmware}.boards")
            vars(package).update({board: load_board(self._mcu, board, self._firmware) for board in boards})
            return package
        return builtins.__import__(name, globals, locals, fromlist or (), level)


@lru_cache
def _compiled(package: str, name: str) -> CodeType:
    if not name.isidentifier():
        raise ImportError(f"no board file {name}.py in the firmware", name=name)
    home = import_module(package)
    path = str(Path(*home.__path__, f"{name}.py"))
    if home.__path__:
        if not Path(path).is_file():
            raise ImportError(f"no board file {name}.py in the firmware", name=name)
        text = Path(path).read_text(encoding="utf-8")
    else:  # in an image
        text = home.__loader__.get_source(f"{package}.{name}")  # type: ignore[union-attr]
    return compile(text, path, "exec", dont_inherit=True)
