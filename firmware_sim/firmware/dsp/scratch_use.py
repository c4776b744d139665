"""Who works in which part of `scratch.py`: two at once are an error, on CPython and wherever this is not left out.

Builds for a board leave it out (`images/frozen_source.py`), so that it costs nothing there.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

_users: "dict[str, str]" = {}


class ScratchBusyError(RuntimeError):
    """Somebody works in that part already, and would find something else there."""


def works_in(*parts: str) -> "Callable[[F], F]":
    """Decorator of what works in these `parts` (`SIGNAL`, `SHAPE`) until it returns; ScratchBusyError where one is."""

    def lend(function: "F") -> "F":
        def lent(*args: "Any") -> "Any":
            name = getattr(function, "__qualname__", "a function")
            for part in parts:
                if part in _users:
                    raise ScratchBusyError("%s wants %s, in which %s works" % (name, part, _users[part]))
            for part in parts:
                _users[part] = name
            try:
                return function(*args)
            finally:
                for part in parts:
                    del _users[part]

        try:
            lent.__wrapped__ = function  # type: ignore[attr-defined]
        except AttributeError:  # MicroPython's functions have no attributes
            pass
        return lent  # type: ignore[return-value]

    return lend
