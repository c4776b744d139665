"""Where a record is looked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import RecordFormatError, RecordNotFound
from host_sdk.records import open_source, record_name


def written(folder: Path, ecg: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "r.csv").write_text("ECG\n" + f"{ecg}\n" * 10)
    (folder / "r.json").write_text(json.dumps({"fs": 250, "channels": [{"name": "ECG", "unit": "mV"}]}))
    return folder / "r.csv"


def test_below_the_folder_of_published_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "data/db", 1.0)
    assert open_source(Path("db/r.csv")).read(0, 0, 1)[0] == 1.0
    written(tmp_path / "db", 2.0)
    assert open_source(Path("db/r.csv")).read(0, 0, 1)[0] == 2.0


def test_a_single_array_is_refused_with_the_way_out(tmp_path: Path) -> None:
    np.save(tmp_path / "ecg.npy", np.ones(10))
    with pytest.raises(RecordFormatError, match=r"is a NPY; save it as NPZ \(numpy\.savez\)"):
        open_source(tmp_path / "ecg.npy")


def test_both_paths_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path))
    with pytest.raises(RecordNotFound, match=f"^db/no: no such record, nor {tmp_path}/db/no$"):
        open_source(Path("db/no"))
    with pytest.raises(RecordNotFound, match=f"^{tmp_path}/no: no such record$"):
        open_source(tmp_path / "no")
    with pytest.raises(RecordNotFound, match="is a folder; name a record in it"):
        open_source(tmp_path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("db/100", "db/100"),
        ("db/100.hea", "db/100"),
        ("db/100.dat", "db/100"),
        ("db/r.BDF", "db/r"),
        ("db/r.rec", "db/r"),
        ("db/r.txt", "db/r"),
        ("db/r.tsv", "db/r"),
        ("db/2.1", "db/2.1"),
        ("db/../r.edf", "here/r"),
    ],
)
def test_a_record_is_named_without_the_ending_of_its_kind(
    path: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert record_name(path) == name


def test_the_name_of_a_recording_s_folder_is_whole(tmp_path: Path) -> None:
    (tmp_path / "db/walk.txt").mkdir(parents=True)
    assert record_name(tmp_path / "db/walk.txt") == "db/walk.txt"


@pytest.mark.parametrize("name", ["r.csv", "r.edf", "r.hea", "r.txt", "r"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "Git LFS has not fetched"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"<html>\n", "is a web page"),
        (b"PK\x03\x04" + bytes(60), "save the sheet as CSV"),
        (b"\x1f\x8b" + bytes(60), r"unpack it first \(gunzip\)"),
    ],
)
def test_what_is_something_else_whatever_it_is_called(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordFormatError, match=said):
        open_source(tmp_path / name)
