"""The log on flash: what is appended is read again, through restarts, full rings, worn places and power cuts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from struct import unpack_from
from typing import Any

import pytest

from firmware_sim.chips.nor_cells import NorCells
from firmware_sim.chips.w25q64jv import W25q64jv
from firmware_sim.firmware.drivers.nor_flash import NorFlash
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.firmware.services.log.layout import CHUNK_HEAD_BYTES, LONGEST, new_chunk
from firmware_sim.firmware.services.log.store import LogCursor, LogStore
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of
from firmware_sim.mcu.reset import PWRON_RESET, McuReset
from firmware_sim.testing.misreading import MISREADINGS, misread

SECTOR, BLOCK = 4096, 1 << 16
FIRST = 2 * SECTOR
ROOM = 186  # bytes that are read back at a time: neither a page nor a part of a sector
Chunk = tuple[int, int, int, bytes]


class QuickFlash:
    """The driver's contract straight on the cells: every operation ends at once, or is cut short."""

    def __init__(self, cells: NorCells) -> None:
        self.cells = cells
        self.operations = 0
        self.cut: tuple[int, float] | None = None

    def read(self, address: int, out: Any) -> None:
        out[:] = self.cells.read(address, len(out))

    def program(self, address: int, data: Any) -> None:
        assert address // 256 == (address + len(data) - 1) // 256
        fraction = self._fraction()
        if fraction is None:
            self.cells.program(address, bytes(data))
        else:
            self.cells.program_cut(address, bytes(data), fraction)
            raise McuReset(PWRON_RESET)

    def erase(self, address: int, size: int = SECTOR) -> None:
        assert size in (SECTOR, BLOCK)
        assert address % size == 0
        fraction = self._fraction()
        if fraction is None:
            self.cells.erase(address, size)
        else:
            self.cells.erase_cut(address, size, fraction)
            raise McuReset(PWRON_RESET)

    def _fraction(self) -> float | None:
        self.operations += 1
        if self.cut is not None and self.operations > self.cut[0]:
            fraction, self.cut = self.cut[1], None
            return fraction
        return None

    def ready(self) -> bool:
        return True

    def wait(self) -> None: ...


def quick(seed: int = 1, endurance: int = 100_000, size: int = 1 << 16) -> QuickFlash:
    return QuickFlash(NorCells(size, SECTOR, seed, endurance))


def mounted(flash: Any, sectors: int = 4) -> LogStore:
    store = LogStore(flash, FIRST, sectors, bytearray(ROOM))
    store.mount()
    return store


def append(store: LogStore, kind: int, time: int, payload: bytes) -> int:
    """`LogStore.append` of a payload."""
    chunk = new_chunk(len(payload))
    chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + len(payload)] = payload
    return store.append(kind, time, chunk, len(payload))


def read(cursor: LogCursor, number: int | None = None) -> Chunk | None:
    """`LogCursor.read`, with the chunk taken apart."""
    found = cursor.read(max(cursor.next, 0) if number is None else number)
    if found is None:
        return None
    kind, length, time = unpack_from("<BHQ", found[2])
    assert len(found[2]) == CHUNK_HEAD_BYTES + length + 4
    return found[0], kind, time, bytes(found[2][CHUNK_HEAD_BYTES:-4])


def write(store: LogStore, kind: int, time: int, payload: bytes) -> int:
    """Append as a task of the firmware does: poll, and come again while the sector ahead is erased."""
    for _ in range(40):
        store.poll()
        number = append(store, kind, time, payload)
        if number >= 0:
            return number
    raise AssertionError("the log never became ready")


def contents(store: LogStore, number: int = 0) -> list[Chunk]:
    cursor = LogCursor(store)
    found = []
    chunk = read(cursor, number)
    while chunk:
        found.append(chunk)
        chunk = read(cursor)
    return found


def chunks(seed: int, longest: int = 700) -> Iterator[tuple[int, int, bytes]]:
    random = Random(seed)
    time = 1 << 40
    while True:
        time += random.randrange(1, 2_000_000)
        yield random.randrange(255), time, random.randbytes(random.choice((0, 1, 17, random.randrange(longest))))


def fill(store: LogStore, count: int, seed: int, longest: int = 700) -> list[Chunk]:
    source = chunks(seed, longest)
    written = []
    for _ in range(count):
        kind, time, payload = next(source)
        written.append((write(store, kind, time, payload), kind, time, payload))
    return written


def test_a_blank_flash_is_an_empty_log() -> None:
    store = mounted(quick())
    assert (store.next, store.oldest, store.acknowledged, store.dropped()) == (0, 0, 0, 0)
    assert contents(store) == []


@pytest.mark.parametrize("longest", [0, 1, LONGEST])
def test_chunks_come_back_as_they_were(longest: int) -> None:
    store = mounted(quick())
    written = [(i, i, i << 50, bytes([i]) * longest) for i in range(3)]
    assert [write(store, kind, time, payload) for _, kind, time, payload in written] == [0, 1, 2]
    assert contents(store) == written
    assert contents(store, 2) == written[2:]


@pytest.mark.parametrize("sectors", [3, 4, 9])
@pytest.mark.parametrize("count", [1, 20, 200])
def test_a_full_ring_drops_the_oldest_and_counts_them(sectors: int, count: int) -> None:
    flash = quick()
    store = mounted(flash, sectors)
    written = fill(store, count, seed=count)
    there = contents(store)
    assert there == written[len(written) - len(there) :]
    assert store.next == count
    assert there[0][0] == store.oldest == store.dropped()
    # two sectors at least are whole: the one that is written and the ones before the blank one
    least = (sectors - 2) * (SECTOR - 24 - LONGEST)
    assert sum(16 + len(payload) for *_, payload in there) >= min(least, sum(16 + len(p) for *_, p in written))
    again = mounted(flash, sectors)
    assert (again.next, again.oldest, contents(again)) == (store.next, store.oldest, there)


def test_every_sector_wears_equally() -> None:
    flash = quick()
    fill(mounted(flash, 5), 800, seed=3)
    wear = flash.cells.wear
    assert set(wear[:2]) == {0}
    assert wear[2:7].min() >= 4
    assert wear[2:7].max() - wear[2:7].min() <= 1


def test_mounting_costs_the_same_however_full_it_is() -> None:
    flash = quick()
    costs = []
    for count in (1, 30, 300):
        fill(mounted(flash, 8), count, seed=count)
        reads = 0

        def counted(address: int, out: Any, read: Callable[[int, Any], None] = flash.read) -> None:
            nonlocal reads
            reads += len(out)
            read(address, out)

        flash.read = counted  # type: ignore[method-assign]
        mounted(flash, 8)
        del flash.read
        costs.append(reads)
    # the head of every place, and at most two readings of one sector
    assert max(costs) <= 8 * 21 + 2 * SECTOR


@pytest.mark.parametrize("count", [0, 1, 40, 700, 2050])
def test_a_large_ring_is_mounted_by_few_heads(count: int) -> None:
    flash = QuickFlash(NorCells(1 << 22, SECTOR))
    store = mounted(flash, 1000)
    payload = bytes(LONGEST)
    for i in range(3 * count):
        write(store, 1, i, payload)
    reads = 0
    read_cells = flash.read

    def counted(address: int, out: Any) -> None:
        nonlocal reads
        reads += 1
        read_cells(address, out)

    flash.read = counted  # type: ignore[method-assign]
    again = mounted(flash, 1000)
    assert reads < 200
    assert (again.next, again.oldest) == (store.next, store.oldest)
    assert (again.newest_sequence, again.oldest_sequence) == (store.newest_sequence, store.oldest_sequence)


def erased(store: LogStore) -> int:
    """Erase all as a task of the firmware does; how often it had to poll."""
    store.erase()
    for polls in range(10_000):
        if not store.to_erase:
            return polls
        store.poll()
    raise AssertionError("it never ended")


@pytest.mark.parametrize(("sectors", "count"), [(3, 5), (6, 30), (14, 100), (14, 300)])
def test_erasing_leaves_nothing_and_numbers_go_on(sectors: int, count: int) -> None:
    flash = quick()
    store = mounted(flash, sectors)
    fill(store, count, seed=count)
    with pytest.raises(ValueError, match="chunks from 0 on were not acknowledged"):
        store.erase()
    while not store.acknowledge(count):
        store.poll()
    erased(store)
    assert contents(store) == []
    assert (store.oldest, store.next, store.dropped()) == (count, count, 0)
    rest = flash.cells.read(FIRST, sectors * SECTOR)
    assert rest.count(b"\xff") >= sectors * SECTOR - 20, "a head of 20 bytes is all there is"
    again = mounted(flash, sectors)
    assert (again.oldest, again.next, again.acknowledged, contents(again)) == (count, count, count, [])
    more = fill(again, 3, seed=1)
    assert more[0][0] == count
    assert contents(mounted(flash, sectors)) == more


def test_a_full_log_is_erased_by_blocks_and_nothing_beside_it() -> None:
    """14 places before the first whole block, four blocks, and 5 places behind them."""
    flash = quick(size=8 * BLOCK)
    flash.cells.program(0, bytes(8 * BLOCK))
    flash.cells.erase(FIRST, (14 + 4 * 16 + 5) * SECTOR)
    store = mounted(flash, 14 + 4 * 16 + 5)
    fill(store, 1400, seed=3, longest=1300)
    while not store.acknowledge(1400):
        store.poll()
    before = flash.operations
    polls = erased(store)
    assert flash.operations - before <= 14 + 4 + 5 + 2 + 3
    assert polls <= 60
    end = FIRST + store._sectors * SECTOR
    assert flash.cells.read(FIRST, end - FIRST).count(b"\xff") >= end - FIRST - 20
    assert flash.cells.read(0, FIRST) == bytes(FIRST)
    assert flash.cells.read(end, 8 * BLOCK - end) == bytes(8 * BLOCK - end)
    assert fill(store, 3, seed=4)[0][0] == 1400


@pytest.mark.parametrize("stuck", [5, 20, 29, 40])
def test_a_sector_that_is_not_erased_any_more_does_not_keep_the_rest(stuck: int) -> None:
    flash = quick(size=8 * BLOCK)
    store = mounted(flash, 14 + 4 * 16)
    fill(store, 1400, seed=3, longest=1300)
    while not store.acknowledge(1400):
        store.poll()
    erase = flash.cells.erase

    def but_one(address: int, count: int) -> None:
        bad = FIRST + stuck * SECTOR
        erase(address, count)
        if address <= bad < address + count:
            flash.cells.program(bad + 77, b"\x7f")

    flash.cells.erase = but_one  # type: ignore[method-assign]
    erased(store)
    assert store.bad_sectors == 1
    whole = flash.cells.read(FIRST, store._sectors * SECTOR)
    assert whole.count(b"\xff") >= len(whole) - 21
    again = mounted(flash, 14 + 4 * 16)
    assert (again.next, contents(again)) == (1400, [])


@pytest.mark.parametrize("fraction", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("sectors", "count"), [(8, 300), (14 + 16 + 2, 350)])
def test_a_power_cut_while_everything_is_erased_leaves_a_log_whose_numbers_go_on(
    sectors: int, count: int, fraction: float
) -> None:
    cuts = 0
    while True:
        flash = quick(seed=cuts, size=3 * BLOCK)
        store = mounted(flash, sectors)
        written = fill(store, count, seed=8, longest=1300 if sectors > 8 else 700)
        while not store.acknowledge(count):
            store.poll()
        flash.cut = (flash.operations + cuts, fraction)
        try:
            erased(store)
        except McuReset:
            cuts += 1
        else:
            break
        again = mounted(flash, sectors)
        assert (again.next, again.acknowledged, again.dropped()) == (count, count, 0)
        assert all(chunk in written for chunk in contents(again))
        more = fill(again, 4, seed=10)
        assert contents(mounted(flash, sectors))[-4:] == more
    assert cuts >= 8


def test_what_the_host_has_is_remembered_and_not_counted_as_dropped() -> None:
    flash = quick()
    store = mounted(flash)
    fill(store, 10, seed=1)
    store.poll()
    assert store.acknowledge(7)
    assert mounted(flash).acknowledged == 7
    assert [chunk[0] for chunk in contents(store)] == list(range(10)), "acknowledged is not erased"
    fill(store, 200, seed=2)
    assert store.dropped() == store.oldest - 7 > 0
    with pytest.raises(ValueError, match="chunk 1000 is not written yet"):
        store.acknowledge(1000)
    assert store.acknowledged == 7


def test_acknowledgements_cost_a_chunk_and_not_a_sector() -> None:
    flash = quick()
    store = mounted(flash, 8)
    written = fill(store, 20, seed=1)
    erased = int(flash.cells.wear.sum())
    for number in range(1, 20):
        assert store.acknowledge(number)
    assert int(flash.cells.wear.sum()) - erased <= 1
    assert contents(store) == written
    again = mounted(flash, 8)
    assert (again.acknowledged, again.next, contents(again)) == (19, 20, written)
    assert write(again, 1, 2, b"on") == 20


def test_a_chip_that_erases_but_does_not_write_keeps_most_of_what_was_there() -> None:
    flash = quick()
    store = mounted(flash, 14)
    written = fill(store, 100, seed=6)
    flash.program = lambda address, data: None  # type: ignore[method-assign]
    with pytest.raises(OSError, match="5"):
        fill(store, 1000, seed=7)
    del flash.program
    there = contents(mounted(flash, 14))
    assert there == written[len(written) - len(there) :]
    assert len(there) > 20


def test_while_a_sector_is_erased_a_reader_waits() -> None:
    flash = quick()
    store = mounted(flash, 4)
    written = fill(store, 3, seed=1)
    cursor = LogCursor(store)
    flash.ready = lambda: False  # type: ignore[method-assign]

    def busy(address: int, out: Any) -> None:
        raise OSError(5)

    flash.read = busy  # type: ignore[method-assign]
    assert read(cursor) is None
    assert append(store, 1, 2, b"x") == -1
    assert not store.acknowledge(1)
    store.poll()
    del flash.ready
    del flash.read
    assert [read(cursor) for _ in range(4)] == [*written, None]


def test_a_cursor_reads_any_chunk_and_goes_on_from_it() -> None:
    store = mounted(quick(), 4)
    written = fill(store, 3, seed=1)
    cursor = LogCursor(store)
    for number in Random(4).choices(range(len(written)), k=60):
        assert read(cursor, number) == written[number]
        assert read(cursor) == (written[number + 1] if number + 1 < len(written) else None)
        assert cursor.next == min(number + 2, len(written))


def test_a_kind_that_is_the_logs_own_is_refused() -> None:
    store = mounted(quick())
    for kind in (-1, 255, 256):
        with pytest.raises(ValueError, match="0 to 254"):
            append(store, kind, 0, b"")


def test_a_reader_follows_what_is_written_and_dropped_meanwhile() -> None:
    store = mounted(quick(), 4)
    written = fill(store, 3, seed=1)
    cursor = LogCursor(store)
    assert [read(cursor) for _ in range(3)] == written
    assert read(cursor) is None
    more = fill(store, 2, seed=2)
    assert [read(cursor), read(cursor), read(cursor)] == [*more, None]
    later = fill(store, 200, seed=3)
    found = []
    while chunk := read(cursor):
        found.append(chunk)
    assert found == later[-len(found) :]
    assert found[0][0] == store.oldest > 5


def test_a_worn_sector_is_passed_over_and_loses_nothing() -> None:
    flash = quick(endurance=6)
    store = mounted(flash, 6)
    source = chunks(9)
    written: list[Chunk] = []

    def write_on() -> None:
        while True:
            kind, time, payload = next(source)
            written.append((write(store, kind, time, payload), kind, time, payload))
            there = contents(store)
            assert there == written[-len(there) :]

    with pytest.raises(OSError, match="5"):
        write_on()
    assert store.bad_sectors > 0
    assert len(written) > 6 * 5 * 6, "each place was used as long as it endures"
    assert contents(mounted(flash, 6)) == contents(store) != []


def test_too_long_a_payload_is_refused_and_changes_nothing() -> None:
    flash = quick()
    store = mounted(flash)
    fill(store, 2, seed=1)
    before = flash.operations
    with pytest.raises(ValueError, match="1343 bytes: at most 1342"):
        append(store, 0, 0, bytes(LONGEST + 1))
    with pytest.raises(ValueError, match="3 sectors, not 2"):
        LogStore(flash, FIRST, 2, bytearray(ROOM))
    assert flash.operations == before
    assert store.next == 2


def test_damaged_chunks_are_left_out_and_the_others_stay() -> None:
    flash = quick()
    store = mounted(flash)
    written = fill(store, 12, seed=5)
    # a bit that lost its charge, in the payload of the longest chunk
    longest = max(written, key=lambda chunk: len(chunk[3]))
    at = flash.cells.read(0, 1 << 16).find(longest[3])
    flash.cells.program(at, bytes([longest[3][0] & longest[3][0] - 1 if longest[3][0] else 0]))
    expected = [chunk for chunk in written if chunk is not longest]
    assert contents(store) == expected


# ------------------------------------------------------------------ power cuts


def run_until_cut(flash: QuickFlash, count: int, seed: int, sectors: int = 4) -> tuple[list[Chunk], Chunk | None, int]:
    """Append, acknowledge half in the middle; (what was appended, what was under way, what may be acknowledged)."""
    written: list[Chunk] = []
    under_way: Chunk | None = None
    may_acknowledge = 0
    source = chunks(seed)
    try:
        store = mounted(flash, sectors)
        for i in range(count):
            kind, time, payload = next(source)
            under_way = (-1, kind, time, payload)
            written.append((write(store, kind, time, payload), kind, time, payload))
            under_way = None
            if i == count // 2:
                may_acknowledge = store.next // 2
                for _ in range(4):
                    store.poll()
                    store.acknowledge(may_acknowledge)
    except McuReset:
        return written, under_way, may_acknowledge
    return written, None, may_acknowledge


def judge(written: list[Chunk], under_way: Chunk | None, may_acknowledge: int, store: LogStore) -> None:
    """Nothing is missing but what was under way, and nothing is there that was never written."""
    there = contents(store)
    if under_way is not None and there and there[-1][1:] == under_way[1:]:
        there = there[:-1]
    assert there == written[len(written) - len(there) :]
    kept = sum(16 + len(payload) for *_, payload in there)
    assert kept >= min(SECTOR, sum(16 + len(payload) for *_, payload in written) - 2 * 800)
    assert store.acknowledged in (0, may_acknowledge)


@pytest.mark.parametrize("fraction", [0.0, 0.04, 0.3, 0.6, 0.9, 1.0])
def test_a_power_cut_at_any_operation_loses_only_what_was_being_written(fraction: float) -> None:
    flash = quick()
    run_until_cut(flash, 60, seed=4)
    for at in range(flash.operations):
        flash = quick(seed=at)
        flash.cut = (at, fraction)
        written, under_way, may_acknowledge = run_until_cut(flash, 60, seed=4)
        assert len(written) < 60
        store = mounted(flash)
        judge(written, under_way, may_acknowledge, store)
        there = contents(store)
        more = fill(store, 12, seed=7)
        for _ in range(3):  # unstable bits would read differently now
            found = contents(mounted(flash))
            assert found == (there + more)[-len(found) :]
        assert len(found) >= 12 or sum(len(p) for *_, p in more) > SECTOR


@pytest.mark.slow
def test_cuts_that_follow_each_other_lose_only_what_was_being_written() -> None:
    for seed in range(300):
        random = Random(seed)
        flash = quick(seed=seed)
        known: list[Chunk] = []
        uncertain: set[tuple[int, int, bytes]] = set()
        for _ in range(12):
            flash.cut = (flash.operations + random.randrange(25), random.random())
            written, under_way, _ = run_until_cut(flash, 8, random.randrange(1 << 30), 14)
            known += written
            if under_way is not None:
                uncertain.add(under_way[1:])
        flash.cut = None
        found = [chunk for chunk in contents(mounted(flash, 14)) if chunk[1:] not in uncertain]
        assert found == known[len(known) - len(found) :]
        assert len(found) >= min(len(known), 12)


@pytest.mark.parametrize("fraction", [0.2, 0.8])
def test_cuts_on_the_chip_itself_behind_its_driver(fraction: float) -> None:
    for at in range(0, 60, 3):
        clock = Clock()
        mcu = Mcu(clock)
        chip = W25q64jv(clock, seed=at, size=1 << 16)
        mcu.spi(1).attach(17, chip)
        machine, time = (modules_of(mcu)[name] for name in ("machine", "time"))
        ticks = Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms, time.sleep_us)
        flash = NorFlash(machine.SPI(1, 8_000_000), machine.Pin(17, machine.Pin.OUT, value=1), ticks)

        def fail() -> None:
            raise McuReset(PWRON_RESET)

        written: list[Chunk] = []
        chip.cut_power_in(at, fraction, fail)
        try:
            flash.configure()
            store = mounted(flash, 3)
            for kind, stamp, payload in chunks(at):
                number = -1
                while number < 0:
                    store.poll()
                    clock.run_until(clock.now + 20_000)
                    number = append(store, kind, stamp, payload)
                written.append((number, kind, stamp, payload))
        except McuReset:
            chip.power_on()
        flash.configure()
        there = contents(mounted(flash, 3))
        assert there[: len(written)] == written[len(written) - min(len(there), len(written)) :]
        assert len(there) - len(written) <= 1


# ------------------------------------------------------------------ readings that are wrong


@pytest.mark.parametrize("how", MISREADINGS)
@pytest.mark.parametrize(("sectors", "count"), [(4, 3), (4, 12), (5, 45), (14, 60), (14, 200)])
def test_one_wrong_reading_of_a_mount_loses_nothing(sectors: int, count: int, how: str) -> None:
    """And nothing that is written then takes the number or the room of what was there."""
    flash = quick()
    written = fill(mounted(flash, sectors), count, seed=count)
    before = mounted(flash, sectors)
    there, oldest = contents(before), before.oldest
    assert there == written[oldest:]
    image = flash.cells.read(0, 1 << 16)
    number = 0
    while True:
        flash = quick()
        for at in range(0, len(image), SECTOR):
            flash.cells.program(at, image[at : at + SECTOR])
        end = misread(flash, number, MISREADINGS[how])
        store = mounted(flash, sectors)
        if not end():
            break
        assert (store.oldest, store.next, store.dropped()) == (oldest, count, oldest)
        assert contents(store) == there
        more = (write(store, 7, 7, b"more"), 7, 7, b"more")
        again = mounted(flash, sectors)
        assert contents(again) == [*there, more][again.oldest - oldest :]
        number += 1
    assert number > 10


@pytest.mark.parametrize("part", [0, 1, 2])
def test_one_wrong_reading_of_what_was_erased_or_written_wears_no_sector(part: int) -> None:
    how = MISREADINGS[f"bit 4 of byte {part}/2"]
    number = 0
    while True:
        flash = quick()
        store = mounted(flash)
        written = fill(store, 2, seed=1)
        end = misread(flash, number, how)
        written += fill(store, 12, seed=2)
        if not end():
            break
        number += 1
        assert store.bad_sectors == 0
        assert contents(store) == contents(mounted(flash)) == written
    assert number >= 50
