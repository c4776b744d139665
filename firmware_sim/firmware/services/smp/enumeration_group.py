"""Group 10, enumeration: which groups there are."""

from micropython import const

from .errors import EINVAL, EUNKNOWN, GroupError, SmpError
from .server import Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .server import SmpServer

_ID = const(10)
_INDEX_TOO_LARGE = const(4)


class EnumerationGroup(Group):
    """Lists the groups of a server, itself included."""

    def __init__(self, server: "SmpServer") -> None:
        self._server = server
        super().__init__(
            _ID,
            "enum mgmt",
            (
                0, "_count", None,
                1, "_list", None,
                2, "_single", None,
                3, "_details", None,
            ),
        )  # fmt: skip

    def _count(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"count": len(self._server.groups)}

    def _list(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"groups": [group.number for group in self._server.groups]}

    def _single(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        groups = self._server.groups
        index = field(request, "index", int, 0)
        if not 0 <= index < len(groups):
            raise GroupError(_ID, _INDEX_TOO_LARGE, EUNKNOWN if index >= 0 else EINVAL)
        answer = {"group": groups[index].number}
        if index == len(groups) - 1:
            answer["end"] = True
        return answer

    def _details(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Of all groups, or of those that are listed; one that is not there is left out."""
        wanted = field(request, "groups", list, [])
        for number in wanted:
            if not isinstance(number, int):
                raise SmpError(EINVAL, "groups are numbers")
        return {
            "groups": [
                {"group": group.number, "name": group.name, "handlers": len(group.commands) // 3}
                for group in self._server.groups
                if not wanted or group.number in wanted
            ]
        }
