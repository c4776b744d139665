"""Group 0, os: echo, tasks, memory, date and time, reset, buffers, and what runs here."""

from micropython import const

from .errors import EINVAL, ENOENT, EUNKNOWN, SmpError
from .server import Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol

    from ...clock import DeviceClock
    from ...identity import Identity
    from .server import SmpServer

    Booted = Callable[[], tuple[str, str, bytes]]

    class Host(Protocol):
        """What the group needs of the device."""

        identity: Identity
        clock: DeviceClock
        board_name: str
        processor: str

        def heap(self) -> tuple[int, int, int]:
            """(bytes in all, free now, least free so far)."""
            ...

        def tasks(self) -> dict[str, dict[str, int]]:
            """By name: `prio`, `tid`, `state` and `runtime` (ms)."""
            ...

        def reset_in(self, ms: int) -> None:
            """Start anew in so many ms, when the answer is out."""

        def request_recovery(self) -> None:
            """Have the next start end in the bootloader's console."""


_ID = const(0)
_INVALID_FORMAT = const(2)
_NO_ANSWER = const(3)
_RTC_NOT_SET = const(4)
_BUFFERS = const(1)
_SWAP_USING_SCRATCH = const(1)
_RESET_MS = const(250)
_RECOVERY = const(1)  # boot_mode
_FIRST_YEAR = const(2001)  # clock: FIRST_YEAR
# Where each number of a date and time begins, how many digits it has, and what may follow.
_FIELDS = ((0, 4, "-"), (5, 2, "-"), (8, 2, "T"), (11, 2, ":"), (14, 2, ":"), (17, 2, ".Z+-"))


class OsGroup(Group):
    """The commands of group 0. `booted` gives what the bootloader did, and why; None: there is no bootloader."""

    def __init__(
        self, host: "Host", server: "SmpServer", booted: "Callable[[], tuple[str, str, bytes]] | None" = None
    ) -> None:
        self._host = host
        self._server = server
        self._booted = booted
        commands = (
            0, "_echo", "_echo",
            2, "_tasks", None,
            3, "_memory", None,
            4, "_get_time", "_set_time",
            5, None, "_reset",
            6, "_parameters", None,
            7, "_information", None,
            8, "_bootloader", None,
        )  # fmt: skip
        super().__init__(_ID, "os mgmt", commands if booted else commands[:-3])

    def _echo(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"r": field(request, "d", str, "")}

    def _tasks(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"tasks": self._host.tasks()}

    def _memory(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        total, free, least = self._host.heap()
        return {"heap": {"blksiz": 1, "nblks": total, "nfree": free, "min": least}}

    def _get_time(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        now = self._host.clock.datetime()
        if now[0] < _FIRST_YEAR:
            raise SmpError(EUNKNOWN, None, _ID, _RTC_NOT_SET)
        year, month, day, _, hour, minute, second, us = now
        return {"datetime": "%04d-%02d-%02dT%02d:%02d:%02d.%06d" % (year, month, day, hour, minute, second, us)}

    def _set_time(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        fields = _datetime(field(request, "datetime", str))
        if fields is None or not self._host.clock.set(fields):
            raise SmpError(EINVAL, "no date and time from 2001 to 2099")
        return {}

    def _reset(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        mode = field(request, "boot_mode", int, 0)
        if mode not in (0, _RECOVERY) or (mode and not self._booted):
            raise SmpError(EINVAL, "no boot mode %d" % mode)
        if mode:
            self._host.request_recovery()
        self._host.reset_in(_RESET_MS)
        return {}

    def _bootloader(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Its name, or what `query` wants to know: its `mode`, or what it did `last`."""
        query = field(request, "query", str, "")
        if not query:
            return {"bootloader": "MCUboot"}
        if query == "mode":
            return {"mode": _SWAP_USING_SCRATCH, "no-downgrade": True}
        if query == "last" and self._booted:
            outcome, refusal, digest = self._booted()
            return {"outcome": outcome, "refusal": refusal, "hash": digest}
        raise SmpError(ENOENT, None, _ID, _NO_ANSWER)

    def _parameters(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"buf_size": self._server.longest, "buf_count": _BUFFERS}

    def _information(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """As `uname` has it, by the letters of `format` (default: s); h, which `a` leaves out: the serial number."""
        host = self._host
        identity = host.identity
        values = (
            ("s", "vitalband"),
            ("n", identity.name),
            ("r", identity.version),
            ("v", identity.version),
            ("m", host.processor),
            ("p", host.processor),
            ("i", host.board_name),
            ("o", "MicroPython"),
        )
        letters = field(request, "format", str, "s") or "s"
        for letter in letters:
            if letter not in "asnrvmpioh":
                raise SmpError(EINVAL, None, _ID, _INVALID_FORMAT)
        found = [value for letter, value in values if letter in letters or "a" in letters]
        if "h" in letters:
            found.append(identity.serial)
        return {"output": " ".join(found)}


def _datetime(text: str) -> "tuple[int, ...] | None":
    """`yyyy-MM-ddTHH:mm:ss[.ffffff][Z or ±HH:mm]` as `DeviceClock.set` takes it; None: it is none.

    The clock has no zone: an offset is not applied, as in Zephyr.
    """
    numbers = []
    for at, width, mark in _FIELDS:
        digits = text[at : at + width]
        if len(digits) != width or not _all_digits(digits) or text[at + width : at + width + 1] not in mark:
            return None
        numbers.append(int(digits))
    year, month, day, hour, minute, second = numbers
    rest = text[19:]
    us = 0
    if rest[:1] == ".":
        digits = ""
        while _all_digits(rest[1 + len(digits) : 2 + len(digits)]):
            digits += rest[1 + len(digits)]
        if not 0 < len(digits) <= 9:
            return None
        us = int((digits + "00000")[:6])
        rest = rest[1 + len(digits) :]
    if rest not in ("", "Z") and not (rest[0] in "+-" and _is_clock(rest[1:])):
        return None
    return year, month, day, 0, hour, minute, second, us


def _is_clock(text: str) -> bool:
    """HH:mm, from 00:00 to 23:59."""
    if len(text) != 5 or text[2] != ":" or not _all_digits(text[:2] + text[3:]):
        return False
    return text[:2] < "24" and text[3:] < "60"


def _all_digits(text: str) -> bool:
    """Whether there are digits and nothing else."""
    for character in text:
        if not "0" <= character <= "9":
            return False
    return len(text) > 0
