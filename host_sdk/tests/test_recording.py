from __future__ import annotations

import csv
import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import edfio
import numpy as np
import pytest
import wfdb

from host_sdk import decoding, models_gen
from host_sdk import wire_gen as wire
from host_sdk.errors import ConnectionLost, RecordingError
from host_sdk.models import Beat, DeviceInfo, Gap, Item, SampleBlock
from host_sdk.recording.metadata import load_metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.recording.recovery import recover_recording
from host_sdk.recording.wfdb_format import UNITS
from host_sdk.records import open_source
from host_sdk.records.names import role_of
from host_sdk.timeline import StreamTimeline
from host_sdk.wire_gen import AnyMessage, BlockStatus, Event, EventKind, ReadingKind, Reason, Samples, Stream

from .fake_device import SPECS, beat, reading, samples

DEVICE = DeviceInfo(1, frozenset({Stream.ECG, Stream.PPG, Stream.ACCEL}), 7, "FAKE-0001", "fake", "0.1")
LINES = {spec.stream: decoding.stream_spec(spec) for spec in SPECS}
RAIL = 8388607


def counts_of(stream: Stream, first: int, n: int) -> list[list[int]]:
    """A sine with the converter's extremes in it."""
    channels = len(LINES[stream].channels)
    top = RAIL if LINES[stream].sample_bytes == 3 else 32767
    wave = np.rint(top * np.sin(np.arange(first, first + n) / 20)).astype(int)
    if first == 0:
        wave[0], wave[1] = -top - 1, top
    return [[int(value) // (channel + 1) for channel in range(channels)] for value in wave]


def blocks(seconds: int, skip_second: int | None = None) -> list[Samples]:
    out = []
    for second in range(seconds):
        for stream, spec in LINES.items():
            n = int(spec.rate_hz)
            if second == skip_second and stream is Stream.ECG:
                continue
            out.append(samples(stream, second * n, counts_of(stream, second * n, n), second))
    return out


def items(seconds: int = 5, skip_second: int | None = None) -> list[Item]:
    lines = {stream: StreamTimeline(spec) for stream, spec in LINES.items()}
    out: list[Item] = []
    for message in blocks(seconds, skip_second):
        fresh, noticed = lines[message.stream].accept(decoding.sample_block(message, LINES[message.stream]))
        out += [item for item in (noticed, fresh) if item is not None]
    out += [Beat.of(beat(n, 100 + 200 * n)) for n in range(4)]
    results: list[AnyMessage] = [
        reading(ReadingKind.HEART_RATE, 712, 4_000_000),
        reading(ReadingKind.PR, None, 4_000_000, Reason.NO_P_WAVE),
        Event(1, 3_500_000, EventKind.FALL, 2, 5500),
    ]
    return out + [item for message in results if (item := models_gen.result(message)) is not None]


def record(folder: Path, kind: str, things: list[Item], close: bool = True) -> Recorder:
    recorder = Recorder(folder, kind, device=DEVICE, address="sim:")
    for item in things:
        recorder.add(item)
    if close:
        recorder.close()
    return recorder


def test_wfdb_gives_every_sample_back(tmp_path: Path) -> None:
    record(tmp_path / "r", "wfdb", items())
    for stream, spec in LINES.items():
        got = wfdb.rdrecord(str(tmp_path / "r" / stream.name.lower()), physical=False)
        assert got.fs == spec.rate_hz
        assert got.sig_name == list(spec.channels)
        expected = np.array(counts_of(stream, 0, 5 * int(spec.rate_hz)))
        expected[:2] = counts_of(stream, 0, int(spec.rate_hz))[:2]
        assert np.array_equal(got.d_signal, expected)
    ecg = wfdb.rdrecord(str(tmp_path / "r" / "ecg"))
    assert ecg.units == ["mV"]
    assert ecg.p_signal[1, 0] == pytest.approx(RAIL * LINES[Stream.ECG].lsb)


def test_wfdb_header_checksum_and_start(tmp_path: Path) -> None:
    record(tmp_path / "r", "wfdb", items(skip_second=2))
    got = wfdb.rdrecord(str(tmp_path / "r" / "accel"), physical=False)
    sums = got.d_signal.astype(np.int64).sum(axis=0) & 0xFFFF
    assert [value & 0xFFFF for value in got.checksum] == sums.tolist()
    assert got.init_value == got.d_signal[0].tolist()
    began = load_metadata(tmp_path / "r").began
    assert began is not None
    assert abs((got.base_datetime - began.replace(tzinfo=None)).total_seconds()) < 0.01


def test_wfdb_marks_a_gap_and_the_beats(tmp_path: Path) -> None:
    record(tmp_path / "r", "wfdb", items(skip_second=2))
    ecg = wfdb.rdrecord(str(tmp_path / "r" / "ecg")).p_signal[:, 0]
    assert np.flatnonzero(np.isnan(ecg)).tolist() == list(range(500, 750))
    beats = wfdb.rdann(str(tmp_path / "r" / "ecg"), "atr")
    assert beats.sample.tolist() == [100, 300, 500, 700]
    assert beats.symbol == ["N"] * 4


def test_wfdb_beats_with_long_intervals(tmp_path: Path) -> None:
    things = [item for item in items() if not hasattr(item, "rr_ms")]
    far = [Beat.of(beat(n, r)) for n, r in enumerate((5, 6000, 5_000_000))]
    record(tmp_path / "r", "wfdb", things + list(far))
    assert wfdb.rdann(str(tmp_path / "r" / "ecg"), "atr").sample.tolist() == [5, 6000, 5_000_000]


def test_edf_holds_all_streams_without_clipping(tmp_path: Path) -> None:
    record(tmp_path / "r", "edf", items(skip_second=2))
    edf = edfio.read_edf(tmp_path / "r" / "recording.edf")
    assert edf.labels == ("ECG lead", "Light RED", "Light IR", "ACC_X", "ACC_Y", "ACC_Z")
    assert [signal.sampling_frequency for signal in edf.signals] == [250, 100, 100, 104, 104, 104]
    for stream, label, channel in (
        (Stream.PPG, "Light RED", 0),
        (Stream.PPG, "Light IR", 1),
        (Stream.ACCEL, "ACC_Y", 1),
    ):
        spec = LINES[stream]
        signal = edf.get_signal(label)
        expected = np.array(counts_of(stream, 0, 5 * int(spec.rate_hz)))[:, channel] * spec.lsb
        step = (signal.physical_max - signal.physical_min) / 65535
        assert np.abs(signal.data - expected).max() <= step
        assert signal.physical_min <= expected.min()
        assert signal.physical_max >= expected.max()
    notes = {(round(note.onset, 3), note.duration, note.text) for note in edf.annotations}
    assert (2.0, 1.0, "gap ecg: 250 samples") in notes
    assert (2.5, None, "fall severity 2") in notes
    assert sum(text == "beat N" for _, _, text in notes) == 4
    assert not (tmp_path / "r" / "spool").exists()


def test_edf_holds_the_last_value_in_a_gap(tmp_path: Path) -> None:
    record(tmp_path / "r", "edf", items(skip_second=2))
    ecg = edfio.read_edf(tmp_path / "r" / "recording.edf").get_signal("ECG lead").data
    assert len(set(ecg[499:750].tolist())) == 1


def test_csv_has_the_documented_columns(tmp_path: Path) -> None:
    record(tmp_path / "r", "csv", items(skip_second=2))
    with (tmp_path / "r" / "ecg.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["index", "time_s", "ECG [mV]"]
    assert [int(row["index"]) for row in rows] == [*range(500), *range(750, 1250)]
    assert float(rows[500]["time_s"]) == pytest.approx(4.0)
    assert float(rows[1]["ECG [mV]"]) == pytest.approx(RAIL * LINES[Stream.ECG].lsb)


@pytest.mark.parametrize("kind", FORMATS)
def test_tables_and_metadata_are_beside_it(tmp_path: Path, kind: str) -> None:
    record(tmp_path / "r", kind, items(skip_second=2))
    with (tmp_path / "r" / "readings.csv").open(encoding="utf-8", newline="") as file:
        readings = list(csv.DictReader(file))
    assert [(row["kind"], row["value"], row["unit"], row["reason"]) for row in readings] == [
        ("heart_rate", "71.2", "bpm", ""),
        ("pr", "", "ms", "no_p_wave"),
    ]
    raw = json.loads((tmp_path / "r" / "recording.json").read_text(encoding="utf-8"))
    assert raw["state"] == "complete"
    assert raw["device"]["serial_number"] == "FAKE-0001"
    assert raw["streams"]["ecg"] | {"lost": 250, "gaps": 1, "samples": 1000} == raw["streams"]["ecg"]
    assert raw["streams"]["ecg"]["measured_hz"] == 250.0
    assert raw["streams"]["ecg"]["delivered_hz"] == pytest.approx(187.5)
    with (tmp_path / "r" / "gaps.csv").open(encoding="utf-8", newline="") as file:
        (gap,) = csv.DictReader(file)
    assert (gap["stream"], gap["first_index"], gap["samples"], gap["cause"]) == ("ecg", "500", "250", "lost")
    assert all((tmp_path / "r" / name).exists() for name in raw["files"])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_recording_that_ended_early_says_so(tmp_path: Path, kind: str) -> None:
    recorder = Recorder(tmp_path / "r", kind)
    for item in items(2):
        recorder.add(item)
    metadata = recorder.close(ConnectionLost("serial port X: unplugged"))
    assert (metadata.state, metadata.error) == ("incomplete", "serial port X: unplugged")
    again = load_metadata(tmp_path / "r")
    assert (again.state, again.error) == (metadata.state, metadata.error)


@pytest.mark.parametrize("kind", FORMATS)
def test_refuses_to_overwrite_without_the_option(tmp_path: Path, kind: str) -> None:
    record(tmp_path / "r", kind, items(2))
    note = tmp_path / "r" / "notes.txt"
    note.write_text("mine")
    with pytest.raises(RecordingError, match=r"not empty .* or overwrite=True \(--overwrite\)$"):
        Recorder(tmp_path / "r", kind)
    for other in FORMATS:
        recorder = Recorder(tmp_path / "r", other, overwrite=True)
        recorder.close()
    assert note.read_text() == "mine"


_KILLED = """
import os, signal, sys
from host_sdk.tests.test_recording import FORMATS, Path, items, record
for kind in FORMATS:
    recorder = record(Path(sys.argv[1]) / kind, kind, items(), close=False)
    recorder.refresh()
    for item in items(6)[15:18]:  # a sixth second that no header knows of
        recorder.add(item)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of every format whose process was killed."""
    root = tmp_path_factory.mktemp("killed")
    child = subprocess.run([sys.executable, "-c", _KILLED, str(root)], timeout=30, check=False)
    assert child.returncode == -signal.SIGKILL
    return root


@pytest.mark.parametrize("kind", FORMATS)
def test_a_killed_recording_is_readable_or_recovered(killed: Path, kind: str) -> None:
    folder = killed / kind
    if kind == "wfdb":
        assert wfdb.rdrecord(str(folder / "ecg")).sig_len == 1250
        assert len(wfdb.rdann(str(folder / "ecg"), "atr").sample) == 4
    if kind == "edf":
        grown = edfio.read_edf(folder / "recording.edf")
        assert (grown.duration, len([n for n in grown.annotations if n.text.startswith("beat")])) == (5, 4)
    metadata = recover_recording(folder)
    assert metadata.state == "recovered"
    assert "beats.csv" in metadata.files
    if kind == "edf":
        assert edfio.read_edf(folder / "recording.edf").duration == 6
    with pytest.raises(RecordingError, match="nothing to recover"):
        recover_recording(folder)


def test_late_blocks_are_written_at_their_index(tmp_path: Path) -> None:
    line = StreamTimeline(LINES[Stream.ECG])
    things: list[Item] = []
    for second in (0, 2, 1, 3):
        message = samples(Stream.ECG, 250 * second, counts_of(Stream.ECG, 250 * second, 250))
        fresh, noticed = line.accept(decoding.sample_block(message, LINES[Stream.ECG]))
        things += [item for item in (noticed, fresh) if item is not None]
    assert sum(isinstance(item, Gap) for item in things) == 1
    record(tmp_path / "r", "wfdb", things)
    got = wfdb.rdrecord(str(tmp_path / "r" / "ecg"), physical=False)
    assert np.array_equal(got.d_signal, np.array(counts_of(Stream.ECG, 0, 1000)))
    assert [value & 0xFFFF for value in got.checksum] == [int(got.d_signal.sum()) & 0xFFFF]


def test_errors_name_what_and_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecordingError, match="file"):
        Recorder(tmp_path / "file" / "deeper")
    with pytest.raises(RecordingError, match="no format 'xdf'"):
        Recorder(tmp_path / "r", "xdf")
    with pytest.raises(RecordingError, match="no recording there"):
        recover_recording(tmp_path / "nowhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "recording.json").write_text('{"version": 1')
    with pytest.raises(RecordingError, match="damaged"):
        recover_recording(tmp_path / "broken")


def off_after(good: int) -> list[Item]:
    """An ECG block whose electrode came off after `good` samples, then one that is all off."""
    timeline = StreamTimeline(LINES[Stream.ECG])
    out: list[Item] = []
    for first, touched in ((0, good), (50, 0)):
        rows = [[n - 20] for n in range(touched)] + [[RAIL]] * (50 - touched)
        message = dataclasses.replace(samples(Stream.ECG, first, rows, first // 50), status=BlockStatus.NO_CONTACT)
        block, noticed = timeline.accept(decoding.sample_block(message, LINES[Stream.ECG]))
        assert noticed is None
        assert block is not None
        out.append(block)
    return out


def test_the_rail_of_an_open_electrode_is_no_sample(tmp_path: Path) -> None:
    record(tmp_path / "w", "wfdb", off_after(30))
    signal_mv = wfdb.rdrecord(str(tmp_path / "w/ecg")).p_signal[:, 0]
    assert np.isnan(signal_mv[30:]).all()
    np.testing.assert_allclose(signal_mv[:30], (np.arange(30) - 20) * LINES[Stream.ECG].lsb, atol=1e-9)
    record(tmp_path / "c", "csv", off_after(30))
    rows = list(csv.reader((tmp_path / "c/ecg.csv").read_text(encoding="utf-8").splitlines()))[1:]
    assert [row[2] == "" for row in rows] == [False] * 30 + [True] * 70


def held(folder: Path) -> list[tuple[str, float, float | None]]:
    """Annotations of an EDF recording that say where its signals show what nobody measured."""
    edf = edfio.read_edf(folder / "recording.edf")
    words = ("electrode", "padding", "gap")
    return sorted(
        (note.text, round(note.onset, 3), note.duration) for note in edf.annotations if note.text.startswith(words)
    )


@pytest.mark.parametrize("chunk", [65536, 7])
def test_edf_annotates_an_electrode_that_is_off_and_what_fills_the_file_up(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host_sdk.recording.samples._CHUNK", chunk)
    record(tmp_path / "r", "edf", off_after(30))
    assert held(tmp_path / "r") == [("electrode off ecg", 0.12, 0.28), ("padding ecg", 0.4, 0.6)]


@pytest.mark.parametrize("chunk", [65536, 7])
def test_edf_annotates_a_stream_that_begins_later_or_ends_sooner(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host_sdk.recording.samples._CHUNK", chunk)

    def first_of_light(item: Item) -> bool:
        return isinstance(item, SampleBlock) and item.stream is Stream.PPG and item.first_index == 0

    record(tmp_path / "r", "edf", [item for item in items(4, skip_second=2) if not first_of_light(item)])
    assert held(tmp_path / "r") == [("gap ecg: 250 samples", 2.0, 1.0), ("padding ppg", 0.0, 1.0)]


def test_edf_of_an_electrode_that_was_never_on(tmp_path: Path) -> None:
    record(tmp_path / "r", "edf", off_after(0))
    assert held(tmp_path / "r")[0] == ("electrode off ecg", 0.0, 0.4)


@pytest.mark.parametrize("kind", FORMATS)
def test_streams_stand_in_one_order_whichever_came_first(tmp_path: Path, kind: str) -> None:
    record(tmp_path / "a", kind, items(2))
    record(tmp_path / "b", kind, items(1)[::-1])
    first, second = load_metadata(tmp_path / "a"), load_metadata(tmp_path / "b")
    assert list(first.streams) == list(second.streams) == ["ecg", "ppg", "accel"]
    assert [name for name in first.files if name != "ecg.atr"] == [name for name in second.files if name != "ecg.atr"]
    if kind == "edf":
        assert edfio.read_edf(tmp_path / "b" / "recording.edf").labels[0] == "ECG lead"


def test_every_stream_s_unit_has_a_name_in_every_format() -> None:
    units = {layout.unit for layout in wire.STREAMS.values()}
    assert units <= UNITS.keys()


def test_a_folder_whose_name_cannot_be_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no folder has such a name"):
        Recorder(f"{tmp_path}/a\0b")


def test_labels_of_edf_are_those_of_its_standard_and_known_again(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", "edf")
    for stream in (Stream.ECG, Stream.PPG, Stream.ACCEL):
        recorder.add(decoding.sample_block(samples(stream, 0, counts_of(stream, 0, 50)), LINES[stream]))
    recorder.close()
    by_file = [channel.name for channel in open_source(tmp_path / "r" / "recording.edf").channels]
    assert by_file == ["ECG lead", "Light RED", "Light IR", "ACC_X", "ACC_Y", "ACC_Z"]
    assert [role_of(name) for name in by_file] == ["ecg", "red", "ir", "acc_x", "acc_y", "acc_z"]
    assert role_of("Temp SKIN") == "skin"
    by_folder = [channel.name for channel in open_source(tmp_path / "r").channels]
    assert by_folder == ["ECG", "RED", "IR", "ACC_X", "ACC_Y", "ACC_Z"]
