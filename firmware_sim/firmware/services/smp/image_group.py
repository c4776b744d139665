"""Group 1, image: what lies in the slots, upload into slot 1, and which image the bootloader is to start."""

from array import array

from micropython import const

from ..image_slot import IMAGE_OK, MAGIC, image_board, image_version, version_text
from .errors import EBADSTATE, EBUSY, EINVAL, ENOMEM, EUNKNOWN, SmpError
from .server import Group, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..image_slot import Described, ImageSlot
    from .server import SmpServer

    #: Permille of charge, None: unknown.
    Charge = Callable[[], int | None]
    #: Milliseconds since start.
    Milliseconds = Callable[[], int]

_ID = const(1)
# IMG_MGMT_ERR_* of Zephyr's img_mgmt.h
_HASH_NOT_FOUND = const(8)
_NO_FREE_SLOT = const(9)
_FLASH_OPEN_FAILED = const(10)
_INVALID_OFFSET = const(20)
_INVALID_LENGTH = const(21)
_INVALID_HEADER = const(22)
_INVALID_MAGIC = const(23)
_INVALID_HASH = const(24)
_CURRENT_IS_NEWER = const(27)
_TOO_LARGE = const(30)
_DATA_OVERRUN = const(31)
_TEST_OF_ACTIVE = const(33)
_LEAST_PERMILLE = const(200)
_HEADER = const(32)
_SHA256 = const(32)
#: A client that is silent for longer has vanished: another one may begin.
_PATIENCE_MS = const(10_000)
# State: bytes that are to come, that came; when the last did, ms modulo 2³²; bytes of the last part that are not
# written yet; the error of the chip that ended the upload, until the next part is refused by it.
_LENGTH = const(0)
_OFFSET = const(1)
_LAST_MS = const(2)
_WAITING = const(3)
_ERROR = const(4)
_MASK = const(0xFFFFFFFF)
#: For so many polls, 1 ms apart, the device looks for the next part.
_HURRY_POLLS = const(300)


class ImageGroup(Group):
    """`slots` are the one that runs and the one for the next image; `sha256` begins a digest.

    `charge` is the battery's, permille.
    """

    def __init__(
        self,
        slots: "tuple[ImageSlot, ImageSlot]",
        server: "SmpServer",
        now_ms: "Milliseconds",
        charge: "Charge",
        sha256: "Callable[[], Any]",
    ) -> None:
        self._slots = slots
        self._server = server
        self._now_ms = now_ms
        self._charge = charge
        self._state = array("I", bytes(4 * 5))
        #: Of the upload that is under way: its digest as announced, its client, and the last part, while its answer is
        #: on its way.
        self._sha = b""
        self._owner: object = None
        self._part: "Any" = None
        self._sha256 = sha256
        super().__init__(
            _ID,
            "img mgmt",
            (
                0, "_list", "_mark",
                1, None, "_upload",
                5, None, "_erase",
                6, "_sizes", None,
            ),
        )  # fmt: skip

    # ------------------------------------------------------------------ state

    def _list(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Images by slot; one that is none, or did not come whole, is left out."""
        ours, other = self._slots[0].trailer(), self._slots[1].trailer()
        in_test = ours & (MAGIC | IMAGE_OK) == MAGIC
        images = []
        for number in (0, 1):
            found = self._image(number)
            if found is None:
                continue
            images.append(
                {
                    "slot": number,
                    "version": version_text(found[0]),
                    "hash": found[1],
                    "bootable": True,
                    "pending": bool(number and other & MAGIC),
                    "confirmed": in_test if number else not in_test,
                    "active": not number,
                    "permanent": bool(number and other & (MAGIC | IMAGE_OK) == MAGIC | IMAGE_OK),
                }
            )
        return {"images": images, "splitStatus": 0}

    def _mark(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Test or confirm the image of a hash; without one, or with an empty one, confirm what runs."""
        confirm = field(request, "confirm", bool, False)
        digest = bytes(field(request, "hash", memoryview, memoryview(b"")))
        if not digest and not confirm:
            raise SmpError(EINVAL, None, _ID, _INVALID_HASH)
        number = self._slot_of(digest) if digest else 0
        if number:
            self._check_startable()
            slot = self._slots[1]
            slot.clear_trailer()
            slot.set_trailer(MAGIC | IMAGE_OK if confirm else MAGIC)
        elif not confirm:
            raise SmpError(EUNKNOWN, None, _ID, _TEST_OF_ACTIVE)
        elif self._slots[0].trailer() & MAGIC:
            self._slots[0].set_trailer(IMAGE_OK)
        return self._list(request)

    def _slot_of(self, digest: bytes) -> int:
        """Slot of the image with that hash."""
        for number in (0, 1):
            found = self._image(number)
            if found is not None and found[1] == digest:
                return number
        raise SmpError(EUNKNOWN, None, _ID, _HASH_NOT_FOUND)

    def _image(self, number: int) -> "Described | None":
        """What the image in a slot says of itself; None where there is none, or it did not come whole."""
        slot = self._slots[number]
        return None if number and (self._state[_LENGTH] or not slot.is_whole()) else slot.image()

    def _running(self) -> "Described | None":
        """What the image that runs says of itself."""
        return self._slots[0].image()

    def _board(self) -> str:
        """The board and core that images must be for; empty where nobody knows."""
        running = self._running()
        return running[3] if running is not None else ""

    def _check_startable(self) -> None:
        """Refuse by name what the bootloader would refuse at the next start."""
        self._check_free()
        self._check_charge()
        ours, new = self._running(), self._slots[1].image()
        if ours is None or new is None:
            return
        _check_board(new[3], ours[3])
        if new[2] < ours[2]:
            raise SmpError(EBADSTATE, "security counter %d is below %d" % (new[2], ours[2]))
        if new[0] < ours[0]:
            raise SmpError(EBADSTATE, "version is older than what runs", _ID, _CURRENT_IS_NEWER)

    def _check_charge(self) -> None:
        """Refuse what the battery would not last for: the bootloader begins no exchange then."""
        charge = self._charge()
        if charge is not None and charge < _LEAST_PERMILLE:
            raise SmpError(EBADSTATE, "battery at %d %%, %d %% are needed" % (charge // 10, _LEAST_PERMILLE // 10))

    def _check_free(self) -> None:
        """Slot 1 must not be what the running image would be reverted to."""
        if self._slots[0].trailer() & (MAGIC | IMAGE_OK) == MAGIC:
            raise SmpError(EBADSTATE, "the image that runs is in test: confirm it, or reset", _ID, _NO_FREE_SLOT)

    def _check_unmarked(self) -> None:
        """What is to start next is neither erased nor written over."""
        if self._slots[1].trailer() & MAGIC:
            raise SmpError(EBADSTATE, "the image in slot 1 is to start: reset first", _ID, _NO_FREE_SLOT)

    def _is_alone(self) -> bool:
        """Whether no upload of another client is under way; one that is silent for long has vanished."""
        state = self._state
        if not state[_LENGTH] or self._owner is self._server.peer:
            return True
        if ((self._now_ms() & _MASK) - state[_LAST_MS]) & _MASK < _PATIENCE_MS:
            raise SmpError(EBUSY, "another upload is under way")
        return False

    # ------------------------------------------------------------------ upload

    def _upload(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Take a part of a file; the answer says how far it is.

        A chip that fails ends the upload, for nobody knows what it has of it: the next part is answered with `off` 0.
        Its client is told, and nobody else.
        """
        self._write_waiting()
        error = self._state[_ERROR]
        if self._state[_WAITING]:  # a block is being erased still: the client sends this part again
            return {"off": self._state[_OFFSET]}
        try:
            if error and self._owner is self._server.peer:
                self._state[_ERROR] = 0
                if request.get("off"):  # a first part begins anew, whatever became of what was before
                    raise OSError(error)
            return self._take(request)
        except OSError:
            self._give_up()
            raise

    def on_gone(self, peer: object) -> None:
        """The client that an error waits for will not come; its upload can still be resumed."""
        if self._state[_ERROR] and self._owner is peer:
            self._forget()

    def _write_waiting(self) -> None:
        """Write the last part, when its answer is out: meanwhile the client makes the next one."""
        state = self._state
        count = state[_WAITING]
        if count:
            try:
                if not self._slots[1].is_erased():
                    return
                state[_WAITING] = 0
                self._slots[1].append(state[_OFFSET] - count, memoryview(self._part)[:count])
            except OSError as error:
                client = self._owner
                self._give_up()
                state[_ERROR] = error.args[0]
                self._owner = client

    def _forget(self) -> int:
        """There is no upload any more; bytes that it had announced."""
        state = self._state
        length: int = state[_LENGTH]
        state[_LENGTH] = state[_OFFSET] = state[_WAITING] = state[_ERROR] = 0
        self._owner = None
        self._part = None
        self._sha = b""
        return length

    def _give_up(self) -> None:
        begun = self._forget()
        if begun:
            try:
                self._slots[1].discard()
            except OSError:
                pass  # the bootloader finds what is wrong with it

    def _take(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Sectors are erased ahead, one at a time."""
        offset = request.get("off")
        if not isinstance(offset, int) or offset < 0:
            raise SmpError(EINVAL, "off is missing", _ID, _INVALID_OFFSET)
        data = field(request, "data", memoryview, memoryview(b""))
        state = self._state
        now_ms = self._now_ms() & _MASK
        if not self._is_alone() and offset:
            return {"off": 0}
        if not offset and not self._resumes(request):
            self._begin(request, data)
        if not state[_LENGTH]:
            return {"off": 0}
        if self._owner is not self._server.peer or (len(data) and offset == state[_OFFSET]):
            state[_LAST_MS] = now_ms  # who gets on no more keeps nobody out
        self._owner = self._server.peer
        self._server.hurry[0] = _HURRY_POLLS
        if offset != state[_OFFSET]:
            return {"off": state[_OFFSET]}
        end = offset + len(data)
        if end > state[_LENGTH]:
            raise _overrun()
        if end == state[_LENGTH]:
            self._slots[1].append(offset, data)
            return self._ended()
        self._part[: len(data)] = data
        state[_WAITING] = len(data)
        state[_OFFSET] = end
        self._server.do_later(self._write_waiting)
        return {"off": end}

    def _resumes(self, request: "dict[Any, Any]") -> bool:
        """Whether a first part is of the upload that was broken off."""
        state = self._state
        sha = request.get("sha")
        return bool(state[_OFFSET] and sha and sha == self._sha and request.get("len") == state[_LENGTH])

    def _begin(self, request: "dict[Any, Any]", data: memoryview) -> None:
        if len(data) < _HEADER:
            raise SmpError(EINVAL, "header malformed", _ID, _INVALID_HEADER)
        slot = self._slots[1]
        version = image_version(data)
        if version is None:
            raise SmpError(EUNKNOWN, "magic mismatch", _ID, _INVALID_MAGIC)
        length = request.get("len")
        if not isinstance(length, int) or length < _HEADER:
            raise SmpError(EINVAL, "len is missing", _ID, _INVALID_LENGTH)
        if length > slot.room:
            raise SmpError(EUNKNOWN, "%d bytes, the slot has %d" % (length, slot.room), _ID, _TOO_LARGE)
        if len(data) > length:
            raise _overrun()
        sha = field(request, "sha", memoryview, memoryview(b""))
        upgrade = field(request, "upgrade", bool, False)
        if field(request, "image", int, 0):
            raise SmpError(EBADSTATE, "there is one image, 0", _ID, _NO_FREE_SLOT)
        self._check_free()
        self._check_unmarked()
        self._check_charge()
        running = self._running()
        self._check_named(image_board(data))
        if upgrade and running is not None and version <= running[0]:
            raise SmpError(EBADSTATE, "version is not newer than what runs", _ID, _CURRENT_IS_NEWER)
        try:
            part = bytearray(self._server.longest)
        except MemoryError:  # before anything is lost
            raise SmpError(ENOMEM, "no memory for an upload now") from None
        self._forget()
        slot.clear_trailer()
        slot.set_whole(False)
        slot.begin(length, self._sha256())
        self._sha = bytes(sha) if len(sha) == _SHA256 else b""
        self._part = part
        self._state[_LENGTH] = length

    def _ended(self) -> "dict[str, Any]":
        """All came; `match` is whether the flash has what was announced."""
        slot = self._slots[1]
        digest = slot.finish()
        found = slot.image()
        sha = self._sha
        length = self._forget()
        answer: "dict[str, Any]" = {"off": length}
        try:
            if found is None or found[4] > length:
                raise SmpError(EINVAL, "the file ends within the image", _ID, _INVALID_LENGTH)
            self._check_named(found[3])
            slot.set_whole(True)
        except SmpError:
            slot.begin()
            raise
        if sha:
            answer["match"] = digest == sha
        return answer

    def _check_named(self, board: str) -> None:
        """Refuse an image that names another board, or core, than ours: in its header, or else in a TLV at its end."""
        ours = self._board()
        if board and ours:
            _check_board(board, ours)

    # ------------------------------------------------------------------ the rest

    def _erase(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Slot 1 has no image any more; what is left of it is erased when the next one comes."""
        number = field(request, "slot", int, 1)
        if number not in (0, 1):
            raise SmpError(EUNKNOWN, None, _ID, _FLASH_OPEN_FAILED)
        if number == 0:
            raise SmpError(EBADSTATE, None, _ID, _NO_FREE_SLOT)
        self._check_free()
        self._check_unmarked()
        self._is_alone()
        self._forget()
        self._slots[1].begin()
        return {}

    def _sizes(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        size = self._slots[0].size
        return {
            "images": [
                {"image": 0, "slots": [{"slot": 0, "size": size}, {"slot": 1, "size": size, "upload_image_id": 0}]}
            ]
        }


def _overrun() -> SmpError:
    return SmpError(EUNKNOWN, "more than was announced", _ID, _DATA_OVERRUN)


def _check_board(board: str, ours: str) -> None:
    """Refuse an image of another board, or of another core on it."""
    if board != ours:
        raise SmpError(EINVAL, "made for %s, this is %s" % (board or "no board", ours))
