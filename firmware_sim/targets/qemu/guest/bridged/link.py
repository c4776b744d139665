"""The one link to the simulator: calls to it, and what it wants served."""

import gc

import bridge  # type: ignore[import-not-found]

from . import ops
from .values import decode, encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_ERRORS = {"OSError": OSError, "ValueError": ValueError, "TypeError": TypeError, "RuntimeError": RuntimeError}
#: By name of event.
event_handlers: "dict[str, Callable[..., Any]]" = {}


def _heap() -> "tuple[int, int, int, int]":
    """Bytes held before a collection, and after it: held, free, largest free piece."""
    before = bridge.heap()[0]
    gc.collect()
    held, free, largest = bridge.heap()
    return before, held, free, largest


def _run(code: str) -> "Any":
    """Run code in the firmware's own interpreter; the value of its variable `answer`."""
    names: "dict[str, Any]" = {}
    exec(code, names)
    return names.get("answer")


event_handlers["heap"] = _heap
event_handlers["counters"] = bridge.counters
event_handlers["run"] = _run


def call(target: str, *args: "Any", **named: "Any") -> "Any":
    """Have the simulator call `target`; what it raises is raised here."""
    request = encoded((target, args, tuple(named.items())))
    answer = decode(bridge.exchange(ops.CALL, request))
    if answer[0]:
        return answer[1]
    raise _ERRORS.get(answer[1], RuntimeError)(*answer[2])


def connect() -> "tuple[str, str, str]":
    """Say hello; what to run: (mode, argument, what the firmware is to be)."""
    mode, argument, device = decode(bridge.open(_serve))
    return mode, argument, device


def died(error: BaseException) -> None:
    """Tell the simulator what the firmware ended by."""
    bridge.exchange(ops.DIED, encoded((type(error).__name__, str(error))))


def _serve(event: bytes) -> bytearray:
    """Have an event (its name, its arguments) handled; what its handler answers."""
    name, args = decode(event)
    handler = event_handlers.get(name)
    return encoded(handler(*args) if handler else None)
