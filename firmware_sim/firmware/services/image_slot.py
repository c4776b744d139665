"""A slot of the NOR flash: an image of MCUboot's format, and in the last sector the trailer that says what to do.

Trailer, from the slot's end: magic at -16, image_ok at -24, copy_done at -32; a flag of 0x01 is set. In slot 1 the
magic asks for a test, with image_ok for good. In slot 0 it says that the image came by a swap, and is confirmed when
image_ok is set; without magic it is, too.
"""

from micropython import const

from ..flash_regions import SECTOR

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
_EIO = const(5)


class ImageSlot:
    """`size` bytes from `address` on, of which `room` are for an image; OSError of a chip that fails."""

    def __init__(self, flash: "Flash", address: int, size: int) -> None:
        self.address = address
        self.room = size - SECTOR
        self._flash = flash
        self._trailer = bytearray(_TRAILER)

    def read(self, at: int, out: "Writable") -> None:
        """Fill `out` from byte `at` of the slot on."""
        self._flash.wait()
        self._flash.read(self.address + at, out)

    def trailer(self) -> int:
        """Which of MAGIC, IMAGE_OK and COPY_DONE are set."""
        raw = self._trailer
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

    def clear_trailer(self) -> None:
        """Erase it."""
        self._flash.wait()
        self._flash.erase(self.address + self.room)
        self._flash.wait()

    def _program(self, at: int, data: bytes) -> None:
        address = self.address + self.room + SECTOR - _TRAILER + at
        self._flash.wait()
        self._flash.program(address, data)
        self._flash.wait()
        back = bytearray(len(data))
        self._flash.read(address, back)
        if bytes(back) != data:
            raise OSError(_EIO)
