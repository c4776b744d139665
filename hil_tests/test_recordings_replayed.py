"""Our own recordings of every format are read back and replayed, by folder and by file."""

from __future__ import annotations

import asyncio
import csv
import json
import statistics
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.world.base import MOTION
from firmware_sim.world.recorded import write_record
from firmware_sim.world.wearer import PRESETS, Motion, Wearer, WearerSettings
from host_sdk import Beat, Client
from host_sdk.cli.main import main
from host_sdk.models import IntArray, Item, SampleBlock, StreamSpec
from host_sdk.recording import one_axis
from host_sdk.recording.metadata import Metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.records import open_source
from host_sdk.replay import ReplayOptions, ReplayResult, SeriesPoint, replay
from host_sdk.wire_gen import READINGS, STREAMS, Stream, Unit

SECONDS = 40.0
#: What is read by file, and which parts it has.
FILES = {"wfdb": "ecg.hea", "csv": "ecg.csv", "edf": "recording.edf"}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wearer as a WFDB record."""
    folder = tmp_path_factory.mktemp("wearer")
    return write_record(Wearer(PRESETS["resting"], seed=3), folder / "resting", SECONDS)


@pytest.fixture(scope="module", params=FORMATS)
def recording(request: pytest.FixtureRequest, record: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a device said of that record, in one of the formats."""
    folder = tmp_path_factory.mktemp("recordings") / str(request.param)
    assert main(["record", f"replay:{record}", "--out", str(folder), "--format", request.param]) == 0
    return folder


def replayed(path: Path) -> ReplayResult:
    return asyncio.run(asyncio.wait_for(replay(ReplayOptions(record=str(path))), 60))


def recorded(folder: Path, kind: str) -> float:
    """Median of the readings of a kind as they were recorded, of the signal's own time."""
    with (folder / "readings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind and row["value"]]
    return statistics.median(float(row["value"]) for row in rows)


def median(series: tuple[SeriesPoint, ...]) -> float:
    return statistics.median(point.value for point in series if point.value is not None)


def test_by_folder_the_readings_agree_with_those_recorded(recording: Path) -> None:
    result = replayed(recording)
    assert result.record_error is None
    assert result.ecg is not None
    assert result.ppg is not None
    assert result.imu is not None
    intervals = result.ecg.intervals
    assert intervals.hr_bpm == pytest.approx(recorded(recording, "heart_rate"), abs=1.0)
    assert intervals.pr_ms == pytest.approx(recorded(recording, "pr"), abs=10.0)
    assert intervals.qrs_ms == pytest.approx(recorded(recording, "qrs"), abs=10.0)
    assert intervals.qt_ms == pytest.approx(recorded(recording, "qt"), abs=12.0)
    assert median(result.ppg.pulse) == pytest.approx(recorded(recording, "pulse_rate"), abs=1.5)
    assert median(result.ppg.spo2) == pytest.approx(recorded(recording, "spo2"), abs=1.0)
    assert median(result.ppg.perfusion) == pytest.approx(recorded(recording, "perfusion_index"), rel=0.1)
    assert result.skin is not None
    assert median(result.skin.skin_temperature) == pytest.approx(recorded(recording, "skin_temperature"), abs=0.1)


def test_every_reading_of_what_a_record_has_comes_out_of_a_replay(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(record), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    for kind, spec in READINGS.items():
        if spec.sensor == "gauge":  # the simulated battery
            continue
        if spec.sensor == "ecg":
            found = [name for name in got["ecg"]["windows"][0]["readings"] if name.startswith(f"{spec.short}_")]
        else:
            found = got[spec.sensor][spec.short]
        assert found, kind
    (activity,) = {point["choice"] for point in got["imu"]["activity"] if point["choice"]}
    assert activity in ("still", "light")
    assert main(["replay", str(record)]) == 0
    header = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("record")]
    assert {"HR", "QTcF", "pulse", "SpO2", "perf.", "resp", "skin", "activity", "posture"} <= {
        word for line in header for word in line
    }


def test_by_file(recording: Path) -> None:
    result = replayed(recording / FILES[recording.name])
    assert result.ecg is not None
    assert result.ecg.intervals.hr_bpm == pytest.approx(recorded(recording, "heart_rate"), abs=1.0)
    assert (result.ppg is not None) == (recording.name == "edf")


def test_an_impact_just_before_a_record_s_end_is_an_event(tmp_path: Path) -> None:
    wearer = Wearer(WearerSettings(motion=(Motion("fall", 6.0),)), seed=3, groups=(MOTION,))
    (truth,) = wearer.truth(0, 20).events
    kinds = []
    for seconds in (1.5, 6.0):
        record = write_record(wearer, tmp_path / f"fall_{seconds:.0f}", truth.time_s + seconds)
        result = replayed(record)
        assert result.imu is not None
        (event,) = result.imu.events
        kinds.append(event.kind)
        assert event.t == pytest.approx(truth.time_s, abs=0.03)
        assert event.peak_g == pytest.approx(truth.peak_g, rel=0.05)
    assert kinds == ["impact", "fall"]


def test_every_channel_is_there_with_name_unit_and_rate(recording: Path) -> None:
    source = open_source(recording)
    try:
        channels = {channel.name: channel for channel in source.channels}
        units = {name: (channel.unit, channel.fs) for name, channel in channels.items()}
        assert (units["ECG"], units["IR"]) == (("mV", 250.0), ("count", 100.0))
        assert (units["ACC_X"], units["GYR_Z"]) == (("g", 104.0), ("deg/s", 104.0))
        ecg = source.read([*channels].index("ECG"), 0, channels["ECG"].length)
        assert len(ecg) / 250.0 == pytest.approx(SECONDS, abs=6.0)
        assert np.nanmax(ecg) == pytest.approx(1.0, abs=0.7)
    finally:
        source.close()


def test_a_live_device_reports_the_last_beat_of_its_record_before_it_ends(tmp_path: Path) -> None:
    path = write_record(Wearer(PRESETS["resting"], seed=3), tmp_path / "short", 15.0)

    found: list[object] = []

    async def listen(client: Client) -> None:
        async for item in client.items():
            found.append(item)  # noqa: PERF401 - what came before the loss counts

    async def live() -> None:
        async with await Client.open(f"sim:?record={path}&pace=8&link=serial") as client:
            await client.subscribe()
            await listen(client)

    asyncio.run(asyncio.wait_for(live(), 60))
    beats = [item for item in found if isinstance(item, Beat)]
    flushed = asyncio.run(asyncio.wait_for(replay(ReplayOptions(record=str(path))), 60)).ecg
    assert flushed is not None
    assert beats[-1].r / 250 == pytest.approx(flushed.beats[-1].r, abs=0.05)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_recording_over_a_restart_is_replayed(
    kind: str, record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen seconds, a restart that takes the device away for five, the rest: the rate stays what it was."""
    source = open_source(record)
    ecg = [channel.name for channel in source.channels].index("ECG")
    counts = np.rint(source.read(ecg, 0, source.channels[ecg].length) / _SPEC.lsb).astype(int).reshape(-1, 1)
    source.close()
    now_s = [0.0]
    monkeypatch.setattr(one_axis, "monotonic", lambda: now_s[0])
    recorder = Recorder(tmp_path / "r", kind)
    for part, first in ((counts[:3750], 0), (counts[3750:], 1)):
        now_s[0] += 5.0 * first
        for start in range(0, len(part) - 250, 250):
            now_s[0] += 1.0
            recorder.add(_block(start, part[start : start + 250]))
    assert recorder.close().restarts == 1
    result = replayed(tmp_path / "r")
    assert result.record_error is None
    assert result.ecg is not None
    whole = replayed(record)
    assert whole.ecg is not None
    assert result.ecg.intervals.hr_bpm == pytest.approx(whole.ecg.intervals.hr_bpm, abs=2.0)
    assert len(result.ecg.beats) >= len(whole.ecg.beats) - 8


_SPEC = StreamSpec(Stream.ECG, ("ECG",), 3, Unit.MV, 250.0, STREAMS[Stream.ECG].lsb_nano * 1e-9)


def _block(first: int, counts: IntArray) -> SampleBlock:
    return SampleBlock(_SPEC, 0, first, 1_000_000 + first * 4000, False, False, counts)


@pytest.mark.parametrize("kind", FORMATS)
def test_streams_that_end_one_after_the_other_end_with_no_reason_of_their_own(tmp_path: Path, kind: str) -> None:
    """Blocks are of different lengths, so a recording's end is ragged; EDF+ fills it up besides."""
    path, folder = write_record(Wearer(PRESETS["walking"], seed=3), tmp_path / "walking", 36.0), tmp_path / "live"

    async def record_half_a_minute() -> Metadata:
        async with await Client.open(f"replay:{path}") as client:
            recorder = Recorder.of(client, folder, kind)
            starts: list[int] = []

            def end(item: Item) -> None:
                if isinstance(item, SampleBlock) and item.stream is Stream.ECG:
                    starts.append(item.tick_us)
                    if item.tick_us - starts[0] >= 30_000_000:
                        recorder.close()

            client.listen(end)
            await client.subscribe()
            await client.play()
            return recorder.metadata

    metadata = asyncio.run(asyncio.wait_for(record_half_a_minute(), 60))
    streams = metadata.streams.items()
    lengths = [1000 * stream.samples / STREAMS[Stream[name.upper()]].rate_mhz for name, stream in streams]
    assert 0.0 < max(lengths) - min(lengths) < 1.0
    result = replayed(folder)
    assert result.ecg is not None
    assert result.ppg is not None
    assert result.imu is not None
    assert result.wear is not None
    assert result.imu.sensor == ()
    series = [result.ppg.pulse, result.ppg.spo2, result.imu.activity, result.imu.posture, result.wear.wear]
    assert {points[-1].reason for points in series} <= {None, "motion", "tracked", "uncertain", "poor_contact"}
    assert result.ecg.windows[-1].reason != "lead_off"


@pytest.mark.parametrize(("behind_s", "end_s"), [(0.4, 39.6), (1.5, 38.5), (3.0, 40.0), (20.0, 40.0)])
def test_what_ends_long_before_the_others_is_a_sensor_that_gave_no_more(
    tmp_path: Path, behind_s: float, end_s: float
) -> None:
    wearer = Wearer(PRESETS["resting"], seed=3)
    ecg, motion = (wearer.sample(group, np.arange(0, 40, 0.01)) for group in ("ecg", "motion"))
    short = round((40 - behind_s) * 100)
    channels = {"ECG": ecg[:, 0], **{f"ACC_{axis}": motion[:short, n] for n, axis in enumerate("XYZ")}}
    np.savez(tmp_path / "r.npz", **channels)
    described = [{"name": name, "unit": "mV" if name == "ECG" else "g"} for name in channels]
    (tmp_path / "r.json").write_text(json.dumps({"fs": 100, "channels": described}))
    result = replayed(tmp_path / "r.npz")
    assert result.duration_s == pytest.approx(end_s)
    assert result.imu is not None
    assert bool(result.imu.sensor) is (end_s == 40.0)
