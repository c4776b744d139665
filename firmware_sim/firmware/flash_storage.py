"""What is kept in sectors of the NOR flash by themselves: two copies of one thing, and the count of starts.

Power may fail in any operation, and leave bits that read differently each time: what counts is programmed again as it
was read, so that it stays, and what does not is programmed to zeros.
"""

from binascii import crc32
from struct import pack, unpack_from

from micropython import const

from .flash_regions import SECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, Union

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


_PAGE = const(256)  # drivers.nor_flash: PAGE
_LENGTH_BYTES = const(2)
_BLANK = const(0xFFFF)
_EIO = const(5)
_HEAD = "<II"  # starts before this sector, check sum of that
_HEAD_BYTES = const(8)
_MAGIC = b"VBC"  # or the check of erased bytes would be erased bytes
_USED = b"\0"
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


class FlashSlots:
    """Slots 0 and 1 for two copies, each a sector: length u16, then the copy. OSError of a chip that fails."""

    def __init__(self, flash: "Flash", address: int) -> None:
        self._flash = flash
        self._address = address

    def read(self, slot: int) -> "bytes | None":
        """What was written there last, None where nothing was; after power loss anything."""
        at = self._address + slot * SECTOR
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
        at = self._address + slot * SECTOR
        if len(data) > SECTOR - _LENGTH_BYTES:
            raise OSError(_EIO)
        self._flash.wait()
        self._flash.erase(at)
        _program(self._flash, at, pack("<H", len(data)) + data)
        if self.read(slot) != data:
            raise OSError(_EIO)

    def settle(self, slot: int, copy: "bytes | None") -> None:
        """Have a slot read for good as the copy that it was read as, or as none."""
        at = self._address + slot * SECTOR
        _program(self._flash, at, pack("<H", 0) if copy is None else pack("<H", len(copy)) + copy)
        self._flash.wait()


class StartCounter:
    """Counts in two sectors: how many starts there were before it, then a byte a start, which falls to 0."""

    def __init__(self, flash: "Flash", address: int) -> None:
        self._flash = flash
        self._address = address

    def next(self, before: int) -> int:
        """Count one more start; its number. `before`: what to go on from where nothing is counted yet. OSError.

        Nothing waits for the chip but once in 4088 starts.
        """
        bases = [self._base(slot) for slot in (0, 1)]
        base = max(bases)
        if base < 0:
            self._clear(0, False)
            return self._count(0, before, 0)
        slot = bases.index(base)
        used = self._used(slot)
        if used == SECTOR - _HEAD_BYTES:
            self._clear(1 - slot, True)
            return self._count(1 - slot, base + used, 0)
        return self._count(slot, base, used)

    def _base(self, slot: int) -> int:
        """Starts before those of a sector; -1 where it has no head."""
        head = bytearray(_HEAD_BYTES)
        self._read(slot, 0, head)
        base, check = unpack_from(_HEAD, head)
        return base if check == _check(base) else -1

    def _used(self, slot: int) -> int:
        """Bytes of a sector that fell: halve what is left."""
        one = bytearray(1)
        low, high = 0, SECTOR - _HEAD_BYTES
        while low < high:
            middle = (low + high) >> 1
            self._read(slot, _HEAD_BYTES + middle, one)
            if one[0] == _ERASED:
                high = middle
            else:
                low = middle + 1
        return low

    def _clear(self, slot: int, anyway: bool) -> None:
        """Erase a sector where it does not look blank, or `anyway`."""
        head = bytearray(_HEAD_BYTES + 1)
        self._read(slot, 0, head)
        if anyway or bytes(head) != b"\xff" * len(head):
            self._flash.erase(self._address + slot * SECTOR)
            self._flash.wait()

    def _count(self, slot: int, base: int, used: int) -> int:
        """Let the next byte fall; the head again with those of its page, for the supply may have failed in it."""
        at = self._address + slot * SECTOR
        if _HEAD_BYTES + used < _PAGE:
            self._flash.program(at, pack(_HEAD, base, _check(base)) + bytes(used + 1))
        else:
            self._flash.program(at + _HEAD_BYTES + used, _USED)
        return (base + used + 1) & 0xFFFFFFFF

    def _read(self, slot: int, at: int, out: "Writable") -> None:
        self._flash.wait()
        self._flash.read(self._address + slot * SECTOR + at, out)


def _check(base: int) -> int:
    return crc32(pack("<3sI", _MAGIC, base)) & 0xFFFFFFFF
