"""The gallery of scenarios comes out as its files say, and a scenario that is not met is said so."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
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
from .scenarios.running import Outcome, run, run_here
from .scenarios.workers import Worker, run_in_processes

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
        ("{current: light, from_s: 5, at_most_ma: 0.5}", "1.192 mA, not 0.5 or less"),
        ("{current: motion, from_s: 5, at_least_ma: 0.6}", "0.55 mA, not 0.6 or more"),
        ("{current: device, lasts_h: 1000}", " mA, not 1000 h"),
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
        patch.setattr(running._Playing, "run", hang)
        hung = run_here(load(path), timeout_s=0.3, time_limit=limits.time_limit)
    assert hung.status == "timeout"
    assert run_here(load(path), timeout_s=LIMIT_S, time_limit=limits.time_limit).status == "passed"


def test_a_process_that_is_killed_takes_no_other_scenario_with_it(tmp_path: Path) -> None:
    endless = load(written(tmp_path, "about: x\nduration_s: 86400\nexpect: [{beat: normal}]\n", "endless.yaml"))
    short = [load(written(tmp_path, GOOD, f"{n}.yaml")) for n in range(3)]

    def kill(worker: Worker) -> None:
        while worker.pid is None:
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(worker.pid, signal.SIGKILL)

    with Worker() as worker:
        killer = threading.Thread(target=kill, args=(worker,))
        killer.start()
        died = worker.run(endless, timeout_s=LIMIT_S)
        killer.join()
        assert died.status == "died"
        assert died.failures == [f"{tmp_path}/endless.yaml: its process ended with -9"]
        assert [worker.run(each, timeout_s=LIMIT_S).status for each in short] == ["passed"] * 3


def test_a_process_that_hangs_beyond_its_own_limit_is_killed(tmp_path: Path) -> None:
    endless = load(written(tmp_path, "about: x\nduration_s: 86400\nexpect: [{beat: normal}]\n"))
    with Worker(grace_s=-LIMIT_S + 3.0) as worker:  # as if its own limit were not heeded
        hung = worker.run(endless, timeout_s=LIMIT_S)
        assert hung.status == "timeout"
        assert "its process was killed after 3 s" in hung.failures[0]


def test_outcomes_of_several_processes_come_in_order(tmp_path: Path) -> None:
    scenarios = [load(written(tmp_path, GOOD, f"{n}.yaml")) for n in range(4)]
    got = list(run_in_processes(scenarios, "cpython", LIMIT_S, 2))
    assert [each.scenario.name for each in got] == ["0", "1", "2", "3"]
    assert {each.status for each in got} == {"passed"}


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
        (GOOD, ("--out", "/dev/null/out"), 2),
        (GOOD, ("--junit", "/dev"), 2),
        (GOOD + "record: {path: gone}\n", (), 3),
        (GOOD.replace(": 6", ": 86400"), ("--timeout", "1"), 42),
    ],
    ids=["met", "not met", "wrong file", "wrong target", "no jobs", "no folder", "no junit", "no device", "too late"],
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


def test_outputs_are_tried_before_anything_runs_and_leave_nothing_behind(tmp_path: Path) -> None:
    path = str(written(tmp_path, GOOD))
    (tmp_path / "file").write_text("kept")
    for words in (("--out", "file"), ("--out", "file/out"), ("--junit", "file/r.xml"), ("--junit", ".")):
        option, name = words
        got = vitalband("hil", "run", path, option, str(tmp_path / name), timeout=300)
        assert got.returncode == 2
        assert "cannot be written: " in got.stderr
        assert got.stdout == ""
    got = vitalband("hil", "capture", "gone.csv", "--out", str(tmp_path), timeout=300)
    assert (got.returncode, got.stderr) == (2, f"vitalband hil: {tmp_path}: cannot be written: Is a directory\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "s.yaml"]
    assert (tmp_path / "file").read_text() == "kept"
    got = vitalband("hil", "run", path, "--junit", str(tmp_path / "new/r.xml"), timeout=300)
    assert got.returncode == 0
    assert (tmp_path / "new/r.xml").exists()


def test_a_full_disk_keeps_no_scenario_from_running_and_is_said(tmp_path: Path) -> None:
    paths = [str(written(tmp_path, GOOD, f"{n}.yaml")) for n in range(2)]
    got = vitalband("hil", "run", *paths, "--junit", "/dev/full", timeout=300)
    assert got.returncode == 2
    assert got.stderr == "vitalband hil: output: cannot be written: No space left on device\n"
    assert "2 of 2 passed" in got.stdout


def test_scenarios_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    for name in ("a/fall.yaml", "a/fall.yml", "b/fall.yaml", "b/other.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD)
    files = [str(tmp_path / name) for name in ("a/fall.yml", "b/../b", "b/fall.yaml", "a")]
    got = vitalband("hil", "run", *files, "--json", "--out", str(tmp_path / "out"), timeout=300)
    names = [json.loads(line)["scenario"] for line in got.stdout.splitlines()]
    assert names == ["a/fall.yml", "other", "b/fall", "a/fall.yaml"]
    assert all((tmp_path / "out" / name / "result.json").exists() for name in names)


def test_what_an_earlier_run_left_is_not_taken_for_this_one_s(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    folder = save(outcome(path), tmp_path / "out")
    assert (folder / "truth.json").exists()
    save(Outcome(load(path), "cpython", error="died"), tmp_path / "out")
    assert not (folder / "truth.json").exists()
    assert (folder / "items.jsonl").read_text() == ""


def test_what_begins_after_the_end_of_a_record_fails(tmp_path: Path) -> None:
    """Of nothing, nothing comes: without this an event that must not come would be looked for in vain."""
    write_record(Wearer(PRESETS["resting"], seed=2), tmp_path / "r", 12.0)
    head = "about: x\nrecord: {path: r.hea}\n"
    text = f"{head}expect:\n- {{event: fall, from_s: 11, count: 0}}\n- {{event: fall, from_s: 13, count: 0}}\n"
    text += "faults:\n- {component: ecg, fault: off, from_s: 12.5}\nplace:\n  sunlight:\n  - {from_s: 50}\n"
    got = outcome(written(tmp_path, text))
    over = "and the record is over after 12 s"
    assert sorted(got.failures) == [
        f"{tmp_path}/s.yaml:10: place.sunlight: begins at 50 s, {over}",
        f"{tmp_path}/s.yaml:5: expect: begins at 13 s, {over}",
        f"{tmp_path}/s.yaml:7: faults: begins at 12.5 s, {over}",
    ]


def test_a_fault_of_signals_that_a_record_has_not_is_refused(tmp_path: Path) -> None:
    t = [n / 250 for n in range(3000)]
    rows = "\n".join(f"{s:.3f},{0.5 if n % 200 < 8 else 0.0}" for n, s in enumerate(t))
    (tmp_path / "r.csv").write_text(f"time_s,ecg_mv\n{rows}\n")
    text = "about: x\nrecord: {path: r.csv}\nexpect: [{reading: heart_rate, at_most: 99}]\nfaults:\n"
    got = outcome(written(tmp_path, text + "- {signal: not_worn, from_s: 3}\n"))
    assert got.status == "died"
    assert "line 5: not_worn is of what the record has not; it has ecg" in got.failures[0]


def test_check_schema_and_capture_as_a_user_types_them(tmp_path: Path) -> None:
    assert vitalband("hil", "check", str(GALLERY[0].parent)).stdout == f"{len(GALLERY)} scenarios, nothing wrong\n"
    assert vitalband("hil", "check", str(tmp_path)).returncode == 2
    assert json.loads(vitalband("hil", "schema").stdout)["title"] == "vitalband scenario"
    record = write_record(Wearer(PRESETS["resting"], seed=2), tmp_path / "r", 15.0)
    got = vitalband("hil", "capture", str(record), "--out", str(tmp_path / "r.yaml"), timeout=300)
    assert got.returncode == 0, got.stderr
    assert load(tmp_path / "r.yaml").recording is not None
