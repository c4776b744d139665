"""A restart, a lost stretch or a new connection is a gap in every format, and what is recorded is read back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import edfio
import numpy as np
import pytest
import wfdb

from host_sdk import decoding
from host_sdk.models import Beat, FloatArray, Gap, LinkError, LinkErrorKind, Reading, SampleBlock
from host_sdk.recording import one_axis
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.one_axis import OneAxis
from host_sdk.recording.recorder import Recorder
from host_sdk.records import open_source
from host_sdk.session import Session
from host_sdk.timeline import ClockEstimate
from host_sdk.wire_gen import ReadingKind, Stream, StreamInfo, Unit

from .fake_device import beat, reading, samples
from .test_recording import LINES, counts_of

RESTART = LinkError(LinkErrorKind.DEVICE_RESTARTED, "boot 1 became 2")
#: Sample numbers of the ECG: five seconds, nineteen without, five more.
RUN, GONE = 1250, 4750


class HostClock:
    """The host's clock, which the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(one_axis, "monotonic", lambda: self.now_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HostClock:
    return HostClock(monkeypatch)


def block(stream: Stream, first: int, n: int, tick_us: int | None = None) -> SampleBlock:
    message = samples(stream, first, counts_of(stream, first, n), tick_us=tick_us)
    return decoding.sample_block(message, LINES[stream])


def run(seconds: range) -> Iterator[list[SampleBlock]]:
    """A second of every stream at a time, numbers and ticks from the device's start."""
    for second in seconds:
        yield [block(stream, second * int(spec.rate_hz), int(spec.rate_hz)) for stream, spec in LINES.items()]


def feed(recorder: Recorder, clock: HostClock, seconds: range, each: bool = False) -> None:
    """Each second of signal comes at its end, by the host's clock."""
    for blocks in run(seconds):
        clock.now_s += 1.0
        for item in blocks:
            if each and item.first_index == 0:
                recorder.add(LinkError(LinkErrorKind.DEVICE_RESTARTED, "its index and clock began anew", item.stream))
            recorder.add(item)


def recorded(folder: Path, kind: str, clock: HostClock, announced: str) -> Recorder:
    """Five seconds, a restart that takes the device away for nineteen, five seconds; a beat and a reading in each."""
    recorder = Recorder(folder, kind)
    for part in range(2):
        if part:
            clock.now_s += 19.0
            if announced == "once":
                recorder.add(RESTART)
        feed(recorder, clock, range(5), each=bool(part) and announced == "each")
        recorder.add(Beat.of(beat(part + 1, 300)))
        result = Reading.of(reading(ReadingKind.HEART_RATE, 712, 4_000_000))
        assert result is not None
        recorder.add(result)
    recorder.close()
    return recorder


def read_back(folder: Path, name: str) -> FloatArray:
    source = open_source(folder)
    assert source.record_error is None
    number = [channel.name for channel in source.channels].index(name)
    return source.read(number, 0, source.channels[number].length)


def mv(first: int, n: int) -> FloatArray:
    return np.array(counts_of(Stream.ECG, first, n))[:, 0] * LINES[Stream.ECG].lsb


@pytest.mark.parametrize("announced", ["once", "each", "never"])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_restart_is_a_gap_as_long_as_by_the_host_s_clock(
    tmp_path: Path, kind: str, announced: str, clock: HostClock
) -> None:
    metadata = recorded(tmp_path / "r", kind, clock, announced).metadata
    assert (metadata.state, metadata.restarts) == ("complete", 1)
    assert {name: (record.gaps, record.lost) for name, record in metadata.streams.items()} == {
        "ecg": (1, GONE),
        "ppg": (1, 1900),
        "accel": (1, 1976),
    }
    got = read_back(tmp_path / "r", "ECG")
    atol = 0.02 if kind == "edf" else 1e-6
    np.testing.assert_allclose(got[:RUN], mv(0, RUN), atol=atol)
    np.testing.assert_allclose(got[RUN + GONE : 2 * RUN + GONE], mv(0, RUN), atol=atol)
    assert np.isnan(got[RUN : RUN + GONE]).all()
    assert len(read_back(tmp_path / "r", "ACC_Z")) == 29 * 104


@pytest.mark.parametrize("kind", FORMATS)
def test_tables_and_annotations_stay_on_their_signal_after_a_restart(
    tmp_path: Path, kind: str, clock: HostClock
) -> None:
    recorded(tmp_path / "r", kind, clock, "once")

    def column(table: str, name: str) -> list[str]:
        with (tmp_path / "r" / table).open(encoding="utf-8", newline="") as file:
            return [row[name] for row in csv.DictReader(file)]

    assert column("beats.csv", "r") == ["300", str(300 + RUN + GONE)]
    assert column("beats.csv", "qrs_on") == ["288", str(288 + RUN + GONE)]
    assert [float(value) for value in column("beats.csv", "time_s")] == [2.2, 26.2]
    assert [float(value) for value in column("readings.csv", "time_s")] == [4.0, 28.0]
    assert column("gaps.csv", "cause") == ["restart"] * 3
    if kind == "wfdb":
        assert wfdb.rdann(str(tmp_path / "r" / "ecg"), "atr").sample.tolist() == [300, 300 + RUN + GONE]
    if kind == "edf":
        notes = edfio.read_edf(tmp_path / "r" / "recording.edf").annotations
        assert [round(note.onset, 3) for note in notes if note.text == "beat N"] == [1.2, 25.2]
        (gap,) = [note for note in notes if note.text.startswith("gap ecg")]
        assert (gap.onset, gap.duration, gap.text) == (5.0, 19.0, f"gap ecg: {GONE} samples, device restarted")
    if kind == "csv":
        times = [float(value) for value in column("ecg.csv", "time_s")]
        indices = [int(value) for value in column("ecg.csv", "index")]
        assert times == sorted(times)
        assert indices == [*range(RUN), *range(RUN + GONE, 2 * RUN + GONE)]


@pytest.mark.parametrize("kind", FORMATS)
def test_two_restarts_and_a_lost_second(tmp_path: Path, kind: str, clock: HostClock) -> None:
    recorder = Recorder(tmp_path / "r", kind)
    feed(recorder, clock, range(2))
    for _ in range(2):
        clock.now_s += 3.0
        recorder.add(RESTART)
        feed(recorder, clock, range(2))
    clock.now_s += 1.0
    feed(recorder, clock, range(3, 4))
    metadata = recorder.close()
    assert (metadata.restarts, metadata.streams["ecg"].gaps, metadata.streams["ecg"].lost) == (2, 3, 7 * 250)
    got = read_back(tmp_path / "r", "ECG")
    for start in (0, 1250, 2500):
        np.testing.assert_allclose(got[start : start + 500], mv(0, 500), atol=0.02)
    np.testing.assert_allclose(got[3250:3500], mv(750, 250), atol=0.02)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_new_connection_to_the_same_start_is_a_gap_by_the_device_s_clock(
    tmp_path: Path, kind: str, clock: HostClock
) -> None:
    session, recorder = Session(), Recorder(tmp_path / "r", kind)
    assert session.begin(7) is None
    for spec in LINES.values():
        session.add(spec)
    for seconds in (range(2), range(6, 8)):
        for blocks in run(seconds):
            clock.now_s += 0.1  # what has waited comes faster than it was measured
            for item in blocks:
                fresh, noticed = session.accept(item)
                for thing in (noticed, fresh):
                    if thing is not None:
                        recorder.add(thing)
        assert session.begin(7) is None
    metadata = recorder.close()
    assert (metadata.restarts, metadata.streams["ecg"].gaps, metadata.streams["ecg"].lost) == (0, 1, 1000)
    np.testing.assert_allclose(read_back(tmp_path / "r", "ECG")[1500:2000], mv(1500, 500), atol=0.02)


def test_a_restart_is_reported_once_for_all_streams() -> None:
    session = Session()
    session.begin(1)
    for spec in LINES.values():
        session.add(spec)
    noticed = [session.accept(item)[1] for blocks in run(range(20, 22)) for item in blocks]
    noticed += [session.accept(item)[1] for blocks in run(range(2)) for item in blocks]
    assert [item.kind for item in noticed if isinstance(item, LinkError)] == [LinkErrorKind.DEVICE_RESTARTED]
    assert session.begin(2) is None
    assert session.begin(3) is not None


def test_results_wait_for_the_block_that_says_where_they_belong(clock: HostClock) -> None:
    axis = OneAxis()
    list(axis.take(block(Stream.ECG, 0, 250)))
    clock.now_s += 10
    assert list(axis.take(RESTART)) == [RESTART]
    assert list(axis.take(Beat.of(beat(1, 100)))) == []
    clock.now_s += 1
    gap, _, late_beat = axis.take(block(Stream.ECG, 0, 250))
    assert isinstance(gap, Gap)
    assert (gap.samples, gap.restart) == (2500, True)
    assert isinstance(late_beat, Beat)
    assert (late_beat.r, late_beat.tick_us) == (100 + 2750, 1_400_000 + 11_000_000)


def test_a_false_alarm_moves_nothing(clock: HostClock) -> None:
    axis = OneAxis()
    list(axis.take(block(Stream.ECG, 0, 250)))
    list(axis.take(RESTART))
    clock.now_s += 1
    second = block(Stream.ECG, 250, 250)
    assert list(axis.take(second)) == [second]
    assert axis.restarts == 0


@pytest.mark.parametrize(("first", "tick_us"), [(4_000_000_000, 2_000_000), (250, 2**62), (4_000_000_000, 2**62)])
def test_a_jump_that_cannot_be_is_a_gap_by_the_host_s_clock(
    tmp_path: Path, first: int, tick_us: int, clock: HostClock
) -> None:
    recorder = Recorder(tmp_path / "r", "wfdb")
    recorder.add(block(Stream.ECG, 0, 250))
    clock.now_s += 2.0
    recorder.add(block(Stream.ECG, first, 250, tick_us))
    metadata = recorder.close()
    assert metadata.streams["ecg"].lost == 250
    assert wfdb.rdrecord(str(tmp_path / "r" / "ecg")).sig_len == 750


def test_a_first_tick_beyond_the_calendar(tmp_path: Path, clock: HostClock) -> None:
    recorder = Recorder(tmp_path / "r", "wfdb", clock=ClockEstimate(0, 0, None))
    recorder.add(block(Stream.ECG, 0, 250, 2**62))
    assert recorder.close().streams["ecg"].samples == 250


@pytest.mark.parametrize("kind", FORMATS)
def test_a_stream_that_changes_its_layout_ends_and_the_others_go_on(
    tmp_path: Path, kind: str, clock: HostClock
) -> None:
    recorder = Recorder(tmp_path / "r", kind)
    spec = decoding.stream_spec(StreamInfo(Stream.ECG, 3, 3, Unit.MV, 250_000, 48_081))
    for second in range(4):
        clock.now_s += 1.0
        recorder.add(block(Stream.PPG, 100 * second, 100))
        fits = block(Stream.ECG, 250 * second, 250)
        wide = SampleBlock(spec, 0, fits.first_index, fits.tick_us, False, False, np.repeat(fits.counts, 3, axis=1))
        recorder.add(fits if second < 2 else wide)
    metadata = recorder.close()
    assert (metadata.state, metadata.streams["ecg"].samples, metadata.streams["ppg"].samples) == (
        "incomplete",
        500,
        400,
    )
    assert metadata.error == "stream ecg changed its layout and ends there"
    np.testing.assert_allclose(read_back(tmp_path / "r", "ECG")[:500], mv(0, 500), atol=0.02)
    assert len(read_back(tmp_path / "r", "IR")) == 400


def test_gaps_that_the_host_s_clock_knows_nothing_of_are_limited(clock: HostClock) -> None:
    axis, missing, first = OneAxis(), 0, 0
    for _ in range(100):
        items = list(axis.take(block(Stream.ECG, first, 250)))
        missing += sum(item.samples for item in items if isinstance(item, Gap))
        first += 250 + 50 * 250
    assert missing <= 310 * 250
    assert axis.restarts > 0


def test_a_late_block_of_another_start_is_left_out(clock: HostClock) -> None:
    axis = OneAxis()
    list(axis.take(block(Stream.ECG, 0, 250)))
    late = replace(block(Stream.ECG, 1_000_000, 25), late=True)
    assert list(axis.take(late)) == []
    inside = replace(block(Stream.ECG, 100, 25), late=True)
    assert list(axis.take(inside)) == [inside]


def test_a_rate_that_changes_moves_nothing_of_what_is_recorded(tmp_path: Path, clock: HostClock) -> None:
    recorder = Recorder(tmp_path / "r", "wfdb")
    fast = replace(LINES[Stream.ECG], rate_hz=8000.0)
    for second in range(3):
        clock.now_s += 1.0
        recorder.add(block(Stream.PPG, 100 * second, 100))
        of = block(Stream.ECG, 250 * second, 250)
        recorder.add(replace(of, spec=fast, first_index=80_000) if second else of)
    metadata = recorder.close()
    assert {name: (record.samples, record.gaps) for name, record in metadata.streams.items()} == {
        "ecg": (250, 0), "ppg": (300, 0),
    }  # fmt: skip
    assert (metadata.state, metadata.restarts) == ("incomplete", 0)


@pytest.mark.parametrize("away_s", [3.0019, 0.5049, 7.3])
def test_no_restart_moves_samples_from_their_time_however_many_there_are(away_s: float, clock: HostClock) -> None:
    axis = OneAxis()
    first: dict[Stream, SampleBlock] = {}
    for start in range(150):
        if start:
            clock.now_s += away_s
            list(axis.take(RESTART))
        for blocks in run(range(2)):
            clock.now_s += 1.0
            for item in blocks:
                (moved,) = (each for each in axis.take(item) if isinstance(each, SampleBlock))
                begin = first.setdefault(moved.stream, moved)
                by_index_s = (moved.first_index - begin.first_index) / moved.spec.rate_hz
                by_time_s = (moved.tick_us - begin.tick_us) / 1e6
                assert by_index_s == pytest.approx(by_time_s, abs=0.6 / moved.spec.rate_hz)
    assert axis.restarts == 149
