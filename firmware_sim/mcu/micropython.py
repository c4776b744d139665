"""MicroPython's `micropython` module for CPython, so that firmware modules import anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


def const(value: _T) -> _T:
    """A compile-time constant: itself."""
    return value


def native(fn: _T) -> _T:
    """Decorator for native code: CPython runs the function as it is."""
    return fn


def viper(fn: _T) -> _T:
    """Decorator for viper code: CPython runs the function as it is."""
    return fn


def schedule(func: Callable[[Any], object], arg: object) -> None:
    """Run `func(arg)` soon; without an MCU there is nothing to wait for. An Mcu has its own."""
    func(arg)


def alloc_emergency_exception_buf(size: int) -> None:
    """Nothing to reserve on CPython."""


def opt_level(level: int | None = None) -> int | None:
    """Optimisation level: always 0 here."""
    return 0 if level is None else None


def heap_lock() -> None:
    """CPython's heap cannot be locked."""


def heap_unlock() -> int:
    """CPython's heap cannot be locked: depth 0."""
    return 0


def kbd_intr(chr: int) -> None:
    """No console to interrupt from."""
