"""A disk that takes no more ends a recording, which then says so and is true as far as it goes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wfdb

from firmware_sim.testing.full_disk import largest_file
from host_sdk.client import Client
from host_sdk.errors import RecordingError
from host_sdk.models import Beat, Item
from host_sdk.recording.edf_format import SPOOL
from host_sdk.recording.files import WholeFile, replace_text
from host_sdk.recording.metadata import load_metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.recording.recovery import recover_recording
from host_sdk.records import open_source
from host_sdk.wire_gen import Stream

from .fake_device import FakeTransport, beat, ramp
from .test_recording import items

LIMIT = 8192


def on_disk(folder: Path, kind: str, stream: str) -> int:
    """Samples of a stream that its file holds."""
    if kind == "wfdb":
        return int(wfdb.rdrecord(str(folder / stream)).sig_len)
    if kind == "csv":
        with (folder / f"{stream}.csv").open(encoding="utf-8", newline="") as file:
            return sum(1 for row in csv.DictReader(file) if None not in row.values())
    width, channels = (4, 1) if stream == "ecg" else (4, 2)
    return (folder / SPOOL / stream).stat().st_size // width // channels


def fill(recorder: Recorder, things: list[Item]) -> RecordingError:
    try:
        for item in things:
            recorder.add(item)
    except RecordingError as error:
        assert "File too large" in str(error) or "No space" in str(error)
        return error
    raise AssertionError("the disk took everything")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_write_error_ends_the_recording_with_the_counts_of_what_is_on_disk(tmp_path: Path, kind: str) -> None:
    reported: list[RecordingError] = []
    recorder = Recorder(tmp_path / "r", kind, on_failed=reported.append)
    with largest_file(LIMIT):
        error = fill(recorder, items(20))
        assert recorder.failed is error
        assert reported == [error]
        with pytest.raises(RecordingError):
            recorder.add(items(1)[0])
        with pytest.raises(RecordingError):
            recorder.refresh()
        metadata = recorder.close()
    assert "free some room" in str(error)
    kept = load_metadata(tmp_path / "r")
    assert (kept.state, kept.error) == ("incomplete", metadata.error)
    assert kept.error is not None
    assert kept.error.startswith(str(tmp_path))
    for name in ("ecg", "ppg"):
        assert 0 < kept.streams[name].samples == on_disk(tmp_path / "r", kind, name)
    assert not list((tmp_path / "r").glob("*.new"))


@pytest.mark.parametrize("kind", ["wfdb", "csv"])
def test_what_was_written_until_then_is_read_back(tmp_path: Path, kind: str) -> None:
    recorder = Recorder(tmp_path / "r", kind)
    with largest_file(LIMIT):
        fill(recorder, items(20))
    source = open_source(tmp_path / "r")
    assert source.record_error is None
    ecg = next(channel for channel in source.channels if channel.name == "ECG")
    assert ecg.length == load_metadata(tmp_path / "r").streams["ecg"].samples


def test_edf_without_room_for_the_file_says_how_to_get_it(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", "edf")
    for item in items(5):
        recorder.add(item)
    with (
        largest_file(LIMIT),
        pytest.raises(RecordingError, match=r"free 0\.\d MB, then `vitalband record --recover") as caught,
    ):
        recorder.close()
    kept = load_metadata(tmp_path / "r")
    assert (kept.state, kept.error) == ("incomplete", str(caught.value))
    assert not (tmp_path / "r" / "recording.edf.new").exists()
    assert recover_recording(tmp_path / "r").state == "recovered"
    assert open_source(tmp_path / "r").channels[0].length == 5 * 250
    with pytest.raises(RecordingError, match="nothing to recover"):
        recover_recording(tmp_path / "r")


async def test_other_listeners_get_every_item_and_the_recorder_is_unhooked(tmp_path: Path) -> None:
    transport = FakeTransport()
    client = Client(transport, timeout_s=0.5)
    await client.connect()
    recorder = Recorder.of(client, tmp_path / "r", "csv")
    got: list[Item] = []
    client.listen(got.append)
    with largest_file(LIMIT):
        transport.device.say(*(ramp(Stream.ECG, 25 * n, 25, n) for n in range(100)))
    assert len(got) == 100
    assert recorder.failed is not None
    assert load_metadata(tmp_path / "r").state == "incomplete"
    await client.close()


class Full:
    """A disk that is full from some write on: takes half of that write, then nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        put = WholeFile._put

        def limited_put(file: WholeFile, offset: int, raw: bytes) -> None:
            if self.full and offset + len(raw) > file.size:
                put(file, offset, raw[: len(raw) // 2])
                raise OSError(28, "No space left on device")
            put(file, offset, raw)

        def write_text(path: Path, text: str, **options: Any) -> int:
            if self.full:
                raise OSError(28, "No space left on device")
            return int(path.write_bytes(text.encode()))

        monkeypatch.setattr(WholeFile, "_put", limited_put)
        monkeypatch.setattr(Path, "write_text", write_text)


@pytest.mark.parametrize("kind", FORMATS)
def test_also_where_the_disk_has_no_block_left_recording_json_says_so(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Full(monkeypatch)
    recorder = Recorder(tmp_path / "r", kind)
    things = items(10)
    for item in things[:15]:
        recorder.add(item)
    recorder.refresh()
    disk.full = True
    fill(recorder, things[15:])
    kept = load_metadata(tmp_path / "r")
    assert (kept.state, kept.streams["ecg"].samples) == ("incomplete", 5 * 250)
    if kind != "edf":
        assert on_disk(tmp_path / "r", kind, "ecg") == 5 * 250


def test_a_beat_that_found_no_room_leaves_the_annotations_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Full(monkeypatch)
    recorder = Recorder(tmp_path / "r", "wfdb")
    for item in items(5):
        recorder.add(item)
    disk.full = True
    fill(recorder, [Beat.of(beat(9, 900))])
    assert wfdb.rdann(str(tmp_path / "r" / "ecg"), "atr").sample.tolist() == [100, 300, 500, 700]
    assert load_metadata(tmp_path / "r").rows["beats.csv"] == 4


def test_a_write_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = WholeFile(tmp_path / "f")
    with largest_file(10):
        file.append(b"12345678")
        for offset in (8, 4):
            with pytest.raises(OSError, match="too large"):
                file.write_at(offset, b"abcdefgh")
            assert (tmp_path / "f").read_bytes() == b"12345678"
        file.write_at(6, b"xxxx")
    file.close()
    assert (tmp_path / "f").read_bytes() == b"123456xxxx"


def test_a_small_file_is_replaced_in_its_own_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_text(tmp_path / "f", "long " * 10)
    Full(monkeypatch).full = True
    replace_text(tmp_path / "f", "short")
    assert (tmp_path / "f").read_text() == "short"
    with pytest.raises(OSError, match="No space"):
        replace_text(tmp_path / "other", "text")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f"]


def test_what_cannot_be_written_for_another_reason_ends_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path / "r", "csv")
    for item in items(1):
        recorder.add(item)
    monkeypatch.setattr(recorder, "_write", None)
    with pytest.raises(RecordingError, match="cannot be written: TypeError"):
        recorder.add(items(1)[0])
    assert load_metadata(tmp_path / "r").state == "incomplete"


_RECORD = """
import resource, sys
from host_sdk.cli.main import main
from host_sdk.tests.test_cli import play, provider
from host_sdk.transports import simulated
simulated.find_provider = lambda target: provider(play)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sys.exit(main(["record", "replay:db/1", "--out", sys.argv[1], "--format", sys.argv[2], "--json"]))
"""


@pytest.mark.parametrize("kind", FORMATS)
def test_the_command_says_what_happened_and_fails(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-c", _RECORD, str(tmp_path / "r"), kind]
    got = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert got.returncode == 1
    (line,) = got.stderr.splitlines()
    assert line.startswith("vitalband record: ")
    assert "free" in line
    said = json.loads(got.stdout)
    assert said["state"] == "incomplete"
    assert said["error"]
    assert load_metadata(tmp_path / "r").error == said["error"]
    assert 0 < said["streams"]["ecg"]["samples"] < 2500
