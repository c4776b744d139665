"""Chunks encrypted at rest: the keys that this computer has, and what they open. docs/log.md has the layout."""

from __future__ import annotations

import hmac
import os
import re
from functools import lru_cache
from pathlib import Path

from ..errors import LogError
from .aes import Aes

KEY_BYTES = 16
#: Bytes behind the ciphertext: nonce, CMAC.
SEAL_BYTES = 16
_NONCE_BYTES = _TAG_BYTES = 8
_START_BYTES = 4
_BLOCK = 16
_FOLDER = "VITALBAND_KEYS"


class LogKey:
    """A key of 16 bytes; `id` names it in a log."""

    def __init__(self, raw: bytes) -> None:
        """Raises LogError for a key of another length."""
        if len(raw) != KEY_BYTES:
            raise LogError(f"a key of {len(raw)} bytes: it has {KEY_BYTES}")
        self.raw = raw
        main = Aes(raw)
        made = [main.encrypt(bytes([number] * _BLOCK)) for number in (1, 2, 3)]
        self._cipher, self._authentic = Aes(made[0]), Aes(made[1])
        self.id = int.from_bytes(made[2][:4], "big") or 1

    def open(self, payload: bytes, tick_us: int) -> bytes:
        """Payload as it was before it was sealed; raises LogError where its CMAC is wrong."""
        sealed, tag = payload[:-_TAG_BYTES], payload[-_TAG_BYTES:]
        text = sealed[_START_BYTES:-_NONCE_BYTES]
        if len(payload) < _START_BYTES + SEAL_BYTES:
            raise LogError("too short for an encrypted chunk")
        wanted = cmac(self._authentic, tick_us.to_bytes(8, "big") + sealed)[:_TAG_BYTES]
        if not hmac.compare_digest(tag, wanted):
            raise LogError("its CMAC is wrong: changed, or of another key")
        stream = self._keystream(sealed[-_NONCE_BYTES:], len(text))
        opened = int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")
        return payload[:_START_BYTES] + opened.to_bytes(len(text), "big")

    def _keystream(self, nonce: bytes, length: int) -> bytes:
        blocks = (self._cipher.encrypt(nonce + number.to_bytes(8, "big")) for number in range(-(-length // _BLOCK)))
        return b"".join(blocks)[:length]


def cmac(aes: Aes, message: bytes) -> bytes:
    """CMAC of RFC 4493."""
    subkey = _doubled(aes.encrypt(bytes(_BLOCK)))
    count = max(1, -(-len(message) // _BLOCK))
    last = message[(count - 1) * _BLOCK :]
    if len(last) < _BLOCK:
        subkey = _doubled(subkey)
        last = (last + b"\x80").ljust(_BLOCK, b"\0")
    chain = bytes(_BLOCK)
    for number in range(count - 1):
        chain = aes.encrypt(_xor(chain, message[number * _BLOCK : (number + 1) * _BLOCK]))
    return aes.encrypt(_xor(chain, _xor(last, subkey)))


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _doubled(subkey: bytes) -> bytes:
    value = int.from_bytes(subkey, "big") << 1
    return ((value ^ 0x87) & ((1 << 128) - 1) if value >> 128 else value).to_bytes(_BLOCK, "big")


def keys_folder() -> Path:
    """Where keys lie, each in `ID.key` as 32 hexadecimal digits: `$VITALBAND_KEYS`, or a folder of this user's."""
    set_by_user = os.environ.get(_FOLDER)
    return Path(set_by_user) if set_by_user else Path.home() / ".config" / "vitalband" / "keys"


def new_key() -> LogKey:
    """A random key, kept in `keys_folder` before anybody uses it; raises LogError where it cannot be."""
    key = LogKey(os.urandom(KEY_BYTES))
    path = keys_folder() / f"{key.id:08x}.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.raw.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LogError(f"{path}: {error.strerror}") from error
    return key


def discard_key(key: LogKey) -> None:
    """Forget a key of `new_key` that no device has taken."""
    (keys_folder() / f"{key.id:08x}.key").unlink(missing_ok=True)


@lru_cache(maxsize=8)
def key_of(key_id: int) -> LogKey:
    """The key of this name; raises LogError where this computer has none, or a damaged one."""
    path = keys_folder() / f"{key_id:08x}.key"
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise LogError(f"encrypted with key {key_id:08x}, which is not in {path.parent}") from None
    except OSError as error:
        raise LogError(f"{path}: {error}") from error
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise LogError(f"{path}: no key: it is 32 hexadecimal digits")
    key = LogKey(bytes.fromhex(text))
    if key.id != key_id:
        raise LogError(f"{path}: is key {key.id:08x}")
    return key
