"""How far an exchange of the slots has come: a record that it began, and a mark for each step that is done.

The record is `VBSW`, what for u8, u8 0, sectors u16, CRC-32; the marks are bytes of the same sector, each programmed to
0 when its step is done. Bits that a failing supply leaves unstable read as they like, so whatever is read as set is
programmed again before anything is done because of it: from then on it is set for good.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

from .flash import BLANK, SECTOR, ChipFlash

_RECORD = struct.Struct("<4sBBH")
_CRC = struct.Struct("<I")
_MAGIC = b"VBSW"
_MARKS_AT = 0x100
_DONE = b"\x00"
#: Most steps that fit behind a record.
MOST_STEPS = SECTOR - _MARKS_AT


class SwapKind(IntEnum):
    """Why the slots are exchanged."""

    TEST = 1
    PERMANENT = 2
    REVERT = 3


class Swap(NamedTuple):
    """An exchange of the slots: why, and how many sectors of them."""

    kind: SwapKind
    sectors: int


class Journal:
    """The journal in the sector at `address`."""

    def __init__(self, flash: ChipFlash, address: int) -> None:
        self._flash = flash
        self._address = address

    def read(self) -> Swap | None:
        """The exchange that has begun, None: there is none. Its record is firm then, else the sector is blank."""
        raw = self._flash.bytes_at(self._address, _RECORD.size + _CRC.size)
        magic, kind, _, sectors = _RECORD.unpack_from(raw)
        sound = magic == _MAGIC and _CRC.unpack_from(raw, _RECORD.size)[0] == zlib.crc32(raw[: _RECORD.size])
        if sound:
            self._flash.program(self._address, raw)
            return Swap(SwapKind(kind), sectors)
        self.clear()
        return None

    def clear(self) -> None:
        """Leave nothing that could read as a record another time."""
        if not self.is_blank():
            self._flash.erase(self._address)

    def is_blank(self) -> bool:
        """Whether nothing is noted."""
        return not self._flash.bytes_at(self._address, SECTOR).strip(bytes([BLANK]))

    def begin(self, swap: Swap) -> None:
        """Note that an exchange begins."""
        body = _RECORD.pack(_MAGIC, swap.kind, 0, swap.sectors)
        self._flash.write(self._address, body + _CRC.pack(zlib.crc32(body)))

    def steps_done(self) -> int:
        """Steps that are done; the last of them is firm then."""
        marks = self._flash.bytes_at(self._address + _MARKS_AT, MOST_STEPS)
        done = len(marks) - len(marks.lstrip(_DONE))
        if done:
            self.mark(done - 1)
        return done

    def mark(self, step: int) -> None:
        """Note that a step is done."""
        self._flash.program(self._address + _MARKS_AT + step, _DONE)
