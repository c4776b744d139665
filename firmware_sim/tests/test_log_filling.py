"""Gaps of a live recording are filled from the log that the device kept: the same samples, each once."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import wfdb

from host_sdk import wire_gen as wire
from host_sdk.attach import AttachOptions, attach
from host_sdk.backoff import Backoff
from host_sdk.connection_state import State
from host_sdk.log.recordings import recordings
from host_sdk.log.store_file import LogFile
from host_sdk.log.sync import pull
from host_sdk.models import Item, SampleBlock
from host_sdk.reconnect import ReconnectingClient
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.records.opening import open_source
from host_sdk.transports.base import Transport
from host_sdk.wire_gen import Stream

from .test_log_command import Band, Cable

_TIMEOUT_S = 60.0
_STREAMS = (Stream.ECG, Stream.ACCEL)


class Links:
    """Cables to one device; while none is plugged in its time goes on."""

    def __init__(self) -> None:
        self.band = Band()
        self.last: Cable | None = None

    def make(self) -> Transport:
        self.last = Cable(self.band.simulation, None)
        return self.last

    async def pull_out(self, client: ReconnectingClient, seconds: float) -> None:
        """Lose the link, and let the device be alone for so long."""
        assert self.last is not None
        self.last._lose("pulled out")
        await until(lambda: client.state is not State.CONNECTED)
        self.band.simulation.mcu.uart(0).on_output = lambda _data: None
        self.band.wait(seconds)
        await asyncio.wait_for(client.wait_for(State.CONNECTED, _TIMEOUT_S), _TIMEOUT_S)


async def until(holds: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not holds():  # noqa: ASYNC110 - the device's time passes while others run
            await asyncio.sleep(0)

    await asyncio.wait_for(wait(), _TIMEOUT_S)


class Received:
    """Samples and results of a client, in the order in which they came."""

    def __init__(self, client: ReconnectingClient) -> None:
        self.items: list[Item] = []
        client.listen(self.items.append)

    def blocks(self, stream: Stream = Stream.ECG) -> list[SampleBlock]:
        return [item for item in self.items if isinstance(item, SampleBlock) and item.stream is stream]

    async def more(self, count: int) -> None:
        wanted = len(self.blocks()) + count
        await until(lambda: len(self.blocks()) >= wanted)


async def connected(links: Links, mode: wire.LogMode = wire.LogMode.ALWAYS) -> tuple[ReconnectingClient, Received]:
    client = ReconnectingClient(links.make, backoff=Backoff(0.01, 1.0, 0.01))
    received = Received(client)
    await asyncio.wait_for(client.connect(), _TIMEOUT_S)
    await client.set_log(mode, _STREAMS)
    await client.subscribe(_STREAMS)
    return client, received


async def logged(
    client: ReconnectingClient, path: Path
) -> tuple[dict[Stream, dict[int, bytes]], list[wire.AnyMessage]]:
    """What the device's log has: data of each block by its first sample, and results."""
    blocks: dict[Stream, dict[int, bytes]] = {stream: {} for stream in _STREAMS}
    results: list[wire.AnyMessage] = []
    with LogFile(path, client.info.serial_number) as file:
        await asyncio.wait_for(pull(client, file), _TIMEOUT_S)
        for recording in recordings(file):
            for frame in recording.frames(file):
                message = wire.MESSAGES[frame.type].decode(frame.payload)
                if isinstance(message, wire.Samples):
                    blocks[message.stream][message.first_index] = message.data
                else:
                    results.append(message)
    return blocks, results


@pytest.mark.parametrize("format_", FORMATS)
async def test_a_recording_has_what_was_lost_with_two_links(format_: str, tmp_path: Path) -> None:
    links = Links()
    client, received = await connected(links)
    try:
        await received.more(20)
        recorder = Recorder.of(client, tmp_path / "recording", format_)
        for seconds in (8, 14):
            await received.more(150)
            await links.pull_out(client, seconds)
            await received.more(10)
            assert client.session.gaps
            assert await asyncio.wait_for(client.fill_gaps(), _TIMEOUT_S) > 200 * seconds
            assert not client.session.gaps
        await received.more(60)
        metadata = recorder.close()
        truth, results = await logged(client, tmp_path / "log")
    finally:
        await client.close()
    for stream in _STREAMS:
        record = metadata.streams[stream.name.lower()]
        assert (record.gaps, record.lost, len(record.filled)) == (2, 0, 2)
        blocks = {block.first_index: block for block in received.blocks(stream)}
        assert len(blocks) == len(received.blocks(stream))  # each once
        assert sum(block.from_log for block in blocks.values()) > 60
        for first, block in blocks.items():
            if first in truth[stream]:
                assert block.counts.astype("<i4").tobytes() == _counts(truth[stream][first], block).tobytes()
    saved = json.loads((tmp_path / "recording" / "recording.json").read_text())
    ecg = saved["streams"]["ecg"]
    assert ecg["filled"] == metadata.streams["ecg"].filled
    assert sum(length for _, length in ecg["filled"]) > 20 * 240
    _compare(tmp_path / "recording", ecg, received, format_)
    _compare_results(tmp_path / "recording", results, format_, ecg["first_index"])


def _counts(data: bytes, block: SampleBlock) -> np.ndarray:  # type: ignore[type-arg]
    width, channels = block.spec.sample_bytes, len(block.spec.channels)
    values = [int.from_bytes(data[at : at + width], "little", signed=True) for at in range(0, len(data), width)]
    return np.array(values, dtype="<i4").reshape(-1, channels)


def _compare(folder: Path, ecg: dict[str, int], received: Received, format_: str) -> None:
    """Every sample of the ECG is in the files, at its place."""
    source = open_source(folder)
    (number,) = [n for n, channel in enumerate(source.channels) if channel.name == "ECG"]
    values = source.read(number, 0, source.channels[number].length)
    wanted = np.full(ecg["samples"], np.nan)
    for block in received.blocks():
        at = block.first_index - ecg["first_index"]
        if 0 <= at < len(wanted):
            wanted[at : at + len(block.counts)] = block.values[: len(wanted) - at, 0]
    assert not np.isnan(wanted).any()
    begin = int(np.argmax(~np.isnan(values)))  # where another stream begins earlier
    assert values[begin : begin + len(wanted)] == pytest.approx(wanted, abs=1e-4 if format_ == "edf" else 1e-8)


def _compare_results(folder: Path, results: list[wire.AnyMessage], format_: str, first_index: int) -> None:
    """Every beat between the first and the last one is there, once."""
    with (folder / "beats.csv").open() as file:
        beats = [(int(row["number"]), int(row["r"])) for row in csv.DictReader(file)]
    numbers = [number for number, _ in beats]
    assert sorted(numbers) == list(range(min(numbers), max(numbers) + 1))
    assert {beat.number for beat in results if isinstance(beat, wire.Beat)} >= set(numbers[5:-2])
    with (folder / "readings.csv").open() as file:
        readings = [(row["time_s"], row["kind"]) for row in csv.DictReader(file)]
    assert len(readings) == len(set(readings))
    if format_ == "wfdb":
        marks = wfdb.rdann(str(folder / "ecg"), "atr").sample
        assert marks.tolist() == sorted(r - first_index for _, r in beats if r >= first_index)


async def test_what_the_log_has_not_stays_a_gap() -> None:
    links = Links()
    client, received = await connected(links, wire.LogMode.OFF)
    try:
        await received.more(50)
        await links.pull_out(client, 8)
        await received.more(10)
        before = client.session.gaps
        assert await asyncio.wait_for(client.fill_gaps(), _TIMEOUT_S) == 0
        assert client.session.gaps == before != frozenset()
    finally:
        await client.close()


async def test_a_log_of_another_start_fills_nothing() -> None:
    links = Links()
    client, received = await connected(links)
    try:
        await received.more(200)
        await client.set_log(wire.LogMode.OFF)
        links.band.simulation.reset()
        await until(lambda: client.client is not None and client.client.info.boot_id == 2)
        await received.more(50)
        await links.pull_out(client, 8)
        await received.more(10)
        assert client.session.gaps
        assert await asyncio.wait_for(client.fill_gaps(), _TIMEOUT_S) == 0
    finally:
        await client.close()


async def test_part_of_a_gap_is_filled_where_the_log_has_a_part() -> None:
    links = Links()
    client, received = await connected(links)
    try:
        await received.more(100)
        assert links.last is not None
        links.last._lose("pulled out")
        await until(lambda: client.state is not State.CONNECTED)
        links.band.wait(6)
        device = links.band.simulation.device
        device.set_log(0, 0, 0)
        links.band.wait(6)
        await asyncio.wait_for(client.wait_for(State.CONNECTED, _TIMEOUT_S), _TIMEOUT_S)
        await received.more(10)
        (gap,) = [gap for gap in client.session.gaps if gap[0] is Stream.ECG]
        filled = await asyncio.wait_for(client.fill_gaps(), _TIMEOUT_S)
        (left,) = [gap for gap in client.session.gaps if gap[0] is Stream.ECG]
    finally:
        await client.close()
    assert filled > 6 * 240
    assert gap[1] < left[1] or gap[1] == left[1]
    assert gap[1] - gap[2] < left[1] - left[2] < 0


@pytest.mark.parametrize("recording", [True, False])
async def test_a_command_that_stays_with_a_device_fills_gaps_by_itself(
    recording: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = Links()
    monkeypatch.setattr("host_sdk.attach.make_transport", lambda _address: links.make())
    monkeypatch.setattr("host_sdk.attach._FILL_EVERY_S", 0.01)
    monkeypatch.setattr("host_sdk.attach._BACKOFF", Backoff(0.01, 1.0, 0.01))
    links.band.simulation.device.set_log(int(recording), 1, 7)
    blocks: list[SampleBlock] = []
    troubles: list[str] = []
    options = AttachOptions(
        on_item=lambda item: blocks.append(item) if isinstance(item, SampleBlock) else None,
        on_client=lambda _client: None,
        on_trouble=troubles.append,
        streams=(Stream.ECG,),
        duration_s=_TIMEOUT_S,
        fill=True,
    )
    attached = asyncio.ensure_future(attach("serial:band", options))
    try:
        for _ in range(2):
            count = len(blocks) + 100
            await until(lambda count=count: len(blocks) > count)  # type: ignore[misc]
            assert links.last is not None
            links.last._lose("pulled out")
            links.band.simulation.mcu.uart(0).on_output = lambda _data: None
            links.band.wait(6)
        if recording:
            await until(lambda: sum(block.from_log for block in blocks) > 100)
        count = len(blocks) + 100
        await until(lambda: len(blocks) > count)
    finally:
        attached.cancel()
        await asyncio.gather(attached, return_exceptions=True)
    assert {text.split(";")[0] for text in troubles} == {"band: pulled out"}
    firsts = sorted(block.first_index for block in blocks)
    assert len(set(firsts)) == len(firsts)
    steps = {int(step) for step in np.diff(firsts)}
    assert (steps == {25}) == recording
