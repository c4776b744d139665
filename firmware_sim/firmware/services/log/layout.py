"""Bytes of the log on flash: heads of sectors and of chunks. No flash access here.

A sector is a head and chunks one behind the other; a chunk is a seal, a head, its payload and a CRC-32.

A seal is a byte that is programmed to 0 alone, before all else of its chunk. All its bits fall, so one that a failing
supply left unstable becomes firm when it is programmed again; and bytes behind one that reads 0xFF were never touched.
"""

from binascii import crc32
from struct import pack, pack_into, unpack_from

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Readable = Union[bytes, bytearray, memoryview]
    Writable = Union[bytearray, memoryview]

SECTOR = const(4096)  # drivers.nor_flash: SECTOR
SEALED = b"\x00"
OPEN = const(0xFF)
_MAGIC = b"VBL1"
# magic, sequence, number of the first chunk, number before which the host has everything, CRC-32
_SECTOR_HEAD = "<4sIIII"
SECTOR_HEAD_BYTES = const(20)
CHUNKS_AT = const(20)
# kind, payload bytes, time
_CHUNK_HEAD = "<BHQ"
CHUNK_HEAD_BYTES = const(11)
#: Bytes of a chunk beside its payload.
CHUNK_EXTRA = const(16)
#: Kind of a chunk that says what the host has: its payload is the number; it has no number itself.
ACKNOWLEDGEMENT = const(255)
ACKNOWLEDGEMENT_BYTES = const(4)
#: Bytes that encryption takes behind a payload: nonce, CMAC.
SEAL_BYTES = const(16)
#: Longest payload: three such chunks fill a sector.
LONGEST = const(1342)


def pack_sector(sequence: int, first: int, acknowledged: int) -> bytes:
    """Head of a sector."""
    head = pack("<4sIII", _MAGIC, sequence, first, acknowledged)
    return head + pack("<I", crc32(head) & 0xFFFFFFFF)


def unpack_sector(head: "Readable") -> "tuple[int, int, int] | None":
    """(sequence, number of the first chunk, number before which the host has everything); None: no head."""
    magic, sequence, first, acknowledged, check = unpack_from(_SECTOR_HEAD, head)
    if magic != _MAGIC or check != crc32(memoryview(head)[: SECTOR_HEAD_BYTES - 4]) & 0xFFFFFFFF:
        return None
    return sequence, first, acknowledged


def new_chunk(longest: int) -> bytearray:
    """Room for a chunk without its seal: its payload of `longest` bytes at most begins at CHUNK_HEAD_BYTES."""
    return bytearray(longest + CHUNK_EXTRA - 1)


def complete_chunk(chunk: bytearray, count: int, sequence: int, kind: int, time: int) -> memoryview:
    """Head and check around `count` bytes of payload, in place; all of it, without a seal.

    `sequence` is its sector's, so that what an older round left cannot pass for it.
    """
    pack_into(_CHUNK_HEAD, chunk, 0, kind, count, time)
    view = memoryview(chunk)
    end = CHUNK_HEAD_BYTES + count
    pack_into("<I", chunk, end, crc32(view[:end], sequence) & 0xFFFFFFFF)
    return view[: end + 4]


def unpack_acknowledgement(chunk: "Readable") -> int:
    """The number before which the host has everything, of a chunk of kind ACKNOWLEDGEMENT without its seal."""
    number: int = unpack_from("<I", chunk, CHUNK_HEAD_BYTES)[0]
    return number


def unpack_chunk_head(head: "Readable", room: int) -> "tuple[int, int] | None":
    """(kind, payload bytes) of a head behind the seal; None: no such chunk fits in `room` bytes of the sector."""
    kind, length, _ = unpack_from(_CHUNK_HEAD, head)
    if length > LONGEST or length + CHUNK_EXTRA > room:
        return None
    return kind, length


def is_sound(sequence: int, chunk: "Readable") -> bool:
    """Whether the CRC-32 at the end of a chunk without its seal is right."""
    end = len(chunk) - 4
    check: int = unpack_from("<I", chunk, end)[0]
    return check == crc32(memoryview(chunk)[:end], sequence) & 0xFFFFFFFF
