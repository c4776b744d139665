"""What every `evaluate` does around a model's own scores."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.common import golden
from models.common import paths as paths_module
from models.common.errors import DataChangedError
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, Record, sha256
from models.common.paths import ModelPaths, read_json


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelPaths:
    """A small shipped network whose one recording is below $VITALBAND_DATA."""
    shipped = ModelPaths("beat_kind")
    monkeypatch.setattr(paths_module, "_MODELS", tmp_path / "models")
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path / "data"))
    found = ModelPaths("copy")
    for folder in (found.here, found.work, tmp_path / "data/set"):
        folder.mkdir(parents=True)
    for one, other in ((shipped.int8, found.int8), (shipped.float, found.float)):
        shutil.copy(one, other)
    inputs, _ = golden.load(shipped.golden, shipped.int8.read_bytes())
    np.save(found.calibrated, inputs)
    (tmp_path / "data/set/one.dat").write_bytes(b"signal")
    record = Record("set/one", "person", 0, "train", {"one.dat": sha256(b"signal")})
    Manifest({}, (record,)).save(found.manifest)
    return found


def test_scores_are_written_with_the_check_sum_of_the_network_that_ships(paths: ModelPaths) -> None:
    written: list[dict[str, Any]] = []
    evaluate(paths, 2, lambda manifest: {"records": [record.name for record in manifest.records]}, written.append)
    expected = {"shipped_sha256": sha256(paths.int8.read_bytes()), "records": ["set/one"]}
    assert read_json(paths.metrics) == expected
    assert written == [expected]
    assert paths.resources.exists()
    assert len(golden.load(paths.golden, paths.int8.read_bytes())[0]) == 2


def test_a_recording_that_is_not_the_manifests_is_refused_before_anything_is_written(
    paths: ModelPaths, tmp_path: Path
) -> None:
    (tmp_path / "data/set/one.dat").write_bytes(b"another signal")
    with pytest.raises(DataChangedError, match="set/one"):
        evaluate(paths, 2, lambda _: {}, lambda _: None)
    assert not paths.metrics.exists()
    assert not paths.resources.exists()
