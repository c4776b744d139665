"""Sets of vehicles, and scoring as a stream: windows, debounced countdowns, intervals by person, rates a day."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.cli.main import main
from host_sdk.replay import ReplayedEvent
from models.common.manifest import data_root
from models.evaluation.core.errors import CaseError
from models.evaluation.motion.datasets import open_dataset
from models.evaluation.motion.rates import by_person, most_a_day
from models.evaluation.motion.scoring import Trial, score_trial, summarise, worst

FALLS = Trial("F01", True, 60.0, ((20.0, 21.0), (40.0, 41.0)), "P1", "elderly")


def _events(*times: float, kind: str = "fall") -> list[ReplayedEvent]:
    return [ReplayedEvent(t, kind, 1, 3.0) for t in times]


@pytest.mark.parametrize(
    ("times", "found", "false"),
    [
        ((20.5, 43.9), 2, 0),
        ((19.0, 24.0), 1, 0),
        ((18.9,), 0, 1),
        ((24.1,), 0, 1),
        ((20.5, 27.0), 1, 0),  # still the countdown of the fall
        ((5.0, 9.0, 16.0), 0, 2),
        ((), 0, 0),
    ],
)
def test_an_alarm_belongs_to_a_fall_within_its_window(times: tuple[float, ...], found: int, false: int) -> None:
    score = score_trial(FALLS, _events(*times))
    assert (score["falls"], score["found"], score["false"]) == (2, found, false)
    assert score["watched_s"] == pytest.approx(60 - 2 * 5.0)


def test_other_events_are_no_countdowns() -> None:
    score = score_trial(FALLS, [*_events(20.5, kind="impact"), *_events(50.0, kind="hard_brake")])
    assert (score["found"], score["false"], score["alarms"]) == (0, 0, 0)


def test_windows_do_not_reach_beyond_the_trial() -> None:
    score = score_trial(Trial("F01", True, 10.0, ((0.5, 9.0),)), [])
    assert score["watched_s"] == 0


def _record(name: str, trial: Trial, *times: float) -> dict[str, Any]:
    return {"record": name, "group": "waist", "scores": score_trial(trial, _events(*times))}


def _records() -> list[dict[str, Any]]:
    daily = {who: Trial("D01", False, 3600.0, (), who, group) for who, group in (("P1", "elderly"), ("P2", "adults"))}
    return [
        _record("a", FALLS, 20.5, 40.5),
        _record("b", Trial("F01", True, 60.0, ((20.0, 21.0),), "P2", "adults"), 50.0),
        _record("c", daily["P1"]),
        _record("d", daily["P2"], 100.0, 105.0, 900.0),
    ]


def test_groups_and_everyone_are_counted_by_fall_and_by_trial() -> None:
    people = summarise(_records())["all"]["people"]
    assert {name: (row["people"], row["right"], row["n"]) for name, row in people.items()} == {
        "falls found": (2, 2, 3),
        "falls found, adults": (1, 0, 1),
        "falls found, elderly": (1, 2, 2),
        "trials without an alarm": (2, 1, 2),
        "trials without an alarm, adults": (1, 0, 1),
        "trials without an alarm, elderly": (1, 1, 1),
    }
    assert people["falls found, elderly"]["low"] is None
    assert people["falls found"]["low"] == 0


def test_countdowns_are_rates_with_their_bound() -> None:
    stream = summarise(_records())["all"]["stream"]
    assert stream["daily life"]["countdowns"] == 2
    assert stream["daily life"]["an_hour"] == 1.0
    assert stream["daily life"]["at_most_a_day"] == pytest.approx(6.2958 * 12, abs=0.01)
    assert stream["before and after falls"]["countdowns"] == 1


def test_both_wrongs_of_a_record_are_reported() -> None:
    assert [(each["record"], each["wrong"]) for each in worst(_records())] == [
        ("d", "false alarm"),
        ("b", "false alarm, fall missed"),
    ]


@pytest.mark.parametrize(("count", "most"), [(0, 2.9957), (1, 4.7439), (5, 10.513), (100, 118.08)])
def test_rates_have_the_bound_of_poisson(count: int, most: float) -> None:
    assert most_a_day(count, 24.0) == pytest.approx(most, rel=1e-3)


def test_intervals_are_of_people_not_of_trials() -> None:
    even = by_person(np.array([[9, 10]] * 20))
    uneven = by_person(np.array([[10, 10]] * 18 + [[0, 10]] * 2))
    assert even["low"] == even["high"] == even["fraction"] == uneven["fraction"] == 0.9
    assert uneven["low"] < 0.8 < 0.95 < uneven["high"]


def _scooter(folder: Path, name: str = "Normaldrive", step_g: float = 0.0) -> Path:
    t = np.arange(0, 20, 1 / 200)
    rng = np.random.default_rng(1)
    axes = np.array([0, 9.80665, 0]) + rng.normal(0, 0.1, (len(t), 3))
    axes[2000:2010, 1] += 9.80665 * step_g
    lines = [
        f"{k}\t{1000 * s:.0f}\t" + "\t".join(f"{v:.3f}" for v in row) + "\tride"
        for k, (s, row) in enumerate(zip(t, axes, strict=True), 1)
    ]
    path = folder / f"scooter/data/{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_scooter_is_read_in_g_at_its_own_rate(tmp_path: Path) -> None:
    damaged = _scooter(tmp_path, "Damaged")
    _scooter(tmp_path)
    dataset = open_dataset("scooter", tmp_path)
    assert dataset.records() == ["Damaged", "Normaldrive"]
    assert dataset.rate("Normaldrive") == pytest.approx(200, abs=0.2)
    assert dataset.motion("Normaldrive").mean(axis=0) == pytest.approx([0, 1, 0], abs=0.01)
    assert not dataset.trial("Normaldrive").is_fall
    damaged.write_text("1\t5\t0.1\tabc\n")
    with pytest.raises(CaseError, match=r"Damaged\.tsv"):
        dataset.motion("Damaged")


def test_a_ride_without_a_gyroscope_goes_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _scooter(tmp_path, step_g=2.5)
    words = ["--dataset", "scooter", "--data", str(tmp_path), "--jobs", "1", "--json"]
    assert main(["evaluate", "motion", *words]) == 0
    summary = json.loads(capsys.readouterr().out)["methods"]["vitalband"]["summary"]["all"]
    assert summary["stream"]["daily life"] | {"hours": 0, "at_most_a_day": 0} == {
        "hours": 0, "countdowns": 0, "an_hour": 0.0, "a_day": 0.0, "at_most_a_day": 0,
    }  # fmt: skip


def _driving(folder: Path, packed: bool) -> None:
    for sensor, value in (("acelerometro", "9.80665"), ("giroscopio", "0.5")):
        lines = ["timestamp,uptimeNanos,x,y,z"]
        lines += [f"14/05/2016 11:17:09,{k * 10_000_000},0.0,1.0,{value}" for k in range(300)]
        text = "\n".join([*lines, "14/05/2016 11:17:12,30"]) + "\n"
        path = folder / f"driving/17/{sensor}_terra.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        if packed:
            path.with_name(path.name + ".xz").write_bytes(lzma.compress(text.encode()))
        else:
            path.write_text(text)


@pytest.mark.parametrize("packed", [True, False])
def test_a_trip_is_turned_so_that_up_is_y(tmp_path: Path, packed: bool) -> None:
    _driving(tmp_path, packed)
    dataset = open_dataset("driving", tmp_path)
    motion = dataset.motion("17")
    assert dataset.records() == ["17"]
    assert motion[10] == pytest.approx([0, 1, -1 / 9.80665, 0, np.degrees(0.5), -np.degrees(1.0)], abs=1e-6)
    assert dataset.trial("17").spans == ()


def test_a_damaged_trip_is_named(tmp_path: Path) -> None:
    _driving(tmp_path, packed=True)
    (tmp_path / "driving/17/giroscopio_terra.csv.xz").write_bytes(b"nothing")
    with pytest.raises(CaseError, match=r"giroscopio_terra\.csv"):
        open_dataset("driving", tmp_path).motion("17")


def test_roads_are_joined_and_their_axes_live(tmp_path: Path) -> None:
    (tmp_path / "road").mkdir()
    (tmp_path / "road/potholes.txt").write_text("acc_z\n9.80665\n19.6133\n---\n9.80665\n")
    dataset = open_dataset("road", tmp_path)
    motion = dataset.motion("potholes")
    assert motion[:, 1] == pytest.approx([1, 2, 1])
    assert np.ptp(motion[:, 0]) > 0
    assert np.array_equal(motion, dataset.motion("potholes"))
    (tmp_path / "road/potholes.txt").write_text("acc_z\n9.8\nten\n")
    with pytest.raises(CaseError, match="potholes"):
        dataset.motion("potholes")
    (tmp_path / "road/potholes.txt").write_text("acc_z\n---\n")
    with pytest.raises(CaseError, match="no samples"):
        dataset.motion("potholes")


@pytest.mark.data
@pytest.mark.parametrize(("dataset", "falls"), [("scooter", 4), ("driving", 0), ("road", 0)])
def test_every_crash_of_vehicles_is_found_and_none_elsewhere(
    dataset: str, falls: int, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (data_root() / dataset).is_dir():
        pytest.skip(f"no {dataset} in {data_root()}")
    assert main(["evaluate", "motion", "--dataset", dataset, "--jobs", "1", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)["methods"]["vitalband"]["records"]
    scores = [record["scores"] for record in records]
    assert sum(score["found"] for score in scores) == sum(score["falls"] for score in scores) == falls
    assert sum(score["false"] for score in scores) == 0
