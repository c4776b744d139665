"""The log in the role: what is recorded is what a host is sent, through restarts, erasing, and a chip that dies."""

from __future__ import annotations

import asyncio
import json
import struct
from itertools import count
from pathlib import Path
from random import Random

import pytest

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.mcu.reset import PWRON_RESET, McuReset
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import wire_gen as wire
from host_sdk.cli.main import main
from host_sdk.log.assembly import Assembly
from host_sdk.log.chunks import Chunk
from host_sdk.log.recordings import Recording, recordings
from host_sdk.log.salvage import salvage
from host_sdk.log.store_file import LogFile

from .serial_host import ALL_STREAMS, Serial

_RECORDED = (wire.Samples, wire.Beat, wire.Reading, wire.Rhythm, wire.Event)


def wearing(preset: str = "resting") -> Serial:
    return Serial(Wearer(PRESETS[preset], seed=3))


def record(host: Serial, mode: wire.LogMode = wire.LogMode.ALWAYS, streams: int = 1, results: int = 7) -> None:
    """Set the log's settings."""
    settings = host.simulation.device.settings
    settings.set(device_wire.SETTING_LOG_STREAMS, streams)
    settings.set(device_wire.SETTING_LOG_RESULTS, results)
    settings.set(device_wire.SETTING_LOG_MODE, mode)
    host.simulation.device.apply_settings()


def status(host: Serial, flush: bool = True) -> wire.LogStatus:
    host.request(wire.GetLog(flush))
    return host.all(wire.LogStatus)[-1]


def pulled(host: Serial, first: int = 0, end: int = 1 << 31) -> list[Chunk]:
    """Chunks that the device sends, in the order in which they come."""
    chunks: list[Chunk] = []
    assembly = Assembly(first, end, chunks.append)
    begin = len(host.got)
    host.request(wire.PullLog(first, end))
    for _ in range(2000):
        for message in host.got[begin:]:
            if isinstance(message, (wire.LogData, wire.LogEnd)):
                assembly.take(message)
                if isinstance(message, wire.LogEnd):
                    return chunks
        begin = len(host.got)
        host.wait(0.1)
    raise AssertionError("the log never ended")


def in_file(path: Path, chunks: list[Chunk]) -> tuple[LogFile, list[Recording]]:
    file = LogFile(path, "device")
    for chunk in chunks:
        file.add(chunk)
    return file, recordings(file)


def recorded(path: Path, chunks: list[Chunk]) -> list[list[wire.AnyMessage]]:
    """Messages by recording."""
    file, found = in_file(path, chunks)
    with file:
        return [[wire.MESSAGES[f.type].decode(f.payload) for f in recording.frames(file)] for recording in found]


def split(messages: list[wire.AnyMessage], streams: int = 255) -> tuple[list[wire.AnyMessage], ...]:
    """(samples, results) of messages: each keeps its order."""
    of = [m for m in messages if isinstance(m, _RECORDED)]
    return (
        [m for m in of if isinstance(m, wire.Samples) and streams >> m.stream & 1],
        [m for m in of if not isinstance(m, wire.Samples)],
    )


def within(messages: list[wire.AnyMessage], of: list[wire.AnyMessage]) -> list[wire.AnyMessage]:
    """The part of `of` from the first of `messages` to the last."""
    begin = of.index(messages[0])
    return of[begin : begin + len(messages)]


@pytest.mark.parametrize("preset", ["resting", "walking"])
@pytest.mark.parametrize("streams", [1, ALL_STREAMS])
def test_what_is_recorded_is_what_a_host_was_sent(preset: str, streams: int, tmp_path: Path) -> None:
    host = wearing(preset)
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    record(host, streams=streams)
    host.wait(40)
    before = status(host)
    assert before.state is wire.LogState.RECORDING
    chunks = pulled(host)
    assert [chunk.number for chunk in chunks] == list(range(before.end))
    (messages,) = recorded(tmp_path / "log", chunks)
    samples, results = split(messages)
    live_samples, live_results = split(host.got, streams)
    assert samples == within(samples, live_samples)
    assert results == within(results, live_results)
    assert len([m for m in samples if isinstance(m, wire.Samples) and m.stream == 0]) >= 390
    assert before.lost_frames == 0
    assert before.left_s is not None
    file, (recording,) = in_file(tmp_path / "again", chunks)
    assert recording.info.model == "vitalband-ref"
    file.close()


def test_it_records_while_it_is_worn_and_no_longer(tmp_path: Path) -> None:
    host = wearing()
    record(host, wire.LogMode.WORN)
    host.wait(2)
    assert status(host).state is wire.LogState.WAITING
    host.wait(30)
    assert status(host).state is wire.LogState.RECORDING
    host.simulation.device.vitals.put(device_wire.READING_KIND_WEAR, 0, not_worn())
    host.wait(1)
    ended = status(host)
    assert ended.state is wire.LogState.WAITING
    assert host.simulation.device.log.streams() == 0
    (messages,) = recorded(tmp_path / "log", pulled(host))
    assert len(split(messages)[0]) > 100


def set_log(host: Serial, mode: int, streams: int = 1, results: int = 7) -> wire.Error:
    """Answer to set_log."""
    begin = len(host.got)
    host.request(RawSetLog(mode, streams, results))  # type: ignore[arg-type]
    (ack,) = [message for message in host.got[begin:] if isinstance(message, wire.Ack)]
    return ack.error


class RawSetLog:
    """set_log with any numbers."""

    TYPE = wire.SetLog.TYPE

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers

    def encode(self) -> bytes:
        return struct.pack("<BHH", *self._numbers)


def as_set(host: Serial) -> tuple[int, int, int]:
    settings = host.simulation.device.settings
    numbers = (device_wire.SETTING_LOG_MODE, device_wire.SETTING_LOG_STREAMS, device_wire.SETTING_LOG_RESULTS)
    mode, streams, results = map(settings.get, numbers)
    return mode, streams, results


def test_a_host_switches_it_on_and_off_and_a_restart_changes_nothing() -> None:
    host = wearing()
    assert set_log(host, wire.LogMode.ALWAYS, ALL_STREAMS, 5) is wire.Error.NONE
    host.wait(5)
    assert status(host).state is wire.LogState.RECORDING
    host.simulation.reset()
    host.wait(5)
    assert status(host).state is wire.LogState.RECORDING
    assert as_set(host) == (1, ALL_STREAMS, 5)
    assert set_log(host, wire.LogMode.OFF, 0, 0) is wire.Error.NONE
    host.wait(1)
    assert status(host).state is wire.LogState.OFF
    assert as_set(host) == (0, ALL_STREAMS, 5)


@pytest.mark.parametrize("wrong", [(5, 1, 7), (255, 1, 7), (1, 64, 7), (1, 0xFFFF, 7), (1, 1, 8), (2, 1, 0xFFFF)])
def test_what_cannot_be_recorded_is_refused_and_changes_nothing(wrong: tuple[int, int, int]) -> None:
    host = wearing()
    set_log(host, wire.LogMode.ALWAYS, 3, 1)
    host.wait(5)
    before = status(host)
    assert set_log(host, *wrong) is wire.Error.BAD_VALUE
    host.wait(2)
    assert as_set(host) == (1, 3, 1)
    assert status(host).state is before.state is wire.LogState.RECORDING


def test_other_streams_or_results_are_another_recording_and_the_same_ones_are_none(tmp_path: Path) -> None:
    host = wearing()
    for streams, results in ((1, 7), (1, 7), (4, 7), (4, 1)):
        set_log(host, wire.LogMode.ALWAYS, streams, results)
        host.wait(8)
    status(host)
    file, found = in_file(tmp_path / "log", pulled(host))
    with file:
        kinds = [
            {f.payload[0] if f.type == wire.Samples.TYPE else f.type for f in recording.frames(file)}
            for recording in found
        ]
    assert [recording.streams for recording in found] == [1, 4, 4]
    assert [kind & {0, 2} for kind in kinds] == [{0}, {2}, {2}]
    assert [wire.Reading.TYPE in kind for kind in kinds] == [True, True, False]


def not_worn() -> Measure:
    measure = Measure()
    measure.set(device_wire.WEAR_NOT_WORN, 100)
    return measure


def test_a_recording_goes_on_in_another_one_after_a_restart(tmp_path: Path) -> None:
    host = wearing()
    record(host)
    host.wait(20)
    first = status(host)
    host.simulation.reset()
    host.wait(20)
    second = status(host)
    assert second.end > first.end
    file, found = in_file(tmp_path / "log", pulled(host))
    with file:
        assert [recording.before for recording in found] == [None, found[0].start]
        assert [recording.boot_id for recording in found] == [1, 2]
        counts = [sum(f.type == wire.Samples.TYPE for f in recording.frames(file)) for recording in found]
    assert min(counts) > 180


def test_the_calendar_says_when_a_recording_began(tmp_path: Path) -> None:
    host = wearing()
    host.request(wire.SetTime(1_700_000_000_000))
    record(host)
    host.wait(5)
    status(host)
    file, (recording,) = in_file(tmp_path / "log", pulled(host))
    file.close()
    assert recording.began is not None
    assert abs(recording.began.timestamp() - 1_700_000_000) < 2


def test_an_erasing_that_is_requested_again_goes_on_where_it_was() -> None:
    host = wearing()
    cells = host.simulation.flash.cells
    size = SIZE - regions.LOG_AT
    cells.program(regions.LOG_AT + size // 2, bytes(4096))  # a sector in whose place something is, from before
    record(host)
    host.wait(8)
    record(host, wire.LogMode.OFF)
    host.wait(1)
    end = status(host).end
    assert acknowledged(host, end, pulled(host)[-1].check) is wire.Error.NONE
    host.request(wire.EraseLog(end))
    store = host.simulation.device.log.store
    left = store.to_erase
    requests = 0
    while left > 200:
        host.request(wire.EraseLog(end))
        assert host.all(wire.Ack)[-1].error is wire.Error.NONE
        assert store.to_erase <= left
        left = store.to_erase
        requests += 1
        assert requests < 1000
    assert requests > 1
    host.wait(60)
    after = status(host)
    assert (after.state, after.oldest, after.end) == (wire.LogState.OFF, end, end)


def acknowledged(host: Serial, end: int, check: int) -> wire.Error:
    host.request(wire.AcknowledgeLog(end, check))
    return host.all(wire.Ack)[-1].error


def test_what_is_kept_is_acknowledged_by_its_check_and_only_then_erased() -> None:
    host = wearing()
    record(host)
    host.wait(30)
    record(host, wire.LogMode.OFF)
    host.wait(1)
    end = status(host).end
    chunks = pulled(host)
    for wrong in ((end, chunks[-1].check ^ 1), (end, chunks[-2].check)):
        assert acknowledged(host, *wrong) is wire.Error.NOT_VERIFIED
    assert acknowledged(host, end + 1, chunks[-1].check) is wire.Error.BAD_VALUE
    host.request(wire.EraseLog(end))
    assert host.all(wire.Ack)[-1].error is wire.Error.NOT_VERIFIED
    assert status(host).acknowledged == 0
    assert acknowledged(host, end, chunks[-1].check) is wire.Error.NONE
    assert status(host).acknowledged == end
    host.request(wire.EraseLog(end - 1))
    assert host.all(wire.Ack)[-1].error is wire.Error.NOT_VERIFIED
    host.request(wire.EraseLog(end))
    assert host.all(wire.Ack)[-1].error is wire.Error.NONE
    assert status(host).state is wire.LogState.ERASING
    host.wait(60)
    after = status(host)
    assert (after.state, after.oldest, after.end, after.dropped) == (wire.LogState.OFF, end, end, 0)
    cells = host.simulation.flash.cells
    assert cells.read(regions.LOG_AT, SIZE - regions.LOG_AT).count(b"\xff") >= SIZE - regions.LOG_AT - 20
    assert pulled(host) == []


@pytest.mark.parametrize("first", [0, 3, 5])
def test_a_pull_begins_and_ends_where_it_should(first: int) -> None:
    host = wearing()
    record(host)
    host.wait(40)
    status(host)
    assert [chunk.number for chunk in pulled(host, first, 6)] == list(range(first, 6))
    assert pulled(host, 3, 3) == []


def test_a_device_without_flash_says_so_and_works() -> None:
    host = wearing()
    host.simulation.flash.power_off()
    host.simulation.reset()
    record(host)
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    host.wait(12)
    assert status(host).state is wire.LogState.NO_FLASH
    assert pulled(host) == []
    for request in (wire.AcknowledgeLog(0, 0), wire.EraseLog(0), wire.SetLog(wire.LogMode.ALWAYS, 1, wire.Results(7))):
        host.request(request)
        assert host.all(wire.Ack)[-1].error is wire.Error.NOT_STORED
    assert len(host.blocks(wire.Stream.ECG)) > 100


def test_a_chip_that_dies_ends_recording_and_nothing_else() -> None:
    host = wearing()
    record(host)
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    host.wait(12)
    assert status(host).state is wire.LogState.RECORDING
    host.simulation.flash.power_off()
    host.wait(12)
    assert status(host).state is wire.LogState.FAILED
    assert host.simulation.device.log.streams() == 0
    blocks = host.blocks(wire.Stream.ECG)
    assert [block.seq for block in blocks] == list(range(blocks[0].seq, blocks[0].seq + len(blocks)))
    host.request(wire.PullLog(0, 1))
    assert host.all(wire.Ack)[-1].error is wire.Error.NOT_STORED


def test_a_chip_that_becomes_ready_within_a_step_does_not_end_a_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    host = wearing()
    record(host)
    host.wait(20)
    written = status(host).end
    host.simulation.device.settings.set(device_wire.SETTING_LOG_MODE, wire.LogMode.OFF)
    host.simulation.device.apply_settings()
    host.wait(2)
    calls = count()
    monkeypatch.setattr(host.simulation.device.log.store, "is_readable", lambda: next(calls) % 2 == 0)
    assert len(pulled(host)) >= written > 2


def test_a_chip_that_fails_while_a_check_is_compared_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    host = wearing()
    record(host)
    host.wait(20)
    end = status(host).end

    def fail(number: int) -> None:
        raise OSError(5)

    monkeypatch.setattr(host.simulation.device.log.cursor, "read", fail)
    assert acknowledged(host, end, 0) is wire.Error.NOT_STORED
    assert status(host).state is wire.LogState.FAILED


def test_months_of_recording_do_not_overflow_the_estimated_room() -> None:
    host = wearing()
    record(host)
    host.wait(20)
    before = status(host).left_s
    counted = host.simulation.device.log._state
    times = ((1 << 32) - 2) // counted[2]  # bytes written; behind them the seconds
    counted[2] *= times
    counted[3] *= times
    host.wait(20)
    assert before is not None
    assert status(host).left_s == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.7, 1.0])
def test_power_cuts_while_recording_lose_the_chunk_that_was_written(fraction: float, tmp_path: Path) -> None:
    host = wearing()
    host.request(wire.Subscribe(1, wire.Results(0)))
    record(host)
    flash = host.simulation.flash

    def fail() -> None:
        flash.power_on()
        host.mcu.reset(PWRON_RESET)
        raise McuReset(PWRON_RESET)

    for operations in range(3, 40, 4):
        host.request(wire.Subscribe(1, wire.Results(0)))
        resets = host.mcu.resets
        flash.cut_power_in(operations, fraction, fail)
        for _ in range(60):
            host.wait(1)
            if host.mcu.resets > resets:
                break
        assert host.mcu.resets == resets + 1
    host.request(wire.Subscribe(1, wire.Results(0)))
    host.wait(8)
    status(host)
    found = recorded(tmp_path / "log", pulled(host))
    live = {(m.tick_us, m.seq, m.data) for m in host.blocks(wire.Stream.ECG)}
    for messages in found:
        blocks = [m for m in messages if isinstance(m, wire.Samples)]
        assert [m.seq for m in blocks] == list(range(blocks[0].seq, blocks[0].seq + len(blocks))) if blocks else True
        # subscribed a moment after the start, and what the cable had not sent yet when the supply failed
        late = [m for m in blocks if m.tick_us > 2_000_000][:-2]
        assert all((m.tick_us, m.seq, m.data) in live for m in late)
    assert len(found) >= 8


@pytest.mark.parametrize("torn", [1, 3, 9])
def test_torn_chunks_before_the_end_do_not_keep_it_from_being_acknowledged(torn: int) -> None:
    host = wearing()
    record(host)
    host.wait(20)
    record(host, wire.LogMode.OFF)
    host.wait(1)
    before = status(host).end
    chunks = pulled(host)
    store = host.simulation.device.log.store
    store.next += torn  # each takes its number with it
    assert acknowledged(host, before + torn, chunks[-1].check ^ 1) is wire.Error.NOT_VERIFIED
    assert acknowledged(host, before + torn, chunks[-1].check) is wire.Error.NONE


def test_requests_again_and_again_while_the_flash_erases_end_no_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = wearing()
    record(host)
    host.wait(10)
    store = host.simulation.device.log.store
    append = store.append
    monkeypatch.setattr(store, "append", lambda *_args: -1)
    for _ in range(15):
        assert status(host).state is wire.LogState.RECORDING
    monkeypatch.setattr(store, "append", append)
    host.wait(5)
    assert status(host).state is wire.LogState.RECORDING


@pytest.mark.parametrize("busy", [0, 1, 5])
def test_a_reset_by_a_host_loses_nothing_that_was_recorded(
    busy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = wearing()
    host.request(wire.Subscribe(1, wire.Results(0)))
    record(host, results=0)
    host.wait(21.3)
    device = host.simulation.device
    append = device.log.store.append
    calls = count()
    monkeypatch.setattr(device.log.store, "append", lambda *args: -1 if next(calls) < busy else append(*args))
    resets = host.mcu.resets
    device.log.close(device.now_us())
    last = host.blocks(wire.Stream.ECG)[-1]
    host.simulation.reset()
    assert host.mcu.resets >= resets
    host.wait(2)
    first = recorded(tmp_path / "log", pulled(host))[0]
    samples = [m for m in first if isinstance(m, wire.Samples)]
    assert samples[-1].seq >= last.seq


def test_two_links_do_not_pull_at_once_and_one_that_goes_makes_room() -> None:
    host = wearing()
    record(host)
    host.wait(20)
    device = host.simulation.device
    one, other = device.sessions[0], Nobody()
    assert device.log_pull.begin(other, 0, 9) == device_wire.ERROR_NONE
    host.request(wire.PullLog(0, 9))
    assert host.all(wire.Ack)[-1].error is wire.Error.BUSY
    device.log_pull.end(other)
    host.request(wire.PullLog(0, 9))
    assert host.all(wire.Ack)[-1].error is wire.Error.NONE
    one.on_down()
    assert device.log_pull.begin(other, 0, 9) == device_wire.ERROR_NONE


class Nobody:
    """A session whose link takes nothing."""

    buf = bytearray(200)

    def send_now(self, n: int) -> bool:
        return False


def test_a_dump_that_is_damaged_gives_what_can_be_read_of_it(tmp_path: Path) -> None:
    host = wearing()
    record(host)
    host.wait(60)
    status(host)
    chunks = {chunk.raw for chunk in pulled(host)}
    cells = host.simulation.flash.cells
    dump = cells.read(regions.LOG_AT, 16 * 4096)
    assert {chunk.raw for chunk in salvage(dump)} == chunks
    random = Random(4)
    for _ in range(30):
        hurt = bytearray(dump)
        begin = random.randrange(8 * 4096)
        for _ in range(random.randrange(1, 4)):
            hurt[begin : begin + 40] = random.randbytes(40)
        found = {chunk.raw for chunk in salvage(bytes(hurt))}
        assert found <= chunks
        assert len(found) >= len(chunks) - 4, "the chunks of one sector at most, or two where it lies between them"


async def test_a_pulled_recording_is_written_as_a_live_one(tmp_path: Path) -> None:
    host = wearing()
    host.request(wire.SetTime(1_700_000_000_000))
    record(host, streams=ALL_STREAMS)
    host.wait(30)
    status(host)
    chunks = pulled(host)
    file, (recording,) = in_file(tmp_path / "band.vblog", chunks)
    with file:
        frames = list(recording.frames(file))
    blocks = [wire.Samples.decode(f.payload) for f in frames if f.type == wire.Samples.TYPE]
    ecg = [block for block in blocks if block.stream is wire.Stream.ECG]
    for form in ("csv", "wfdb", "edf"):
        arguments = [
            "record",
            f"log:{tmp_path / 'band.vblog'}",
            "--out",
            str(tmp_path / form),
            "--format",
            form,
            "--json",
        ]
        assert await asyncio.to_thread(main, arguments) == 0
        metadata = json.loads((tmp_path / form / "recording.json").read_text())
        assert metadata["state"] == "complete"
        assert metadata["streams"]["ecg"]["samples"] == 25 * len(ecg)
        assert metadata["streams"]["ecg"]["lost"] == 0
        assert metadata["rows"]["beats.csv"] == sum(f.type == wire.Beat.TYPE for f in frames)
    rows = (tmp_path / "csv" / "ecg.csv").read_text().splitlines()
    assert len(rows) == 25 * len(ecg) + 1
