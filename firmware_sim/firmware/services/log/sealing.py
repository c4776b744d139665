"""Chunks encrypted at rest: AES-128 in counter mode, then CMAC (RFC 4493) over all of it.

What a port's `cryptolib` has everywhere is ECB and CBC: keystreams are ECB of counters, the CMAC is the last block of
CBC. Encryption and CMAC have keys of their own, made of the one that a host has given. A nonce is the number of this
start and that of the chunk since it, so none comes twice.
"""

from struct import pack_into

import micropython
from micropython import const

from .layout import CHUNK_HEAD_BYTES, SEAL_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .layout import Readable, Writable

    class Storage(Protocol):
        """`storage.Storage`."""

        def get(self, name: str) -> "bytes | None":
            """A file's bytes."""
            ...

        def put(self, name: str, data: bytes) -> None:
            """Make or replace a file."""

    class Cipher(Protocol):
        """`cryptolib.aes`, made."""

        def encrypt(self, data: Readable, out: Writable) -> object:
            """Whole blocks."""

    class Aes(Protocol):
        """`cryptolib.aes`."""

        def __call__(self, key: bytes, mode: int, iv: bytes = b"") -> Cipher:
            """Mode 1: ECB, 2: CBC."""
            ...


KEY_BYTES = const(16)
_NONCE_BYTES = const(8)
_TAG_BYTES = const(8)
_BLOCK = const(16)
#: Bytes of keystream at a time.
_PIECE = const(256)
_ECB = const(1)
_CBC = const(2)
#: Where the ciphertext begins: the number of the recording's start, before it, is in clear.
_TEXT_AT = const(15)
_STORED = "log_key"


class Sealer:
    """Seals payloads in place, where there is a key: `key_id` is not 0."""

    def __init__(self, aes: "Aes", storage: "Storage") -> None:
        self._aes = aes
        self._storage = storage
        self._count = [0]
        self.key_id = 0
        self._ciphers: "tuple[Cipher | None, bytes]" = (None, b"")
        self._piece = bytearray(0)
        key = storage.get(_STORED)
        if key is not None and len(key) == KEY_BYTES:
            self._use(key)

    def set_key(self, key: bytes) -> None:
        """Keep a key, and seal with it from now on; an empty one: nothing is sealed. OSError: not stored."""
        self._storage.put(_STORED, key)
        if key:
            self._use(key)
        else:
            self.key_id = 0

    def _use(self, key: bytes) -> None:
        made = bytearray(b"\x01" * _BLOCK + b"\x02" * _BLOCK + b"\x03" * _BLOCK)
        self._aes(key, _ECB).encrypt(made, made)
        self._ciphers = (self._aes(bytes(made[:_BLOCK]), _ECB), bytes(made[_BLOCK : 2 * _BLOCK]))
        self._piece = bytearray(_PIECE)
        self.key_id = int.from_bytes(made[2 * _BLOCK : 2 * _BLOCK + 4], "big") or 1

    def seal(self, chunk: bytearray, count: int, time: int, boots: int) -> int:
        """Encrypt a payload of `count` bytes, whose chunk has room for SEAL_BYTES more; bytes of it then.

        `boots` is the number of this start of the device.
        """
        end = CHUNK_HEAD_BYTES + count
        self._count[0] += 1
        pack_into(">II", chunk, end, boots, self._count[0])
        self._apply(chunk, end)
        tag_at = end + _NONCE_BYTES
        chunk[tag_at : tag_at + _TAG_BYTES] = self._tag(chunk, tag_at, time)
        return count + SEAL_BYTES

    def open(self, chunk: bytearray, count: int) -> None:
        """Undo `seal` of a payload of `count` bytes, as it was before."""
        self._apply(chunk, CHUNK_HEAD_BYTES + count)

    @micropython.native
    def _apply(self, chunk: bytearray, end: int) -> None:
        """Encrypt or decrypt up to `end`, where the nonce is."""
        piece = self._piece
        cipher = self._ciphers[0]
        assert cipher
        nonce = chunk[end : end + _NONCE_BYTES]
        at = _TEXT_AT
        number = 0
        while at < end:
            for i in range(0, _PIECE, _BLOCK):
                piece[i : i + _NONCE_BYTES] = nonce
                pack_into(">II", piece, i + _NONCE_BYTES, 0, number)
                number += 1
            cipher.encrypt(piece, piece)
            for i in range(min(_PIECE, end - at)):
                chunk[at + i] ^= piece[i]
            at += _PIECE

    def _tag(self, chunk: bytearray, end: int, time: int) -> "memoryview":
        """CMAC of the time, and of the payload with its nonce up to `end`."""
        piece = self._piece
        key = self._ciphers[1]
        cipher = self._aes(key, _CBC, bytes(_BLOCK))
        subkey = bytearray(_BLOCK)
        self._aes(key, _ECB).encrypt(subkey, subkey)
        pack_into(">Q", piece, 0, time)
        filled = 8
        at = CHUNK_HEAD_BYTES
        while at < end:
            count = min(_PIECE - filled, end - at)
            piece[filled : filled + count] = memoryview(chunk)[at : at + count]
            filled += count
            at += count
            if at < end:
                cipher.encrypt(piece, piece)
                filled = 0
        last = (filled - 1) // _BLOCK * _BLOCK
        _double(subkey)
        if filled < last + _BLOCK:
            _double(subkey)
            piece[filled] = 0x80
            for i in range(filled + 1, last + _BLOCK):
                piece[i] = 0
        for i in range(_BLOCK):
            piece[last + i] ^= subkey[i]
        view = memoryview(piece)[: last + _BLOCK]
        cipher.encrypt(view, view)
        return memoryview(piece)[last : last + _TAG_BYTES]


def _double(subkey: bytearray) -> None:
    """Multiply by x in GF(2^128) (RFC 4493, 2.3)."""
    carry = 0
    for i in range(_BLOCK - 1, -1, -1):
        value = subkey[i] << 1 | carry
        subkey[i] = value & 0xFF
        carry = value >> 8
    if carry:
        subkey[_BLOCK - 1] ^= 0x87
