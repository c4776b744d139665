"""Management by SMP, attacked: frames whose CBOR has structure, in lines of a cable and in pieces of a radio link."""

from __future__ import annotations

import struct
from array import array
from binascii import a2b_base64, b2a_base64
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import cbor2

from firmware_sim.firmware import wire_gen as firmware_wire
from firmware_sim.firmware.flash_regions import SLOT_A_AT, SLOT_BYTES
from firmware_sim.firmware.roles.management import Management
from firmware_sim.firmware.services.ble.link import BleLink
from firmware_sim.firmware.services.smp.fragments import SmpFragments
from firmware_sim.firmware.services.smp.lines import crc16
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.mcu_rig import full_world

from .campaign import Campaign, Files
from .cbor import encoded, value
from .mutation import BINARY, mutated

#: Frames an input, half of them on each link.
FRAMES = 1000
_HEADER = struct.Struct(">BBHHBB")
_MTU, _SMP_HANDLE = 185, 300
_PIECE, _STEP_US = 1000, 20_000
#: What a UART's buffer of requests may take, each of which may erase sectors.
_BACKLOG_US = 2_000_000
_FIRST, _MORE = b"\x06\x09", b"\x04\x14"
#: Polls after which a piece that nothing follows is given up, and what that takes between steps, 1 ms apart.
_PATIENCE, _PATIENCE_BETWEEN = 60, 1010
#: Bytes of heap that an open file and an upload under way may hold.
_MOST_GROWN = 2048
_GROUPS = (0, 1, 2, 3, 8, 10, 63, 100)
#: The first bytes of an image's header: magic, load address, header, protected TLVs and payload bytes, flags, version.
_IMAGE = struct.Struct("<IIHHIIBBHI")
#: Group, command, operation, and what may be in its map.
_COMMANDS: tuple[tuple[int, int, int, tuple[str, ...]], ...] = (
    *((0, 0, operation, ("d",)) for operation in (0, 2)),
    *((0, command, 0, ()) for command in (2, 3, 4, 6)),
    (0, 4, 2, ("datetime",)),
    (0, 5, 2, ("boot_mode", "force")),
    (0, 7, 0, ("format",)),
    (0, 8, 0, ("query",)),
    *((1, command, 0, ()) for command in (0, 6)),
    (1, 0, 2, ("hash", "confirm")),
    *((1, 1, 2, keys) for keys in (("off", "data", "len"), ("off", "data", "len", "sha", "upgrade", "image"))),
    (1, 5, 2, ("slot",)),
    (2, 0, 0, ("name",)),
    (2, 1, 0, ()),
    *((3, 0, 0, keys) for keys in (("name",), ("name", "max_size"))),
    (3, 0, 2, ("name", "val")),
    (3, 1, 2, ("name",)),
    *((3, command, operation, ()) for command, operation in ((2, 2), (3, 0), (3, 2))),
    *((8, 0, operation, ("name", "off", "data", "len")) for operation in (0, 2, 2)),
    (8, 0, 2, ("name", "off", "data")),
    (8, 1, 0, ("name",)),
    *((8, 2, 0, keys) for keys in (("name",), ("name", "type", "off", "len"))),
    *((8, command, operation, ()) for command, operation in ((3, 0), (4, 2))),
    *((10, command, 0, ()) for command in (0, 1)),
    (10, 2, 0, ("index",)),
    (10, 3, 0, ("groups",)),
    (63, 0, 2, ()),
    (100, 0, 0, ()),
)
_ZONES = ("", "Z", "+01:00", "+99:99", ".5")
_KEYS = (
    "d",
    "datetime",
    "format",
    "boot_mode",
    "name",
    "val",
    "max_size",
    "index",
    "groups",
    "off",
    "data",
    "hash",
    "type",
)
_NAMES = (
    *(f"vitalband/{name}" for name in firmware_wire.SETTING_NAMES),
    "vitalband/none",
    "other/x",
    "device",
    "links",
    *(f"/files/{name}" for name in ("a", "b", "a", "..", "../bonds", "", "x" * 64, "x" * 65, "a/b", "é")),
    "/bonds",
)
_KEYS_OF_A_PEER = b"keys of a paired host"


def _request(chance: Random, keys: tuple[str, ...]) -> dict[Any, Any]:
    """What a command may have in its map, each of the right kind or of any; now and then keys of others."""
    right: dict[str, Any] = {
        "d": "x" * chance.choice((0, 1, 23, 24, 300, 690, 705)),
        "datetime": f"20{chance.randrange(100):02}-11-3{chance.randrange(3)}T17:04:05" + chance.choice(_ZONES),
        "format": chance.choice(("s", "a", "snrvmpio", "q", "")),
        "name": chance.choice(_NAMES),
        "val": chance.randbytes(chance.choice((0, 1, 1, 2, 4))),
        "max_size": chance.choice((0, 1, 4, -1, 1 << 40)),
        "index": chance.choice((0, 1, 4, 5, 99, -1)),
        "groups": [chance.choice(_GROUPS) for _ in range(chance.randrange(4))],
        "query": chance.choice(("", "mode", "last", "other")),
        "off": chance.choice((0, 0, 200, 1 << 20, 1 << 32, -1)),
        "data": _image_part(chance),
        "len": chance.choice((32, 200, 400, 1 << 20, 1 << 32, -1)),
        "sha": chance.choice((bytes(range(32)), bytes(31))),
        "hash": chance.choice((bytes(range(32)), b"")),
        "slot": chance.choice((0, 1, 1, 2, -1)),
        "type": chance.choice(("crc32", "sha256", "md5")),
    }
    if chance.randrange(6) == 0:
        keys = tuple(chance.sample(_KEYS, chance.choice((0, 1, 2, 3))))
    return {key: right[key] if key in right and chance.randrange(8) else value(chance) for key in keys}


def _image_part(chance: Random) -> bytes:
    """200 bytes of a file: with a header whose lengths may lie, or without one."""
    lengths = [chance.choice((0, 32, 100, top)) for top in (0xFFFF, 0xFFFF, 0xFFFFFFFF)]
    head = _IMAGE.pack(0x96F3B83D, 0, *lengths, 0, *chance.randbytes(2), 0, 0)
    return chance.choice((head, b"")) + chance.randbytes(172)


def frame(chance: Random) -> bytes:
    """A request: mostly one that a group knows, with a header that is mostly right."""
    group, command, operation, keys = chance.choice(_COMMANDS)
    body: Any = _request(chance, keys) if chance.randrange(6) else value(chance)
    payload = encoded(chance, body)[:900]
    if chance.randrange(8) == 0:
        payload = mutated(chance, payload, BINARY)
    version, length = 1, len(payload)
    if chance.randrange(12) == 0:
        length = chance.choice((0, 1, 720, 65535, chance.randrange(800)))
    if chance.randrange(8) == 0:
        version, operation = chance.randrange(4), chance.randrange(8)
    if chance.randrange(8) == 0:
        group = chance.choice((*_GROUPS, 1, 8, 64, chance.randrange(1 << 16)))
    if chance.randrange(8) == 0:
        command = chance.choice((*range(8), chance.randrange(256)))
    flags, sequence = chance.choice((0, 0, 0, 255)), chance.randrange(256)
    return _HEADER.pack(version << 3 | operation, flags, length, group, sequence, command) + payload


def lines_of(chance: Random, raw: bytes) -> bytes:
    """A frame as lines of a console, mostly whole."""
    data = struct.pack(">H", len(raw) + 2) + raw + struct.pack(">H", crc16(raw))
    if chance.randrange(12) == 0:
        data = mutated(chance, data, BINARY)
    step = chance.choice((3, 30, 90, 93))
    lines = [(_MORE if at else _FIRST) + b2a_base64(data[at : at + step]) for at in range(0, len(data), step)] or [
        _FIRST + b"\n"
    ]
    if chance.randrange(25) == 0:
        chance.choice((lines.pop, lines.reverse, lines.clear))()
    line = b"".join(lines)
    if chance.randrange(25) == 0 and line:
        line = mutated(chance, line, BINARY)
    return line + chance.choice((b"", b"", b"", b"\n", b"hello\r\n", b"\0", b"\x06\x09\n"))


def pieces_of(chance: Random, raw: bytes) -> list[bytes]:
    """A frame as writes of a link, mostly whole."""
    step = chance.choice((1, 7, 20, _MTU - 3, _MTU - 3, 512)) if len(raw) < 200 else _MTU - 3
    pieces = [raw[at : at + step] for at in range(0, len(raw), step)]
    if chance.randrange(25) == 0 and pieces:
        pieces.pop(chance.randrange(len(pieces)))
    if chance.randrange(40) == 0:
        pieces.insert(0, chance.randbytes(chance.randrange(30)))
    return pieces


class _Answers:
    """Responses of a link: each must be a whole frame with one map."""

    def __init__(self) -> None:
        self.frames: list[tuple[tuple[int, ...], dict[Any, Any]]] = []
        self.outcomes: Counter[str] = Counter()
        self._pending = b""

    def take(self, raw: bytes) -> None:
        """A response; raises what only one that a device must not send makes."""
        head = _HEADER.unpack_from(raw)
        assert head[0] & 1, "a response has an operation of a request"
        assert head[2] == len(raw) - _HEADER.size
        body = cbor2.loads(raw[_HEADER.size :])
        assert isinstance(body, dict)
        self.frames.append((head, body))
        self.outcomes["refused" if "rc" in body or "err" in body else "answered"] += 1

    def begin(self) -> None:
        """The link is a new one."""
        self._pending = b""

    def take_piece(self, piece: bytes) -> None:
        """Some bytes of a response."""
        self._pending += piece
        if (
            len(self._pending) >= _HEADER.size
            and len(self._pending) >= _HEADER.size + _HEADER.unpack_from(self._pending)[2]
        ):
            whole, self._pending = self._pending, b""
            self.take(whole)


class _Console:
    """Lines of a device's UART."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._text = self._frame = b""

    def feed(self, data: bytes) -> None:
        """What the device sent; what is no line of SMP is text."""
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            if line[:2] in (_FIRST, _MORE):
                self._take(line[:2] == _FIRST, line[2:])

    def _take(self, first: bool, text: bytes) -> None:
        self._frame = (b"" if first else self._frame) + a2b_base64(text)
        length = int.from_bytes(self._frame[:2], "big")
        if len(self._frame) == 2 + length:
            assert crc16(self._frame[2:]) == 0
            self._answers.take(self._frame[2:-2])


class _Radio:
    """What a link notifies through: now and then it has no buffer."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self.chance = Random(0)

    def gatts_notify(self, _connection: int, handle: int, data: Any) -> None:
        """Send; OSError where there is no room."""
        if self.chance.randrange(10) == 0:
            raise OSError(12)
        if handle == _SMP_HANDLE:
            self._answers.take_piece(bytes(data))

    def gap_disconnect(self, _connection: int) -> bool:
        """The link stays: a peer may go on meanwhile."""
        return True


class ManagementAttack:
    """Requests at a whole device: by the lines of its UART and in pieces by a paired peer's link."""

    def __init__(self, _folder: Path) -> None:
        self._simulation = CpythonSimulation(full_world())
        device = self._simulation.device
        self._resets = 0
        device.board.reset = self._reset  # type: ignore[method-assign]
        self._cable, self._air = _Answers(), _Answers()
        self._simulation.mcu.uart(0).on_output = _Console(self._cable).feed
        self._radio = _Radio(self._air)
        owners = (getattr(poll, "__self__", None) for poll in device._polls)
        management = next(owner for owner in owners if isinstance(owner, Management))
        device.board.storage.put("bonds", _KEYS_OF_A_PEER)
        fragments = SmpFragments(management.server)
        self._link = BleLink(self._radio, array("H", [*range(256), _SMP_HANDLE]), bytearray(1), fragments)
        device._attach(self._link)
        #: What the radio brings, for the device's next step: its flash takes time, in which no other step may begin.
        self._due: list[Callable[[], object]] = []
        device._every_step.append(self._work)
        self._connect()
        self._wait(500_000)
        self._runs = self._slot()
        self._heap = self._simulation.mcu.heap.measure()

    def input(self, chance: Random) -> Files:
        """Lines for the cable, and pieces for the link with how often it is polled behind each."""
        half = FRAMES // 2
        cable = b"".join(lines_of(chance, frame(chance)) for _ in range(half))
        air = b"".join(_packed(chance, pieces_of(chance, frame(chance))) for _ in range(half))
        return {"cable.bin": cable, "air.bin": air}

    def attempt(self, files: Files) -> Counter[str]:
        """Feed both links at once; afterwards each answers an echo, and what is kept is such as can be."""
        cable, steps = files["cable.bin"], list(_unpacked(files["air.bin"]))
        self._radio.chance = Random(len(cable))
        pieces = max(1, -(-len(cable) // _PIECE))
        each = -(-len(steps) // pieces)
        for piece in range(pieces):
            self._simulation.mcu.uart(0).feed(cable[piece * _PIECE : (piece + 1) * _PIECE])
            for polls, data in steps[piece * each : (piece + 1) * each]:
                self._due.append(partial(self._write, polls, data))
            self._wait(_STEP_US)
        outcomes = Counter({"frames": FRAMES})
        for name, answers in (("cable", self._cable), ("air", self._air)):
            outcomes.update({f"{name} {word}": count for word, count in answers.outcomes.items()})
            answers.outcomes.clear()
        self._check_alive()
        return outcomes

    def _work(self, _now_us: int) -> None:
        due, self._due = self._due, []
        for work in due:
            work()

    def _poll(self) -> None:
        for _ in range(_PATIENCE_BETWEEN):
            self._link.poll()

    def _write(self, polls: int, data: bytes) -> None:
        if polls == 255:  # the peer goes in its midst
            self._link.disconnected()
            self._link.poll()
            self._air.begin()
            self._connect()
        self._link.smp_written(data)
        for _ in range(min(polls, _PATIENCE)):
            self._link.poll()

    def _check_alive(self) -> None:
        self._due.append(self._poll)
        self._wait(_BACKLOG_US)
        for answers in (self._cable, self._air):
            answers.frames.clear()
        question = cbor2.dumps({"d": "alive"})
        echo = _HEADER.pack(0x0A, 0, len(question), 0, 77, 0) + question
        data = struct.pack(">H", len(echo) + 2) + echo + struct.pack(">H", crc16(echo))
        self._simulation.mcu.uart(0).feed(b"\0\0" + _FIRST + b2a_base64(data))  # whatever was begun has ended
        self._due += [partial(self._link.smp_written, echo), self._poll]
        self._wait(_BACKLOG_US)
        for answers in (self._cable, self._air):
            assert [body for head, body in answers.frames if head[5] == 0] == [{"r": "alive"}], "no answer to an echo"
            answers.frames.clear()
        storage = self._simulation.device.board.flash_storage
        assert storage is not None
        assert storage.get("bonds") == _KEYS_OF_A_PEER
        assert self._slot() == self._runs, "what runs was changed"
        grown = self._simulation.mcu.heap.measure() - self._heap
        assert grown <= _MOST_GROWN, f"{grown} bytes of heap more than at first"
        assert {entry[0] for entry in storage.system().ilistdir("/")} <= {"bonds", "files"}
        records = self._simulation.device.settings._records
        assert set(records) <= {row[0] for row in firmware_wire.SETTINGS}
        for number, form, _, low, high in firmware_wire.SETTINGS:
            record = records.get(number)
            if record is None:
                continue
            if form:
                assert low <= struct.unpack(form, record)[0] <= high, f"setting {number} is {record.hex()}"
            else:
                assert len(record) <= high, f"setting {number} has {len(record)} bytes"
                assert min(record.decode(), default=" ") >= " ", f"setting {number} is {record!r}"

    def _slot(self) -> bytes:
        return self._simulation.flash.cells.read(SLOT_A_AT, SLOT_BYTES)

    def _connect(self) -> None:
        self._link.connected(1)
        self._link.mtu_exchanged(_MTU)
        self._link.encryption_changed(True)

    def _reset(self) -> None:
        self._resets += 1

    def _wait(self, us: int) -> None:
        self._simulation.advance(self._simulation.clock.now + us)


def _packed(chance: Random, pieces: list[bytes]) -> bytes:
    """Pieces, each with its length and how often the link is polled behind it; 255: before it the peer came anew."""
    packed = b""
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        polls = chance.choice((8, 8, 8, 3, _PATIENCE + 2)) if last else chance.choice((0, 0, 1))
        if chance.randrange(400) == 0:
            polls = 255
        packed += struct.pack("<BH", polls, len(piece)) + piece
    return packed


def _unpacked(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(raw):
        polls, size = struct.unpack_from("<BH", raw, at)
        yield polls, raw[at + 3 : at + 3 + size]
        at += 3 + size


MANAGEMENT = Campaign("management", ManagementAttack, FRAMES)
