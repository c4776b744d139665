"""Ring of chunks on NOR flash that outlives power loss at any moment: at most the chunk being written is missing.

Sector `sequence` of the log lies at place `sequence % sectors`, so that all places wear alike, and the newest sector
is the one of the highest sequence. The one behind it is erased ahead. A place that stays down is passed over.

What is valid when the log is mounted, but may have been cut short, is programmed again with what was read: bits that a
failing supply left near the threshold become firm, others do not change. A chunk that is torn is overwritten with
zeros, or it might read as valid another time.
"""

from struct import pack_into

from micropython import const

from ...flash_regions import READINGS
from .layout import (
    ACKNOWLEDGEMENT,
    ACKNOWLEDGEMENT_BYTES,
    CHUNK_EXTRA,
    CHUNK_HEAD_BYTES,
    CHUNKS_AT,
    LONGEST,
    OPEN,
    SEALED,
    SECTOR,
    SECTOR_HEAD_BYTES,
    complete_chunk,
    is_sound,
    pack_sector,
    unpack_acknowledgement,
    unpack_chunk_head,
    unpack_sector,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .layout import Readable, Writable

    class Flash(Protocol):
        """`drivers.nor_flash.NorFlash`, configured."""

        def read(self, address: int, out: "Writable") -> None:
            """Fill `out`."""

        def program(self, address: int, data: "Readable") -> None:
            """Begin to let bits fall within a page."""

        def erase(self, address: int, size: int = SECTOR) -> None:
            """Begin to erase a sector, or a block of 64 KiB."""

        def ready(self) -> bool:
            """Whether no operation is under way."""
            ...

        def wait(self) -> None:
            """Until it is ready."""


#: Blank places that are passed in one step, where everything is erased.
_BLANK_AT_ONCE = const(16)
PAGE = const(256)  # drivers.nor_flash: PAGE
_BLOCK = const(65536)  # drivers.nor_flash: BLOCK
_IN_BLOCK = const(16)  # places of a block
#: Places below one from which on its block is erased in less time.
_WORTH_A_BLOCK = const(4)
#: A log has so many at least.
LEAST_SECTORS = const(3)
_EIO = const(5)
_ENODEV = const(19)
# The sector ahead: not begun, being erased, blank; or no place becomes blank any more.
_TO_ERASE = const(0)
_ERASING = const(1)
_BLANK = const(2)
_DEAD = const(3)
#: Places in a row that may fail before the chip is given up.
_TRIES = const(8)
#: Places of which one has a head, wherever sectors were written: all but those that failed, that which is erased ahead,
#: and one whose head was being written.
_WINDOW = const(11)


class NoFlash:
    """In place of a chip that is not there: ready, and refuses everything with ENODEV."""

    def read(self, address: int, out: "Writable") -> None:
        """There is nothing."""
        raise OSError(_ENODEV)

    def program(self, address: int, data: "Readable") -> None:
        """There is nothing to program."""
        raise OSError(_ENODEV)

    def erase(self, address: int, size: int = SECTOR) -> None:
        """There is nothing to erase."""
        raise OSError(_ENODEV)

    def ready(self) -> bool:
        """No operation is under way."""
        return True

    def wait(self) -> None:
        """Nothing to wait for."""


class LogStore:
    """Chunks by number, from `oldest` to `next - 1`; `mount` first, then `poll` every step.

    `acknowledged` is the number before which the host said that it has everything, `dropped()` how many chunks it never
    got because they had to make room, `bad_sectors` how many times a place could not be written since the start.
    `newest_sequence` is that of the sector that is written, `oldest_sequence` that of the oldest.
    """

    def __init__(self, flash: "Flash", address: int, sectors: int, room: bytearray) -> None:
        """`sectors` of 4096 bytes from `address` on; ValueError for fewer than three.

        `room` is memory for what is read back, in which nothing is between two calls.
        """
        if sectors < LEAST_SECTORS:
            raise ValueError("a log needs %d sectors, not %d" % (LEAST_SECTORS, sectors))
        self._flash = flash
        self._address = address
        self._sectors = sectors
        self._head = bytearray(SECTOR_HEAD_BYTES)  # or a chunk of kind ACKNOWLEDGEMENT
        self._room = room
        self.next = 0
        self.oldest = 0
        self.acknowledged = 0
        self.bad_sectors = 0
        self.newest_sequence = 0
        self._offset = SECTOR  # in the newest; SECTOR: full, or closed
        self.oldest_sequence = 0
        self._ahead = 1  # sequence that is erased ahead
        self._state = _TO_ERASE
        #: Places that are left, where everything is being erased; meanwhile nothing is written.
        self.to_erase = 0
        self._tried = 0  # the last of them that was erased; negative: its block, by the place at which that begins

    def dropped(self) -> int:
        """Chunks that made room before the host had them."""
        return max(self.oldest - self.acknowledged, 0)

    # ------------------------------------------------------------------ mounting

    def mount(self) -> None:
        """Find the ends of the log: reads some heads and one sector, however full it is; OSError.

        Again when the chip was lost: what lies on it is what counts.
        """
        self.to_erase = 0
        self._offset = SECTOR
        # a reading may be wrong, and a log that is taken for blank is written over
        newest = self._find_newest() or self._find_newest()
        if newest is None:
            self.newest_sequence = self._sectors - 1  # so that the first sector of all is written at place 0
            self.oldest_sequence = self._sectors
        else:
            self.newest_sequence, first, self.acknowledged = newest
            self.oldest_sequence, self.oldest, _ = self._find_oldest(newest)
            self._program_head_again(newest)
            self._find_end(first)
        self._ahead = self.newest_sequence + 1
        self._state = _TO_ERASE

    def _find_newest(self) -> "tuple[int, int, int] | None":
        """Head of the newest sector; None: the log is blank.

        The sectors of a round lie behind each other from the first places on, but for those that could not be written,
        and behind the newest are those of the round before: halve what may hold the newest.
        """
        window = min(_WINDOW, self._sectors)
        first = self._greatest(0)
        # without one only the places at the beginning have no heads, or none has
        newest = self._newest_of_round(first, window) if first else self._greatest(self._sectors - window)
        if newest is not None:
            # what is behind it would be erased: none of that may be newer, and have been missed
            for sequence in range(newest[0] + 1, newest[0] + window):
                head = self._head_at(sequence % self._sectors)
                if head is not None and head[0] > newest[0]:
                    newest = head
        return newest

    def _newest_of_round(self, first: "tuple[int, int, int]", window: int) -> "tuple[int, int, int]":
        """The last head of the round of one that lies in the first places."""
        newest = first
        round_ = first[0] // self._sectors
        low = first[0] % self._sectors
        high = self._sectors
        while high - low > 1:
            middle = (low + high) >> 1
            head = self._greatest(max(middle - window + 1, 0))
            if head is not None and head[0] // self._sectors == round_:
                newest = head
                low = middle
            else:
                high = middle
        return newest

    def _find_oldest(self, newest: "tuple[int, int, int]") -> "tuple[int, int, int]":
        """Head of the oldest sector: the first behind the newest, or else the first of all."""
        for begin in (newest[0] % self._sectors + 1, 0):
            for slot in range(begin, min(begin + _WINDOW, self._sectors)):
                head = self._head_at(slot) or self._head_at(slot)
                if head is not None and newest[0] - self._sectors < head[0] <= newest[0]:
                    return head
        return newest

    def _greatest(self, begin: int) -> "tuple[int, int, int] | None":
        """The head of highest sequence among as many places from `begin` on as may be without one, and one more."""
        greatest = None
        for slot in range(begin, min(begin + _WINDOW, self._sectors)):
            head = self._head_at(slot)
            if head is not None and (greatest is None or head[0] > greatest[0]):
                greatest = head
        return greatest

    def _head_at(self, slot: int) -> "tuple[int, int, int] | None":
        head = self._read_head(slot)
        return head if head and head[0] % self._sectors == slot else None

    def _program_head_again(self, head: "tuple[int, int, int]") -> None:
        self._program(self._address_of(head[0]), pack_sector(*head))

    def _find_end(self, first: int) -> None:
        """Walk the newest sector: number and place of the next chunk; behind one that is torn nothing is written."""
        offset = CHUNKS_AT
        self.next = first
        last_at = 0
        last = bytearray()
        while True:
            found = self.chunk_at(self.newest_sequence, offset)
            if found is None:
                break
            kind, chunk, sound = found
            end = offset + 1 + len(chunk)
            if sound and kind == ACKNOWLEDGEMENT:
                self.acknowledged = unpack_acknowledgement(chunk)
            else:
                self.next += 1
            if not sound and not (chunk and self._is_sealed(end)):
                self._invalidate(offset)
                end = SECTOR
            elif sound:
                last_at = offset + 1
                last = chunk
            offset = end
        if last:
            self._program(self._address_of(self.newest_sequence) + last_at, last)
        self._offset = offset

    def _is_sealed(self, offset: int) -> bool:
        """Whether another chunk follows there."""
        seal = memoryview(self._head)[:1]
        if offset + CHUNK_EXTRA > SECTOR:
            return False
        sealed = 0
        for _ in range(READINGS):
            self._flash.read(self._address_of(self.newest_sequence) + offset, seal)
            sealed += seal[0] != OPEN
        return sealed > 1

    def _invalidate(self, offset: int) -> None:
        """The last chunk is torn: leave no bit of its head that may read otherwise."""
        self._program(self._address_of(self.newest_sequence) + offset, bytes(CHUNK_EXTRA))

    # ------------------------------------------------------------------ writing

    def poll(self) -> None:
        """Get on with erasing ahead; a place that does not become blank is passed over. OSError from a dead chip."""
        if self._state == _DEAD:
            raise OSError(_EIO)
        if (self._state == _BLANK and not self.to_erase) or not self._flash.ready():
            return
        if self._state == _BLANK:
            self._erase_next()
            return
        if self._state == _ERASING:
            if self._is_blank(self._address_of(self._ahead)):
                self._state = _BLANK
                return
            self._pass_over()
        self._drop(self._ahead - self._sectors)
        self._flash.erase(self._address_of(self._ahead))
        self._state = _ERASING

    def room(self) -> int:
        """Longest payload that the sector which is written still takes; 0: only a new one does, LONGEST bytes."""
        return min(max(SECTOR - self._offset - CHUNK_EXTRA, 0), LONGEST)

    def append(self, kind: int, time: int, chunk: bytearray, count: int) -> int:
        """Write a chunk of `count` bytes, which lie in `chunk` (`layout.new_chunk`), and read it back; its number.

        `kind` 0 to 254, `time` 0 to 2⁶⁴-1 as the writer means it. -1: nothing was written, for the sector ahead is
        still being erased; try again after the next `poll`. ValueError for a payload of more than 1342 bytes, OSError
        where no place takes it.
        """
        if count > LONGEST:
            raise ValueError("a chunk of %d bytes: at most %d" % (count, LONGEST))
        if not 0 <= kind < ACKNOWLEDGEMENT:
            raise ValueError("chunk of kind %d: 0 to %d" % (kind, ACKNOWLEDGEMENT - 1))
        for _ in range(_TRIES):
            if not self._make_room(CHUNK_EXTRA + count):
                return -1
            number = self.next
            self.next += 1  # a torn one takes its number with it
            if self._write(complete_chunk(chunk, count, self.newest_sequence, kind, time)):
                return number
        raise OSError(_EIO)

    def erase(self) -> None:
        """Have `poll` erase all that is there, place by place; ValueError where the host has not everything."""
        if self.acknowledged < self.next:
            raise ValueError("chunks from %d on were not acknowledged" % self.acknowledged)
        # The first sector of the next round takes over, so that numbers go on, whenever this is interrupted.
        self._ahead = (self.newest_sequence // self._sectors + 1) * self._sectors
        self.newest_sequence = self._ahead - 1
        self._offset = SECTOR
        self.oldest_sequence = self._ahead
        self.oldest = self.next
        self._state = _TO_ERASE
        self.to_erase = self._sectors - 1
        self._tried = 0

    def _erase_next(self) -> None:
        """What comes next behind the new first sector, which is written when its own place is blank."""
        if self._offset == SECTOR and not self._open(self.next):
            return
        for _ in range(_BLANK_AT_ONCE):
            at = self._address_of(self.newest_sequence + self.to_erase)
            if not self._is_blank(at) and self._erase_last(at):
                break
            self.to_erase -= 1
            if not self.to_erase:
                break
        self._state = _BLANK if self.to_erase else _TO_ERASE

    def _erase_last(self, at: int) -> bool:
        """Begin to erase the last place that is left, with its block where that is quicker; False: it stays down."""
        offset = self.to_erase
        if self._tried == offset:
            self.bad_sectors += 1
            return False
        block = at & -_BLOCK
        least = offset - (at - block) // SECTOR  # place at which its block begins
        if offset - least >= _WORTH_A_BLOCK and self._tried != -least and self._may_erase(block, least):
            self._tried = -least
            self._flash.erase(block, _BLOCK)
        else:
            self._tried = offset
            self._flash.erase(at)
        return True

    def _may_erase(self, block: int, least: int) -> bool:
        """Whether a block is of the log, and of places behind the first."""
        end = self._address + self._sectors * SECTOR
        return block >= self._address and block + _BLOCK <= end and 0 < least <= self._sectors - _IN_BLOCK

    def _make_room(self, count: int) -> bool:
        """Have `count` bytes of a sector ready to be written; False: not yet. OSError: there is no place any more."""
        if self._state == _DEAD:
            raise OSError(_EIO)
        if self.to_erase or not self._flash.ready():
            return False
        if self._offset + count <= SECTOR:
            return True
        return self._state == _BLANK and self._open(self.next)

    def acknowledge(self, number: int) -> bool:
        """Note that the host has every chunk before `number`; outlives a restart. False: try after the next `poll`.

        ValueError for a number that no chunk had yet.
        """
        if number > self.next:
            raise ValueError("chunk %d is not written yet, the next one is %d" % (number, self.next))
        if number <= self.acknowledged:
            return True
        if not self._make_room(CHUNK_EXTRA + ACKNOWLEDGEMENT_BYTES):
            return False
        chunk = self._head
        pack_into("<I", chunk, CHUNK_HEAD_BYTES, number)
        if not self._write(complete_chunk(chunk, ACKNOWLEDGEMENT_BYTES, self.newest_sequence, ACKNOWLEDGEMENT, 0)):
            self.next += 1
            return False
        self.acknowledged = number
        return True

    def _open(self, first: int) -> bool:
        """Begin the sector that was erased ahead; False where it does not take its head."""
        sequence = self._ahead
        at = self._address_of(sequence)
        head = pack_sector(sequence, first, self.acknowledged)
        self._program(at, head)
        if not self._reads(at, head):
            self._pass_over()
            self._state = _TO_ERASE
            return False
        self.newest_sequence = sequence
        self._offset = CHUNKS_AT
        self._ahead = sequence + 1
        self._state = _TO_ERASE
        if self.oldest_sequence > sequence:
            self.oldest_sequence = sequence
        return True

    def _write(self, chunk: "Readable") -> bool:
        """Seal, then chunk; False: it did not read back, and the sector is closed."""
        at = self._address_of(self.newest_sequence) + self._offset
        self._program(at, SEALED)
        self._program(at + 1, chunk)
        if self._reads(at, SEALED) and self._reads(at + 1, chunk):
            self._offset += 1 + len(chunk)
            return True
        self.bad_sectors += 1
        self._offset = SECTOR
        return False

    def _pass_over(self) -> None:
        """The place ahead does not become blank: take the next one, but not so many that nothing old is left."""
        self.bad_sectors += 1
        self._ahead += 1
        if self._ahead - self.newest_sequence > min(_TRIES, self._sectors - 2):
            self._state = _DEAD
            raise OSError(_EIO)

    def _drop(self, sequence: int) -> None:
        """The sector of that sequence is erased now."""
        if self.oldest_sequence > sequence:
            return
        head = None
        while head is None:
            self.oldest_sequence += 1
            if self.oldest_sequence > self.newest_sequence:
                self.oldest = self.next
                return
            if self.oldest_sequence > sequence:
                head = self.head_of(self.oldest_sequence)
        self.oldest = head[1]

    # ------------------------------------------------------------------ reading

    def is_readable(self) -> bool:
        """Whether the chip can be read now: it cannot while a sector is erased. OSError of one that is lost."""
        return self._flash.ready()

    def find(self, number: int) -> int:
        """Sequence of the sector in which chunk `number` is; the oldest one, if it is gone."""
        low = self.oldest_sequence
        high = self.newest_sequence
        best = low
        while low <= high:
            middle = probe = (low + high) >> 1
            head = self.head_of(probe)
            while head is None and probe < high:
                probe += 1
                head = self.head_of(probe)
            if head and head[1] <= number:
                best = probe
                low = probe + 1
            else:
                high = middle - 1
        return best

    def head_of(self, sequence: int) -> "tuple[int, int, int] | None":
        """Of a sector: (sequence, number of its first chunk, number before which the host had everything), or None."""
        head = self._read_head(sequence % self._sectors)
        return head if head and head[0] == sequence else None

    def chunk_at(self, sequence: int, offset: int) -> "tuple[int, bytearray, bool] | None":
        """(kind, chunk without its seal, whether it is sound) at that place; None: the sector ends there.

        An empty chunk is one that is torn: nothing lies behind it. What is not sound is read again, and an end too.
        """
        if offset + CHUNK_EXTRA > SECTOR or (sequence == self.newest_sequence and offset >= self._offset):
            return None
        readings = 0
        was_open = False
        while True:
            found = None  # no two chunks at once
            found = self._read_chunk(sequence, offset)
            readings += 1
            if found is None:
                if was_open:
                    return None
            elif found[2] or readings >= READINGS:
                return found
            was_open = found is None

    def _read_chunk(self, sequence: int, offset: int) -> "tuple[int, bytearray, bool] | None":
        """The same of one reading."""
        at = self._address_of(sequence) + offset
        head = memoryview(self._head)[: 1 + CHUNK_HEAD_BYTES]
        self._flash.read(at, head)
        if head[0] == OPEN:
            return None
        found = unpack_chunk_head(head[1:], SECTOR - offset)
        if found is None:
            return 0, bytearray(), False
        kind, length = found
        # no copy: beside all else there may be no second piece of a chunk's size
        chunk = bytearray(length + CHUNK_EXTRA - 1)
        self._flash.read(at + 1, chunk)
        sound = is_sound(sequence, chunk)
        if not sound and chunk == bytes(CHUNK_EXTRA - 1):
            chunk = bytearray()  # invalidated
        return kind, chunk, sound

    # ------------------------------------------------------------------ flash

    def _address_of(self, sequence: int) -> int:
        return self._address + sequence % self._sectors * SECTOR

    def _read_head(self, slot: int) -> "tuple[int, int, int] | None":
        """A place's head, if one of some readings has it; what reads blank is not read again."""
        head = None
        for _ in range(READINGS):
            self._flash.read(self._address + slot * SECTOR, self._head)
            head = unpack_sector(self._head)
            if head or self._head.count(b"\xff") == SECTOR_HEAD_BYTES:
                break
        return head

    def _program(self, address: int, data: "Readable") -> None:
        """Program over the ends of pages, and wait."""
        rest = memoryview(data)
        while len(rest):
            count = min(len(rest), PAGE - address % PAGE)
            self._flash.program(address, rest[:count])
            self._flash.wait()
            address += count
            rest = rest[count:]

    def _reads(self, address: int, data: "Readable") -> bool:
        """Whether these bytes are there."""
        room = memoryview(self._room)
        rest = memoryview(data)
        while len(rest):
            part = room[: min(len(rest), len(room))]
            for _ in range(READINGS):
                self._flash.read(address, part)
                if part == rest[: len(part)]:
                    break
            else:
                return False
            address += len(part)
            rest = rest[len(part) :]
        return True

    def _is_blank(self, address: int) -> bool:
        room = self._room
        last = address + SECTOR - len(room)
        for at in range(address, address + SECTOR, len(room)):
            fell = 0
            for _ in range(READINGS):
                self._flash.read(min(at, last), room)
                fell += room.count(b"\xff") != len(room)
                if fell != 1:
                    break
            if fell > 1:
                return False
        return True


class LogCursor:
    """Reads chunks and knows where `next` is, behind the one read last; what is written or dropped is followed."""

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._sequence = self._offset = self._number = 0
        self.next = -1

    def read(self, number: int) -> "tuple[int, int, bytearray] | None":
        """(its number, sequence of its sector, chunk without its seal) of the first sound one from `number` on.

        None: there is none yet, or a sector is being erased. Numbers before that of the answer are lost: dropped to
        make room, or torn. Only another `number` than `next` is searched for.
        """
        store = self._store
        if not store.is_readable():
            return None
        if number != self.next:
            self._go_to(store.find(number))
            self.next = number
        while True:
            if self._sequence < store.oldest_sequence:
                self._go_to(store.oldest_sequence)
            if self._number < 0:
                head = store.head_of(self._sequence)
                if head is None:
                    if self._sequence >= store.newest_sequence:
                        return None
                    self._go_to(self._sequence + 1)
                    continue
                self._number = head[1]
            found = store.chunk_at(self._sequence, self._offset)
            if found is None or not found[1]:
                if self._sequence >= store.newest_sequence:
                    return None
                self._go_to(self._sequence + 1)
                continue
            kind, chunk, sound = found
            self._offset += 1 + len(chunk)
            if sound and kind == ACKNOWLEDGEMENT:
                continue
            found_number = self._number
            self._number += 1
            if sound and found_number >= number:
                self.next = found_number + 1
                return found_number, self._sequence, chunk

    def _go_to(self, sequence: int) -> None:
        self._sequence = sequence
        self._offset = CHUNKS_AT
        self._number = -1  # at the sector's beginning
