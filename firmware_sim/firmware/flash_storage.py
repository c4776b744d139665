"""What the firmware keeps on the NOR flash: two copies of the settings, the count of starts, and files.

Power may fail in any operation, and leave bits that read differently each time. Of the settings what counts is
programmed again as it was read, so that it stays, and what does not is programmed to zeros. The files are a littlefs in
its region, mounted while it is used and made when something is first written: in its root lies what the firmware keeps
(`bonds`), in `FOLDER` what management is let at.
"""

from binascii import crc32
from struct import pack, unpack_from

from micropython import const

from .flash_regions import FILES_AT, FILES_BYTES, READINGS, SECTOR, SETTINGS_AT
from .storage import Storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol, Union

    Readable = Union[bytes, bytearray, memoryview]
    Writable = Union[bytearray, memoryview]

    class Flash(Protocol):
        """`drivers.nor_flash.NorFlash`, configured."""

        def read(self, address: int, out: "Writable") -> None:
            """Fill `out`."""

        def program(self, address: int, data: "Readable") -> None:
            """Begin to let bits fall within a page."""

        def erase(self, address: int) -> None:
            """Begin to erase a sector."""

        def wait(self) -> None:
            """Until it is ready."""


FOLDER = "files"
_ENOENT = const(2)
_ECORRUPT = const(84)  # LFS_ERR_CORRUPT
# MicroPython's numbers of what a block device is asked
_BLOCKS = const(4)
_BLOCK_BYTES = const(5)
_ERASE = const(6)
#: Bytes that littlefs looks ahead for free blocks with, a bit a block; of a page it reads and programs at a time.
_LOOKAHEAD = const(16)
_UNIT = const(32)
#: Blocks that stay free for what the firmware keeps.
_RESERVE = const(8)
#: Blocks that an empty file system takes.
_OF_ITS_OWN = const(2)
_PAGE = const(256)  # drivers.nor_flash: PAGE
_LENGTH_BYTES = const(2)
_BLANK = const(0xFFFF)
_EIO = const(5)
_HEAD = "<II"  # starts before this sector, check sum of that
_HEAD_BYTES = const(8)
_ERASED = const(0xFF)


def _program(flash: "Flash", address: int, data: "Readable") -> None:
    """Program across pages."""
    view = memoryview(data)
    done = 0
    while done < len(view):
        count = min(len(view) - done, _PAGE - (address + done & _PAGE - 1))
        flash.wait()
        flash.program(address + done, view[done : done + count])
        done += count


class FlashStorage(Storage):
    """Files on `flash`, and slots 0 and 1 for copies of the settings, each a sector: length u16, then the copy.

    `make` is the port's `vfs.VfsLfs2`, whose block device this is; None: there are no files. OSError of a file system
    that is not there, is full, or whose chip fails.
    """

    def __init__(self, flash: "Flash", make: "Any") -> None:
        self._flash = flash
        self._make = make
        #: The file system while it is used, else None: 0.6 kB of heap less. In a list, because MicroPython takes ten
        #: times as long to set an attribute.
        self.mounted: "list[Any]" = [None]

    def read(self, slot: int) -> "bytes | None":
        """What was written there last, None where nothing was; after power loss anything."""
        at = SETTINGS_AT + slot * SECTOR
        head = bytearray(_LENGTH_BYTES)
        self._flash.wait()
        self._flash.read(at, head)
        length = head[0] | head[1] << 8
        if length == _BLANK:
            return None
        copy = bytearray(min(length, SECTOR - _LENGTH_BYTES))
        self._flash.read(at + _LENGTH_BYTES, copy)
        return bytes(copy)

    def write(self, slot: int, data: bytes) -> None:
        """Write a copy over the one that is there, and read it back."""
        at = SETTINGS_AT + slot * SECTOR
        if len(data) > SECTOR - _LENGTH_BYTES:
            raise OSError(_EIO)
        self._flash.wait()
        self._flash.erase(at)
        _program(self._flash, at, pack("<H", len(data)) + data)
        for _ in range(READINGS):
            if self.read(slot) == data:
                return
        raise OSError(_EIO)

    def settle(self, slot: int, copy: "bytes | None") -> None:
        """Have a slot read for good as the copy that it was read as, or as none."""
        at = SETTINGS_AT + slot * SECTOR
        _program(self._flash, at, pack("<H", 0) if copy is None else pack("<H", len(copy)) + copy)
        self._flash.wait()

    # ------------------------------------------------------------------ files

    def system(self, makes: bool = False) -> "Any":
        """The file system, mounted; made, if that is wanted, where there is none. OSError where it cannot be."""
        sizes = {"readsize": _UNIT, "progsize": _UNIT, "lookahead": _LOOKAHEAD}
        for left in range(READINGS - 1, -1, -1):
            if self.mounted[0] is not None:
                break
            try:
                self.mounted[0] = self._make(self, mtime=False, **sizes)
            except OSError as error:
                if left:
                    continue
                if not makes or error.args[0] != _ECORRUPT:
                    raise
                self._make.mkfs(self, **sizes)
                self.mounted[0] = self._make(self, mtime=False, **sizes)
        return self.mounted[0]

    def open(self, name: str, mode: str) -> "Any":
        """Open a file."""
        return self.system(mode[0] != "r").open(name, mode)

    def rename(self, old: str, new: str) -> None:
        """Give a file a new name, in place of any other that has it."""
        self.system().rename(old, new)

    def room(self) -> int:
        """Bytes that files may still take."""
        fields = self.system().statvfs("/")
        return int(fields[0] * max(fields[3] - _RESERVE, 0))

    def usage(self) -> "tuple[int, int]":
        """(files that management has put there, `room`); where no file was ever written it stays so. OSError."""
        try:
            system = self.system()
        except OSError as error:
            if error.args[0] != _ECORRUPT:
                raise
            return 0, FILES_BYTES - (_RESERVE + _OF_ITS_OWN) * SECTOR
        try:
            return len(list(system.ilistdir(FOLDER))), self.room()
        except OSError as error:
            if error.args[0] != _ENOENT:
                raise
            return 0, self.room()

    # ------------------------------------------------------------------ MicroPython's block device, or minus an errno

    def readblocks(self, block: int, buf: "Writable", offset: int = 0) -> int:
        """Fill `buf` with what two readings have: by a wrong one littlefs would go on from what was before."""
        at = FILES_AT + block * SECTOR + offset
        again = bytearray(len(buf))
        try:
            self._flash.wait()
            self._flash.read(at, buf)
            self._flash.read(at, again)
            if again != buf:
                self._flash.read(at, buf)
        except OSError as error:
            return -int(error.args[0])
        return 0

    def writeblocks(self, block: int, buf: "Readable", offset: int = 0) -> int:
        """Program what is erased."""
        try:
            _program(self._flash, FILES_AT + block * SECTOR + offset, buf)
        except OSError as error:
            return -int(error.args[0])
        return 0

    def ioctl(self, op: int, arg: int) -> int:
        """How many blocks of how many bytes there are; erase one."""
        if op == _BLOCKS:
            return FILES_BYTES // SECTOR
        if op == _BLOCK_BYTES:
            return SECTOR
        if op == _ERASE:
            try:
                self._flash.wait()
                self._flash.erase(FILES_AT + arg * SECTOR)
            except OSError as error:
                return -int(error.args[0])
        return 0


class StartCounter:
    """Counts in two sectors: how many starts there were before it, then a byte a start, which falls to 0."""

    def __init__(self, flash: "Flash", address: int) -> None:
        self._flash = flash
        self._address = address

    def next(self, before: int, entropy: "Callable[[int], bytes]") -> int:
        """Count one more start; its number. `before`: what to go on from where nothing is counted yet. OSError.

        Nothing waits for the chip but once in 256 starts. Where a sector lost its head, but not what it counted, the
        number is one that `entropy` leaps to, so that it was never used.
        """
        bases = [self._base(slot) for slot in (0, 1)]
        base = max(bases)
        if base < 0:
            if self._has_counted(0) or self._has_counted(1):
                before += self._leap(entropy)
            self._clear(0, False)
            return self._count(0, before, 0)
        slot = bases.index(base)
        used = self._used(slot)
        if used == SECTOR - _HEAD_BYTES:
            base += used
            if bases[1 - slot] < 0 and self._has_counted(1 - slot):
                base += self._leap(entropy)
            self._clear(1 - slot, True)
            return self._count(1 - slot, base, 0)
        return self._count(slot, base, used)

    def _base(self, slot: int) -> int:
        """Starts before those of a sector; -1 where it has no head, however often that is read."""
        head = bytearray(_HEAD_BYTES)
        for _ in range(READINGS):
            self._read(slot, 0, head)
            base, check = unpack_from(_HEAD, head)
            if check == self._check(base):
                return int(base)
        return -1

    def _used(self, slot: int) -> int:
        """Bytes of a sector that fell: halve what is left."""
        low, high = 0, SECTOR - _HEAD_BYTES
        while low < high:
            middle = (low + high) >> 1
            if self._fell(slot, _HEAD_BYTES + middle):
                low = middle + 1
            else:
                high = middle
        return low

    def _fell(self, slot: int, at: int) -> bool:
        """Whether a byte fell, as two readings have it."""
        one = bytearray(1)
        fell = 0
        for reading in range(READINGS):
            self._read(slot, at, one)
            fell += one[0] != _ERASED
            if fell != 1 and reading:
                break
        return fell > 1

    def _has_counted(self, slot: int) -> bool:
        """Whether a sector without a head has starts beyond its first: what a cut leaves is no such row of 0 and 1."""
        page = bytearray(_PAGE)
        times = 0
        for _ in range(READINGS):
            self._read(slot, 0, page)
            counts = bytes(page[_HEAD_BYTES:])
            fell = counts.count(b"\0")
            times += fell > 1 and counts == bytes(fell) + b"\xff" * (len(counts) - fell)
        return times > 1

    def _leap(self, entropy: "Callable[[int], bytes]") -> int:
        """Starts that are left out, up to 2³⁰."""
        return SECTOR + (int.from_bytes(entropy(4), "little") >> 2)

    def _clear(self, slot: int, anyway: bool) -> None:
        """Erase a sector where it does not look blank, or `anyway`."""
        head = bytearray(_HEAD_BYTES + 1)
        self._read(slot, 0, head)
        if anyway or bytes(head) != b"\xff" * len(head):
            self._flash.erase(self._address + slot * SECTOR)
            self._flash.wait()

    def _count(self, slot: int, base: int, used: int) -> int:
        """Let the next byte fall; the one before again, or the head with its page: the supply may have failed in it."""
        at = self._address + slot * SECTOR
        if _HEAD_BYTES + used < _PAGE:
            self._flash.program(at, pack(_HEAD, base, self._check(base)) + bytes(used + 1))
        else:
            _program(self._flash, at + _HEAD_BYTES + used - 1, bytes(2))
        return (base + used + 1) & 0xFFFFFFFF

    def _read(self, slot: int, at: int, out: "Writable") -> None:
        self._flash.wait()
        self._flash.read(self._address + slot * SECTOR + at, out)

    def _check(self, base: int) -> int:
        """With a word before it, or the check of erased bytes would be erased bytes."""
        return crc32(pack("<3sI", b"VBC", base)) & 0xFFFFFFFF
