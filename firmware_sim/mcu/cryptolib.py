"""MicroPython's `cryptolib` as its stock builds have it: AES in ECB and CBC mode, no counter mode."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Bytes = bytes | bytearray | memoryview
ECB, CBC = 1, 2
_BLOCK = 16


class aes:
    """A cipher, which encrypts or decrypts, not both; a CBC goes on from call to call."""

    def __init__(self, key: bytes, mode: int, iv: bytes | None = None) -> None:
        """ValueError for another mode, or a key or initial vector of another length."""
        if mode not in (ECB, CBC):
            raise ValueError("mode")
        if mode == CBC and (iv is None or len(iv) != _BLOCK):
            raise ValueError("IV")
        chosen = modes.ECB() if mode == ECB else modes.CBC(iv or b"")
        self._cipher = Cipher(algorithms.AES(bytes(key)), chosen)
        self._encryptor = self._cipher.encryptor()

    def encrypt(self, data: Bytes, out: bytearray | memoryview | None = None) -> Bytes:
        """Whole blocks, into `out` where that is given; it may be `data`. ValueError for parts of a block."""
        raw = bytes(data)
        if len(raw) % _BLOCK:
            raise ValueError("blksize % 16")
        made = self._encryptor.update(raw)
        if out is None:
            return made
        memoryview(out)[: len(made)] = made
        return out
