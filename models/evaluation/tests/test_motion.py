"""`vitalband evaluate motion`: the sets in both their forms, scores, and the whole command on small records."""

from __future__ import annotations

import json
import lzma
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.cli.main import main
from host_sdk.replay import ReplayedEvent
from models.common.manifest import data_root
from models.evaluation.core.errors import CaseError
from models.evaluation.motion import weda_fall as loader
from models.evaluation.motion.datasets import open_dataset
from models.evaluation.motion.scoring import Trial, score_trial, summarise, worst
from models.evaluation.motion.sisfall import Sisfall
from models.evaluation.motion.weda_fall import WedaFall

Counts = NDArray[np.int64]


def _counts(preset: str, seconds: float = 20.0) -> Counts:
    """A wearer as SisFall's sensor has it: y down, 256 counts a g, 14.375 a degree per second, 200/s."""
    motion = Wearer(PRESETS[preset], seed=3).sample("motion", np.arange(0, seconds, 1 / 200))
    scaled = motion * np.array([-1, -1, 1, -1, -1, 1]) * np.array([256.0] * 3 + [14.375] * 3)
    return np.asarray(np.rint(scaled), dtype=np.int64)


def _text(folder: Path, name: str, counts: Counts) -> None:
    """A trial in the published form: nine columns, the last three of a second accelerometer."""
    subject = folder / name[4:8]
    subject.mkdir(parents=True, exist_ok=True)
    lines = [",".join(f"{int(cell):6d}" for cell in (*row, 0, 0, 0)) + ";" for row in counts]
    (subject / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="ascii")


def _packed(folder: Path, subject: str, trials: dict[str, Counts]) -> None:
    content = BytesIO()
    np.savez(content, **{name: np.diff(counts, axis=0, prepend=0).astype(np.int16) for name, counts in trials.items()})
    (folder / f"{subject}.npz.xz").write_bytes(lzma.compress(content.getvalue()))


def _run(capsys: pytest.CaptureFixture[str], *words: str, dataset: str = "sisfall") -> tuple[int, dict[str, Any]]:
    code = main(["evaluate", "motion", "--jobs", "1", "--json", "--dataset", dataset, *words])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_falls_and_daily_life_go_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _text(tmp_path, "F01_SA02_R01", _counts("fall", 30.0))
    _text(tmp_path, "D01_SA02_R01", _counts("walking"))
    code, report = _run(capsys, "--data", str(tmp_path), "--page", str(tmp_path / "pages"))
    assert (code, report["signal"], report["records"], report["failed"]) == (0, "motion", 2, 0)
    figures = report["methods"]["vitalband"]["summary"]["all"]
    assert {name: side["alarmed"] for name, side in figures["alarms"].items()} == {"falls": 1, "daily life": 0}
    assert list(figures["activities"]) == ["D01", "F01"]
    assert report["methods"]["vitalband"]["worst"] == []
    assert "vitalband: F01" in (tmp_path / "pages/sisfall.md").read_text(encoding="utf-8")


def test_both_forms_are_the_same(tmp_path: Path) -> None:
    counts = _counts("walking", 3.0)
    for form in ("published", "packed"):
        (tmp_path / form).mkdir()
    _text(tmp_path / "published", "D01_SA01_R01", counts)
    _packed(tmp_path / "packed", "SA01", {"D01_SA01_R01": counts})
    published, packed = (open_dataset("sisfall", tmp_path / form) for form in ("published", "packed"))
    assert published.records() == packed.records() == ["SA01/D01_SA01_R01"]
    assert np.array_equal(published.motion("SA01/D01_SA01_R01"), packed.motion("SA01/D01_SA01_R01"))
    assert packed.trial("SA01/D01_SA01_R01") == Trial("D01", False, 3.0, (), "SA01", "adults")
    # upright, gravity reads along y
    assert packed.motion("SA01/D01_SA01_R01")[:, 1].mean() == pytest.approx(1.0, abs=0.2)


def test_five_trials_of_an_activity_are_usual(tmp_path: Path) -> None:
    for number in range(1, 8):
        _text(tmp_path, f"D05_SA01_R{number:02d}", np.zeros((2, 6), np.int64))
    dataset = Sisfall(tmp_path)
    assert (len(dataset.records()), len(dataset.usual())) == (7, 5)
    assert [name for name in dataset.records() if dataset.splits["even"](name)] == []


def test_a_damaged_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _text(tmp_path, "D01_SA01_R01", np.zeros((2, 6), np.int64))
    (tmp_path / "SA01/D01_SA01_R01.txt").write_text("1,2,three,4,5,6;\n")
    with pytest.raises(CaseError, match=r"D01_SA01_R01\.txt"):
        Sisfall(tmp_path).motion("SA01/D01_SA01_R01")
    (tmp_path / "SA02.npz.xz").write_bytes(b"nothing")
    with pytest.raises(CaseError, match=r"SA02\.npz\.xz"):
        Sisfall(tmp_path).records()
    code, _ = _run(capsys, "--data", str(tmp_path))
    assert code == 1


def test_a_subjects_file_is_unpacked_once_for_all_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for subject in ("SA01", "SA02"):
        _packed(tmp_path, subject, {f"D01_{subject}_R01": np.zeros((2, 6), np.int64)})
    unpacked: list[int] = []
    decompress = lzma.decompress

    def counted(data: bytes) -> bytes:
        unpacked.append(len(data))
        return decompress(data)

    monkeypatch.setattr(lzma, "decompress", counted)
    dataset = Sisfall(tmp_path)
    assert dataset.records() == dataset.usual() == ["SA01/D01_SA01_R01", "SA02/D01_SA02_R01"]
    assert len(unpacked) == 2


def _watch(preset: str, seconds: float, sensor: str) -> NDArray[np.float32]:
    """A wearer as WEDA-FALL's watch has it: time, x down the arm, y, z; m/s2 or rad/s, 50/s."""
    t = np.arange(0, seconds, 1 / 50)
    motion = Wearer(PRESETS[preset], seed=3).sample("motion", t)
    x, y, z = (motion[:, :3] * 9.80665 if sensor == "accel" else np.radians(motion[:, 3:])).T
    return np.column_stack((t, -y, x, z)).astype(np.float32)


def _watches(folder: Path, trials: dict[str, tuple[str, float]], packed: bool) -> WedaFall:
    """Trials by name: preset and seconds. The gyroscope stops two samples early."""
    rows = {
        (name, sensor): _watch(preset, seconds, sensor)[: None if sensor == "accel" else -2]
        for name, (preset, seconds) in trials.items()
        for sensor in ("accel", "gyro")
    }
    folder.mkdir(parents=True, exist_ok=True)
    if packed:
        arrays = {f"{name.replace('/', '__')}__{sensor}": each for (name, sensor), each in rows.items()}
        np.savez(folder / "weda_fall_50hz.npz", **arrays)
    for (name, sensor), each in () if packed else rows.items():
        path = folder / f"50Hz/{name}_{sensor}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = ",".join(f"{sensor}_{column}_list" for column in ("time", "x", "y", "z"))
        np.savetxt(path, each, delimiter=",", header=head, comments="")
    return WedaFall(folder)


@pytest.mark.parametrize("packed", [True, False])
def test_a_watch_is_read_as_worn_in_both_forms(tmp_path: Path, packed: bool) -> None:
    dataset = _watches(tmp_path, {"D01/U21_R01": ("walking", 4.0), "F01/U02_R03": ("fall", 4.0)}, packed)
    assert dataset.records() == ["D01/U21_R01", "F01/U02_R03"]
    motion = dataset.motion("D01/U21_R01")
    assert motion.shape == (198, 6)
    expected = Wearer(PRESETS["walking"], seed=3).sample("motion", np.arange(198) / 50)
    assert np.allclose(motion, expected, atol=1e-3)
    trial = dataset.trial("F01/U02_R03")
    assert (trial.code, trial.is_fall, trial.length_s, trial.person, trial.group) == (
        "F01",
        True,
        198 / 50,
        "U02",
        "young",
    )
    (tmp_path / "fall_timestamps.csv").write_text("filename,start_time,end_time\nF01/U02_R03,1.5,2.5\n", "utf-8-sig")
    loader._fall_times.cache_clear()
    assert dataset.trial("F01/U02_R03").spans == ((1.5, 2.5),)
    assert [dataset.splits["old"](name) for name in dataset.records()] == [True, False]


def test_falls_at_the_wrist_go_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _watches(tmp_path, {"D01/U21_R01": ("walking", 20.0), "F01/U02_R03": ("fall", 30.0)}, packed=True)
    code, report = _run(capsys, "--data", str(tmp_path), dataset="weda_fall")
    assert (code, report["records"], report["failed"]) == (0, 2, 0)
    alarms = report["methods"]["vitalband"]["summary"]["all"]["alarms"]
    assert {name: side["alarmed"] for name, side in alarms.items()} == {"falls": 1, "daily life": 0}


def test_a_damaged_watch_is_named(tmp_path: Path) -> None:
    dataset = _watches(tmp_path, {"D01/U21_R01": ("walking", 1.0)}, packed=True)
    with pytest.raises(CaseError, match="D01/U99_R01"):
        dataset.motion("D01/U99_R01")
    for damage in (b"nothing", b"PK\x03\x04nothing"):
        (tmp_path / "weda_fall_50hz.npz").write_bytes(damage)
        loader._unpacked.cache_clear()
        with pytest.raises(CaseError, match=r"weda_fall_50hz\.npz"):
            dataset.records()
    published = _watches(tmp_path / "published", {"D01/U21_R01": ("walking", 1.0)}, packed=False)
    (tmp_path / "published/50Hz/D01/U21_R01_gyro.csv").write_text("time,x,y,z\n1,2,three,4\n")
    with pytest.raises(CaseError, match=r"U21_R01_gyro\.csv"):
        published.motion("D01/U21_R01")


def _record(code: str, events: tuple[str, ...]) -> dict[str, Any]:
    happened = [ReplayedEvent(1.0, kind, 50, 3.0) for kind in events]
    scores = score_trial(Trial(code, code.startswith("F"), 36.0), happened)
    return {"record": f"SA01/{code}_SA01_R01", "group": "waist", "scores": scores}


def test_alarms_are_falls_and_accidents() -> None:
    records = [_record("F01", ("fall", "accident")), _record("F02", ("impact",)), _record("D01", ("accident",))]
    alarms = summarise(records)["all"]["alarms"]
    assert alarms["falls"] == {"trials": 2, "alarmed": 1, "fraction": 0.5, "repeated": 1, "hours": 0.02}
    assert alarms["daily life"]["alarmed"] == 1
    assert [(each["record"][5:8], each["wrong"]) for each in worst(records)] == [
        ("D01", "false alarm"),
        ("F02", "fall missed"),
    ]


@pytest.mark.data
def test_falls_of_a_subject_not_tuned_on(capsys: pytest.CaptureFixture[str]) -> None:
    recordings = data_root()
    if not (recordings / "sisfall/SA02.npz.xz").is_file():
        pytest.skip(f"no sisfall in {recordings}")
    dataset = open_dataset("sisfall", recordings)
    first = {name[5:8]: name for name in reversed(dataset.usual()) if name.startswith("SA02")}
    code, report = _run(capsys, "--data", str(recordings), "--records", *first.values())
    alarms = report["methods"]["vitalband"]["summary"]["all"]["alarms"]
    assert code == 0
    assert alarms["falls"]["fraction"] >= 0.85
    assert alarms["daily life"]["fraction"] <= 0.1
