"""Where a record is looked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from host_sdk.errors import RecordNotFound
from host_sdk.records import open_source


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


def test_both_paths_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path))
    with pytest.raises(RecordNotFound, match=f"^db/no: no such record, nor {tmp_path}/db/no$"):
        open_source(Path("db/no"))
    with pytest.raises(RecordNotFound, match=f"^{tmp_path}/no: no such record$"):
        open_source(tmp_path / "no")
    with pytest.raises(RecordNotFound, match="is a folder; name a record in it"):
        open_source(tmp_path)
