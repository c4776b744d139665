"""A slot of the NOR flash: an image of MCUboot's format, and in the last sector the trailer that says what to do.

Trailer, from the slot's end: magic at -16, image_ok at -24, copy_done at -32; a flag of 0x01 is set. In slot 1 the
magic asks for a test, with image_ok for good. In slot 0 it says that the image came by a swap, and is confirmed when
image_ok is set; without magic it is, too. At the beginning of that sector `PART` says that an upload was begun, and
zeros that it ended.
"""

from array import array
from binascii import crc32
from struct import unpack_from

from micropython import const

from ..flash_regions import SECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, Union

    Readable = Union[bytes, bytearray, memoryview]
    Writable = Union[bytearray, memoryview]
    #: Major, minor, revision, build.
    Version = tuple[int, int, int, int]
    #: Version, digest, security counter, board, and bytes of an image.
    Described = tuple[Version, bytes, int, str, int]

    class Flash(Protocol):
        """`drivers.nor_flash.NorFlash`, configured."""

        def read(self, address: int, out: "Writable") -> None:
            """Fill `out`."""

        def program(self, address: int, data: "Readable") -> None:
            """Begin to let bits fall within a page."""

        def erase(self, address: int, size: int = SECTOR) -> None:
            """Begin to erase a sector, or a block of 64 KiB."""

        def wait(self, most_ms: int = 500) -> None:
            """Until it is ready; OSError 16 where that takes longer."""


#: Bits of `trailer`.
MAGIC = const(1)
IMAGE_OK = const(2)
COPY_DONE = const(4)
_MAGIC = b"\x77\xc2\x95\xf3\x60\xd2\xef\x7f\x35\x52\x50\x0f\x2c\xb6\x79\x80"
_TRAILER = const(32)
_COPY_DONE_AT = const(0)
_IMAGE_OK_AT = const(8)
_MAGIC_AT = const(16)
_SET = b"\x01"
_PARTIAL = b"PART"
_WHOLE = (b"\xff\xff\xff\xff", b"\0\0\0\0")
_PAGE = const(256)  # drivers.nor_flash: PAGE
_EIO = const(5)
_EBUSY = const(16)
#: Sensors keep what they measured for somewhat longer.
_PATIENCE_MS = const(160)
# header: magic, load address, header, protected TLVs and payload bytes, flags, version
_HEADER = "<IIHHIIBBHI"
_HEADER_BYTES = const(32)
_IMAGE_MAGIC = const(0x96F3B83D)
_AREA_BYTES = const(4)
_SHA256 = const(0x10)
_SECURITY_COUNTER = const(0x50)
_BOARD = const(0xA0)
_LONGEST_VALUE = const(32)
#: Bytes from the end of what is erased at which the next sector's turn comes.
_AHEAD = const(2048)
_BLOCK = const(65536)  # drivers.nor_flash: BLOCK
#: Bytes from which on one block takes less time than its sectors one by one.
_WORTH_A_BLOCK = const(16384)
# State: bytes that are erased, that are to come; address, count and CRC-32 of what was programmed last, not read back.
_ERASED = const(0)
_TO_COME = const(1)
_AT = const(2)
_COUNT = const(3)
_CRC = const(4)


class ImageSlot:
    """`size` bytes from `address` on, of which `room` are for an image; OSError of a chip that fails."""

    def __init__(self, flash: "Flash", address: int, size: int) -> None:
        self.address = address
        self.size = size
        self.room = size - SECTOR
        self._flash = flash
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("I", bytes(4 * 5))
        #: Of what was read back of the file that is being written.
        self._digest: "Any" = None

    def read(self, at: int, out: "Writable") -> None:
        """Fill `out` from byte `at` of the slot on."""
        self._flash.wait()
        self._flash.read(self.address + at, out)

    def trailer(self) -> int:
        """Which of MAGIC, IMAGE_OK and COPY_DONE are set."""
        raw = bytearray(_TRAILER)
        self.read(self.room + SECTOR - _TRAILER, raw)
        if bytes(raw[_MAGIC_AT:]) != _MAGIC:
            return 0
        return MAGIC | (IMAGE_OK if raw[_IMAGE_OK_AT] == 1 else 0) | (COPY_DONE if raw[_COPY_DONE_AT] == 1 else 0)

    def set_trailer(self, flags: int) -> None:
        """Set flags beside those that are set; the magic last, so that it never says less than was meant.

        A flag that is set already is programmed again: bits that a failing supply left unstable become firm.
        """
        if flags & COPY_DONE:
            self._program(_COPY_DONE_AT, _SET)
        if flags & IMAGE_OK:
            self._program(_IMAGE_OK_AT, _SET)
        if flags & MAGIC:
            self._program(_MAGIC_AT, _MAGIC)

    # ------------------------------------------------------------------ what lies in it

    def image(self) -> "Described | None":
        """What the image here says of itself; None: there is none. Nothing is verified: the bootloader does that."""
        head = bytearray(_HEADER_BYTES)
        self.read(0, head)
        version = image_version(head)
        if version is None:
            return None
        _, _, header, protected, payload = unpack_from(_HEADER, head)[:5]
        at = header + payload
        counter = self._value(at, protected, _SECURITY_COUNTER)
        board = self._value(at, protected, _BOARD)
        at += protected
        length = self._area_bytes(at)
        digest = self._value(at, length, _SHA256)
        if not digest:
            return None
        return version, digest, int.from_bytes(counter, "little"), _text(board), at + length

    def is_whole(self) -> bool:
        """Whether no upload into it was begun that did not end, before a restart either."""
        raw = bytearray(4)
        self.read(self.room, raw)
        return bytes(raw) in _WHOLE

    def _area_bytes(self, at: int) -> int:
        """Length of the TLVs that begin there."""
        if at + _AREA_BYTES > self.room:
            return 0
        head = bytearray(_AREA_BYTES)
        self.read(at, head)
        length: int = unpack_from("<H", head, 2)[0]
        return length

    def _value(self, at: int, length: int, kind: int) -> bytes:
        """Value of a TLV of an area; empty where it is not there, or too long to be one that is known."""
        end = min(at + length, self.room)
        at += _AREA_BYTES
        head = bytearray(_AREA_BYTES)
        while at + _AREA_BYTES <= end:
            self.read(at, head)
            found, count = unpack_from("<HH", head)
            at += _AREA_BYTES
            if found == kind and at + count <= end and count <= _LONGEST_VALUE:
                value = bytearray(count)
                self.read(at, value)
                return bytes(value)
            at += count
        return b""

    # ------------------------------------------------------------------ writing

    def begin(self, length: int = 0, digest: "Any" = None) -> None:
        """Have it empty from now on, and wait for `length` bytes: no image begins with an erased sector.

        `digest`, as of `hashlib`, takes in what the flash has of them, for `finish`.
        """
        state = self._state
        state[_ERASED] = state[_COUNT] = 0
        state[_TO_COME] = length
        self._digest = digest
        self._erase_next()

    def is_erased(self) -> bool:
        """Whether what is erased ahead is so soon: a block may take seconds, and the device has more to do."""
        try:
            self._flash.wait(_PATIENCE_MS)
        except OSError as error:
            if error.args[0] != _EBUSY:
                raise
            return False
        return True

    def discard(self) -> None:
        """Begin to have it empty, without waiting for that; OSError of a chip that is busy for ever, at once."""
        state = self._state
        state[_ERASED] = state[_COUNT] = state[_TO_COME] = 0
        self._digest = None
        self._flash.erase(self.address)

    def append(self, at: int, data: "Readable") -> None:
        """Write `data` behind what was written, up to byte `at`; sectors are erased ahead.

        A page is read back before the next one is written, the last one by `finish`: OSError where it was not kept.
        """
        view = memoryview(data)
        state = self._state
        done = 0
        while done < len(view):
            if at + done >= state[_ERASED]:
                self._erase_next()
            count = min(len(view) - done, _PAGE - (at + done & _PAGE - 1))
            self._begin_page(self.address + at + done, view[done : done + count])
            done += count
        if at + done + _AHEAD > state[_ERASED] and state[_ERASED] < state[_TO_COME]:
            self._erase_next()

    def set_whole(self, whole: bool) -> None:
        """Note that an upload begins, behind `clear_trailer`, or that it ended."""
        self._write(self.address + self.room, _WHOLE[1] if whole else _PARTIAL)

    def finish(self) -> bytes:
        """All is written: read back what was not yet. The digest of all that was read back; empty where none was begun.

        OSError where the last page was not kept.
        """
        self._read_back()
        digest, self._digest = self._digest, None
        return digest.digest() if digest is not None else b""

    def _read_back(self) -> None:
        """What was programmed last must be there; OSError."""
        state = self._state
        if state[_COUNT]:
            back = bytearray(state[_COUNT])
            state[_COUNT] = 0
            self._flash.wait()
            self._flash.read(state[_AT], back)
            if crc32(back) & 0xFFFFFFFF != state[_CRC]:
                raise OSError(_EIO)
            if self._digest is not None:
                self._digest.update(back)

    def _begin_page(self, address: int, data: memoryview) -> None:
        """Begin to program within a page."""
        self._read_back()
        state = self._state
        self._flash.wait()
        self._flash.program(address, data)
        state[_AT] = address
        state[_CRC] = crc32(data) & 0xFFFFFFFF
        state[_COUNT] = len(data)

    def _erase_next(self) -> None:
        """Begin to erase what comes next: a block where more than a few sectors of it will be needed, or a sector."""
        self._read_back()
        state = self._state
        at = state[_ERASED]
        size = SECTOR
        if (
            not (self.address + at) & (_BLOCK - 1)
            and state[_TO_COME] > at + _WORTH_A_BLOCK
            and at + _BLOCK <= self.room
        ):
            size = _BLOCK
        self._flash.wait()
        self._flash.erase(self.address + at, size)
        state[_ERASED] = at + size

    def clear_trailer(self) -> None:
        """Erase it."""
        self._flash.wait()
        self._flash.erase(self.address + self.room)
        self._flash.wait()

    def _program(self, at: int, data: bytes) -> None:
        self._write(self.address + self.room + SECTOR - _TRAILER + at, data)

    def _write(self, address: int, data: "Readable") -> None:
        """Program within a page and read back."""
        self._flash.wait()
        self._flash.program(address, data)
        self._flash.wait()
        back = bytearray(len(data))
        self._flash.read(address, back)
        if bytes(back) != bytes(data):
            raise OSError(_EIO)


def image_version(head: "Readable") -> "Version | None":
    """The version that an image's header has; None: it is no such header."""
    fields = unpack_from(_HEADER, head)
    return (fields[6], fields[7], fields[8], fields[9]) if fields[0] == _IMAGE_MAGIC else None


def image_board(head: "Readable") -> str:
    """The board that a header names behind its fields; empty where it names none."""
    begin = _HEADER_BYTES
    end = unpack_from(_HEADER, head)[2]
    if end <= begin or end > min(begin + _LONGEST_VALUE, len(head)):
        return ""
    return _text(bytes(head[begin:end])).rstrip("\0")


def version_text(version: "Version") -> str:
    """`major.minor.revision`, and `.build` where it is not 0."""
    text = "%d.%d.%d" % version[:3]
    return text + ".%d" % version[3] if version[3] else text


def _text(raw: bytes) -> str:
    try:
        return str(raw, "utf-8")
    except ValueError:  # UnicodeError
        return ""
