"""Group 8, files: upload, download, status and check sums of files in one folder of the NOR flash, `/files/NAME`.

One file is open at a time; it is closed when it is complete, when another one is asked for, when its client is silent,
and when its link ends. An upload goes on from where the file ends, also after that: by whom nobody knows, nor how long
that one's file is, so each part is brought to flash before it is answered. A download goes on unless the file was
replaced. While a sum is made no other file is opened; who asks for the same one again, because its answer takes long,
gets it.
"""

from binascii import crc32

from micropython import const

from ...flash_storage import FOLDER
from ...settings import has_control
from .errors import EBUSY, EINVAL, ENOENT, EUNKNOWN, SmpError
from .server import HEADER, Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...flash_storage import FlashStorage
    from .server import SmpServer

_ID = const(8)
# FS_MGMT_ERR_* of Zephyr's fs_mgmt.h
_UNKNOWN = const(1)
_INVALID_NAME = const(2)
_NOT_FOUND = const(3)
_WRITE_FAILED = const(10)
_OFFSET_NOT_VALID = const(11)
_OFFSET_TOO_LARGE = const(12)
_NO_SUCH_SUM = const(13)
_EMPTY = const(16)
_ROOT = "/files/"
_LONGEST_NAME = const(64)  # bytes
#: What a response takes beside its data.
_OVERHEAD = const(40)
_CHUNK = const(512)
#: Of these in one step of a sum, so that samples are fetched in between.
_CHUNKS_A_STEP = const(8)
#: Polls, 1 ms apart, in which the next step is done.
_HURRY_POLLS = const(50)
#: A client that is silent for longer has vanished: another one may begin.
_PATIENCE_MS = const(10_000)
_MASK = const(0xFFFFFFFF)
_ENOENT = const(2)
_ENODEV = const(19)  # the chip is lost, which generic words say
_EEXIST = const(17)
_ECORRUPT = const(84)  # no file system was made yet
# State: the open file, its path, its client; what it is open for, where its next part begins, its length (most: not
# known), bytes it may have, and when the last part came, ms modulo 2³⁰. Of a sum instead of offset and limit: how much
# is still to be read, and the digest, or the CRC-32 so far. Then what sum was asked for, of an upload that was broken
# off path and length, how far its client ever was in what it uploads, and by client what it last began to download and
# whether that was replaced since. A list: MicroPython takes ten times as long to set an attribute.
_FILE = const(0)
_PATH = const(1)
_PEER = const(2)
_USE = const(3)
_OFFSET = const(4)
_LENGTH = const(5)
_LIMIT = const(6)
_LAST_MS = const(7)
_WANTED = const(8)
_BROKEN_OFF = const(9)
_FURTHEST = const(10)
_BEGUN = const(11)
_UPLOAD = const(1)
_DOWNLOAD = const(2)
_SUM = const(3)
_MASK_MS = const(0x3FFFFFFF)


class FileGroup(Group):
    """`poll` it now and then. `sha256` begins a digest; None: there is no such sum."""

    def __init__(
        self,
        files: "FlashStorage",
        server: "SmpServer",
        now_ms: "Callable[[], int]",
        sha256: "Callable[[], Any] | None",
    ) -> None:
        self._files = files
        self._server = server
        self._now_ms = now_ms
        self._sha256 = sha256
        self._state: "list[Any]" = [None, "", None, 0, 0, 0, 0, 0, None, None, 0, {}]
        super().__init__(
            _ID,
            "fs mgmt",
            (
                0, "_download", "_upload",
                1, "_status", None,
                2, "_sum", None,
                3, "_sums", None,
                4, None, "_close_open",
            ),
        )  # fmt: skip

    def poll(self) -> None:
        """Close what nobody goes on with."""
        if not self._state[_USE]:
            self._files.mounted[0] = None
        elif self._is_silent():
            self._let_go()

    def on_gone(self, peer: object) -> None:
        """Its file is closed; what came of an upload counts."""
        self._state[_BEGUN].pop(peer, None)
        if self._state[_USE] and self._state[_PEER] is peer:
            self._let_go()

    def on_failed(self) -> None:
        """Nobody goes on with a file, or a file system, where the chip failed."""
        self._let_go()

    def usage(self) -> "tuple[int, int]":
        """How many files there are, and the bytes that they may still take."""
        return self._files.usage()

    # ------------------------------------------------------------------ the open file

    def _now(self) -> int:
        return self._now_ms() & _MASK_MS

    def _is_silent(self) -> bool:
        return (self._now() - int(self._state[_LAST_MS])) & _MASK_MS >= _PATIENCE_MS

    def _goes_on(self, use: int, path: str) -> bool:
        """Whether this client has the file open for that."""
        return self._state[_USE] == use and self._state[_PATH] == path and self._state[_PEER] is self._server.peer

    def _check_no_sum(self) -> None:
        if self._state[_USE] == _SUM and not self._is_silent():
            raise SmpError(EBUSY, "a sum is under way")

    def _close_open(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """A sum has no file that a client could close."""
        if self._state[_USE] != _SUM:
            self._close()
        return {}

    def _close(self) -> None:
        """Bring the open file to flash; OSError where it cannot be."""
        state = self._state
        file = state[_FILE]
        if state[_USE] == _UPLOAD and state[_OFFSET] < state[_LENGTH] < _MASK:
            state[_BROKEN_OFF] = (state[_PATH], state[_LENGTH])
        state[_FILE] = state[_PEER] = None
        state[_USE] = 0
        if file:
            try:
                file.close()
            except OSError:
                self._files.mounted[0] = None
                raise

    def _let_go(self) -> None:
        """Close the open file as far as it can be: it ends where the file system was last told.

        The file system is mounted anew: littlefs must not go on where an operation of its device failed.
        """
        try:
            self._close()
        except OSError:
            pass
        self._files.mounted[0] = None

    def _begin(self, use: int, path: str, offset: int, length: int, limit: int) -> None:
        """Have a file open from now on, in place of another one."""
        file = self._files.open(path, "rb" if use != _UPLOAD else "ab" if offset else "wb")
        self._state[: _LAST_MS + 1] = (file, path, self._server.peer, use, offset, length, limit, self._now())

    def _size(self, path: str) -> int:
        """Bytes of a file on flash."""
        try:
            return int(self._files.system().stat(path)[6])
        except OSError as error:
            if error.args[0] in (_ENOENT, _ECORRUPT):
                raise SmpError(ENOENT, None, _ID, _NOT_FOUND) from None
            if error.args[0] == _ENODEV:
                raise
            raise SmpError(EUNKNOWN, "error %s of the device" % error.args[0], _ID, _UNKNOWN) from None

    # ------------------------------------------------------------------ parts

    def _download(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        path = _path(request)
        offset = _number(request, "off")
        state = self._state
        begun = state[_BEGUN]
        if offset and begun.get(self._server.peer) == (path, True):
            raise SmpError(EUNKNOWN, "the file was replaced: begin anew", _ID, _OFFSET_NOT_VALID)
        if not self._goes_on(_DOWNLOAD, path):
            self._check_no_sum()
            self._close()
            self._begin(_DOWNLOAD, path, 0, self._size(path), 0)
        if offset > state[_LENGTH]:
            raise SmpError(EUNKNOWN, "the file has %d bytes" % state[_LENGTH], _ID, _OFFSET_TOO_LARGE)
        if offset != state[_OFFSET]:
            state[_FILE].seek(offset)
        data = state[_FILE].read(self._server.longest - HEADER - _OVERHEAD)
        state[_OFFSET] = offset + len(data)
        state[_LAST_MS] = self._now()
        answer = {"off": offset, "data": data}
        if not offset:
            answer["len"] = state[_LENGTH]
            begun[self._server.peer] = (path, False)
        if state[_OFFSET] >= state[_LENGTH]:
            self._close()
        return answer

    def _upload(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        path = _path(request)
        offset = _number(request, "off")
        data = field(request, "data", memoryview, memoryview(b""))
        state = self._state
        if state[_USE] == _UPLOAD and state[_PEER] is not self._server.peer and not self._is_silent():
            raise SmpError(EBUSY, "another upload is under way")
        if not offset or not self._goes_on(_UPLOAD, path):
            self._begin_upload(path, offset, len(data), _number(request, "len", _MASK if offset else None))
        if offset != state[_OFFSET]:  # a part that came before: its answer was lost
            return {"off": state[_OFFSET]}
        end = offset + len(data)
        _check_fits(end, state[_LIMIT])
        try:
            state[_FILE].write(data)
            state[_OFFSET] = end
            if end > state[_FURTHEST]:  # who has nothing new to say keeps nobody out
                state[_FURTHEST] = end
                state[_LAST_MS] = self._now()
            if end >= state[_LENGTH] or (path, end) == state[_BROKEN_OFF]:
                self._close()
            elif state[_LENGTH] == _MASK:  # it may be the last one
                state[_FILE].flush()
        except OSError as error:
            self._let_go()  # nobody knows what it has of this part: the next one must begin where it ends
            if error.args[0] == _ENODEV:
                raise
            raise SmpError(EUNKNOWN, "error %s of the device" % error.args[0], _ID, _WRITE_FAILED) from None
        return {"off": end}

    def _begin_upload(self, path: str, offset: int, count: int, length: int) -> None:
        """From its beginning, or from where the file ends: how long it will be is not known then.

        What is refused leaves the file as it was; `count` bytes come with this part. Who begins again has no more time.
        """
        self._check_no_sum()
        state = self._state
        is_again = state[_USE] == _UPLOAD and state[_PEER] is self._server.peer
        last_ms = state[_LAST_MS]
        self._close()
        size = self._size(path) if offset else 0
        if offset != size:
            raise SmpError(EUNKNOWN, "the file has %d bytes" % size, _ID, _OFFSET_NOT_VALID)
        try:
            self._files.system(True).mkdir(FOLDER)
        except OSError as error:
            if error.args[0] != _EEXIST:
                raise
        room = size + self._files.room()
        if room < length < _MASK:
            raise SmpError(EUNKNOWN, "%d bytes, there is room for %d" % (length, room), _ID, _WRITE_FAILED)
        if not room:  # a name takes some too
            try:
                self._size(path)
            except SmpError:
                raise SmpError(EUNKNOWN, "there is room for no other file", _ID, _WRITE_FAILED) from None
        _check_fits(offset + count, min(length, room))
        self._begin(_UPLOAD, path, offset, length, min(length, room))
        if is_again:
            state[_LAST_MS] = last_ms
        else:
            state[_FURTHEST] = offset
        if not offset:
            for peer, begun in state[_BEGUN].items():
                if begun[0] == path:
                    state[_BEGUN][peer] = (path, True)

    # ------------------------------------------------------------------ the rest

    def _status(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        path = _path(request)
        if self._state[_USE] == _UPLOAD and self._state[_PATH] == path:
            self._close()  # what came so far counts
        return {"len": self._size(path)}

    def _sums(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        sums = {"crc32": {"format": 0, "size": 4}}
        if self._sha256:
            sums["sha256"] = {"format": 1, "size": 32}
        return {"types": sums}

    def _sum(self, request: "dict[Any, Any]") -> "Callable[[], dict[str, Any] | None]":
        """Over `len` bytes from `off` on, or all that are there; in steps, for a file may take longer than a second."""
        path = _path(request)
        kind = field(request, "type", str, "crc32")
        offset = _number(request, "off", 0)
        count = _number(request, "len", _MASK)
        if not count:
            raise SmpError(EINVAL, "a sum over nothing")
        if kind != "crc32" and (kind != "sha256" or not self._sha256):
            raise SmpError(EINVAL, "there is no such sum", _ID, _NO_SUCH_SUM)
        state = self._state
        wanted = (path, kind, offset, count)
        if state[_USE] == _SUM and state[_PEER] is self._server.peer and state[_WANTED] == wanted:
            return self._sum_on
        self._check_no_sum()
        self._close()
        size = self._size(path)
        if offset >= size:
            raise SmpError(EUNKNOWN, "the file has %d bytes" % size, _ID, _OFFSET_TOO_LARGE if size else _EMPTY)
        self._begin(_SUM, path, 0, min(count, size - offset), 0)
        state[_FILE].seek(offset)
        state[_WANTED] = wanted
        state[_OFFSET] = state[_LENGTH]
        state[_LIMIT] = self._sha256() if self._sha256 and kind != "crc32" else 0
        self._server.hurry[0] = _HURRY_POLLS
        return self._sum_on

    def _sum_on(self) -> "dict[str, Any] | None":
        """Read on; None: there is more."""
        state = self._state
        if state[_USE] != _SUM:  # its chip failed another one's request
            raise SmpError(EUNKNOWN, "the file was closed", _ID, _UNKNOWN)
        state[_LAST_MS] = self._now()
        self._server.hurry[0] = _HURRY_POLLS
        try:
            for _ in range(_CHUNKS_A_STEP):
                part = state[_FILE].read(min(state[_OFFSET], _CHUNK))
                if not part:
                    raise SmpError(EUNKNOWN, "the file ends early", _ID, _UNKNOWN)
                state[_OFFSET] -= len(part)
                if isinstance(state[_LIMIT], int):
                    state[_LIMIT] = crc32(part, state[_LIMIT]) & _MASK
                else:
                    state[_LIMIT].update(part)
                if not state[_OFFSET]:
                    return self._summed()
        except (OSError, SmpError):
            self._let_go()
            raise
        return None

    def _summed(self) -> "dict[str, Any]":
        count, made = self._state[_LENGTH], self._state[_LIMIT]
        offset = self._state[_FILE].tell() - count
        self._close()
        is_check = isinstance(made, int)
        answer = {"type": "crc32" if is_check else "sha256", "len": count}
        answer["output"] = made if is_check else bytes(made.digest())
        if offset:
            answer["off"] = offset
        return answer


def _check_fits(end: int, limit: int) -> None:
    if end > limit:
        raise SmpError(EUNKNOWN, "more than was announced, or than there is room for", _ID, _WRITE_FAILED)


def _number(request: "dict[Any, Any]", key: str, default: "int | None" = None) -> int:
    value: int = field(request, key, int, default)
    if not 0 <= value <= _MASK:
        raise SmpError(EINVAL, "%s is %d" % (key, value))
    return value


def _path(request: "dict[Any, Any]") -> str:
    """Path of a file in the file system; refused by name where it would be another place."""
    name: str = field(request, "name", str)
    if not name:
        raise SmpError(EINVAL, "name is empty")
    file = name[len(_ROOT) :]
    raw = file.encode()
    if not name.startswith(_ROOT) or not 0 < len(raw) <= _LONGEST_NAME or file in (".", ".."):
        raise SmpError(EINVAL, "files are /files/NAME, a name of 64 bytes at most", _ID, _INVALID_NAME)
    if has_control(raw) or b"/" in raw or b"\\" in raw:
        raise SmpError(EINVAL, "no folders and no control characters", _ID, _INVALID_NAME)
    return name[1:]
