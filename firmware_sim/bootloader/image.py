"""MCUboot's image format: header, payload, protected TLVs, TLVs.

Header (32 bytes, little-endian): magic u32, load address u32, header bytes u16, protected TLV bytes u16, payload bytes
u32, flags u32, version (major u8, minor u8, revision u16, build u32), padding u32. A TLV area is its magic u16 and its
length u16, both included, then type u16, length u16 and value of each. The digest covers all before the second area.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..firmware.services.image_slot import version_text
from .errors import ImageRefusedError, Refusal

MAGIC = 0x96F3B83D
HEADER = struct.Struct("<IIHHIIBBHII")
TLV_INFO, TLV_INFO_PROTECTED = 0x6907, 0x6908
AREA = struct.Struct("<HH")
#: Types of TLVs (MCUboot's image.h); BOARD is of the range for vendors.
KEYHASH, SHA256, ECDSA_SIG, ED25519 = 0x01, 0x10, 0x22, 0x24
SECURITY_COUNTER, BOARD = 0x50, 0x00A0
#: A header that is so long may name the board behind its fields, so that a device sees it in the first part of an
#: upload; the one that counts is the TLV.
HEADER_WITH_BOARD = 64

Version = tuple[int, int, int, int]
Tlv = tuple[int, bytes]


@dataclass(frozen=True)
class Image:
    """An image that is well formed; whether to trust it is `verification`'s."""

    version: Version
    payload: bytes
    protected: tuple[Tlv, ...]
    tlvs: tuple[Tlv, ...]
    #: What the digest covers.
    signed: bytes
    #: Bytes of the whole.
    size: int

    def protected_value(self, kind: int) -> bytes | None:
        """Value of the one protected TLV of that type."""
        return next((value for type_, value in self.protected if type_ == kind), None)

    @property
    def digest(self) -> bytes:
        """What names the image in management: the value of its digest TLV, empty where it has none."""
        return next((value for kind, value in self.tlvs if kind == SHA256), b"")

    @property
    def security_counter(self) -> int:
        """0 where it has none."""
        value = self.protected_value(SECURITY_COUNTER)
        return int.from_bytes(value, "little") if value else 0

    @property
    def version_text(self) -> str:
        """As MCUboot's tools write it."""
        return version_text(self.version)


def _malformed(what: str) -> ImageRefusedError:
    return ImageRefusedError(Refusal.MALFORMED, what)


def image_size(head: bytes, room: int) -> int:
    """Bytes of an image up to its TLV areas, of its header; ImageRefusedError where it is none or has no room."""
    if len(head) < HEADER.size:
        raise _malformed(f"{len(head)} bytes are no image header")
    magic, load, header_bytes, _, payload_bytes, flags, *_, padding = HEADER.unpack_from(head)
    if magic != MAGIC:
        raise ImageRefusedError(Refusal.NO_IMAGE, f"no image begins with 0x{magic:08x}")
    if load or flags or padding:
        raise _malformed(f"load address 0x{load:x}, flags 0x{flags:x} or padding 0x{padding:x} are not supported")
    if header_bytes < HEADER.size:
        raise _malformed(f"a header of {header_bytes} bytes")
    if header_bytes + payload_bytes + 2 * AREA.size > room:
        raise _malformed(f"{payload_bytes} bytes of payload leave {room} bytes")
    return int(header_bytes + payload_bytes)


def read_image(data: bytes) -> Image:
    """The image that `data` begins with; ImageRefusedError where there is none, or it is malformed."""
    end = image_size(data, len(data))
    _, _, header_bytes, protected_bytes, _, _, major, minor, revision, build, _ = HEADER.unpack_from(data)
    protected: tuple[Tlv, ...] = ()
    if protected_bytes:
        protected, after = _read_area(data, end, TLV_INFO_PROTECTED)
        if after - end != protected_bytes:
            raise _malformed(f"{after - end} bytes of protected TLVs, not {protected_bytes}")
    signed = end + protected_bytes
    tlvs, size = _read_area(data, signed, TLV_INFO)
    return Image((major, minor, revision, build), data[header_bytes:end], protected, tlvs, bytes(data[:signed]), size)


def _read_area(data: bytes, at: int, magic: int) -> tuple[tuple[Tlv, ...], int]:
    """(TLVs, end) of the area at `at`."""
    if at + AREA.size > len(data):
        raise _malformed("the image ends before its TLVs")
    found, length = AREA.unpack_from(data, at)
    end = at + length
    if found != magic or end > len(data) or length < AREA.size:
        raise _malformed(f"TLVs of magic 0x{found:04x} and {length} bytes")
    tlvs = []
    at += AREA.size
    while at < end:
        if at + AREA.size > end:
            raise _malformed("a TLV without its length")
        kind, count = AREA.unpack_from(data, at)
        at += AREA.size + count
        if at > end:
            raise _malformed(f"TLV 0x{kind:04x} leaves its area")
        tlvs.append((kind, bytes(data[at - count : at])))
    return tuple(tlvs), end
