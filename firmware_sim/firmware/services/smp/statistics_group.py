"""Group 2, statistics: counters by name."""

from micropython import const

from .errors import ENOENT, GroupError
from .server import Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Takes a reading of all counters of a name.
    Counters = Callable[[str], dict[str, int]]

_ID = const(2)
_INVALID_NAME = const(3)


class StatisticsGroup(Group):
    """`names` of what has counters, and what reads them."""

    def __init__(self, names: "tuple[str, ...]", counters: "Counters") -> None:
        self._names = names
        self._counters = counters
        super().__init__(_ID, "stat mgmt", (0, "_read", None, 1, "_list", None))

    def _read(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        name = field(request, "name", str)
        if name not in self._names:
            raise GroupError(_ID, _INVALID_NAME, ENOENT)
        return {"name": name, "fields": self._counters(name)}

    def _list(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"stat_list": list(self._names)}
