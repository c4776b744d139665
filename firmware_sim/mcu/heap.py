"""What the firmware's objects would take of a 32-bit MicroPython heap.

Measured by a walk over the object graph from the watched roots (the board module, the device) and the
mutable globals of the firmware's modules. Buffers (array, bytearray, bytes) count by their exact length;
objects by the layouts of MicroPython 1.24 with 4-byte words (py/obj.h, py/map.c), each block rounded up to
the collector's 16 bytes. Code, constants, short ints and strings (names) are in flash and count nothing, as
with frozen modules. Not seen: garbage not yet collected, the stack, and what the radio's driver takes.
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from collections.abc import Callable
from types import CellType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from .clock import Clock

DEFAULT_BUDGET = 192 * 1024
REFRESH_US = 10_000_000  # a walk costs milliseconds, so the firmware's own question gets one this old
_BLOCK = 16
_WORD = 4
_FIRMWARE = "firmware_sim.firmware"
_MUTABLE = (array, bytearray, list, dict, set, deque)
# py/map.c: sizes a hash table grows through
_TABLE = (0, 1, 2, 4, 6, 8, 10, 12, 17, 23, 29, 37, 47, 59, 73, 97, 127, 167, 223, 293, 389, 521, 691, 919, 1223)


class Heap:
    """A budget and what is used of it."""

    def __init__(self, clock: Clock, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._clock = clock
        self._roots: list[object] = []
        self._used: int | None = None
        self._measured_at = 0

    def watch(self, root: object) -> None:
        """Count what hangs on `root` as well."""
        self._roots.append(root)
        self._used = None

    def clear(self) -> None:
        """A reset: nothing is held."""
        self._roots.clear()
        self._used = None

    @property
    def used(self) -> int:
        """Bytes held, at most ten seconds of device time old."""
        if self._used is None or self._clock.now - self._measured_at >= REFRESH_US:
            self.measure()
        return self._used or 0

    @property
    def free(self) -> int:
        """Bytes left; 0 when the firmware would not fit."""
        return max(self.budget - self.used, 0)

    @property
    def exceeded(self) -> bool:
        """Whether a board with this heap would have run out of memory."""
        return self.used > self.budget

    def measure(self) -> int:
        """Walk now; bytes held."""
        packages = {".".join(type(root).__module__.split(".")[:2]) for root in self._roots}
        self._used = _walk([*self._roots, *_module_state(packages)]) if self._roots else 0
        self._measured_at = self._clock.now
        return self._used


def _module_state(packages: set[str]) -> list[object]:
    """Mutable globals of the firmware's modules: on a board they are in RAM; another image's modules are not there."""
    kept: list[object] = []
    for name, module in list(sys.modules.items()):
        if name.startswith(_FIRMWARE) and ".".join(name.split(".")[:2]) in packages:
            kept += [v for k, v in vars(module).items() if isinstance(v, _MUTABLE) and not k.startswith("__")]
    return kept


def _walk(roots: list[object]) -> int:
    seen: set[int] = set()
    stack = list(roots)
    total = 0
    while stack:
        item = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        size, held = _size_and_references(item)
        total += size
        stack += held
    return total


def _size_and_references(item: Any) -> tuple[int, list[Any]]:
    """(bytes of this object, objects it holds)."""
    kind = type(item)
    measure = _MEASURES.get(kind)
    if measure is not None:
        return measure(item)
    if isinstance(item, type):
        return 0, []
    if isinstance(item, ModuleType):
        own = item.__name__.startswith(_FIRMWARE)
        return 0, [v for v in vars(item).values() if _is_firmware(type(v))] if own else []
    if _is_firmware(kind):
        return _instance(item)
    return _BLOCK, []


def _is_firmware(kind: type) -> bool:
    return kind.__module__.startswith(_FIRMWARE)


def _instance(item: Any) -> tuple[int, list[Any]]:
    values = list(vars(item).values()) if hasattr(item, "__dict__") else []
    return _BLOCK + _blocks(_table(len(values)) * 2 * _WORD), values


def _blocks(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _table(entries: int) -> int:
    return next((size for size in _TABLE if size >= entries), entries)


def _buffer(item: Any) -> tuple[int, list[Any]]:
    return _BLOCK + _blocks(len(item) * getattr(item, "itemsize", 1)), []


def _list(item: Any) -> tuple[int, list[Any]]:
    return _BLOCK + _blocks(max(len(item), 4) * _WORD), list(item)


def _tuple(item: Any) -> tuple[int, list[Any]]:
    return _blocks((2 + len(item)) * _WORD), list(item)


def _dict(item: Any) -> tuple[int, list[Any]]:
    return _BLOCK + _blocks(_table(len(item)) * 2 * _WORD), [*item.keys(), *item.values()]


def _set(item: Any) -> tuple[int, list[Any]]:
    return _BLOCK + _blocks(_table(len(item)) * _WORD), list(item)


def _int(item: Any) -> tuple[int, list[Any]]:
    # 31-bit ints live in the reference itself
    if -(1 << 30) <= item < 1 << 30:
        return 0, []
    return _BLOCK + _blocks(item.bit_length() // 8 + 1), []


def _function(item: Any) -> tuple[int, list[Any]]:
    cells = item.__closure__ or () if item.__module__.startswith(_FIRMWARE) else ()
    return _BLOCK + _blocks((3 + len(cells)) * _WORD) if cells else 0, list(cells)


def _cell(item: Any) -> tuple[int, list[Any]]:
    try:
        return _BLOCK, [item.cell_contents]
    except ValueError:
        return _BLOCK, []


def _generator(item: Any) -> tuple[int, list[Any]]:
    frame = item.gi_frame
    if frame is None:
        return _BLOCK, []
    state = frame.f_code.co_stacksize + frame.f_code.co_nlocals
    return _blocks((12 + state) * _WORD), list(frame.f_locals.values())


def _nothing(item: Any) -> tuple[int, list[Any]]:
    return 0, []


_MEASURES: dict[type, Callable[[Any], tuple[int, list[Any]]]] = {
    array: _buffer,
    bytearray: _buffer,
    bytes: _buffer,
    memoryview: lambda item: (_BLOCK, [item.obj]),
    list: _list,
    deque: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _set,
    int: _int,
    float: lambda item: (_BLOCK, []),
    bool: _nothing,
    type(None): _nothing,
    str: _nothing,
    MethodType: lambda item: (_BLOCK, [item.__self__]),
    FunctionType: _function,
    CellType: _cell,
    GeneratorType: _generator,
}
