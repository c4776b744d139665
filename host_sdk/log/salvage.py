"""What can still be read of a damaged dump of the flash: chunks whose check is right, wherever they lie."""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import LogError
from .chunks import Chunk, Kind

SECTOR = 4096
_MAGIC = b"VBL1"
_SECTOR_HEAD = struct.Struct("<4sIIII")
_CHUNK_HEAD = struct.Struct("<BHQ")
_CHUNK_EXTRA = 16
_ACKNOWLEDGEMENT = 255
_ACKNOWLEDGEMENT_BYTES = 4
_OPEN = 0xFF


class _Head(NamedTuple):
    """Which sector it is, and the number of its first chunk."""

    sequence: int
    first: int


def salvage(dump: bytes) -> Iterator[Chunk]:
    """Sound chunks of a dump of any part of the flash, from a sector's beginning on.

    A sector whose head is damaged is read as the one that follows the sector before it, or precedes the one behind it;
    a damaged chunk is left out. Chunks that lie behind a damaged one in their sector are looked for byte by byte, and
    numbered by those that can be counted: a number may then be too small.
    """
    sectors = [dump[at : at + SECTOR] for at in range(0, len(dump) - _SECTOR_HEAD.size, SECTOR)]
    heads = [_head(sector) for sector in sectors]
    expected: _Head | None = None
    for sector, head, behind in zip(sectors, heads, [*heads[1:], None], strict=False):
        for sequence, first in _guesses(sector, head, expected, behind):
            chunks = list(_of_sector(sector, sequence, first))
            if chunks or head is not None:  # a chunk's check holds its sector's sequence: a wrong guess finds nothing
                yield from chunks
                expected = _Head(sequence + 1, chunks[-1].number + 1 if chunks else first)
                break
        else:
            expected = None


def _guesses(sector: bytes, head: _Head | None, expected: _Head | None, behind: _Head | None) -> Iterator[_Head]:
    """Heads that a sector may have: its own, or what its neighbours' say."""
    if head is not None:
        yield head
        return
    if expected is not None:
        yield expected
    if behind is not None:
        yield _before(sector, behind)


def _head(sector: bytes) -> _Head | None:
    """What a sector's head says; None where it is damaged, or none."""
    magic, sequence, first, _acknowledged, check = _SECTOR_HEAD.unpack_from(sector)
    is_sound = magic == _MAGIC and crc32(sector[: _SECTOR_HEAD.size - 4]) == check
    return _Head(sequence, first) if is_sound else None


def _before(sector: bytes, behind: _Head) -> _Head:
    """The head of a sector, by that of the one behind it."""
    counted = [chunk.number + 1 for chunk in _of_sector(sector, behind.sequence - 1, 0)] if behind.sequence else []
    return _Head(behind.sequence - 1, max(0, behind.first - max(counted, default=0)))


def _of_sector(sector: bytes, sequence: int, number: int) -> Iterator[Chunk]:
    at = _SECTOR_HEAD.size
    while at + _CHUNK_EXTRA <= len(sector):
        if sector[at] == _OPEN:
            return
        kind, length, _ = _CHUNK_HEAD.unpack_from(sector, at + 1)
        end = at + _CHUNK_EXTRA + length
        try:
            chunk = Chunk.parse(number, sequence, sector[at + 1 : end])
        except LogError:
            following = _next_sound(sector, sequence, at + 1)
            if following is None:
                return
            at = following
            # either may be what is damaged; nothing but an acknowledgement is so short
            number += kind != _ACKNOWLEDGEMENT and length != _ACKNOWLEDGEMENT_BYTES
            continue
        at = end
        if kind in tuple(Kind):
            yield chunk
        number += kind != _ACKNOWLEDGEMENT


def _next_sound(sector: bytes, sequence: int, begin: int) -> int | None:
    """Where the next chunk whose check is right begins; None: nowhere."""
    for at in range(begin, len(sector) - _CHUNK_EXTRA + 1):
        if sector[at] == 0:
            _, length, _ = _CHUNK_HEAD.unpack_from(sector, at + 1)
            try:
                Chunk.parse(0, sequence, sector[at + 1 : at + _CHUNK_EXTRA + length])
            except LogError:
                continue
            return at
    return None
