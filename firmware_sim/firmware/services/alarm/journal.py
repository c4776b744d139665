"""Records of alarms on the NOR flash: a ring of sectors, in which power loss at any moment leaves the old or the new.

A record has 64 bytes: a sequence number u32, what it is of, and a CRC-32. It is programmed in one operation, and the
newest sound one counts. At start that one is programmed again as it was read, and what is damaged is programmed to
zeros, so that both read the same for good; a slot that looks erased may be damaged too, and is left out.
"""

from binascii import crc32
from struct import pack_into, unpack_from

from micropython import const

from ...flash_regions import ALARM_AT, ALARM_SECTORS, READINGS, SECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...flash_storage import Flash

RECORD_BYTES = const(64)
#: What of a record is its owner's.
BODY_AT = const(4)
BODY_END = const(60)
_SLOTS = const(64)  # of a sector
_ERASED = b"\xff" * RECORD_BYTES
_EIO = const(5)
_ATTEMPTS = const(2)
# numbers: sequence of the newest record, sector and slot of the next one
_SEQUENCE = const(0)
_SECTOR = const(1)
_SLOT = const(2)


class AlarmJournal:
    """`latest` is the newest record or None, `append` adds one; without `flash` they do not outlive a restart."""

    def __init__(self, flash: "Flash | None") -> None:
        self.latest: "bytearray | None" = None
        #: Slots that were found damaged at start.
        self.damaged = 0
        self._flash = flash
        self._buffer = bytearray(RECORD_BYTES)
        self._numbers = [0, 0, 1]
        if flash:
            self._find(flash)

    def append(self, record: bytearray) -> None:
        """Keep record[BODY_AT:BODY_END]; the rest is written here. OSError where the chip does not take it.

        What was `latest` before then still is.
        """
        numbers = self._numbers
        pack_into("<I", record, 0, numbers[_SEQUENCE] + 1)
        pack_into("<I", record, BODY_END, crc32(memoryview(record)[:BODY_END]) & 0xFFFFFFFF)
        if self._flash and not self._program(self._flash, record):
            raise OSError(_EIO)
        numbers[_SEQUENCE] += 1
        self.latest = bytearray(record)

    def read(self, back: int) -> "bytearray | None":
        """The record `back` before the newest (0: that one), None where it is no more there; until the next `read`."""
        flash, wanted = self._flash, self._numbers[_SEQUENCE] - back
        if not flash or wanted <= 0:
            return self.latest if back == 0 else None
        for index in range(ALARM_SECTORS * _SLOTS):
            if self._is_sound(flash, index) and unpack_from("<I", self._buffer, 0)[0] == wanted:
                return self._buffer
        return None

    # ------------------------------------------------------------------ the ring

    def _find(self, flash: "Flash") -> None:
        newest = used = -1
        for index in range(ALARM_SECTORS * _SLOTS):
            if self._is_sound(flash, index):
                sequence: int = unpack_from("<I", self._buffer, 0)[0]
                if sequence > self._numbers[_SEQUENCE]:
                    self._numbers[_SEQUENCE] = sequence
                    self.latest = bytearray(self._buffer)
                    newest = index
            elif self._buffer != _ERASED:
                if self._buffer != bytes(RECORD_BYTES):
                    self.damaged += 1
                    self._write(flash, index, bytes(RECORD_BYTES))
            else:
                continue
            if newest < 0 or index // _SLOTS == newest // _SLOTS:
                used = index
        if self.latest:
            self._write(flash, newest, self.latest)
        # behind what is used one that may only look erased
        sector, slot = divmod(max(used, newest, 0), _SLOTS)
        self._numbers[_SECTOR] = sector
        self._numbers[_SLOT] = slot + 2 if used >= 0 else 1

    def _is_sound(self, flash: "Flash", index: int) -> bool:
        """Read a slot; whether it has a record, in one of some readings."""
        buffer = self._buffer
        was_blank = False
        for _ in range(READINGS):
            flash.wait()
            flash.read(ALARM_AT + index * RECORD_BYTES, buffer)
            check: int = unpack_from("<I", buffer, BODY_END)[0]
            if check == crc32(memoryview(buffer)[:BODY_END]) & 0xFFFFFFFF:
                return True
            is_blank = buffer == _ERASED
            if is_blank and was_blank:
                break
            was_blank = is_blank
        return False

    def _write(self, flash: "Flash", index: int, record: "bytes | bytearray") -> None:
        flash.wait()
        flash.program(ALARM_AT + index * RECORD_BYTES, record)
        flash.wait()

    def _program(self, flash: "Flash", record: bytearray) -> bool:
        """Write a record into the next slot that takes it."""
        numbers, buffer = self._numbers, self._buffer
        for _ in range(_ATTEMPTS):
            if numbers[_SLOT] >= _SLOTS:
                numbers[_SECTOR] = (numbers[_SECTOR] + 1) % ALARM_SECTORS
                numbers[_SLOT] = 0
                flash.wait()
                flash.erase(ALARM_AT + numbers[_SECTOR] * SECTOR)
            index = numbers[_SECTOR] * _SLOTS + numbers[_SLOT]
            numbers[_SLOT] += 1
            self._write(flash, index, record)
            if self._is_sound(flash, index) and buffer == record:
                return True
            self._write(flash, index, bytes(RECORD_BYTES))
        return False
