"""A recording's folder read back: what its `recording.json` may say, and what is read where it does not hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.cli.main import main
from host_sdk.errors import RecordFormatError, RecordingError
from host_sdk.recording.metadata import Metadata, load_metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recovery import recover_recording
from host_sdk.records import open_source

from .test_recording import items, off_after, record


def change(folder: Path, path: str, value: Any) -> None:
    """Set, or with KeyError drop, a field of `recording.json`, by its names with dots between them."""
    file = folder / "recording.json"
    content = json.loads(file.read_text())
    *parents, last = path.split(".")
    inner = content
    for name in parents:
        inner = inner[name]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "xyz"), ("format", ["csv"]), ("format", KeyError), ("version", 2), ("version", True),
        ("state", "fine"), ("state", {}), ("streams", [1]), ("streams.ecg", 1), ("streams.ecg.rate_hz", "250"),
        ("streams.ecg.rate_hz", float("nan")), ("streams.ecg.rate_hz", 0), ("streams.ecg.rate_hz", 1e300),
        ("streams.ecg.first_tick_us", None), ("streams.ecg.first_tick_us", -1), ("streams.ecg.channels", "ECG"),
        ("streams.ecg.channels", [1]), ("streams.ecg.channels", []), ("streams.ecg.sample_bytes", 9),
        ("streams.ecg.lsb", 0), ("streams.ecg.unit", None), ("streams.ecg.samples", 1.5), ("streams.ecg.more", 1),
        ("streams.ecg.channels", KeyError), ("started", "yesterday"), ("started", 5), ("start_tick_us", "0"),
        ("rows", {"beats.csv": "4"}), ("rows", []), ("files", "ecg.csv"), ("device", []), ("unheard", 1),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_named(tmp_path: Path, field: str, value: Any) -> None:
    record(tmp_path / "r", "csv", items(1))
    change(tmp_path / "r", field, value)
    name = "NaN is no number" if value != value else field.rpartition(".")[2]
    with pytest.raises(RecordingError, match=rf"recording\.json: damaged .*{name}") as caught:
        load_metadata(tmp_path / "r")
    assert len(str(caught.value)) < len(str(tmp_path)) + 200
    with pytest.raises(RecordFormatError):
        open_source(tmp_path / "r")
    with pytest.raises(RecordingError):
        recover_recording(tmp_path / "r")


@pytest.mark.parametrize("text", ["[" * 100000, '{"a":' * 100000, "[]", "1", "", "{}", "\x00", " " * (17 << 20)])
def test_what_is_no_recording_json_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "recording.json").write_text(text)
    with pytest.raises(RecordFormatError, match=r"recording\.json: damaged") as caught:
        open_source(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_not_measured_is_absent_in_every_format(tmp_path: Path, kind: str) -> None:
    record(tmp_path / "off", kind, off_after(30))
    source = open_source(tmp_path / "off")
    ecg = source.read(0, 0, source.channels[0].length)
    assert np.isnan(ecg[30:]).all()
    assert np.isfinite(ecg[:30]).all()
    source.close()
    record(tmp_path / "gap", kind, items(4, skip_second=2))
    source = open_source(tmp_path / "gap")
    ecg = source.read(0, 0, 1000)
    assert np.flatnonzero(np.isnan(ecg)).tolist() == list(range(500, 750))
    np.testing.assert_array_equal(source.read(0, 745, 755), ecg[745:755])
    light = [channel.name for channel in source.channels].index("IR")
    assert np.isfinite(source.read(light, 0, 400)).all()
    source.close()


@pytest.mark.parametrize("name", ["../base", "/etc/passwd", "ECG", "x"])
def test_the_name_of_a_stream_is_never_a_path(tmp_path: Path, name: str) -> None:
    for kind in FORMATS:
        folder = tmp_path / kind
        record(folder, kind, items(1))
        content = json.loads((folder / "recording.json").read_text())
        change(folder, "streams", {name: content["streams"]["ecg"]})
        with pytest.raises(RecordFormatError, match="which is none of accel, ecg"):
            open_source(folder)


@pytest.mark.parametrize(("kind", "file"), [("csv", "ecg.csv"), ("wfdb", "ecg.hea"), ("wfdb", "ecg.dat")])
def test_the_other_streams_are_read_where_a_file_is_missing(tmp_path: Path, kind: str, file: str) -> None:
    record(tmp_path / "r", kind, items(2))
    (tmp_path / "r" / file).unlink()
    source = open_source(tmp_path / "r")
    assert "without ecg." in str(source.record_error)
    assert [channel.name for channel in source.channels][:2] == ["RED", "IR"]
    source.close()
    for name in ("ppg", "accel"):
        for path in (tmp_path / "r").glob(f"{name}.*"):
            path.unlink()
    with pytest.raises(RecordFormatError, match=r"without ecg\."):
        open_source(tmp_path / "r")


def test_a_csv_of_ours_says_all_without_its_sidecar(tmp_path: Path) -> None:
    record(tmp_path / "r", "csv", items(2))
    whole = open_source(tmp_path / "r/ecg.csv")
    (tmp_path / "r/ecg.json").unlink()
    alone = open_source(tmp_path / "r/ecg.csv")
    ecg = next(channel for channel in alone.channels if channel.name == "ECG")
    assert (ecg.unit, ecg.fs, ecg.length) == ("mV", 250.0, whole.channels[0].length)
    number = alone.channels.index(ecg)
    np.testing.assert_array_equal(alone.read(number, 0, ecg.length), whole.read(0, 0, ecg.length))


def test_a_stream_that_begins_days_later_is_left_out_and_reported(tmp_path: Path) -> None:
    record(tmp_path / "r", "csv", items(1))
    change(tmp_path / "r", "streams.ppg.first_tick_us", 2**62)
    source = open_source(tmp_path / "r")
    assert "stream ppg begins 4.61169e+12 s after the others" in str(source.record_error)
    assert max(channel.length for channel in source.channels) == 250
    source.close()


def test_a_path_that_is_no_utf8_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "n\udcff"
    folder.mkdir()
    Metadata("csv", "", f"replay:{folder}/base.csv", {}).save(folder)
    assert load_metadata(folder).address == f"replay:{folder}/base.csv"
    for kind in FORMATS:
        shutil.rmtree(folder / "r", ignore_errors=True)
        record(folder / "r", kind, items(1))
        change(folder / "r", "state", "recording")
        assert main(["record", "--recover", "--out", str(folder / "r"), *["--json"] * (kind == "csv")]) == 0
        assert "n\\udcff" in capsys.readouterr().out
        assert open_source(folder / "r").channels[0].name == "ECG"
