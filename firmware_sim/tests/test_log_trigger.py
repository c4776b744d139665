"""When the log records: around alarms, by a schedule, on request; what was before an alarm is kept in RAM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.services.log import preroll
from firmware_sim.firmware.services.log.layout import CHUNK_HEAD_BYTES, new_chunk
from firmware_sim.firmware.services.log.preroll import SHORT, Preroll
from host_sdk import wire_gen as wire

from .serial_host import ALL_STREAMS, Serial
from .test_log_recorder import in_file, pulled, record, recorded, split, status, wearing, within

#: Has a device say that something happened now; its device time.
Publish = Callable[[Serial, int], int]
_MIDNIGHT_MS = 1_700_006_400_000  # 2023-11-15 00:00 UTC


def samples_of(messages: list[wire.AnyMessage]) -> list[wire.Samples]:
    return [m for m in messages if isinstance(m, wire.Samples) and m.stream == wire.Stream.ECG]


def publish_event(host: Serial, kind: int) -> int:
    """Have the device say that this happened, now; its device time."""
    device = host.simulation.device
    now = device.now_us()
    frame = bytearray(64)
    n = device_wire.pack_event(frame, 0, 1, now, kind, 4, 9000)
    device.results.put(frame, n, device_wire.TOPIC_EVENTS)
    return now


def publish_rhythm(host: Serial, flags: int) -> int:
    device = host.simulation.device
    now = device.now_us()
    frame = bytearray(64)
    n = device_wire.pack_rhythm(frame, 0, now, 10_000, flags, 9, 90, None, None, None)
    device.results.put(frame, n, device_wire.TOPIC_READINGS)
    return now


_ALARMS = [
    (publish_event, device_wire.EVENT_KIND_FALL),
    (publish_event, device_wire.EVENT_KIND_IMPACT),
    (publish_rhythm, wire.RhythmFlags.ASYSTOLE),
    (publish_rhythm, wire.RhythmFlags.PAUSE),
    (publish_rhythm, wire.RhythmFlags.WIDE_COMPLEX_TACHYCARDIA),
    (publish_rhythm, wire.RhythmFlags.AV_BLOCK_COMPLETE),
    (publish_rhythm, wire.RhythmFlags.VENTRICULAR_FIBRILLATION),
]
_NO_ALARMS = [
    (publish_event, device_wire.EVENT_KIND_POTHOLE),
    (publish_event, device_wire.EVENT_KIND_DROP),
    (publish_rhythm, ~(1 << 7 | 1 << 10 | 1 << 12 | 1 << 14) & 0x1FFFF),
]


@pytest.mark.parametrize(("publish", "what"), _ALARMS)
def test_an_alarm_is_recorded_from_ten_seconds_before_to_ten_after(publish: Publish, what: int, tmp_path: Path) -> None:
    host = wearing()
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    record(host, wire.LogMode.ALARM)
    host.wait(40)
    before = status(host)
    assert (before.state, before.mode, before.end) == (wire.LogState.WAITING, wire.LogMode.ALARM, 0)
    alarm_us = publish(host, what)
    host.wait(5)
    assert status(host).state is wire.LogState.RECORDING
    host.wait(10)
    assert status(host).state is wire.LogState.WAITING
    (messages,) = recorded(tmp_path / "log", pulled(host))
    blocks = samples_of(messages)
    assert blocks[0].tick_us < alarm_us - 10_000_000
    assert alarm_us + 9_500_000 < blocks[-1].tick_us < alarm_us + 12_000_000
    live, results = split(host.got, 1)
    assert split(messages)[0] == within(split(messages)[0], live)
    assert split(messages)[1] == within(split(messages)[1], results)
    assert status(host).lost_frames == 0


@pytest.mark.parametrize(("preset", "seconds"), [("fall", 40), ("pause", 55), ("resting", 40)])
def test_what_happens_to_a_wearer_is_recorded_with_what_was_before(preset: str, seconds: int, tmp_path: Path) -> None:
    host = wearing(preset)
    record(host, wire.LogMode.ALARM)
    host.wait(seconds)
    found = recorded(tmp_path / "log", pulled(host))
    assert bool(found) == (preset != "resting")
    follows = 0
    for messages in found:
        first = next(m.tick_us for m in messages if isinstance(m, wire.Event | wire.Rhythm) and is_alarm(m))
        blocks = samples_of(messages)
        # or from where the recording before it ended, or the device began, on
        assert blocks[0].tick_us < first - 10_000_000 or blocks[0].seq <= follows + 5
        assert blocks[-1].tick_us > min(first + 8_000_000, (seconds - 4) * 1_000_000)
        follows = blocks[-1].seq


def is_alarm(message: wire.Event | wire.Rhythm) -> bool:
    if isinstance(message, wire.Event):
        return message.kind is wire.EventKind.FALL
    return wire.RhythmFlags.PAUSE in message.flags


@pytest.mark.parametrize(("publish", "what"), _NO_ALARMS)
def test_what_is_no_alarm_is_not_recorded(publish: Publish, what: int) -> None:
    host = wearing()
    record(host, wire.LogMode.ALARM)
    host.wait(20)
    publish(host, what)
    host.wait(12)
    after = status(host)
    assert (after.state, after.end) == (wire.LogState.WAITING, 0)


def test_a_second_alarm_prolongs_a_recording_and_a_later_one_begins_another(tmp_path: Path) -> None:
    host = wearing()
    record(host, wire.LogMode.ALARM)
    host.wait(20)
    publish_event(host, device_wire.EVENT_KIND_FALL)
    host.wait(6)
    second_us = publish_event(host, device_wire.EVENT_KIND_ACCIDENT)
    host.wait(30)
    third_us = publish_event(host, device_wire.EVENT_KIND_TIP_OVER)
    host.wait(13)
    found = recorded(tmp_path / "log", pulled(host))
    first, other = [samples_of(messages) for messages in found]
    assert first[-1].tick_us > second_us + 9_500_000
    assert other[0].tick_us < third_us - 10_000_000
    for blocks in (first, other):
        assert [block.seq for block in blocks] == list(range(blocks[0].seq, blocks[0].seq + len(blocks)))
    assert first[-1].seq < other[0].seq


def test_other_streams_are_kept_anew_and_another_mode_forgets_what_was_kept(tmp_path: Path) -> None:
    host = wearing()
    record(host, wire.LogMode.ALARM)
    host.wait(20)
    record(host, wire.LogMode.ALARM, streams=ALL_STREAMS)
    host.wait(20)
    assert host.simulation.device.log.streams() == ALL_STREAMS
    publish_event(host, device_wire.EVENT_KIND_FALL)
    host.wait(13)
    record(host, wire.LogMode.OFF)
    host.wait(1)
    assert status(host).state is wire.LogState.OFF
    assert host.simulation.device.log.streams() == 0
    assert host.simulation.device.log._preroll.kept == []
    (messages,) = recorded(tmp_path / "log", pulled(host))
    kinds = {m.stream for m in messages if isinstance(m, wire.Samples)}
    assert {wire.Stream.ECG, wire.Stream.PPG, wire.Stream.ACCEL} <= kinds


def test_without_any_memory_an_alarm_is_recorded_from_then_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(_longest: int) -> bytearray:
        raise MemoryError

    monkeypatch.setattr("firmware_sim.firmware.services.log.recorder.new_chunk", fail)
    host = wearing()
    record(host, wire.LogMode.ALARM)
    host.wait(20)
    alarm_us = publish_event(host, device_wire.EVENT_KIND_FALL)
    host.wait(13)
    (messages,) = recorded(tmp_path / "log", pulled(host))
    blocks = samples_of(messages)
    assert blocks[0].tick_us < alarm_us + 2_000_000
    assert blocks[-1].tick_us > alarm_us + 9_500_000
    assert [block.seq for block in blocks] == list(range(blocks[0].seq, blocks[0].seq + len(blocks)))


def test_without_memory_the_latest_chunks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Preroll()
    chunk = new_chunk(SHORT)
    pieces = preroll._pieces

    def keep(seconds: range) -> list[int]:
        for second in seconds:
            chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + 300] = bytes([second]) * 300
            kept.keep(chunk, 300, second * 1_000_000, (second + 1) * 1_000_000)
        return [began // 1_000_000 for _, _, began, _ in kept.kept]

    assert keep(range(3)) == [0, 1, 2]
    monkeypatch.setattr(preroll, "_pieces", lambda *args: [] if len(kept.kept) > 2 else pieces(*args))
    assert keep(range(3, 8)) == [5, 6, 7]
    monkeypatch.setattr(preroll, "_pieces", lambda *_args: [])
    assert keep(range(8, 9)) == []
    monkeypatch.setattr(preroll, "_pieces", pieces)
    assert keep(range(10, 40)) == list(range(25, 40))
    assert kept.restore(chunk, 0x01020304) == 300
    assert chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + 300] == bytes([1, 2, 3, 4]) + bytes([25]) * 296


@pytest.mark.parametrize("mode", [wire.LogMode.OFF, wire.LogMode.ALARM, wire.LogMode.SCHEDULE])
def test_a_host_has_it_record_for_a_while(mode: wire.LogMode, tmp_path: Path) -> None:
    host = wearing()
    record(host, mode)
    host.wait(3)
    host.request(wire.TriggerLog(8))
    host.wait(2)
    assert status(host).state is wire.LogState.RECORDING
    host.request(wire.TriggerLog(0))
    host.wait(1)
    assert status(host).state is (wire.LogState.WAITING if mode else wire.LogState.OFF)
    host.request(wire.TriggerLog(6))
    host.wait(9)
    assert status(host).state is (wire.LogState.WAITING if mode else wire.LogState.OFF)
    found = [samples_of(messages) for messages in recorded(tmp_path / "log", pulled(host))]
    assert len(found) == 2
    longest_us = 10_000_000 if mode == wire.LogMode.ALARM else 7_000_000
    assert 5_500_000 < found[1][-1].tick_us - found[1][0].tick_us < longest_us


def schedule(host: Serial, every: int, for_s: int, *times: int) -> wire.Error:
    host.request(wire.ScheduleLog(every, for_s, *times, *[1440] * (4 - len(times))))
    return host.all(wire.Ack)[-1].error


def test_every_so_many_minutes_by_the_time_since_start_where_there_is_no_calendar(tmp_path: Path) -> None:
    host = wearing()
    assert schedule(host, 1, 10) is wire.Error.NONE
    record(host, wire.LogMode.SCHEDULE)
    host.wait(135)
    file, found = in_file(tmp_path / "log", pulled(host))
    with file:
        begins = [recording.tick_us / 1e6 for recording in found]
        blocks = [
            samples_of([wire.MESSAGES[f.type].decode(f.payload) for f in recording.frames(file)]) for recording in found
        ]
    assert begins[1:] == pytest.approx([60, 120], abs=1)
    assert (blocks[1][-1].tick_us - blocks[1][0].tick_us) / 1e6 == pytest.approx(10, abs=1)


def test_times_of_day_by_the_calendar_and_over_a_restart() -> None:
    host = wearing()
    assert schedule(host, 0, 20, 1, 1439) is wire.Error.NONE
    host.request(wire.SetTime(_MIDNIGHT_MS + 55_000))
    record(host, wire.LogMode.SCHEDULE)
    host.wait(2)
    assert status(host).state is wire.LogState.WAITING
    host.wait(10)
    assert status(host).state is wire.LogState.RECORDING
    host.simulation.reset()
    host.request(wire.SetTime(_MIDNIGHT_MS + 70_000))
    host.wait(2)
    assert status(host).state is wire.LogState.RECORDING
    host.wait(12)
    assert status(host).state is wire.LogState.WAITING
    # over midnight too
    assert schedule(host, 0, 90, 1439) is wire.Error.NONE
    host.request(wire.SetTime(_MIDNIGHT_MS + 25_000))
    host.wait(1)
    assert status(host).state is wire.LogState.RECORDING


@pytest.mark.parametrize("wrong", [(1441, 60), (10, 0), (0, 60, 1441)])
def test_a_schedule_that_cannot_be_is_refused_and_changes_nothing(wrong: tuple[int, ...]) -> None:
    host = wearing()
    assert schedule(host, 7, 30, 480) is wire.Error.NONE
    assert schedule(host, *wrong) is wire.Error.BAD_VALUE
    settings = host.simulation.device.settings
    numbers = (device_wire.SETTING_LOG_EVERY, device_wire.SETTING_LOG_FOR, device_wire.SETTING_LOG_TIME_1)
    assert [settings.get(number) for number in numbers] == [7, 30, 480]


def test_without_flash_no_recording_can_be_requested() -> None:
    host = wearing()
    host.simulation.flash.power_off()
    host.simulation.reset()
    host.wait(1)
    assert schedule(host, 1, 10) is wire.Error.NOT_STORED
    host.request(wire.TriggerLog(5))
    assert host.all(wire.Ack)[-1].error is wire.Error.NOT_STORED
    assert status(host).state is wire.LogState.NO_FLASH
