"""What the bootloader did last, for whoever asks the device: a sector of notes, of which the last sound one counts.

A note is `VBN`, what happened u8, why u8, 3 bytes 0, version as in an image's header, 4 bytes of its digest, CRC-32.
Where the sector is full, a note goes to a sector of its own before the full one is erased, and is made void there when
it begins the other: so long as it is sound, it is the last one.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from ..firmware.services.boot_notes import last_note
from .errors import Refusal
from .flash import BLANK, SECTOR, ChipFlash
from .image import Image, Version

_NOTE = struct.Struct("<3sBBxxxBBHI4s")
_CRC = struct.Struct("<I")
_BYTES = 32
_MAGIC = b"VBN"
_VOID = bytes(_BYTES)


class Outcome(IntEnum):
    """What the bootloader did when it last did anything."""

    NOTHING = 0
    TESTING = 1
    UPDATED = 2
    REVERTED = 3
    REFUSED = 4
    RESTORED = 5


class Note(NamedTuple):
    """What happened to which image, and why it was refused."""

    #: An `Outcome` and a `Refusal`, or the number of one that only a newer bootloader knows.
    outcome: int
    refusal: int = Refusal.NONE
    version: Version = (0, 0, 0, 0)
    digest: bytes = bytes(4)

    @classmethod
    def of(cls, outcome: int, image: Image | None, refusal: int = Refusal.NONE) -> Note:
        """A note on an image."""
        return cls(outcome, refusal, image.version, image.digest[:4]) if image else cls(outcome, refusal)

    def packed(self) -> bytes:
        """As it lies on flash."""
        body = _NOTE.pack(_MAGIC, self.outcome, self.refusal, *self.version, self.digest)
        return body + _CRC.pack(zlib.crc32(body))


def _known(kind: type[IntEnum], number: int) -> int:
    """A number by its name, if it has one."""
    try:
        return kind(number)
    except ValueError:
        return number


class Notes:
    """The notes in the sector at `address`; `spare` is another one, for the last note while that is erased."""

    def __init__(self, flash: ChipFlash, address: int, spare: int) -> None:
        self._flash = flash
        self._address = address
        self._spare = spare

    def last(self) -> Note:
        """The last note."""
        raw = self._flash.bytes_at(self._address, SECTOR)
        for at in range(SECTOR - _BYTES, -1, -_BYTES):
            if _is_sound(raw[at : at + _BYTES]):
                _, outcome, refusal, *version, digest = _NOTE.unpack_from(raw, at)
                return Note(_known(Outcome, outcome), _known(Refusal, refusal), tuple(version), digest)
        return Note(Outcome.NOTHING)

    def last_named(self) -> tuple[str, str, bytes]:
        """What happened, why it was refused, and the image, as the firmware has it; OSError of a chip that fails."""
        return last_note(self._flash)

    def is_blank(self) -> bool:
        """Whether no bootloader was ever here."""
        return not self._flash.bytes_at(self._address, SECTOR).strip(bytes([BLANK]))

    def introduce(self) -> None:
        """Have a first note there, also where a failing supply tore it: by it the firmware knows the bootloader."""
        self.settle()
        if self._flash.bytes_at(self._address, len(_MAGIC)) != _MAGIC:
            self._flash.write(self._address, Note(Outcome.NOTHING).packed())

    def settle(self) -> None:
        """Finish what a failing supply cut short, so that the notes read as they do for good."""
        note = self._flash.bytes_at(self._spare, _BYTES)
        if _is_sound(note):
            self._flash.program(self._spare, note)  # firm, before anything is erased because of it
            self._begin_anew(note)
        elif note not in (_VOID, bytes([BLANK]) * _BYTES):
            self._flash.program(self._spare, _VOID)

    def add(self, note: Note) -> None:
        """Append a note, if it is not what the last one says already."""
        if note == self.last():
            return
        data = note.packed()
        raw = self._flash.bytes_at(self._address, SECTOR)
        blank = bytes([BLANK]) * _BYTES
        free = next((at for at in range(0, SECTOR, _BYTES) if raw[at:].strip(blank) == b""), None)
        if free is None:
            self._flash.write(self._spare, data)
            self._begin_anew(data)
        else:
            self._flash.program(self._address + free, data)

    def _begin_anew(self, data: bytes) -> None:
        """With the note that is in the spare sector as well."""
        self._flash.write(self._address, data)
        self._flash.program(self._spare, _VOID)


def _is_sound(raw: bytes) -> bool:
    """Whether these bytes are a note."""
    return raw.startswith(_MAGIC) and _CRC.unpack_from(raw, _NOTE.size)[0] == zlib.crc32(raw[: _NOTE.size])
