"""The command core: one request in, one response out. Groups are tables; links know nothing of commands.

Frame (big-endian): version and operation u8 (version << 3 | operation), flags u8, payload bytes u16, group u16,
sequence u8, command u8, then a CBOR map.
"""

from array import array
from struct import pack_into, unpack_from

from micropython import const

from .cbor import CborError, Decoder, Encoder
from .errors import EINVAL, EMSGSIZE, ENOTSUP, EUNKNOWN, UNSUPPORTED_TOO_NEW, SmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    #: Called until it gives a response's map; it may raise what handlers raise.
    Work = Callable[[], dict[str, Any] | None]
    #: Takes the request's map; the response's map, or what makes it in steps: of one request at a time.
    Handler = Callable[[dict[Any, Any]], dict[str, Any] | Work]
    #: Three items a command: its number, what reads, what writes, as the methods are called (a table that is in flash),
    #: or what else does it; None where it does not.
    Commands = tuple[int | str | Handler | None, ...]

HEADER = const(8)
#: Longest frame either way, header included: as lines of base64 it fits into the 1024 bytes that a UART keeps.
LONGEST = const(720)
_FORMAT = ">BBHHBB"
_READ = const(0)
_WRITE = const(2)
#: Where frames are counted that were thrown away.
_BAD = const(1)
_NEWEST = const(1)  # SMP version 2 says 1
_LATER = const(0)
_WORK = const(1)
_WAITING = const(2)
#: A response that is made in steps.
PENDING = const(-1)
_ENUMERATION = const(10)
#: The group that lists all groups: number, name, commands. Its target is the server.
ENUMERATION = (
    _ENUMERATION,
    "enum mgmt",
    (
        0, "_count", None,
        1, "_list", None,
        2, "_single", None,
        3, "_details", None,
    ),
)  # fmt: skip
_INDEX_TOO_LARGE = const(4)
_EBUSY = const(16)
_ENODEV = const(19)


class Group:
    """One command group by its number and the name that enumeration gives it.

    `target` is the object whose methods do the commands; None: the group itself.
    """

    target: object = None

    def __init__(self, number: int, name: str, commands: "Commands", target: object = None) -> None:
        self.number = number
        self.name = name
        self.commands = commands
        if target:
            self.target = target

    def on_gone(self, peer: object) -> None:
        """The link that is `peer` ended: it may be another client's from now on."""

    def on_failed(self) -> None:
        """A request of this group ended in an OSError."""


class SmpServer:
    """Answers requests of all links, one at a time."""

    def __init__(self, longest: int = LONGEST) -> None:
        """`longest` frame it takes and makes, bytes."""
        self.longest = longest
        self._decoder = Decoder()
        self._encoder = Encoder()
        self.groups: "tuple[Group, ...]" = ()
        #: Whose request is worked on, as the link names it.
        self.peer: object = None
        # in a list, because MicroPython takes ten times as long to set an attribute: what is left to be done when its
        # answer is out; of a response that is made in steps what makes it, and its peer with the request's head
        self._rest: "list[Any]" = [None, None, None]
        #: Polls, 1 ms apart, for which more requests are to come soon: the device looks for them between its steps.
        #: Behind it `bad_frames()`; in an array, because MicroPython takes ten times as long to set an attribute.
        self.hurry = array("H", bytes(2 * 2))

    def bad_frames(self) -> int:
        """Frames and pieces of all links that were damaged, too long or untimely, modulo 65536."""
        return self.hurry[_BAD]

    def count_bad(self) -> None:
        """A link threw something away; may be called in the radio's interrupt."""
        self.hurry[_BAD] = (self.hurry[_BAD] + 1) & 0xFFFF

    def add(self, group: Group) -> None:
        """Serve another group; ValueError where its number is taken."""
        if self.group(group.number):
            raise ValueError("group %d is there already" % group.number)
        self.groups += (group,)

    def group(self, number: int) -> "Group | None":
        """A group by its number."""
        for group in self.groups:
            if group.number == number:
                return group
        return None

    def do_later(self, work: "Callable[[], None]") -> None:
        """Have this done when the answer to the request that is worked on is out; it raises nothing."""
        self._rest[_LATER] = (self.peer, work)

    def answered(self, peer: object = None) -> None:
        """The link that asked has sent the answer to `peer`, or cannot: do what is left."""
        later = self._rest[_LATER]
        if later and later[0] is peer:
            self._rest[_LATER] = None
            later[1]()

    def is_gone(self, peer: object) -> None:
        """The link that is `peer` ended: no more steps of a response for it."""
        state = self._rest
        if self.is_waiting(peer):
            state[_WORK] = state[_WAITING] = None
        for group in self.groups:
            group.on_gone(peer)

    def is_waiting(self, peer: object) -> bool:
        """Whether a response for this one is made in steps."""
        state = self._rest
        return bool(state[_WORK]) and state[_WAITING][0] is peer

    def go_on(self, out: memoryview, peer: object) -> int:
        """Another step of the response that `peer` waits for: its bytes in `out`, `PENDING`, or 0: there is none."""
        if not self.is_waiting(peer):
            return 0
        state = self._rest
        made = self._respond(state[_WAITING][1], out, None, False)
        if made != PENDING:
            state[_WORK] = state[_WAITING] = None
        return made

    def handle(self, frame: memoryview, out: memoryview, peer: object = None) -> int:
        """Bytes of the response to a request of `peer` in `out`; 0: nothing to answer, for it is no whole frame.

        `PENDING`: it is made in steps, for which `go_on` is called.

        `out` has room for `longest` bytes, and may be where the request lies: that was read when the response is made.
        The head alone of a frame that is longer than `longest` is refused.
        """
        if len(frame) < HEADER:
            return 0
        kind, _, length, group, sequence, command = unpack_from(_FORMAT, frame)
        too_long = HEADER + length > self.longest
        if len(frame) != HEADER + length and not too_long:
            return 0
        self.peer = peer
        head = (kind >> 3 & 3, kind & 7, group, sequence, command)
        return self._respond(head, out, frame[HEADER:], too_long)

    def _respond(
        self, head: "tuple[int, int, int, int, int]", out: memoryview, payload: "memoryview | None", too_long: bool
    ) -> int:
        """Make the response to a request; without its payload, another step of that which takes several."""
        version, operation, group, sequence, command = head
        state = self._rest
        encoder = self._encoder
        encoder.begin(out, HEADER)
        try:
            if version > _NEWEST:
                raise SmpError(UNSUPPORTED_TOO_NEW)
            if too_long:
                raise SmpError(EMSGSIZE, "%d bytes at most" % self.longest)
            answer = state[_WORK]() if payload is None else self._call(group, command, operation, payload)
            if answer is None:
                return PENDING
            if not isinstance(answer, dict):
                state[_WORK], state[_WAITING] = answer, (self.peer, head)
                return PENDING
            encoder.value(answer)
        except CborError:  # the response has no room
            encoder.value(_refusal(SmpError(EMSGSIZE), version))
        except SmpError as error:
            encoder.value(_refusal(error, version))
        except OSError as error:
            failed = self.group(group)
            if failed:
                failed.on_failed()
            encoder.value(_refusal(SmpError(EUNKNOWN, _of_device(error)), version))
        at = encoder.at
        pack_into(_FORMAT, out, 0, min(version, _NEWEST) << 3 | operation | 1, 0, at - HEADER, group, sequence, command)
        return at

    def _call(self, number: int, command: int, operation: int, payload: memoryview) -> "dict[str, Any] | Work":
        group = self.group(number)
        commands = group.commands if group else ()
        handler: "Any" = None
        for at in range(0, len(commands), 3):
            if commands[at] == command and operation in (_READ, _WRITE):
                handler = commands[at + 1 + (operation == _WRITE)]
        if group and isinstance(handler, str):
            handler = getattr(group.target or group, handler)
        if handler is None:
            raise SmpError(ENOTSUP)
        answer: "dict[str, Any] | Work" = handler(self._request(payload))
        return answer

    def _request(self, payload: memoryview) -> "dict[Any, Any]":
        """The map of a request; no bytes at all are an empty one."""
        if not len(payload):
            return {}
        decoder = self._decoder
        decoder.begin(payload)
        try:
            value = decoder.value()
        except CborError as error:
            raise SmpError(EINVAL, str(error)) from None
        if not isinstance(value, dict) or decoder.left():
            raise SmpError(EINVAL, "not one map")
        return value

    # ------------------------------------------------------------------ group 10: which groups there are

    def _count(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"count": len(self.groups)}

    def _list(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"groups": [group.number for group in self.groups]}

    def _single(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        groups = self.groups
        index = field(request, "index", int, 0)
        if not 0 <= index < len(groups):
            raise SmpError(EUNKNOWN if index >= 0 else EINVAL, None, _ENUMERATION, _INDEX_TOO_LARGE)
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
                for group in self.groups
                if not wanted or group.number in wanted
            ]
        }


def _refusal(error: SmpError, version: int) -> "dict[str, Any]":
    arguments = error.args
    if version and len(arguments) > 2:
        return {"err": {"group": arguments[2], "rc": arguments[3]}}
    body = {"rc": arguments[0]}
    if len(arguments) > 1 and arguments[1]:
        body["rsn"] = arguments[1]
    return body


def _of_device(error: OSError) -> str:
    """What of the device's own failed, for people: only the flash chip can."""
    number = error.args[0]
    if number == _EBUSY:
        return "the flash chip is busy"
    return "the flash chip does not answer" if number == _ENODEV else "error %s of the device" % number


def field(request: "dict[Any, Any]", key: str, kind: "Any", default: "Any" = None) -> "Any":
    """A value of a request; SmpError where it is not of that kind, or is missing and has no default."""
    value = request.get(key, default)
    if value is None and default is None and key not in request:
        raise SmpError(EINVAL, "%s is missing" % key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SmpError(EINVAL, "%s is not of its type" % key)
    return value
