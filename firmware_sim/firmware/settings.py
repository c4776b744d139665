"""Settings that survive a restart: numbered records with a check sum, in two copies written in turn.

A copy is `VBS`, format u8, generation u16, records (number u8, length u8, bytes), CRC-32. The newer sound copy counts;
a write goes over the other one, so that power loss at any moment leaves the old settings or the new. Records of
numbers that this firmware does not know are kept for one that does.
"""

from binascii import crc32
from struct import calcsize, pack, unpack, unpack_from

from micropython import const

from .wire_gen import SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .storage import Storage

_COPIES = ("settings.a", "settings.b")
_MAGIC = b"VBS"
_FORMAT = const(1)
_HEAD = "<3sBH"
_HEAD_BYTES = const(6)
_CRC_BYTES = const(4)


class Settings:
    """The device's settings; what was never set, is damaged or is out of its range has its default."""

    def __init__(self, storage: "Storage") -> None:
        self._storage = storage
        self._records: "dict[int, bytes]" = {}
        self._generation = -1
        for name in _COPIES:
            self._load(storage.get(name))

    def get(self, number: int) -> int:
        """Value of `SETTING_*`; KeyError where this firmware has no such setting."""
        _, form, default, low, high = _specification(number)
        record = self._records.get(number)
        if record is None or len(record) != calcsize(form):
            return default
        value: int = unpack(form, record)[0]
        return value if low <= value <= high else default

    def set(self, number: int, value: int) -> None:
        """Store a value, then take it over.

        Raises KeyError for a setting that is not there, ValueError for a value out of its range, OSError where it
        could not be stored; then nothing has changed.
        """
        _, form, _, low, high = _specification(number)
        if not low <= value <= high:
            raise ValueError("setting %d: %d is not %d to %d" % (number, value, low, high))
        record = pack(form, value)
        if self._records.get(number) == record:
            return
        records = dict(self._records)
        records[number] = record
        self._store(records)

    def reset(self) -> None:
        """Back to defaults, unknown records included; raises OSError where that could not be stored."""
        if self._records:
            self._store({})

    def _store(self, records: "dict[int, bytes]") -> None:
        generation = (self._generation + 1) & 0xFFFF
        body = pack(_HEAD, _MAGIC, _FORMAT, generation)
        for number, record in sorted(records.items()):
            body += bytes((number, len(record))) + record
        self._storage.put(_COPIES[generation & 1], body + pack("<I", crc32(body) & 0xFFFFFFFF))
        self._records = records
        self._generation = generation

    def _load(self, copy: "bytes | None") -> None:
        """Take a copy over if it is sound and newer than the one that was."""
        if copy is None or len(copy) < _HEAD_BYTES + _CRC_BYTES:
            return
        body = copy[:-_CRC_BYTES]
        magic, form, generation = unpack_from(_HEAD, body)
        if magic != _MAGIC or form != _FORMAT or unpack_from("<I", copy, len(body))[0] != crc32(body) & 0xFFFFFFFF:
            return
        if self._generation >= 0 and (generation - self._generation) & 0xFFFF > 0x7FFF:
            return
        records = _records(body)
        if records is not None:
            self._records = records
            self._generation = generation


def _specification(number: int) -> "tuple[int, str, int, int, int]":
    for specification in SETTINGS:
        if specification[0] == number:
            return specification
    raise KeyError(number)


def _records(body: bytes) -> "dict[int, bytes] | None":
    """Records behind the head by number; None where they do not end with the body."""
    records = {}
    at = _HEAD_BYTES
    while at + 2 <= len(body):
        end = at + 2 + body[at + 1]
        records[body[at]] = body[at + 2 : end]
        at = end
    return records if at == len(body) else None
