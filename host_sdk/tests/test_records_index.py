from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import RecordFormatError, RecordNotFound
from host_sdk.records import open_source

SIDECAR = {"fs": 250, "index": "index", "channels": [{"name": "ECG", "unit": "mV"}]}


def write(folder: Path, rows: Sequence[tuple[float | str, float]]) -> Path:
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
    with pytest.raises(RecordFormatError, match=r"ecg\.csv: row 3: its number 99 lies before the first"):
        open_source(write(tmp_path, [(100, 0.0), (99, 0.1)]))
    with pytest.raises(RecordFormatError, match="row 3: its number nan is no whole number"):
        open_source(write(tmp_path, [(100, 0.0), ("", 0.1)]))


@pytest.mark.parametrize("number", [0.5, 100.25, "inf", "1e300", "1e16"])
def test_a_number_that_is_not_whole_is_reported_with_its_row_and_never_cut(tmp_path: Path, number: str | float) -> None:
    with pytest.raises(RecordFormatError, match=r"row 4: its number \S+ is no whole number"):
        open_source(write(tmp_path, [(0, 0.0), (1, 0.1), (number, 0.2), (3, 0.3)]))


@pytest.mark.parametrize(("numbers", "row"), [([0, 0, 0], 3), ([0, 1, 2, 1], 5), ([0, 1, 5, 6, 2, 3, 4, 5], 9)])
def test_two_rows_of_one_number_are_reported(tmp_path: Path, numbers: list[int], row: int) -> None:
    with pytest.raises(RecordFormatError, match=f"row {row}: its number [0-5] was there before"):
        open_source(write(tmp_path, [(number, 0.0) for number in numbers]))


@pytest.mark.parametrize("far", [10**15, 250 * 86400 + 1001])
def test_a_gap_of_more_than_a_day_is_reported_and_ends_the_good_part(tmp_path: Path, far: int) -> None:
    rows = [(number, 0.5) for number in range(1000)] + [(far, 0.5), (far + 1, 0.5)]
    source = open_source(write(tmp_path, rows))
    assert source.channels[0].length == 1000
    assert "row 1002: its number" in str(source.record_error)
    np.testing.assert_array_equal(source.read(0, 0, 1000), 0.5)
    longest = open_source(write(tmp_path, [(number, 0.5) for number in [*range(1000), 250 * 86400]]))
    assert (longest.record_error, longest.channels[0].length) == (None, 250 * 86400 + 1)


def test_rows_in_any_order_over_chunks(tmp_path: Path) -> None:
    numbers = np.random.default_rng(3).permutation(np.arange(1, 20001)).tolist()
    source = open_source(write(tmp_path, [(number, number / 10) for number in [0, *numbers]]))
    np.testing.assert_allclose(source.read(0, 8000, 9000), np.arange(8000, 9000) / 10)


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
