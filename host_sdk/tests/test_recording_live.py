"""The EDF+ file that grows with a recording opens at any moment, with what was recorded until then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import edfio
import numpy as np
import pytest

from host_sdk import decoding
from host_sdk.models import Beat, FloatArray, Gap, SampleBlock
from host_sdk.recording import edf_growing, edf_live
from host_sdk.recording.edf_file import Head, Note, SignalHead, field, outward, spread
from host_sdk.recording.recorder import Recorder
from host_sdk.recording.recovery import recover_recording
from host_sdk.records import open_source
from host_sdk.wire_gen import Stream

from .fake_device import beat, samples
from .test_recording import LINES

SIZE_S = 0.5


def block(stream: Stream, number: int, level: int = 1000, missing: int = 0) -> SampleBlock:
    """Half a second of a triangle, `missing` halves late."""
    n = round(LINES[stream].rate_hz * SIZE_S)
    first = n * (number + missing)
    values = level * np.abs(np.arange(first, first + n) % 50 - 25)
    rows = [[int(v)] * len(LINES[stream].channels) for v in values]
    return decoding.sample_block(samples(stream, first, rows), LINES[stream])


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """One whose growing file is written with every block."""
    monkeypatch.setattr(edf_live, "_EVERY_S", 0.0)
    recorder = Recorder(tmp_path / "r", "edf")
    yield recorder
    recorder.close()


def grown(recorder: Recorder, channel: str) -> FloatArray:
    source = open_source(recorder.folder)
    assert source.record_error is None
    number = [each.name for each in source.channels].index(channel)
    return source.read(number, 0, source.channels[number].length)


def test_it_opens_after_every_block_with_all_of_it(recorder: Recorder) -> None:
    for number in range(12):
        recorder.add(block(Stream.ECG, number))
        recorder.add(block(Stream.ACCEL, number))
        for stream, channel in ((Stream.ECG, "ECG"), (Stream.ACCEL, "ACC_Y")):
            got = grown(recorder, channel)
            want = np.concatenate([block(stream, n).values[:, -1] for n in range(number + 1)])
            np.testing.assert_allclose(got[: len(want)], want, atol=0.02)
            assert np.isnan(got[len(want) :]).all()


def test_numbers_beyond_its_range_and_streams_that_come_later_begin_it_anew(recorder: Recorder) -> None:
    for number, level in enumerate((1, 1, 100, 1, 10_000, 100_000)):
        recorder.add(block(Stream.ECG, number, level))
        got = grown(recorder, "ECG")
        want = np.concatenate([block(Stream.ECG, n, each).values for n, each in enumerate((1, 1, 100, 1, 10_000))])[
            :, 0
        ]
        np.testing.assert_allclose(got[: min(len(want), 125 * (number + 1))], want[: 125 * (number + 1)], atol=0.1)
    recorder.add(block(Stream.PPG, 5))
    assert len(edfio.read_edf(recorder.folder / "recording.edf").signals) == 3
    assert np.isnan(grown(recorder, "IR")[:249]).all()
    assert not list(recorder.folder.glob("*.new"))


@pytest.mark.parametrize("length", [20, 200])
def test_an_update_writes_what_has_come_and_no_more(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    put: list[tuple[int, int]] = []
    whole = edf_growing.GrowingEdf._put

    def spy(self: edf_growing.GrowingEdf, first: int, stop: int, texts: list[bytes]) -> None:
        put.append((first, stop))
        whole(self, first, stop, texts)

    monkeypatch.setattr(edf_growing.GrowingEdf, "_put", spy)
    for number in range(length):
        put.clear()
        recorder.add(block(Stream.ECG, number))
        assert min((first for first, _ in put), default=number) >= number // 2 - 1


@pytest.mark.parametrize("turn", [1, 7, 1000])
def test_a_number_beyond_its_range_costs_no_update_more_than_some_records(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """A file of wider range is made beside it, with the annotations, and the next number beyond that is in it, too."""
    monkeypatch.setattr(edf_live, "_A_TURN", turn)
    levels = [1] * 40 + [1000] + [1] * 30 + [40_000] + [1] * 100
    for number, level in enumerate(levels):
        recorder.add(Beat.of(beat(number, 125 * number + 50)))
        recorder.add(block(Stream.ECG, number, level))
        if number % 10 == 1:
            got = grown(recorder, "ECG")
            want = np.concatenate([block(Stream.ECG, n, each).values[:, 0] for n, each in enumerate(levels[:number])])
            low, high = np.nanmin(got), np.nanmax(got)
            np.testing.assert_allclose(got[: len(want)], np.clip(want, low, high), atol=1.0)
    got = grown(recorder, "ECG")
    want = np.concatenate([block(Stream.ECG, n, each).values[:, 0] for n, each in enumerate(levels)])
    np.testing.assert_allclose(got[: len(want)], want, atol=1.0)
    recorder.refresh()
    notes = [note.text for note in edfio.read_edf(recorder.folder / "recording.edf").annotations]
    assert sum(text.startswith("beat") for text in notes) >= len(levels) - 1
    assert not list(recorder.folder.glob("*.new"))


def test_a_recording_that_ends_while_a_wider_file_is_made_leaves_none(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edf_live, "_A_TURN", 1)
    for number, level in enumerate([1] * 20 + [10_000, 1]):
        recorder.add(block(Stream.ECG, number, level))
    assert list(recorder.folder.glob("*.new"))
    recorder.close()
    assert not list(recorder.folder.glob("*.new"))
    assert np.nanmax(grown(recorder, "ECG")) == pytest.approx(block(Stream.ECG, 20, 10_000).values.max(), rel=1e-3)


def test_a_gap_and_a_stream_that_has_stopped_are_absent_in_it(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edf_growing, "_BEHIND_S", 5.0)
    for number in range(40):
        if number < 4:
            recorder.add(block(Stream.PPG, number))
        recorder.add(block(Stream.ECG, number, missing=6 * (number >= 10)))
    got = grown(recorder, "ECG")
    gone = np.flatnonzero(np.isnan(got))
    assert (gone.min(), gone.max() + 1, len(gone)) == (1250, 2000, 750)
    assert np.isnan(grown(recorder, "IR")[200:]).all()
    assert not np.isnan(grown(recorder, "IR")[:200]).any()


def test_a_beat_before_the_first_sample_is_left_out(recorder: Recorder) -> None:
    recorder.add(Beat.of(beat(0, 50)))
    recorder.add(Beat.of(beat(1, 130)))
    for number in range(1, 5):
        recorder.add(block(Stream.ECG, number))
    recorder.refresh()
    files = [recorder.folder / "recording.edf"] * 2
    for file in files:
        notes = [note for note in edfio.read_edf(file).annotations if note.text.startswith("beat")]
        assert [round(note.onset, 3) for note in notes] == [0.02]
        recorder.close()


def test_annotations_stand_in_it_until_it_is_finished(recorder: Recorder) -> None:
    for number in range(10):
        recorder.add(block(Stream.ECG, number, missing=2 * (number >= 5)))
        recorder.add(Beat.of(beat(number, 125 * number + 50)))
    recorder.refresh()
    file = recorder.folder / "recording.edf"
    notes = [(note.text, round(note.onset, 3)) for note in edfio.read_edf(file).annotations]
    assert sum(text.startswith("beat") for text, _ in notes) == 10
    assert ("gap ecg: 250 samples", 2.5) in notes
    assert b"provisional" in file.read_bytes()[:256]
    recorder.close()
    assert b"provisional" not in file.read_bytes()[:256]
    assert sum(note.text.startswith("beat") for note in edfio.read_edf(file).annotations) == 10


def test_it_is_made_anew_from_what_was_spooled(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(10):
        recorder.add(block(Stream.ECG, number))
    killed = shutil.copytree(recorder.folder, tmp_path / "killed")
    metadata = recover_recording(killed)
    assert (metadata.state, metadata.streams["ecg"].samples) == ("recovered", 1250)
    assert b"provisional" not in (killed / "recording.edf").read_bytes()[:256]


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (-0.0012345678, "-0.00123"), (1e7, "10000000"), (-3.6e7, "-3.6e7")]
)
def test_numbers_in_a_header_have_eight_characters(value: float, text: str) -> None:
    assert field(value) == text
    assert len(field(outward(value, int))) <= 8


def test_many_annotations_at_once_have_room(tmp_path: Path) -> None:
    head = Head(datetime(2026, 1, 1, tzinfo=timezone.utc), "m", 1.0, (SignalHead("ECG", "mV", -1, 1, 10),), 0)
    notes = [Note(5.0 + n / 1000, 0.5, f"gap ecg: {n} samples") for n in range(400)] + [Note(9.5, None, "last")]
    room, texts = spread(notes, head, 10)
    assert len(texts) == 10
    assert max(map(len, texts)) <= room
    assert b"".join(texts).count(b"gap ecg") == 400
    assert texts[0].startswith(b"+0\x14\x14\0")


def test_gaps_without_end_cost_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r", "wfdb")
    recorder.add(block(Stream.ECG, 0))
    recorder.refresh()
    size = (tmp_path / "r" / "recording.json").stat().st_size
    for n in range(2000):
        recorder._write(Gap(Stream.ECG, n, 1, 1000, 0.004))
    recorder.refresh()
    assert (tmp_path / "r" / "recording.json").stat().st_size < size + 100
    recorder.close()


@pytest.mark.parametrize("model", ["", "mädel 2", "x" * 300, "\x1b]0;t\x07", "\u202eabc"])
@pytest.mark.parametrize("year", [1970, 2026, 2084, 9999])
def test_a_header_holds_any_name_and_any_year(tmp_path: Path, model: str, year: int) -> None:
    began = datetime(year, 5, 17, 3, 4, 5, 250_000, tzinfo=timezone.utc)
    for provisional in (False, True):
        head = Head(began, model, 1.0, (SignalHead("ECG", "mV", -1.5, 1.5, 10),), 64, provisional)
        raw = head.encode(1)
        assert len(raw) == head.size == 768
        assert raw.isascii()
        (tmp_path / "r.edf").write_bytes(raw + bytes(20) + head.begin_of(0).ljust(64, b"\0"))
        edf = edfio.read_edf(tmp_path / "r.edf")
        assert (edf.labels, edf.duration) == (("ECG",), 1.0)
        assert (b"provisional" in raw) == provisional
        if 1985 <= year <= 2084:
            assert edf.startdatetime == began.replace(tzinfo=None)


@pytest.mark.parametrize("halves", [2, 7, 31])
def test_what_fills_the_last_record_up_is_no_part_of_a_channel(recorder: Recorder, halves: int) -> None:
    for number in range(halves):
        recorder.add(block(Stream.ECG, number))
        if number < 5:
            recorder.add(block(Stream.ACCEL, number))
    for finished in (False, True):
        if finished:
            recorder.close()
        source = open_source(recorder.folder)
        lengths = {channel.name: channel.length for channel in source.channels}
        assert lengths["ECG"] == 125 * halves
        assert lengths["ACC_Y"] == 52 * min(halves, 5)
        assert not np.isnan(source.read(0, 0, lengths["ECG"])).any()
