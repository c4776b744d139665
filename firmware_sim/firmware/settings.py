"""Settings that survive a restart: numbered records with a check sum, in two copies written in turn.

A copy is `VBS`, format u8, generation u16, records (number u8, length u8, bytes), CRC-32, all little-endian. The newer
sound copy counts; a write goes over the other one, so that power loss at any moment leaves the old settings or the new.
Where the copies lie is the slots' matter: sectors of the NOR flash, or files where a board has none.

What a later firmware may change without another format: new records, wider numbers (a narrower record is read as it
is), other ranges and longest texts (what is beyond them has the default). Records of numbers that this firmware does
not know are kept for one that does.
"""

from binascii import crc32
from struct import calcsize, pack, unpack, unpack_from

from micropython import const

from .flash_regions import READINGS
from .wire_gen import SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Slots(Protocol):
        """Two slots, 0 and 1, each for a copy."""

        def read(self, slot: int) -> bytes | None:
            """What was written there last, None where nothing was; after power loss anything."""
            ...

        def write(self, slot: int, data: bytes) -> None:
            """Write a copy over the one that is there; the other slot's stays. OSError where it cannot be."""

        def settle(self, slot: int, copy: "bytes | None") -> None:
            """Have a slot read for good as the copy that it was read as, or as none."""


_MAGIC = b"VBS"
_FORMAT = const(1)
_HEAD = "<3sBH"
_HEAD_BYTES = const(6)
_CRC_BYTES = const(4)
_BLANK = const(0x20)
_DELETE = const(0x7F)
_NO_BREAK_SPACE = const(0xA0)


class _Copies:
    """What lies in the slots, looked at once: the newest copy of this format, and whether there is one of any."""

    def __init__(self, slots: "Slots", before: "Slots | None") -> None:
        self.records: "dict[int, bytes]" = {}
        self.generation = -1
        self._copies = (self._read(slots, 0), self._read(slots, 1))
        for copy in self._copies:
            self._load(copy)
        self.is_there = self._is_whole(self._copies[0]) or self._is_whole(self._copies[1])
        if before and not self.is_there:
            self._load(self._read(before, 0))
            self._load(self._read(before, 1))

    def _read(self, slots: "Slots", slot: int) -> "bytes | None":
        """A whole copy, if one of some readings is one."""
        for _ in range(READINGS):
            copy = slots.read(slot)
            if self._is_whole(copy):
                break
        return copy

    def settle(self, slots: "Slots", before: "Slots | None") -> None:
        """Have the slots read the same for good. What lay elsewhere was moved: an image in test did not come so far."""
        for slot in (0, 1):
            copy = self._copies[slot]
            slots.settle(slot, copy if self._is_whole(copy) else None)
            if before and before.read(slot):
                before.write(slot, b"")

    def is_half_reset(self) -> bool:
        """Whether the supply cut a reset: what was before it must not stay in the other copy."""
        lengths = [len(copy) for copy in self._copies if copy and self._is_whole(copy) and copy[len(_MAGIC)] == _FORMAT]
        return not self.records and len(lengths) == 2 and max(lengths) > _HEAD_BYTES + _CRC_BYTES

    def _is_whole(self, copy: "bytes | None") -> bool:
        """Whether it is a copy, of any format, as it was written."""
        if copy is None or len(copy) < _HEAD_BYTES + _CRC_BYTES or copy[: len(_MAGIC)] != _MAGIC:
            return False
        check: int = unpack_from("<I", copy, len(copy) - _CRC_BYTES)[0]
        return check == crc32(copy[:-_CRC_BYTES]) & 0xFFFFFFFF

    def _load(self, copy: "bytes | None") -> None:
        """Take a copy over if it is sound and newer than the one that was."""
        if copy is None or not self._is_whole(copy):
            return
        body = copy[:-_CRC_BYTES]
        _, form, generation = unpack_from(_HEAD, body)
        if form != _FORMAT or (self.generation >= 0 and (generation - self.generation) & 0xFFFF > 0x7FFF):
            return
        records = self._parsed(body)
        if records is not None:
            self.records = records
            self.generation = generation

    def _parsed(self, body: bytes) -> "dict[int, bytes] | None":
        """Records behind the head by number; None where they do not end with the body."""
        records = {}
        at = _HEAD_BYTES
        while at + 2 <= len(body):
            end = at + 2 + body[at + 1]
            records[body[at]] = body[at + 2 : end]
            at = end
        return records if at == len(body) else None


class Settings:
    """The device's settings; what was never set, is damaged or is out of its range has its default.

    A setting is a number, or a text: then its format in the schema's table is empty, and the default too.
    """

    def __init__(self, slots: "Slots", before: "Slots | None" = None, settles: bool = False) -> None:
        """`before` is where an earlier firmware kept them, which counts as long as `slots` hold no whole copy.

        With `settles` they are moved from there, and what was read stays so, whatever the supply did to it. OSError of
        slots that cannot be read.
        """
        self._slots = slots
        found = _Copies(slots, before)
        self._records = found.records
        self._generation = found.generation
        if settles:
            try:
                if found.is_there:
                    found.settle(slots, before)
                    if found.is_half_reset():
                        self._store({})
                elif self._generation >= 0:
                    self._store(self._records)
            except OSError:
                pass  # a chip that takes nothing: it is tried again at the next start

    def get(self, number: int) -> int:
        """Value of `SETTING_*`, a number; KeyError where this firmware has no such setting."""
        _, form, default, low, high = _specification(number)
        record = self._records.get(number, b"")
        size = calcsize(form)
        if not 0 < len(record) <= size:
            return default
        value: int = unpack(form, record + bytes(size - len(record)))[0]
        return value if low <= value <= high else default

    def text(self, number: int) -> str:
        """Value of `SETTING_*`, a text; KeyError where this firmware has no such setting."""
        longest = _specification(number)[4]
        record = self._records.get(number, b"")
        return "" if _text_fault(record, longest) else str(record, "utf-8")

    def set(self, number: int, value: int) -> None:
        """Store a number, then take it over.

        Raises KeyError for a setting that is not there, ValueError for a value out of its range, OSError where it
        could not be stored; then nothing has changed.
        """
        self.set_all({number: value})

    def set_all(self, values: "dict[int, int]") -> None:
        """Store numbers in one write, all of them or none; raises as `set`."""
        records = {}
        for number, value in values.items():
            _, form, _, low, high = _specification(number)
            if not low <= value <= high:
                raise ValueError("setting %d: %d is not %d to %d" % (number, value, low, high))
            records[number] = pack(form, value)
        self._set(records)

    def read(self, number: int) -> bytes:
        """A setting's bytes: of a number as its type has it, of a text UTF-8. Raises KeyError."""
        form = _specification(number)[1]
        return pack(form, self.get(number)) if form else self.text(number).encode()

    def write(self, number: int, raw: bytes) -> None:
        """Store a setting by its bytes, then take it over; raises as `set`, and ValueError for another length too."""
        _, form, _, _, longest = _specification(number)
        if not form:
            fault = _text_fault(raw, longest)
            if fault:
                raise ValueError("setting %d: %s" % (number, fault))
            self._set({number: raw})
        elif len(raw) != calcsize(form):
            raise ValueError("setting %d: %d bytes, not %d" % (number, len(raw), calcsize(form)))
        else:
            self.set(number, unpack(form, raw)[0])

    def forget(self, number: int) -> None:
        """Back to a setting's default; raises KeyError, OSError."""
        _specification(number)
        if number in self._records:
            records = dict(self._records)
            del records[number]
            self._store(records)

    def reset(self) -> None:
        """Back to defaults, unknown records included, in both copies; raises OSError where that could not be stored."""
        self._store({})
        self._store({})

    def _set(self, changed: "dict[int, bytes]") -> None:
        records = dict(self._records)
        records.update(changed)
        if records != self._records:
            self._store(records)

    def _store(self, records: "dict[int, bytes]") -> None:
        generation = (self._generation + 1) & 0xFFFF
        body = pack(_HEAD, _MAGIC, _FORMAT, generation)
        for number, record in sorted(records.items()):
            body += bytes((number, len(record))) + record
        self._slots.write(generation & 1, body + pack("<I", crc32(body) & 0xFFFFFFFF))
        self._records = records
        self._generation = generation


def _specification(number: int) -> "tuple[int, str, int, int, int]":
    for specification in SETTINGS:
        if specification[0] == number:
            return specification
    raise KeyError(number)


def has_control(raw: bytes) -> bool:
    """Whether UTF-8 has a control character, or one that breaks lines or turns their direction.

    U+0000 to U+001F, U+007F to U+009F, U+2028 to U+202E, U+2066 to U+2069.
    """
    first = second = 0  # of the two bytes before
    for byte in raw:
        if byte < _BLANK or byte == _DELETE or (second == 0xC2 and byte < _NO_BREAK_SPACE):
            return True
        if first == 0xE2 and ((second == 0x80 and 0xA8 <= byte <= 0xAE) or (second == 0x81 and 0xA6 <= byte <= 0xA9)):
            return True
        first, second = second, byte
    return False


def _text_fault(raw: bytes, longest: int) -> str:
    """What keeps bytes from being a text of so many at most, nothing where they are one."""
    if len(raw) > longest:
        return "%d bytes, not %d at most" % (len(raw), longest)
    if has_control(raw):
        return "a control character"
    try:
        str(raw, "utf-8")
    except ValueError:  # UnicodeError
        return "no UTF-8"
    return ""
