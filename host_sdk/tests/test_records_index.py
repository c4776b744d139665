from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import RecordFormatError, RecordNotFound
from host_sdk.records import open_source

SIDECAR = {"fs": 250, "index": "index", "channels": [{"name": "ECG", "unit": "mV"}]}


def write(folder: Path, rows: list[tuple[int | str, float]]) -> Path:
    path = folder / "ecg.csv"
    path.write_text("index,time_s,ECG [mV]\n" + "".join(f"{index},0,{value}\n" for index, value in rows))
    path.with_suffix(".json").write_text(json.dumps(SIDECAR))
    return path


def test_numbered_rows_are_put_at_their_samples_and_gaps_are_absent(tmp_path: Path) -> None:
    rows = [(100, 0.0), (101, 0.1), (105, 0.5), (106, 0.6), (103, 0.3)]
    source = open_source(write(tmp_path, list(rows)))
    assert source.channels[0].length == 7
    nan = np.nan
    np.testing.assert_allclose(source.read(0, 0, 7), [0.0, 0.1, nan, 0.3, nan, 0.5, 0.6])
    np.testing.assert_allclose(source.read(0, 4, 6), [nan, 0.5])


def test_a_number_before_the_first_or_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match="rows from 2 on"):
        open_source(write(tmp_path, [(100, 0.0), (99, 0.1)]))
    with pytest.raises(RecordFormatError, match="rows from 2 on"):
        open_source(write(tmp_path, [(100, 0.0), ("", 0.1)]))


def test_a_recording_without_samples_or_end_is_named(tmp_path: Path) -> None:
    head = {
        "format": "edf",
        "software": "",
        "address": "",
        "device": {},
        "version": 1,
        "state": "recording",
        "streams": {},
    }
    (tmp_path / "recording.json").write_text(json.dumps(head))
    with pytest.raises(RecordNotFound, match="not finished"):
        open_source(tmp_path)
    (tmp_path / "recording.json").write_text(json.dumps({**head, "format": "csv"}))
    with pytest.raises(RecordFormatError, match="no samples"):
        open_source(tmp_path)
    (tmp_path / "recording.json").write_text("{}")
    with pytest.raises(RecordFormatError, match="damaged"):
        open_source(tmp_path)
