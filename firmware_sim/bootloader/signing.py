"""Makes signed images: the same payload, key and figures give the same bytes."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .image import (
    AREA,
    BOARD,
    ED25519,
    HEADER,
    HEADER_WITH_BOARD,
    KEYHASH,
    MAGIC,
    SECURITY_COUNTER,
    SHA256,
    TLV_INFO,
    TLV_INFO_PROTECTED,
    Tlv,
    Version,
)
from .verification import key_hash


def sign(
    payload: bytes,
    key: Ed25519PrivateKey,
    *,
    version: Version,
    board: str,
    security_counter: int,
    header_bytes: int = HEADER_WITH_BOARD,
) -> bytes:
    """An image of `payload` for `board`; ValueError for a version or counter beyond their fields.

    What is beyond the header's fields in `header_bytes` names the board, if it has room, and is zeros else.
    """
    if not all(0 <= part < 1 << bits for part, bits in zip(version, (8, 8, 16, 32), strict=True)):
        raise ValueError(f"version {version} has no room in an image's header")
    if not 0 <= security_counter < 1 << 32:
        raise ValueError(f"a security counter of {security_counter}")
    protected = _area(
        TLV_INFO_PROTECTED, ((SECURITY_COUNTER, security_counter.to_bytes(4, "little")), (BOARD, board.encode()))
    )
    head = HEADER.pack(MAGIC, 0, header_bytes, len(protected), len(payload), 0, *version, 0)
    named = board.encode() if len(board.encode()) <= header_bytes - HEADER.size else b""
    head += named.ljust(header_bytes - HEADER.size, b"\0")
    signed = head + payload + protected
    digest = hashlib.sha256(signed).digest()
    chain = ((SHA256, digest), (KEYHASH, key_hash(key.public_key())), (ED25519, key.sign(digest)))
    return signed + _area(TLV_INFO, chain)


def _area(magic: int, tlvs: tuple[Tlv, ...]) -> bytes:
    body = b"".join(AREA.pack(kind, len(value)) + value for kind, value in tlvs)
    return AREA.pack(magic, AREA.size + len(body)) + body
