"""The gallery of scenarios comes out as its files say, and a scenario that is not met is said so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from firmware_sim.cli.processes import vitalband
from firmware_sim.world.recorded import write_record
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.errors import RecordError

from .scenarios import time_limit as limits
from .scenarios.artifacts import save, write_scenario
from .scenarios.capturing import capture
from .scenarios.loading import load
from .scenarios.model import Recording
from .scenarios.running import Outcome, run, run_all

GALLERY = sorted((Path(__file__).parent / "scenarios/gallery").glob("*.yaml"))
LIMIT_S = 500.0


def outcome(path: Path, **options: float) -> Outcome:
    return asyncio.run(run(load(path), timeout_s=options.get("timeout_s", LIMIT_S)))


def written(folder: Path, text: str, name: str = "s.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_the_gallery(path: Path) -> None:
    got = outcome(path)
    assert got.failures == []
    assert got.status == "passed"
    assert got.reached_s >= got.scenario.duration_s - 1e-6


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{reading: heart_rate, from_s: 11, between: [100, 120]}", "not 100 to 120"),
        ("{reading: activity, from_s: 8, is: running}", "still at "),
        ("{reading: heart_rate, from_s: 11, reason: lead_off}", " numbers, the first "),
        ("{reading: pulse_rate, from_s: 0.5, to_s: 5.5, reason: lead_off}", " refused: warming_up"),
        ("{reading: heart_rate, to_s: 1, answered_at_most: 0.5}", "nothing came"),
        ("{reading: heart_rate, from_s: 11, answered_at_most: 0.5}", "of 2 have a number"),
        ("{reading: heart_rate, at_least: 99}", "with a number, not 99 or more"),
        ("{reading: heart_rate, near_truth: 0.0001}", "is true"),
        ("{event: fall}", "0, not 1 or more"),
        ("{finding: irregular, at_least: 1}", "0, not 1 or more"),
        ("{beat: normal, count: 2}", "not 2 or fewer"),
    ],
)
def test_what_is_not_met_is_said_with_its_line(expected: str, said: str, tmp_path: Path) -> None:
    got = outcome(written(tmp_path, f"about: x\nduration_s: 32\nexpect:\n- {expected}\n- {{beat: normal}}\n"))
    assert got.status == "failed"
    (line,) = got.failures
    assert line.startswith(f"{tmp_path}/s.yaml:4: ")
    assert said in line


def test_same_seed_same_items(tmp_path: Path) -> None:
    path = written(tmp_path, "about: x\nseed: 5\nduration_s: 15\nexpect: [{beat: normal}]\n")
    first, second = outcome(path), outcome(path)
    assert len(first.observed) > 50
    assert [repr(each) for each in first.observed] == [repr(each) for each in second.observed]


def test_what_is_out_of_time_says_how_far_it_came(tmp_path: Path) -> None:
    path = written(tmp_path, "about: x\nduration_s: 86400\nexpect: [{beat: normal}]\n")
    got = outcome(path, timeout_s=1.0)
    assert got.status == "timeout"
    assert got.failures == [f"{path}: not over after 1 s, at {got.reached_s:g} s of 86400 s"]


def test_a_firmware_that_hangs_is_ended_and_the_next_one_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from .scenarios import running

    def hang(*_: object) -> None:
        while True:
            pass

    path = written(tmp_path, "about: x\nduration_s: 5\nexpect: [{reading: activity}]\n")
    monkeypatch.setattr(limits, "_GRACE_S", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_play", hang)
        (hung,) = run_all([load(path)], lambda _: None, timeout_s=0.3, time_limit=limits.time_limit)
    assert hung.status == "timeout"
    (fine,) = run_all([load(path)], lambda _: None, timeout_s=LIMIT_S, time_limit=limits.time_limit)
    assert fine.status == "passed"


def test_what_the_firmware_dies_of_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware_sim.firmware.roles.band import Band

    def die(*_: object) -> int:
        raise ZeroDivisionError("no more")

    path = written(tmp_path, "about: x\nduration_s: 5\nexpect: [{event: fall, count: 0}]\n")
    monkeypatch.setattr(Band, "step", die)
    got = outcome(path)
    assert got.status == "died"
    assert "ZeroDivisionError: no more" in got.failures[0]


def test_a_scenario_leaves_what_was_said_and_what_was_true(tmp_path: Path) -> None:
    path = written(tmp_path, "about: x\nduration_s: 12\nexpect: [{beat: normal}]\n")
    folder = save(outcome(path), tmp_path / "out")
    assert sorted(each.name for each in folder.iterdir()) == [
        "console.txt", "items.jsonl", "result.json", "s.yaml", "truth.json",
    ]  # fmt: skip
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    assert {"beat", "reading"} <= {item["type"] for item in items}
    assert all(0 <= item["at_s"] <= 12 for item in items)
    assert json.loads((folder / "result.json").read_text())["status"] == "passed"
    assert len(json.loads((folder / "truth.json").read_text())["beats"]) > 8
    assert load(folder / "s.yaml").duration_s == 12


def test_any_recording_becomes_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    record = write_record(Wearer(PRESETS["fall"], seed=2), tmp_path / "records/person", 45.0)
    path = tmp_path / "person.yaml"
    write_scenario(capture(Recording(record), path), path)
    scenario = load(path)
    assert scenario.recording is not None
    assert scenario.data["record"] == {"path": "records/person.hea"}
    assert {"event": "fall", "count": 1} in scenario.data["expect"]
    assert outcome(path).failures == []
    # another person is another scenario
    write_record(Wearer(PRESETS["tachycardia"], seed=2), tmp_path / "records/person", 45.0)
    assert outcome(path).status == "failed"


def test_a_record_that_is_not_there_becomes_none(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="gone"):
        capture(Recording(tmp_path / "gone.csv"), tmp_path / "s.yaml")


GOOD = "about: x\nduration_s: 6\nexpect: [{reading: activity}]\n"


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (GOOD, (), 0),
        (GOOD.replace("reading: activity", "event: fall"), (), 1),
        (GOOD + "sed: 1\n", (), 2),
        (GOOD, ("--target", "abacus"), 2),
        (GOOD, ("--jobs", "0"), 2),
        (GOOD + "record: {path: gone}\n", (), 3),
        (GOOD.replace(": 6", ": 86400"), ("--timeout", "1"), 42),
    ],
    ids=["met", "not met", "wrong file", "wrong target", "no jobs", "no device", "out of time"],
)
def test_exit_codes(text: str, words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    got = vitalband("hil", "run", str(written(tmp_path, text)), *words, timeout=300)
    assert got.returncode == code, got.stderr
    assert "Traceback" not in got.stderr
    assert (got.stderr != "") == (code == 2)


def test_a_folder_of_scenarios_with_junit_and_artifacts(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    written(folder, GOOD, "good.yaml")
    written(folder, GOOD.replace("reading: activity", "event: fall"), "bad.yaml")
    results = ("--jobs", "2", "--out", str(tmp_path / "out"), "--junit", str(tmp_path / "r.xml"))
    got = vitalband("hil", "run", str(folder), "--json", *results, timeout=300)
    assert got.returncode == 1, got.stderr
    assert [json.loads(line)["status"] for line in got.stdout.splitlines()] == ["failed", "passed"]
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert (tmp_path / "out/bad/items.jsonl").exists()


def test_check_schema_and_capture_as_a_user_types_them(tmp_path: Path) -> None:
    assert vitalband("hil", "check", str(GALLERY[0].parent)).stdout == f"{len(GALLERY)} scenarios, nothing wrong\n"
    assert vitalband("hil", "check", str(tmp_path)).returncode == 2
    assert json.loads(vitalband("hil", "schema").stdout)["title"] == "vitalband scenario"
    record = write_record(Wearer(PRESETS["resting"], seed=2), tmp_path / "r", 15.0)
    got = vitalband("hil", "capture", str(record), "--out", str(tmp_path / "r.yaml"), timeout=300)
    assert got.returncode == 0, got.stderr
    assert load(tmp_path / "r.yaml").recording is not None
