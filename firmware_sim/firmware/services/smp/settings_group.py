"""Group 3, settings: the device's settings by name.

A setting's name is `vitalband/` and its name in the schema; its value is the bytes of its type, little-endian, or text
in UTF-8. What is written is kept at once, so that commit, load and save have nothing left to do.
"""

from micropython import const

from .errors import EINVAL, EUNKNOWN, SmpError
from .server import Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...settings import Settings

_ID = const(3)
_ROOT = "vitalband/"
_KEY_NOT_FOUND = const(3)
_ROOT_NOT_FOUND = const(5)


class SettingsGroup(Group):
    """`table` has (number, …) of each setting, `names` its name; a change is followed by `applied()`."""

    def __init__(
        self,
        settings: "Settings",
        table: "tuple[tuple[Any, ...], ...]",
        names: "tuple[str, ...]",
        applied: "Callable[[], None]",
    ) -> None:
        self._settings = settings
        self._table = table
        self._names = names
        self._applied = applied
        super().__init__(
            _ID,
            "settings mgmt",
            (
                0, "_read", "_write",
                1, None, "_delete",
                2, None, "_nothing",
                3, "_nothing", "_nothing",
            ),
        )  # fmt: skip

    def _number(self, request: "dict[Any, Any]") -> int:
        name = field(request, "name", str)
        if not name.startswith(_ROOT):
            raise SmpError(EUNKNOWN, None, _ID, _ROOT_NOT_FOUND)
        for known, row in zip(self._names, self._table):  # noqa: B905 - MicroPython has no strict
            if known == name[len(_ROOT) :]:
                return int(row[0])
        raise SmpError(EUNKNOWN, None, _ID, _KEY_NOT_FOUND)

    def _read(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        value = self._settings.read(self._number(request))
        size = field(request, "max_size", int, len(value))
        if size < 0:
            raise SmpError(EINVAL, "max_size is negative")
        return {"val": value[:size]}

    def _write(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        number = self._number(request)
        try:
            self._settings.write(number, bytes(field(request, "val", memoryview)))
        except ValueError as error:
            raise SmpError(EINVAL, str(error)) from None
        self._applied()
        return {}

    def _delete(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        self._settings.forget(self._number(request))
        self._applied()
        return {}

    def _nothing(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {}

    def erase(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Of group 63, Zephyr basic: the reset to factory settings; pairings, files and recordings stay."""
        self._settings.reset()
        self._applied()
        return {}
