"""Manifests, scores, golden vectors and tables that every model shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.common import golden, tables
from models.common.errors import DataChangedError, DataMissingError, ModelError
from models.common.manifest import Manifest, Record, file_sums
from models.common.scores import confusion, difference, measures, with_intervals


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    (tmp_path / "set").mkdir()
    (tmp_path / "set/1.dat").write_bytes(b"signal")
    sums = file_sums(tmp_path / "set", ["1.dat"])
    return Manifest({"set": {"licence": "CC0"}}, (Record("set/1", "1", 0, "train", sums),))


def test_a_manifest_is_read_as_it_was_written(manifest: Manifest, tmp_path: Path) -> None:
    manifest.save(tmp_path / "manifest.json")
    assert Manifest.load(tmp_path / "manifest.json") == manifest
    manifest.check(tmp_path)
    assert [record.name for record in manifest.of_use("train")] == ["set/1"]
    assert list(manifest.of_use("noise")) == []


def test_changed_and_missing_recordings_raise_their_own_errors(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "set/1.dat").write_bytes(b"Signal")
    with pytest.raises(DataChangedError, match="set/1"):
        manifest.check(tmp_path)
    (tmp_path / "set/1.dat").unlink()
    with pytest.raises(DataMissingError, match="VITALBAND_DATA"):
        manifest.check(tmp_path)


def test_confusion_leaves_out_other_labels_and_counts_no_prediction() -> None:
    counts = confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, -1, 0]), 2)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 1]]


def test_measures_are_sensitivity_predictivity_and_f1() -> None:
    se, ppv, f1 = measures(np.array([[8, 2, 0], [1, 3, 1]]))
    assert se == pytest.approx([0.8, 0.6])
    assert ppv == pytest.approx([8 / 9, 0.6])
    assert f1 == pytest.approx([16 / 19, 0.6])


def test_intervals_widen_where_people_differ() -> None:
    equal = np.array([[[90, 10, 0], [10, 90, 0]]] * 10)
    different = equal.copy()
    different[::2] = [[100, 0, 0], [20, 80, 0]]
    narrow = with_intervals(equal, ("a", "b"))["b"]["se"]
    wide = with_intervals(different, ("a", "b"))["b"]["se"]
    assert narrow == [0.9, 0.9, 0.9]
    assert wide[1] < wide[0] < wide[2]


def test_a_difference_is_paired_by_person() -> None:
    rng = np.random.default_rng(1)
    good = rng.integers(60, 100, 10)
    one = np.stack([np.array([[100, 0, 0], [100 - g, g, 0]]) for g in good])
    other = np.stack([np.array([[100, 0, 0], [110 - g, g - 10, 0]]) for g in good])
    value, low, high = difference(one, other)["mean_f1_but_first"]
    assert 0 < low <= value <= high


def test_golden_vectors_of_another_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "golden.json").write_text('{"model_sha256": "0", "input_bytes": 1, "output_bytes": 1}')
    with pytest.raises(DataChangedError):
        golden.load(tmp_path, b"model")


def test_tables_go_between_their_markers(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n")
    text = tables.table(["a", "b"], [["1", tables.interval([0.5, 0.25, 0.75])]])
    tables.replace(card, "x", text)
    tables.replace(card, "x", text)
    assert card.read_text() == f"before\n<!-- x -->\n\n{text}\n\n<!-- /x -->\nafter\n"
    assert text.splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 50.0 (25.0 to 75.0) |"]
    with pytest.raises(ModelError, match="'y'"):
        tables.replace(card, "y", text)
