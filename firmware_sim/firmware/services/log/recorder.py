"""Records to the NOR flash what sessions would be sent: blocks and results, while its trigger holds."""

from array import array
from struct import pack_into

import micropython
from micropython import const

from ... import flash_regions
from ... import wire_gen as wire
from ...frame_ring import Reader
from .layout import CHUNK_HEAD_BYTES, LONGEST, SEAL_BYTES, SECTOR, new_chunk
from .packing import FramePacker
from .preroll import SHORT, Preroll
from .store import LEAST_SECTORS, LogCursor, LogStore, NoFlash
from .trigger import Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ...clock import DeviceClock
    from ...frame_ring import FrameRing
    from ...settings import Settings
    from ...vitals import Vitals
    from .sealing import Sealer
    from .store import Flash

    class SizedFlash(Flash, Protocol):
        """`drivers.nor_flash.NorFlash`, configured."""

        size: int

    class Host(Protocol):
        """What the recorder needs of the device."""

        samples: FrameRing
        results: FrameRing
        frame: bytearray
        vitals: Vitals
        clock: DeviceClock
        boots: int

        def now_us(self) -> int:
            """Device time."""
            ...

        def write_info(self, buf: bytearray, seq: int) -> int:
            """Pack `info`."""

        def write_stream_info(self, buf: bytearray, seq: int, stream: int) -> int:
            """Pack `stream_info`; 0 where there is no such stream."""

        def subscription_changed(self) -> None:
            """Somebody wants other streams now."""


#: Kinds of chunks.
START = const(1)
DATA = const(2)
SEALED_DATA = const(3)
# boot, number of the start before plus 1, year u16, month, day, hour, minute, second, µs, streams u16, results u16,
# name of the key (0: not encrypted)
_START_HEAD = "<IIHBBBBBIHHI"
_START_BYTES = const(27)
#: Among the streams of a start: the recording is the one of the start before.
_GOES_ON = const(0x8000)
#: Of the ring's sectors, after which a recording has a start again: its first one is among the oldest that give way.
_PARTS = const(8)
_OFF = const(0)  # wire: LOG_STATE_OFF
_WAITING = const(1)  # wire: LOG_STATE_WAITING
_RECORDING = const(2)  # wire: LOG_STATE_RECORDING
_ERASING = const(3)  # wire: LOG_STATE_ERASING
_NO_FLASH = const(4)  # wire: LOG_STATE_NO_FLASH
_FAILED = const(5)  # wire: LOG_STATE_FAILED
_ALARM = const(3)  # wire: LOG_MODE_ALARM
_RHYTHM = const(6)
_EVENT = const(7)
_EBUSY = const(16)
#: Times that a chunk is tried to be written before a restart: what was before an alarm may take some.
_TRIES = const(24)
#: Numbers that torn chunks may have taken behind the last sound one.
_MOST_TORN = const(32)
#: A chunk is written after so many µs at the latest.
_LONGEST_US = const(30_000_000)
#: Bytes of a payload in which nothing was packed yet.
_EMPTY = const(4)
#: Less room than that at a sector's end is left.
_LEAST_ROOM = const(500)
#: Bytes written above which they are halved with their time: 32 bits must hold them.
_MOST_WRITTEN = const(0x3FFFFFFF)
# Readers, in the order in which they are read.
_RESULTS = const(0)
_SAMPLES = const(1)
# What `_state` holds: what the log does; whether a chunk waits to be written; bytes written, and tenths of seconds
# recorded; `LOG_MODE_…`; whether the recording is to end because something else is to be recorded; whether what would
# be recorded is kept in RAM until there is an alarm; bytes that were free when the chip could be read last.
_DOES = const(0)
_PENDING = const(1)
_WRITTEN = const(2)
_TENTHS = const(3)
_MODE = const(4)
_IS_STALE = const(5)
_IS_ARMED = const(6)
_FREE = const(7)


class LogRecorder:
    """`poll` it some times a second. A chip that is absent or dies ends recording, and nothing else, until `mount`."""

    def __init__(self, host: "Host", flash: "SizedFlash | None", settings: "Settings", sealer: "Sealer | None") -> None:
        self._host = host
        #: None on a board without AES.
        self._sealer = sealer
        self._settings = settings
        self._state = array("I", bytes(4 * 8))
        self._readers = (Reader(host.results), Reader(host.samples))
        self._packer = FramePacker()
        # what is packed into, but for what is kept in RAM, and until that is written
        self._chunk = self._packer.chunk
        self._preroll = Preroll()
        self.trigger = Trigger(host)
        #: Number of the chunk that the recording began with, and when its open chunk did, µs.
        self._start = 0
        self._start_sequence = 0
        self._before = 0
        self._began_us = 0
        sectors = flash_regions.log_sectors(flash.size) if flash else 0
        #: Of the log on the chip; 0 where there was none at start.
        self.sectors = sectors
        self._flash = flash or NoFlash()
        #: The ring of chunks; nothing can be read or written without a chip.
        self.store = LogStore(self._flash, flash_regions.LOG_AT, max(sectors, LEAST_SECTORS), host.frame)
        self.cursor = LogCursor(self.store)
        self._state[_DOES] = _FAILED if sectors else _NO_FLASH
        self.mount()

    def mount(self) -> None:
        """The chip is there, at start or again: record behind what is on it."""
        if self._state[_DOES] == _FAILED:
            try:
                self.store.mount()
                self.cursor.next = -1
                self._before = self._last_start()
                self._state[_FREE] = self._free()
                self._state[_DOES] = _OFF
                self._state[_PENDING] = 0
            except OSError:
                pass

    def _last_start(self) -> int:
        """Number of the newest recording's first chunk plus 1, as the last chunk has it; 0: not known."""
        store = self.store
        found = self.cursor.read(max(store.next - 1, 0))
        if found is None:
            return 0
        number, _, chunk = found
        start: int = (
            number if chunk[0] == START else int.from_bytes(chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + 4], "big")
        )
        return start + 1

    @property
    def state(self) -> int:
        """`LOG_STATE_…`."""
        return self._state[_DOES]

    def streams(self) -> int:
        """Mask of the streams it wants."""
        return self._readers[_SAMPLES].topics

    def lost_frames(self) -> int:
        """Blocks and results that gave way before they were recorded."""
        return self._readers[_SAMPLES].dropped + self._readers[_RESULTS].dropped

    def apply_settings(self, settings: "Settings") -> None:
        """Record by the settings as they are now: another recording where streams or results are others."""
        state = self._state
        state[_MODE] = settings.get(wire.SETTING_LOG_MODE)
        self.trigger.apply_settings(settings)
        state[_IS_STALE] = self._wanted() != (self._readers[_SAMPLES].topics, self._readers[_RESULTS].topics)

    def _wanted(self) -> "tuple[int, int]":
        """Masks of streams and of results to record; without its results nobody would know of an alarm."""
        settings = self._settings
        results = settings.get(wire.SETTING_LOG_RESULTS)
        if self._state[_MODE] == _ALARM:
            results |= wire.TOPIC_READINGS | wire.TOPIC_EVENTS
        return settings.get(wire.SETTING_LOG_STREAMS), results

    # ------------------------------------------------------------------ recording

    def poll(self, now_us: int) -> None:
        """Record what has come; the device calls it twice or thrice a second."""
        state = self._state
        if state[_DOES] < _NO_FLASH and (state[_DOES] or state[_MODE] or self.trigger.is_held()):
            try:
                self._poll(now_us)
            except OSError as error:
                self._fail(error)

    def lose_chip(self) -> None:
        """The chip does not answer any more: what was not written is lost."""
        if self._state[_DOES] < _NO_FLASH:
            self._give_up()

    def _fail(self, error: OSError) -> None:
        """Record no more, unless the chip only erases a block for somebody else, which may take seconds."""
        if error.args[0] != _EBUSY:
            self._give_up()

    def _give_up(self) -> None:
        self._disarm()
        self._state[_DOES] = _FAILED

    @micropython.native
    def _poll(self, now_us: int) -> None:
        state = self._state
        store = self.store
        mode = state[_MODE]
        store.poll()
        if state[_DOES] == _ERASING:
            if store.to_erase:
                return
            state[_DOES] = _OFF
        wanted = self.trigger.holds(mode, now_us)
        if state[_DOES] == _RECORDING:
            self._record(now_us)
            if not wanted or state[_IS_STALE]:
                self._stop(now_us, mode)
            return
        if state[_IS_ARMED]:
            self._drain(now_us)
            if mode != _ALARM or state[_IS_STALE]:
                self._disarm()
        elif mode == _ALARM:
            self._listen(*self._wanted())
            self._arm(now_us)
        if wanted:
            self._begin(now_us)
        else:
            state[_DOES] = _WAITING if mode else _OFF

    @micropython.native
    def _record(self, now_us: int) -> None:
        """Pack what has come, once what was before it is written."""
        state = self._state
        kept = self._preroll.kept
        for _ in range(len(kept)):
            _, count, began_us, ended_us = kept[0]
            self._preroll.restore(self._chunk, self._start)
            if not self._append_data(began_us, ended_us, self._chunk, count):
                break
            kept.pop(0)
        if state[_PENDING] and not kept and not self._write(now_us):
            return
        self._drain(now_us)

    def _arm(self, now_us: int) -> None:
        try:
            self._packer.chunk = new_chunk(SHORT)
        except MemoryError:
            pass  # in the one that there is: nothing is kept
        self._state[_IS_ARMED] = 1
        self._open(now_us)

    def _disarm(self) -> None:
        self._state[_IS_ARMED] = 0
        self._packer.chunk = self._chunk
        self._preroll.kept.clear()
        self._listen(0, 0)

    def _listen(self, streams: int, results: int) -> None:
        self._state[_IS_STALE] = 0
        self._readers[_SAMPLES].subscribe(streams)
        self._readers[_RESULTS].subscribe(results)
        self._host.subscription_changed()

    def _begin(self, now_us: int) -> None:
        """Write what the recording is; with it, it begins, and with what was kept of before."""
        packer = self._packer
        if self._state[_IS_ARMED]:
            self._keep(now_us)
        short = packer.chunk
        if short is self._chunk:
            self._preroll.kept.clear()
        packer.chunk = self._chunk
        is_written = self._append_start(now_us, 0)
        packer.chunk = short
        if not is_written:
            return
        self._state[_DOES] = _RECORDING
        if not self._state[_IS_ARMED]:
            self._listen(*self._wanted())
        self._state[_IS_ARMED] = 0
        self._open(now_us)

    def _append_start(self, now_us: int, flags: int) -> bool:
        """Write what the chunks behind it belong to; False: not yet."""
        number = self._append(START, now_us, self._chunk, self._pack_start(flags))
        if number < 0:
            return False
        self._start = number
        self._start_sequence = self.store.newest_sequence
        self._before = number + 1
        return True

    def _pack_start(self, flags: int) -> int:
        """Payload of a start chunk: who the device is and what its streams are, as a host is told."""
        host = self._host
        chunk = self._packer.chunk
        at = CHUNK_HEAD_BYTES
        year, month, day, _, hour, minute, second, us = host.clock.datetime()
        streams, results = self._wanted()
        pack_into(
            _START_HEAD,
            chunk,
            at,
            host.boots,
            self._before,
            year,
            month,
            day,
            hour,
            minute,
            second,
            us,
            streams | flags,
            results,
            self._key_id(),
        )
        at += _START_BYTES
        frame = host.frame
        for stream in range(-1, len(wire.STREAMS)):
            n = host.write_info(frame, 0) if stream < 0 else host.write_stream_info(frame, 0, stream)
            if n:
                chunk[at] = n
                chunk[at + 1 : at + 1 + n] = memoryview(frame)[:n]
                at += 1 + n
        return at - CHUNK_HEAD_BYTES

    def _open(self, now_us: int) -> None:
        room = self.store.room()
        self._began_us = now_us
        if self._packer.chunk is not self._chunk:
            room = SHORT
        elif room < _LEAST_ROOM:
            room = LONGEST
        self._packer.begin(self._start, room - SEAL_BYTES if self._key_id() else room)

    def _key_id(self) -> int:
        """Name of the key that chunks are encrypted with; 0: they are not."""
        return self._sealer.key_id if self._sealer else 0

    @micropython.native
    def _drain(self, now_us: int) -> None:
        """Pack what waits; a chunk that is full, or old, is written."""
        frame = self._host.frame
        packer = self._packer
        state = self._state
        for reader in self._readers:
            while True:
                number = reader.peek()
                if number is None:
                    break
                if not packer.add(frame, reader.ring.copy(number, frame)):
                    if not self._write(now_us):
                        return
                    continue
                if state[_MODE] == _ALARM and (frame[0] == _RHYTHM or frame[0] == _EVENT):
                    self.trigger.notice(frame, now_us)
                reader.next[0] = number + 1
        if now_us - self._began_us > _LONGEST_US:
            self._write(now_us)

    def _write(self, now_us: int) -> bool:
        """Write the chunk, and begin another; False: not yet."""
        count = self._packer.count()
        if count <= _EMPTY:
            self._open(now_us)
            return True
        if self._state[_IS_ARMED]:
            self._keep(now_us)
            return True
        if self._preroll.kept or not self._append_data(self._began_us, now_us, self._packer.chunk, count):
            return False
        self._packer.chunk = self._chunk
        behind = self.store.newest_sequence - self._start_sequence
        if behind > self.sectors // _PARTS and not self._state[_IS_STALE] and not self._append_start(now_us, _GOES_ON):
            self._state[_PENDING] = 0  # behind the next chunk, then
        self._open(now_us)
        return True

    def _keep(self, now_us: int) -> None:
        """Have the chunk in RAM until there is an alarm, and begin another."""
        packer = self._packer
        if packer.count() > _EMPTY:
            if packer.chunk is not self._chunk:
                self._preroll.keep(packer.chunk, packer.count(), self._began_us, now_us)
            self._open(now_us)

    def _append_data(self, began_us: int, ended_us: int, chunk: bytearray, count: int) -> bool:
        """Append a chunk of data, encrypted where there is a key; False: not yet, and the chunk is as it was."""
        sealer = self._sealer
        if not sealer or not sealer.key_id:
            number = self._append(DATA, began_us, chunk, count)
        else:
            sealed = sealer.seal(chunk, count, began_us, self._host.boots)
            number = self._append(SEALED_DATA, began_us, chunk, sealed)
            if number < 0:
                sealer.open(chunk, count)
        if number < 0:
            return False
        state = self._state
        if state[_WRITTEN] > _MOST_WRITTEN:  # their ratio is what counts
            state[_WRITTEN] >>= 1
            state[_TENTHS] >>= 1
        state[_WRITTEN] += count
        state[_TENTHS] += (ended_us - began_us) // 100_000
        return True

    def _append(self, kind: int, time: int, chunk: bytearray, count: int) -> int:
        """`LogStore.append`, and whether the chunk waits."""
        number = self.store.append(kind, time, chunk, count)
        self._state[_PENDING] = number < 0
        return number

    def _stop(self, now_us: int, mode: int) -> None:
        if not self._write(now_us):
            return
        state = self._state
        state[_DOES] = _WAITING if mode else _OFF
        if mode == _ALARM and not state[_IS_STALE]:
            self._arm(now_us)
        else:
            self._disarm()

    # ------------------------------------------------------------------ what hosts ask for

    def set_key(self, key: bytes) -> int:
        """Encrypt with a key from now on, in another recording; empty: no more. An error code."""
        if not self.sectors:
            return wire.ERROR_NOT_STORED
        sealer = self._sealer
        if not sealer:
            return wire.ERROR_UNSUPPORTED
        state = self._state
        if state[_DOES] == _RECORDING:
            try:
                if not self._write(self._host.now_us()):
                    return wire.ERROR_BUSY
                state[_DOES] = _WAITING
            except OSError as error:
                self._fail(error)
                if state[_DOES] == _RECORDING:
                    return wire.ERROR_BUSY
        self._disarm()
        try:
            sealer.set_key(key)
        except OSError:
            return wire.ERROR_NOT_STORED
        return wire.ERROR_NONE

    def flush(self, now_us: int) -> None:
        """Write the chunk that is open, if the chip takes it now."""
        if self._state[_DOES] == _RECORDING:
            try:
                self._record(now_us)
                self._write(now_us)
            except OSError as error:
                self._fail(error)

    def close(self, now_us: int) -> None:
        """Write the chunk that is open, and wait until that is done: the device starts anew."""
        for _ in range(_TRIES):
            self.flush(now_us)
            try:
                self._flash.wait()
                if self._state[_DOES] != _RECORDING or not self._state[_PENDING]:
                    return
                self.store.poll()
            except OSError as error:
                self._fail(error)
                if self._state[_DOES] == _FAILED:
                    return

    def write_status(self, buf: bytearray, seq: int) -> int:
        """Pack `log_status`."""
        store = self.store
        state = self._state
        if state[_DOES] == _NO_FLASH:
            return wire.pack_log_status(buf, seq, _NO_FLASH, state[_MODE], 0, 0, 0, 0, 0, 0, 0, 0, None)
        try:
            self._flash.wait()
            state[_FREE] = self._free()
        except OSError as error:
            self._fail(error)
        free = state[_FREE] if state[_DOES] != _FAILED else 0
        return wire.pack_log_status(
            buf,
            seq,
            state[_DOES],
            state[_MODE],
            store.oldest,
            store.next,
            store.acknowledged,
            store.dropped(),
            self.sectors * SECTOR,
            free,
            self.lost_frames(),
            min(store.bad_sectors, 0xFFFF),
            min(free * state[_TENTHS] // (10 * state[_WRITTEN]), 0xFFFFFFFE) if state[_TENTHS] else None,
        )

    def _free(self) -> int:
        """Bytes that can be written before a sector is erased that holds what no host has."""
        store = self.store
        held = store.newest_sequence - store.find(store.acknowledged) + 1
        return max(self.sectors - 1 - held, 0) * SECTOR + store.room()

    def acknowledge(self, end: int, check: int) -> int:
        """The host has everything before `end`, of which the last has this check; an error code."""
        store = self.store
        if self._state[_DOES] >= _NO_FLASH:
            return wire.ERROR_NOT_STORED
        if end > store.next:
            return wire.ERROR_BAD_VALUE
        try:
            if not store.is_readable():
                return wire.ERROR_BUSY
            if end > store.oldest and not self._is_last(end, check):
                return wire.ERROR_NOT_VERIFIED
            if store.acknowledge(end):
                return wire.ERROR_NONE
            store.poll()  # for the next sector
            return wire.ERROR_BUSY
        except OSError as error:
            self._fail(error)
            return wire.ERROR_NOT_STORED if self._state[_DOES] == _FAILED else wire.ERROR_BUSY

    def _is_last(self, end: int, check: int) -> bool:
        """Whether the last sound chunk before `end` has this check; torn ones are passed over."""
        for number in range(end - 1, max(end - 1 - _MOST_TORN, self.store.oldest - 1, -1), -1):
            found = self.cursor.read(number)
            if found is not None and found[0] == number:
                return int.from_bytes(found[2][-4:], "little") == check
        return False

    def erase(self, end: int) -> int:
        """Erase everything, if `end` is the next chunk and the host has all before it; an error code."""
        store = self.store
        if self._state[_DOES] >= _NO_FLASH:
            return wire.ERROR_NOT_STORED
        if end != store.next or store.acknowledged < end:
            return wire.ERROR_NOT_VERIFIED
        if store.to_erase:  # it goes on
            return wire.ERROR_NONE
        self._disarm()
        self._state[_DOES] = _ERASING
        self._state[_PENDING] = 0
        store.erase()
        return wire.ERROR_NONE
