"""Keys of paired hosts: what the Bluetooth stack asks for and gives, kept in storage."""

from struct import pack, unpack_from

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Storage(Protocol):
        """Small files."""

        def get(self, name: str) -> "bytes | None":
            """A file's bytes, None when there is none."""

        def put(self, name: str, data: bytes) -> None:
            """Make or replace a file."""


FILE = "bonds"
MOST_BONDS = const(8)
_HEADER = "<BBH"  # kind of secret, length of the key, length of the value
_HEADER_BYTES = const(4)


class Bonds:
    """Secrets by kind and key, oldest first; the oldest gives way when there are too many.

    The stack asks from its interrupt, so flash is written later, by `save`.
    """

    def __init__(self, storage: "Storage") -> None:
        self._storage = storage
        self._secrets = _parse(storage.get(FILE) or b"")
        #: Whether `save` has something to write.
        self.changed = False

    def get(self, kind: int, index: int, key: "bytes | None") -> "bytes | None":
        """The secret with this key, or without a key the one with this index among its kind."""
        for secret in self._secrets:
            if secret[0] != kind:
                continue
            if key is None:
                if index == 0:
                    return secret[2]
                index -= 1
            elif secret[1] == key:
                return secret[2]
        return None

    def set(self, kind: int, key: bytes, value: "bytes | None") -> bool:
        """Keep a secret, or forget it where the value is None; False when there was none to forget."""
        kept = [secret for secret in self._secrets if secret[0] != kind or secret[1] != key]
        found = len(kept) < len(self._secrets)
        if value is not None:
            kept.append((kind, key, value))
        self._secrets = kept[-MOST_BONDS:]
        self.changed = True
        return found or value is not None

    def save(self) -> None:
        """Write what has changed; when that fails it stays in memory and is tried again."""
        if self.changed:
            try:
                self._storage.put(FILE, _format(self._secrets))
            except OSError:
                return
            self.changed = False


def _format(secrets: "list[tuple[int, bytes, bytes]]") -> bytes:
    parts = []
    for kind, key, value in secrets:
        parts += [pack(_HEADER, kind, len(key), len(value)), key, value]
    return b"".join(parts)


def _parse(data: bytes) -> "list[tuple[int, bytes, bytes]]":
    """The secrets up to where the file is cut short."""
    secrets = []
    at = 0
    while at + _HEADER_BYTES <= len(data):
        kind, key_n, value_n = unpack_from(_HEADER, data, at)
        at += _HEADER_BYTES
        end = at + key_n + value_n
        if end > len(data):
            break
        secrets.append((kind, data[at : at + key_n], data[at + key_n : end]))
        at = end
    return secrets
