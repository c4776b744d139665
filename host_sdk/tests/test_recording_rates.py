"""Samples stand at their true time: a sensor's own clock is a little off, and a recording knows by how much."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import edfio
import numpy as np
import pytest
import wfdb

from host_sdk import decoding
from host_sdk.models import SampleBlock
from host_sdk.recording import one_axis
from host_sdk.recording.edf_signals import Spooled, record_length
from host_sdk.recording.metadata import load_metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.records import open_source
from host_sdk.wire_gen import Stream

from .fake_device import samples
from .test_recording import LINES

LENGTH_S = 600
TAP_S = 599.0


def block(stream: Stream, first: int, n: int, rate_hz: float) -> SampleBlock:
    """Nothing but a tap, of two samples, at `TAP_S`."""
    times = (first + np.arange(n)) / rate_hz
    values = np.where((times >= TAP_S) & (times < TAP_S + 2 / rate_hz), 20000, 0)
    message = samples(
        stream, first, [[int(v)] * len(LINES[stream].channels) for v in values], tick_us=round(first / rate_hz * 1e6)
    )
    return decoding.sample_block(message, LINES[stream])


def recorded(folder: Path, kind: str, rates_hz: dict[Stream, float], monkeypatch: pytest.MonkeyPatch) -> Recorder:
    now = [0.0]
    monkeypatch.setattr(one_axis, "monotonic", lambda: now[0])
    recorder = Recorder(folder, kind)
    index = dict.fromkeys(rates_hz, 0)
    for second in range(1, LENGTH_S + 1):
        now[0] = second
        for stream, rate_hz in rates_hz.items():
            n = round(second * rate_hz) - index[stream]
            recorder.add(block(stream, index[stream], n, rate_hz))
            index[stream] += n
    recorder.close()
    return recorder


def taps(folder: Path) -> dict[str, float]:
    """Second of the tap by channel, as it is read back."""
    source = open_source(folder)
    assert source.record_error is None
    found = {}
    for number, channel in enumerate(source.channels):
        found[channel.name] = float(np.nanargmax(source.read(number, 0, channel.length))) / channel.fs
    return found


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("fast", [1.02, 0.985, 1.0016])
def test_a_tap_stands_at_its_time_in_every_stream(
    tmp_path: Path, kind: str, fast: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates_hz = {Stream.ECG: 250.0, Stream.ACCEL: 104.0 * fast}
    recorder = recorded(tmp_path / "r", kind, rates_hz, monkeypatch)
    assert recorder.metadata.streams["accel"].measured_hz == pytest.approx(104.0 * fast, rel=1e-6)
    found = taps(tmp_path / "r")
    assert set(found) == {"ECG", "ACC_X", "ACC_Y", "ACC_Z"}
    assert list(found.values()) == pytest.approx([TAP_S] * 4, abs=0.02)


def test_headers_have_the_true_rate_of_a_sensor_that_is_off_and_the_nominal_one_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates_hz = {Stream.ECG: 250.0, Stream.ACCEL: 106.08}
    recorded(tmp_path / "w", "wfdb", rates_hz, monkeypatch)
    assert wfdb.rdheader(str(tmp_path / "w" / "ecg")).fs == 250
    assert wfdb.rdheader(str(tmp_path / "w" / "accel")).fs == pytest.approx(106.08, rel=1e-6)
    recorded(tmp_path / "c", "csv", rates_hz, monkeypatch)
    assert json.loads((tmp_path / "c" / "ecg.json").read_text())["fs"] == 250
    assert json.loads((tmp_path / "c" / "accel.json").read_text())["fs"] == pytest.approx(106.08, rel=1e-6)
    recorded(tmp_path / "e", "edf", rates_hz, monkeypatch)
    edf = edfio.read_edf(tmp_path / "e" / "recording.edf")
    assert [signal.sampling_frequency for signal in edf.signals] == pytest.approx([250] + [106.08] * 3, rel=2e-5)


def test_times_in_a_csv_are_smooth_along_the_true_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path / "r", "csv", {Stream.ACCEL: 106.08}, monkeypatch)
    with (tmp_path / "r" / "accel.csv").open(encoding="utf-8", newline="") as file:
        times = np.array([float(row["time_s"]) for row in csv.DictReader(file)])
    steps = np.diff(times[106 * 3 :])
    assert steps == pytest.approx(np.full(len(steps), 1 / 106.08), abs=0.0002)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_restart_long_after_leaves_the_rate_as_it_is(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(one_axis, "monotonic", lambda: now[0])
    recorder = Recorder(tmp_path / "r", kind)
    for begin in (0, 1000):
        for second in range(20):
            now[0] = begin + second + 1
            first = round(106.08 * second)
            recorder.add(block(Stream.ACCEL, first, round(106.08 * (second + 1)) - first, 106.08))
    recorder.close()
    metadata = load_metadata(tmp_path / "r")
    assert metadata.restarts == 1
    assert metadata.streams["accel"].measured_hz == pytest.approx(106.08, rel=1e-3)


@pytest.mark.parametrize(
    "rates_hz", [(250.0, 106.079602), (249.87, 100.03, 104.17, 1.00003), (0.001, 250.0), (99.999,)]
)
def test_a_record_has_whole_samples_of_every_stream_at_its_rate(tmp_path: Path, rates_hz: tuple[float, ...]) -> None:
    spooled = [Spooled(tmp_path, LINES[Stream.ECG], 0, rate_hz) for rate_hz in rates_hz]
    record_s = record_length(spooled, 600.0)
    for rate_hz in rates_hz:
        assert abs(round(rate_hz * record_s) / record_s / rate_hz - 1) * 600 < 0.02
    assert record_s <= 60 or min(rates_hz) < 0.1


def test_a_rate_that_no_sensor_has_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorded(tmp_path / "r", "wfdb", {Stream.ACCEL: 104.0}, monkeypatch)
    record = recorder.metadata.streams["accel"]
    assert record.true_hz == 104.0
    record.measured_hz = 677_966_351.0
    assert record.true_hz == 104.0
