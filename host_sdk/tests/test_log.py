"""The log as a host has it: files that outlive interruptions, dumps that are damaged."""

from __future__ import annotations

import asyncio
import sys
from binascii import crc32
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from random import Random
from struct import pack
from typing import Any

import pytest

from host_sdk import wire_gen as wire
from host_sdk.cli.main import main
from host_sdk.client import Client
from host_sdk.errors import AddressError, ConnectionLost, LogError, ProtocolError, ResponseTimeout
from host_sdk.log.assembly import Assembly
from host_sdk.log.chunks import Chunk, Kind, frames_of
from host_sdk.log.compression import BitReader, Channel, EndOfBits, read_block, signed
from host_sdk.log.recordings import recordings
from host_sdk.log.salvage import salvage
from host_sdk.log.status import check_status
from host_sdk.log.store_file import MAGIC, LogFile, serial_of, sound_chunks
from host_sdk.log.sync import pull
from host_sdk.timeline import SequenceCheck
from host_sdk.transports.address import parse_address
from host_sdk.transports.base import Frame

from .fake_device import FakeDevice, FakeTransport


def test_a_block_of_which_bits_are_missing_is_an_end() -> None:
    with pytest.raises(EndOfBits):
        read_block(BitReader(b"\x12"), [Channel([0, 0, 0, 0], 3)], 25, 3, is_whole=False)
    assert [signed(raw, 2) for raw in (0, 0x7FFF, 0x8000, 0xFFFF, 0x1FFFF)] == [0, 32767, -32768, -1, -1]


def chunk_of(number: int, seed: int = 0, sector: int = 5) -> Chunk:
    payload = (1).to_bytes(4, "big") + Random(seed + number).randbytes(20 + number % 7)
    body = pack("<BHQ", 2, len(payload), number * 1000) + payload
    return Chunk.parse(number, sector, body + pack("<I", crc32(body, sector)))


def test_a_file_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    chunks = [chunk_of(number) for number in range(6)]
    with LogFile(path, "VB-1") as file:
        for chunk in chunks:
            file.add(chunk)
            file.add(chunk)
    whole = path.read_bytes()
    for cut in range(1, 60):
        path.write_bytes(whole[:-cut])
        with LogFile(path, "VB-1") as file:
            there = list(file.chunks())
            assert there == chunks[: len(there)]
            assert len(there) >= 4
            for chunk in chunks[len(there) :]:
                file.add(chunk)
            assert list(file.chunks()) == chunks
        assert path.read_bytes() == whole


def test_a_file_of_another_device_and_a_file_that_is_none_are_refused_and_stay(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    LogFile(path, "VB-1").close()
    before = path.read_bytes()
    with pytest.raises(LogError, match="is of device VB-1, not of VB-2"):
        LogFile(path, "VB-2")
    assert path.read_bytes() == before
    (tmp_path / "text").write_text("hello")
    with pytest.raises(LogError, match="no file of a device's log"):
        LogFile(tmp_path / "text")
    with pytest.raises(LogError, match="there is no such file"):
        LogFile(tmp_path / "nothing")
    assert (tmp_path / "text").read_text() == "hello"


def test_a_byte_that_changed_in_a_file_is_a_damaged_chunk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "device.vblog"
    with LogFile(path, "VB-1") as file:
        file.add(chunk_of(3))
    data = bytearray(path.read_bytes())
    data[-6] ^= 1
    path.write_bytes(data)
    with LogFile(path) as file, pytest.raises(LogError, match=r"device\.vblog: chunk 3: its check is wrong; .*salvage"):
        list(file.chunks())
    assert main(["log", "list", str(path)]) == 1
    assert "device.vblog: chunk 3: its check is wrong; `vitalband log pull` into it" in capsys.readouterr().err


def test_a_file_that_is_only_read_stays_as_it_is_also_where_it_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    with LogFile(path, "VB-1") as file:
        for number in range(3):
            file.add(chunk_of(number))
    path.write_bytes(before := path.read_bytes()[:-5])
    with LogFile(path) as file:
        assert file.numbers == [0, 1]
        with pytest.raises(LogError, match=r"device\.vblog: is only read"):
            file.add(chunk_of(5))
    assert path.read_bytes() == before


def test_a_damaged_length_costs_no_chunk_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    with LogFile(path, "VB-1") as file:
        for number in range(200):
            file.add(chunk_of(number))
    data = bytearray(path.read_bytes())
    first = len(MAGIC) + 16
    data[first + 8 : first + 10] = b"\xff\xff"  # of the first record
    path.write_bytes(data)
    with pytest.raises(LogError, match=f"is damaged at byte {first}; pull into another file, or salvage this one"):
        LogFile(path, "VB-1")
    assert path.read_bytes() == data


def test_a_bit_that_changed_in_the_head_of_a_record_moves_no_chunk(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    chunks = [chunk_of(number) for number in range(200)]
    with LogFile(path, "VB-1") as file:
        for chunk in chunks:
            file.add(chunk)
    whole = path.read_bytes()
    first = len(MAGIC) + 16
    for bit in range(8 * (10 + 4)):
        damaged = bytearray(whole)
        damaged[first + bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        for serial in (None, "VB-1"):
            with pytest.raises(LogError, match=f"is damaged at byte {first}; pull into another"):
                LogFile(path, serial)
        assert path.read_bytes() == damaged
    last = whole.rindex(chunks[-1].raw) - 14
    path.write_bytes(whole[:last] + bytes([whole[last] ^ 1]) + whole[last + 1 :])
    with LogFile(path, "VB-1") as file:  # as one that was cut short: it is pulled again
        assert file.numbers == list(range(199))
        file.add(chunks[-1])
    assert path.read_bytes() == whole


@pytest.mark.parametrize("behind", [2, 3, 10, 60])
def test_a_damaged_head_near_the_end_costs_none_of_the_chunks_behind_it(tmp_path: Path, behind: int) -> None:
    path = tmp_path / "device.vblog"
    chunks = [chunk_of(number) for number in range(100)]
    with LogFile(path, "VB-1") as file:
        for chunk in chunks:
            file.add(chunk)
    whole = path.read_bytes()
    head = whole.rindex(chunks[-behind].raw) - 14
    damaged = whole[:head] + bytes([whole[head] ^ 4]) + whole[head + 1 :]
    path.write_bytes(damaged)
    for serial in (None, "VB-1"):
        with pytest.raises(LogError, match=f"is damaged at byte {head}; pull into another file, or salvage this one"):
            LogFile(path, serial)
    assert path.read_bytes() == damaged


def test_a_file_without_checks_of_its_heads_is_gone_on_with_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "device.vblog"
    old = b"VBLOG1\r\n" + b"VB-1".ljust(16, b"\0")
    for number in (3, 4):
        chunk = chunk_of(number)
        old += pack("<IIH", number, chunk.sector, len(chunk.raw)) + chunk.raw
    path.write_bytes(old)
    with LogFile(path, "VB-1") as file:
        assert file.numbers == [3, 4]
        file.add(chunk_of(5))
    with LogFile(path) as file:
        assert list(file.chunks()) == [chunk_of(number) for number in (3, 4, 5)]
    assert path.read_bytes().startswith(old)


def sealed(kind: Kind, payload: bytes) -> Chunk:
    """Chunk 0 with this payload, whose check is right."""
    body = pack("<BHQ", kind, len(payload), 1000) + payload
    return Chunk.parse(0, 5, body + pack("<I", crc32(body, 5)))


@pytest.mark.parametrize("count", [20, 5000, 70_000])
def test_zeros_behind_what_was_written_cost_nothing(tmp_path: Path, count: int) -> None:
    path = tmp_path / "log"
    with LogFile(path, "device") as file:
        file.add(chunk_of(0))
        file.add(chunk_of(7))
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(count))
    with LogFile(path) as file:
        assert file.numbers == [0, 7]
        assert file.chunk(0).raw == chunk_of(0).raw
    with LogFile(path, "device") as file:
        file.add(chunk_of(9))
        assert file.numbers == [0, 7, 9]
    with LogFile(path) as file:
        assert file.chunk(9).raw == chunk_of(9).raw


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_file_is_written_by_one_at_a_time_and_read_by_anybody(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with LogFile(path, "device") as file:
        file.add(chunk_of(0))
        file.save()
        with pytest.raises(LogError, match="another pull writes it just now"):
            LogFile(path, "device")
        with LogFile(path) as other:
            assert other.numbers == [0]
        assert file.numbers == [0]
    with LogFile(path, "device") as file:
        assert file.numbers == [0]


@pytest.mark.parametrize(
    ("month", "us"), [(13, 0), (12, 1_000_000), (12, (1 << 31) - 1), (12, 1 << 31), (12, (1 << 32) - 1)]
)
def test_a_start_at_a_date_that_there_is_not_is_no_recording(month: int, us: int, tmp_path: Path) -> None:
    with LogFile(tmp_path / "log", "VB-1") as file:
        file.add(sealed(Kind.START, pack("<IIHBBBBBIHHI", 1, 0, 2026, month, 24, 23, 59, 0, us, 1, 0, 0)))
        with pytest.raises(LogError, match="chunk 0: no start of a recording"):
            recordings(file)


@pytest.mark.parametrize("seed", range(10))
def test_a_sound_chunk_of_what_no_recorder_writes_gives_frames_or_an_error_of_the_log(seed: int) -> None:
    """A whole block of a stream that there is, and chance: values may leave their stream's width."""
    chance = Random(seed)
    bits = f"0{chance.randrange(4):03b}10" + "".join(f"{byte:08b}" for byte in chance.randbytes(120)) + "00"
    payload = bytes(4) + int(bits, 2).to_bytes(len(bits) // 8, "big")
    with suppress(LogError):
        for frame in frames_of(sealed(Kind.DATA, payload)):
            assert isinstance(frame, Frame)


class MadeUp:
    """A device whose log has chunks `oldest` to `end` - 1, of which some are damaged; the link goes now and then."""

    def __init__(self, oldest: int, end: int, damaged: tuple[int, ...] = (), losing: int = 0) -> None:
        self.oldest = oldest
        self.end = end
        self.damaged = damaged
        self.losing = losing
        self.acknowledged = 0
        self.sent: list[int] = []
        self.saved: Callable[[], list[int]] = list
        self.sequence = SequenceCheck()
        #: How often chunk 20 is still lost on the way.
        self.unlucky = 0

    async def log_status(self, *, flush: bool = True) -> wire.LogStatus:
        assert flush
        return wire.LogStatus(
            state=wire.LogState.OFF,
            mode=wire.LogMode.OFF,
            oldest=self.oldest,
            end=self.end,
            acknowledged=self.acknowledged,
            dropped=0,
            capacity=1 << 22,
            free=0,
            left_s=None,
            lost_frames=0,
            bad_sectors=0,
        )

    async def pull_log(self, first: int, end: int, on_chunk: Callable[[Chunk], Any]) -> None:
        for number in range(max(first, self.oldest), min(end, self.end)):
            if self.losing and len(self.sent) % self.losing == self.losing - 1:
                self.sent.append(-1)
                self.sequence.lost += 1
                continue
            if number == 20 and self.unlucky:
                self.unlucky -= 1
                self.sequence.lost += 1
                continue
            if number not in self.damaged:
                self.sent.append(number)
                on_chunk(chunk_of(number))

    async def acknowledge_log(self, end: int, check: int) -> None:
        assert self.saved(), "acknowledged before it was kept"
        last = max(number for number in range(end) if number not in self.damaged)
        assert chunk_of(last).check == check
        self.acknowledged = end


@pytest.mark.parametrize("losing", [0, 4])
@pytest.mark.parametrize("damaged", [(), (7, 8, 29)])
async def test_a_sync_brings_what_is_missing_and_acknowledges_what_is_kept(
    tmp_path: Path, damaged: tuple[int, ...], losing: int
) -> None:
    device = MadeUp(2, 30, damaged, losing)
    with LogFile(tmp_path / "log", "VB-1") as file:
        device.saved = lambda: file.numbers
        done = await pull(device, file)
        assert done.missing == damaged
        assert set(file.numbers) | set(done.missing) == set(range(2, 30))
        assert device.acknowledged == 30
        device.end = 40
        device.losing = 0
        device.sent.clear()
        again = await pull(device, file)
        assert again.missing == damaged
        compared = max(set(range(2, 30)) - set(damaged))
        assert device.sent == [compared, *range(30, 40)]
        assert device.acknowledged == 40


@pytest.mark.parametrize("unlucky", [1, 5, 19])
async def test_a_chunk_that_the_link_loses_again_and_again_is_not_damaged(tmp_path: Path, unlucky: int) -> None:
    device = MadeUp(0, 30, damaged=(7,))
    device.unlucky = unlucky
    with LogFile(tmp_path / "log", "VB-1") as file:
        device.saved = lambda: file.numbers
        assert (await pull(device, file)).missing == (7,)
    assert device.acknowledged == 30


async def test_over_a_link_that_loses_a_chunk_each_time_nothing_is_acknowledged(tmp_path: Path) -> None:
    device = MadeUp(0, 30)
    device.unlucky = 1000
    with LogFile(tmp_path / "log", "VB-1") as file:
        with pytest.raises(LogError, match="log: 1 chunks do not come whole over this link; the others are kept"):
            await pull(device, file)
        assert len(file) == 29
        assert device.acknowledged == 0
        device.unlucky = 0
        device.saved = lambda: file.numbers
        assert (await pull(device, file)).new == 1
    assert device.acknowledged == 30


async def test_a_log_that_began_anew_is_no_part_of_an_older_file(tmp_path: Path) -> None:
    with LogFile(tmp_path / "log", "VB-1") as file:
        older = MadeUp(0, 30)
        older.saved = lambda: file.numbers
        await pull(older, file)
        younger = MadeUp(0, 5)
        with pytest.raises(LogError, match=r"log: .*ends before 5; it began anew.*: pull into another file"):
            await pull(younger, file)
        assert younger.acknowledged == 0


@pytest.mark.parametrize("losing", [0, 2])
@pytest.mark.parametrize("had", [range(10), range(5, 10), range(30), (0, 3), (2, 20)])
@pytest.mark.parametrize(("oldest", "damaged"), [(0, ()), (2, (9, 20)), (0, (8, 9, 29))])
async def test_a_log_that_began_anew_and_is_longer_is_neither_mixed_nor_acknowledged(
    tmp_path: Path, had: Iterable[int], oldest: int, damaged: tuple[int, ...], losing: int
) -> None:
    path = tmp_path / "log"
    with LogFile(path, "VB-1") as file:
        for number in had:
            file.add(chunk_of(number, seed=1000))
    before = path.read_bytes()
    device = MadeUp(oldest, 30, damaged, losing)
    with (
        LogFile(path, "VB-1") as file,
        pytest.raises(LogError, match=r"log: chunk \d+ is another one in the device's log; .* pull into another file"),
    ):
        await pull(device, file)
    assert path.read_bytes() == before
    assert (device.acknowledged, sum(number >= 0 for number in device.sent)) == (0, 1), "one chunk was enough"
    with LogFile(tmp_path / "another", "VB-1") as file:
        device.saved = lambda: file.numbers
        assert (await pull(device, file)).missing == tuple(number for number in damaged if number >= oldest)
    assert device.acknowledged == 30


@pytest.mark.parametrize(
    ("had", "oldest", "damaged"), [(range(10), 12, ()), (range(10), 10, ()), (range(10), 5, (7, 8, 9)), ((3,), 0, ())]
)
async def test_a_log_of_which_a_part_gave_way_or_is_damaged_is_gone_on_with(
    tmp_path: Path, had: Iterable[int], oldest: int, damaged: tuple[int, ...]
) -> None:
    device = MadeUp(oldest, 30, damaged)
    with LogFile(tmp_path / "log", "VB-1") as file:
        for number in had:
            file.add(chunk_of(number))
        device.saved = lambda: file.numbers
        assert (await pull(device, file)).missing == ()
        assert list(file.chunks()) == [chunk_of(number) for number in sorted({*had, *range(oldest, 30)})]
    assert device.acknowledged == 30


async def test_where_no_common_chunk_comes_whole_nothing_is_mixed_nor_acknowledged(tmp_path: Path) -> None:
    device = MadeUp(8, 30, (8, 9))
    with LogFile(tmp_path / "log", "VB-1") as file:
        for number in range(10):
            file.add(chunk_of(number))
        with pytest.raises(LogError, match=r"log: of the chunks that the device has too none comes whole, .* another"):
            await pull(device, file)
        assert file.numbers == list(range(10))
    assert (device.acknowledged, device.sent) == (0, [])


def damage(path: Path, number: int) -> None:
    """Flip a bit in the middle of a chunk in a file."""
    raw, data = chunk_of(number).raw, bytearray(path.read_bytes())
    data[data.index(raw) + len(raw) // 2] ^= 1
    path.write_bytes(data)


def sound(file: LogFile) -> list[int]:
    return [chunk.number for chunk in file.chunks()]


@pytest.mark.parametrize("hurt", [(4,), (0,), (9,), (8, 9), tuple(range(10))])
@pytest.mark.parametrize("acknowledged", [0, 10])
async def test_a_chunk_that_is_damaged_in_the_file_is_pulled_again(
    tmp_path: Path, hurt: tuple[int, ...], acknowledged: int
) -> None:
    device = MadeUp(0, 30 if not acknowledged else 10)
    device.acknowledged = acknowledged
    with LogFile(tmp_path / "log", "VB-1") as file:
        for number in range(10):
            file.add(chunk_of(number))
    for number in hurt:
        damage(tmp_path / "log", number)
    for _ in range(2):
        with LogFile(tmp_path / "log", "VB-1") as file:
            device.saved = partial(sound, file)
            done = await pull(device, file)
            assert (done.missing, done.damaged, file.damaged) == ((), (), [])
            assert list(file.chunks()) == [chunk_of(number) for number in range(device.end)]
    compared = [*sorted(set(range(10)) - set(hurt))[-1:], device.end - 1]
    assert sorted(device.sent) == sorted([*hurt, *range(10, device.end), *compared])
    assert device.acknowledged == device.end
    with LogFile(tmp_path / "log") as file:
        assert list(file.chunks()) == [chunk_of(number) for number in range(device.end)]


async def test_a_damaged_chunk_that_the_device_has_no_more_is_named_and_the_rest_comes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device, path, out = MadeUp(5, 30), tmp_path / "log", tmp_path / "out"
    with LogFile(path, "VB-1") as file:
        for number in range(10):
            file.add(chunk_of(number))
    damage(path, 3)
    damage(path, 7)
    with LogFile(path, "VB-1") as file:
        device.saved = lambda: file.numbers
        done = await pull(device, file)
    assert (done.new, done.missing, done.damaged) == (21, (), (3,))
    assert device.acknowledged == 30
    with LogFile(path) as file, pytest.raises(LogError, match="log: chunk 3: its check is wrong"):
        list(file.chunks())
    assert main(["log", "salvage", str(path), "--out", str(out)]) == 0
    with LogFile(out, "VB-1") as file:
        assert [chunk.number for chunk in file.chunks()] == [number for number in range(30) if number != 3]
    assert "29 chunks could be read, of device VB-1" in capsys.readouterr().out


async def test_what_the_disk_does_not_keep_is_not_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, path = MadeUp(0, 30), tmp_path / "log"
    save = LogFile.save

    def save_badly(self: LogFile) -> None:
        save(self)
        damage(path, 12)

    with LogFile(path, "VB-1") as file, monkeypatch.context() as disk:
        disk.setattr(LogFile, "save", save_badly)
        with pytest.raises(LogError, match="log: chunk 12: its check is wrong"):
            await pull(device, file)
    assert device.acknowledged == 0


@pytest.mark.parametrize(
    ("oldest", "end", "capacity", "why"),
    [
        (0, 0xFFFFFFFF, 1 << 22, "has 4294967295 chunks: 4194304 bytes hold 262144"),
        (5, 262150, 1 << 22, "has 262145 chunks"),
        (7, 3, 1 << 22, "begins at chunk 7 and ends before 3"),
        (0, 1, 0, "has 1 chunks: 0 bytes hold 0"),
        (0, 0xFFFFFFFF, 0xFFFFFFFF, "holds 4294967295 bytes: no chip has so many"),
    ],
)
async def test_a_device_that_lies_about_its_log_is_refused_at_once(
    oldest: int, end: int, capacity: int, why: str
) -> None:
    said = replace(await MadeUp(oldest, end).log_status(), capacity=capacity)
    with pytest.raises(ProtocolError, match=f"^sim: says that its log {why}"):
        check_status(said, "sim")
    for room in (1 << 22, 1 << 24):
        check_status(replace(said, oldest=0xFFFFFFFF - 262144, end=0xFFFFFFFF, capacity=room), "sim")


@pytest.mark.parametrize("lie", [(0, 0xFFFFFFFF), (9, 3)])
async def test_a_client_believes_no_lie_about_a_log(tmp_path: Path, lie: tuple[int, int]) -> None:
    said = await MadeUp(*lie).log_status()

    class Lying(FakeDevice):
        def receive(self, raw: bytes) -> None:
            if raw[0] == wire.GetLog.TYPE:
                self.say(said)
            else:
                super().receive(raw)

    async with Client(FakeTransport(Lying(lambda _: None))) as client:
        with pytest.raises(ProtocolError, match=r"^fake device: says that its log "):
            await client.log_status()
        with LogFile(tmp_path / "log", "FAKE-0001") as file, pytest.raises(ProtocolError):
            await asyncio.wait_for(pull(client, file), 60)
    with LogFile(tmp_path / "log", "FAKE-0001") as file, pytest.raises(ProtocolError, match=r"^the device: says"):
        await asyncio.wait_for(pull(MadeUp(*lie), file), 60)


async def test_a_pull_requests_runs_of_chunks(tmp_path: Path) -> None:
    oldest = 0xFFFFFFFF - 262144
    device, runs = MadeUp(oldest, 0xFFFFFFFF), []

    async def answer(first: int, end: int, on_chunk: Callable[[Chunk], Any]) -> None:
        runs.append((first, end))
        if len(runs) == 1:
            on_chunk(chunk_of(0xFFFFFFF0))
            on_chunk(chunk_of(0xFFFFFFFF))  # which was not asked for
        elif len(runs) == 3:
            raise ConnectionLost("gone")

    device.pull_log = answer  # type: ignore[method-assign]
    with LogFile(tmp_path / "log", "VB-1") as file:
        with pytest.raises(ConnectionLost):
            await pull(device, file)
        assert file.numbers == [0xFFFFFFF0]
    assert runs == [(oldest, 0xFFFFFFFF), (oldest, 0xFFFFFFF0), (0xFFFFFFF1, 0xFFFFFFFF)]


def pieces(number: int, size: int = 7) -> list[wire.LogData]:
    raw = chunk_of(number).raw
    return [wire.LogData(number, 5, at, len(raw), raw[at : at + size]) for at in range(0, len(raw), size)]


@pytest.mark.parametrize("kind", ["again", "beginning", "empty", "older", "behind", "elsewhere"])
async def test_a_device_that_sends_what_nobody_wants_cannot_keep_a_pull_going(kind: str) -> None:
    came: list[Chunk] = []
    assembly = Assembly(3, 6, came.append)
    for piece in pieces(4):
        assembly.take(piece)
    useless = {
        "again": pieces(4),
        "beginning": pieces(4)[:1],
        "empty": [wire.LogData(5, 5, 0, 100, b"")],
        "older": pieces(3),
        "behind": pieces(6),
        "elsewhere": [wire.LogData(4, 5, 9, 0xFFFF, b"more")],
    }[kind]
    going = True

    async def send() -> None:
        while going:
            for piece in useless:
                assembly.take(piece)
            await asyncio.sleep(0.01)

    sending = asyncio.create_task(send())
    try:
        with pytest.raises(ResponseTimeout, match=r"nothing of the log came for 0\.5 s"):
            await asyncio.wait_for(assembly.wait(0.5, lambda: None), 60)
    finally:
        going = False
        await sending
    assert came == [chunk_of(4)]


async def test_a_pull_over_a_link_that_loses_pieces_has_every_chunk_that_came_whole() -> None:
    came: list[Chunk] = []
    assembly = Assembly(3, 9, came.append)
    for number, lost in ((3, 0), (4, 2), (5, None), (6, -1), (8, None)):
        sent = pieces(number)
        if lost is not None:
            del sent[lost]
        for piece in sent:
            assembly.take(piece)
    assembly.take(wire.LogEnd(9))
    await asyncio.wait_for(assembly.wait(5, lambda: None), 60)
    assert came == [chunk_of(5), chunk_of(8)]


def test_addresses_of_logs() -> None:
    assert parse_address("log:a b.vblog?recording=12").options == {"recording": "12"}
    for wrong, why in (("log:", "needs the path"), ("log:x?recording=a", "must be a number"), ("./x.vblog", "log:./x")):
        with pytest.raises(AddressError, match=why):
            parse_address(wrong)


def test_nothing_of_a_log_in_a_dump_is_an_empty_answer() -> None:
    assert list(salvage(b"")) == list(salvage(bytes(9000))) == list(salvage(b"\xff" * 9000)) == []
    assert list(salvage(Random(1).randbytes(40_000))) == []


def sector_of(sequence: int, first: int, count: int) -> bytes:
    head = pack("<4sIII", b"VBL1", sequence, first, 0)
    chunks = [b"\0" + chunk_of(number, sector=sequence).raw for number in range(first, first + count)]
    return (head + pack("<I", crc32(head)) + b"".join(chunks)).ljust(4096, b"\xff")


@pytest.mark.parametrize("hurt", [(0,), (1,), (3,), (1, 2), (0, 3), (0, 2)])
def test_a_sector_whose_head_is_damaged_is_read_by_its_neighbours(hurt: tuple[int, ...]) -> None:
    dump = bytearray(b"".join(sector_of(7 + at, 40 + 5 * at, 5) for at in range(4)))
    whole = list(salvage(bytes(dump)))
    assert [chunk.number for chunk in whole] == list(range(40, 60))
    for at in hurt:
        dump[4096 * at + Random(at).randrange(20)] ^= 0x10
    assert list(salvage(bytes(dump))) == whole


def test_an_erased_or_strange_sector_has_no_neighbours_chunks() -> None:
    sectors = [sector_of(7, 40, 5), b"\xff" * 4096, sector_of(3, 20, 2), Random(2).randbytes(4096), sector_of(9, 50, 1)]
    assert [chunk.number for chunk in salvage(b"".join(sectors))] == [*range(40, 45), 20, 21, 50]


def test_a_salvaged_log_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump, out = tmp_path / "dump", tmp_path / "out.vblog"
    dump.write_bytes(sector_of(7, 40, 5))

    def full(self: LogFile) -> None:
        raise LogError(f"{self.path}: No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(LogFile, "save", full)
        assert main(["log", "salvage", str(dump), "--out", str(out)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [dump]
    assert main(["log", "salvage", str(dump), "--out", str(out)]) == 0
    with LogFile(out) as file:
        assert len(file) == 5


def pulled(path: Path, count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """A file of so many chunks, and where the record of each lies in it."""
    spans = []
    with LogFile(path, "VB-1") as file:
        for number in range(count):
            file.save()
            begin = path.stat().st_size
            file.add(chunk_of(number))
            file.save()
            spans.append((begin, path.stat().st_size))
    return path.read_bytes(), spans


def test_of_a_damaged_file_every_record_that_is_whole_is_salvaged(tmp_path: Path) -> None:
    """One byte changed, a stretch overwritten, cut out or put in, wherever it is."""
    data, spans = pulled(tmp_path / "log", 5)
    assert (serial_of(data), [chunk.number for chunk in sound_chunks(data)]) == ("VB-1", list(range(5)))
    chance = Random(4)
    for at in range(len(data)):
        for count, instead in ((1, bytes((data[at] ^ 0x40,))), (30, chance.randbytes(30)), (7, b""), (0, b"put in")):
            hurt = data[:at] + instead + data[at + count :]
            found = [(chunk.number, chunk.raw) for chunk in sound_chunks(hurt)]
            whole = {number for number, (begin, end) in enumerate(spans) if end <= at or begin >= at + max(count, 1)}
            assert whole <= {number for number, _ in found}, (at, count)
            assert all(raw == chunk_of(number).raw for number, raw in found if number in range(5)), (at, count)


def test_a_salvaged_file_is_of_its_device_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, spans = pulled(tmp_path / "log", 5)
    hurt, out = tmp_path / "hurt", tmp_path / "out"
    hurt.write_bytes(data[: spans[2][0] + 3] + b"\0\0\0\0" + data[spans[2][0] + 7 :])
    with pytest.raises(LogError, match="or salvage this one"):
        LogFile(hurt)
    assert main(["log", "salvage", str(hurt), "--out", str(out)]) == 0
    assert "4 chunks could be read" in capsys.readouterr().out
    with LogFile(out, "VB-1") as file:
        file.add(chunk_of(2))
        assert [chunk.raw for chunk in file.chunks()] == [chunk_of(number).raw for number in range(5)]
    assert main(["log", "salvage", str(out), "--out", str(out)]) == 1, "nothing is written over"
    assert "is there already" in capsys.readouterr().err
    for cut in (0, 4, 24):
        hurt.write_bytes(b"\0" * cut + data[cut:] if cut else data[24:])
        out.unlink()
        assert main(["log", "salvage", str(hurt), "--out", str(out)]) == 0, "its beginning is damaged"
        with LogFile(out) as file:
            assert (len(file), file.serial_number) == (5, "VB-1" if cut == 4 else "salvaged")
    for nothing in (data[:24], b"", bytes(100)):
        hurt.write_bytes(nothing)
        assert main(["log", "salvage", str(hurt), "--out", str(tmp_path / "none")]) == 1
        assert "no chunk of a log can be read in it" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def start_of(number: int, serial: str) -> Chunk:
    """What a recording of that device begins with."""
    frame = Frame(wire.Info.TYPE, 0, wire.Info(1, 1, 7, serial, "band", "1.0").encode()).encode()
    payload = pack("<IIHBBBBBIHHI", 1, 0, 2026, 11, 30, 12, 0, 0, 0, 1, 0, 0) + bytes((len(frame),)) + frame
    return replace(sealed(Kind.START, payload), number=number)


@pytest.mark.parametrize("form", ["pulled", "dump"])
@pytest.mark.parametrize("at", [*range(0, 24, 3), None])
def test_whatever_is_damaged_of_its_beginning_what_is_salvaged_is_of_its_device(
    tmp_path: Path, at: int | None, form: str
) -> None:
    hurt, out = tmp_path / "hurt", tmp_path / "out"
    if form == "pulled":
        with LogFile(hurt, "VB-1") as file:
            for chunk in (start_of(0, "VB-1"), chunk_of(1), chunk_of(2)):
                file.add(chunk)
        data = bytearray(hurt.read_bytes())
    else:
        data = bytearray(sector_of(5, 0, 0))
        chunks = b"".join(b"\0" + chunk.raw for chunk in (start_of(0, "VB-1"), chunk_of(1), chunk_of(2)))
        data[20 : 20 + len(chunks)] = chunks
        data += sector_of(6, 3, 0)
    if at is not None:
        data[at if form == "pulled" else at % 20] ^= 0x21
    hurt.write_bytes(data)
    assert main(["log", "salvage", str(hurt), "--out", str(out)]) == 0
    with LogFile(out, "VB-1") as file:
        assert list(file.chunks()) == [start_of(0, "VB-1"), chunk_of(1), chunk_of(2)]
        file.add(chunk_of(3))


def test_where_nothing_says_whose_log_it_was_the_user_may(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, _ = pulled(tmp_path / "log", 5)
    hurt, out = tmp_path / "hurt", tmp_path / "out"
    hurt.write_bytes(bytes(24) + data[24:])
    assert main(["log", "salvage", str(hurt), "--out", str(out)]) == 0
    assert "of which device nothing says: pulling goes on into it if --serial-number does" in capsys.readouterr().out
    out.unlink()
    assert main(["log", "salvage", str(hurt), "--out", str(out), "--serial-number", "VB-1"]) == 0
    with LogFile(out, "VB-1") as file:
        assert len(file) == 5
    out.unlink()
    hurt.write_bytes(data)
    assert main(["log", "salvage", str(hurt), "--out", str(out), "--serial-number", "VB-2"]) == 0, "what it says counts"
    with LogFile(out, "VB-1") as file:
        assert len(file) == 5


def test_a_damaged_file_whose_heads_have_no_check_is_salvaged_too() -> None:
    head = b"VBLOG1\r\n" + b"VB-1".ljust(16, b"\0")
    records = [pack("<IIH", number, 5, len(chunk_of(number).raw)) + chunk_of(number).raw for number in range(4)]
    data = head + b"".join(records)
    assert [chunk.number for chunk in sound_chunks(data)] == [0, 1, 2, 3]
    second = len(head) + len(records[0])
    hurt = data[: second + 8] + b"\xff\xff" + data[second + 10 :]
    assert [chunk.number for chunk in sound_chunks(hurt)] == [0, 2, 3]
    for at in range(len(head)):
        for instead in (data[at] ^ 0x40, data[at] ^ 3):  # the second makes a 2 of the 1
            hurt = data[:at] + bytes((instead,)) + data[at + 1 :]
            assert [chunk.number for chunk in sound_chunks(hurt)] == [0, 1, 2, 3], at
    assert [chunk.number for chunk in sound_chunks(data[len(head) + 3 :])] == [1, 2, 3], "its beginning is missing"


@pytest.mark.parametrize("count", [1, 5])
def test_a_file_that_is_marked_as_of_the_older_form_by_damage_is_salvaged(tmp_path: Path, count: int) -> None:
    data, _ = pulled(tmp_path / "log", count)
    hurt = data.replace(b"VBLOG2", b"VBLOG1")
    assert hurt != data
    assert [(chunk.number, chunk.raw) for chunk in sound_chunks(hurt)] == [
        (number, chunk_of(number).raw) for number in range(count)
    ]


def begun(number: int, before: int | None, *, boot: int = 7, streams: int = 1, goes_on: bool = True) -> Chunk:
    """A start chunk at a second for each number."""
    head = pack("<IIHBBBBB", boot, 0 if before is None else before + 1, 2026, 11, 30, 12, number // 60, number % 60)
    payload = head + pack("<IHHI", 0, streams | 0x8000 * goes_on, 7, 0)
    return replace(sealed(Kind.START, payload), number=number, tick_us=number * 1_000_000)


def data_of(number: int, start: int) -> Chunk:
    payload = start.to_bytes(4, "big")
    return replace(sealed(Kind.DATA, payload), number=number, tick_us=number * 1_000_000)


@pytest.mark.parametrize(
    ("chunks", "found"),
    [
        # (start, chunks of data) of each recording
        ([begun(0, None), data_of(1, 0), begun(2, 0), data_of(3, 2), begun(4, 2), data_of(5, 4)], [(0, [1, 3, 5])]),
        ([data_of(1, 0), begun(2, 0), data_of(3, 2)], [(2, [1, 3])]),
        ([data_of(1, 0), begun(2, 0), data_of(3, 2), data_of(5, 4), begun(6, 4)], [(2, [1, 3]), (6, [5])]),
        ([data_of(1, 0), begun(2, 0, goes_on=False), data_of(3, 2)], [(2, [3])]),
        ([begun(0, None), data_of(1, 0), begun(2, 0, boot=8), data_of(3, 2)], [(0, [1]), (2, [3])]),
        ([begun(0, None), data_of(1, 0), begun(2, 0, streams=3), data_of(3, 2)], [(0, [1]), (2, [3])]),
        ([begun(0, None), data_of(1, 0), begun(2, 0, goes_on=False), data_of(3, 2)], [(0, [1]), (2, [3])]),
        ([data_of(1, 0), begun(2, None), data_of(3, 2)], [(2, [3])]),
        ([begun(2, 0), begun(4, 2), data_of(5, 4)], [(2, [5])]),
    ],
)
def test_a_recording_goes_on_over_its_starts(
    tmp_path: Path, chunks: list[Chunk], found: list[tuple[int, list[int]]]
) -> None:
    with LogFile(tmp_path / "log", "VB-1") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(LogFile, "chunks", lambda _: iter(chunks))
        there = recordings(file)
    assert [(each.start, each.numbers) for each in there] == found
    for each in there:
        first = min([each.start, *each.numbers])
        assert each.tick_us == first * 1_000_000
        assert each.began == datetime(2026, 11, 30, 12, 0, first, tzinfo=timezone.utc)


def test_chunks_whose_start_is_missing_are_no_recording(tmp_path: Path) -> None:
    with LogFile(tmp_path / "log", "VB-1") as file:
        file.add(chunk_of(4))
        assert recordings(file) == []
