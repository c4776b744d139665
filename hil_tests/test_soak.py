"""The soak draws scenarios that can be run, goes on where it was left, and reduces what fails."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.faults import RESETTING, faults_of

from .scenarios import running
from .scenarios.artifacts import write_scenario
from .scenarios.judging import Verdict
from .scenarios.link_faults import LINK_FAULTS
from .scenarios.loading import load
from .scenarios.model import Scenario
from .soak import campaign, drawing
from .soak.__main__ import main
from .soak.campaign import Run, Soak, reduce, run_one, summary
from .soak.drawing import Data, draw
from .soak.minimising import minimised


def loaded(data: Data, folder: Path) -> Scenario:
    write_scenario(data, folder / "s.yaml")
    return load(folder / "s.yaml")


def test_all_that_is_drawn_can_be_run_and_is_drawn_again(tmp_path: Path) -> None:
    drawn = [draw(7, number) for number in range(150)]
    assert drawn == [draw(7, number) for number in range(150)]
    assert drawn[0] != draw(8, 0)
    scenarios = [loaded(data, tmp_path) for data in drawn]
    of_chips = {fault for component in drawing._FITTED for fault in faults_of(component)}
    assert {fault.fault for each in scenarios for fault in each.component_faults} == of_chips - RESETTING
    assert {fault.fault for each in scenarios for fault in each.link_faults} == set(LINK_FAULTS)
    assert {each for data in drawn for each in data} >= {"ride", "place", "faults", "actions"}
    for each in scenarios:
        assert all(fault.stop_s <= each.duration_s - drawing.CALM_S for fault in each.component_faults)


def test_what_fails_of_two_things_is_reduced_to_them() -> None:
    data = draw(3, 0) | {
        "faults": [{"link": "off", "from_s": 2, "to_s": 30}, {"component": "ecg", "fault": "off"}, {"signal": "flat"}],
        "actions": [{"at_s": 9, "do": "reset"}, {"at_s": 12, "do": "reset"}],
        "wearer": {"preset": "af", "skin": "dark"},
    }
    tries: list[Data] = []

    def fails(tried: Data) -> bool:
        tries.append(tried)
        faults = tried.get("faults", [])
        return any("link" in fault and fault["to_s"] > 10 for fault in faults) and len(tried.get("actions", [])) >= 1

    small = minimised(data, fails, most_tries=200)
    assert len(small["faults"]) == len(small["actions"]) == 1
    assert small["faults"][0]["link"] == "off"
    assert 10 < small["faults"][0]["to_s"] < 20
    assert small["wearer"] == {"preset": "resting"}
    assert "place" not in small
    assert small["duration_s"] < data["duration_s"] / 2
    assert len(tries) <= 200
    assert minimised(data, lambda tried: False) == data


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios of some seconds, of which those that have a reset fail."""

    def brief(seed: int, number: int) -> Data:
        actions = [{"at_s": 2, "do": "reset"}] if number == 1 else []
        expect = [{"event": "fall", "count": 0}, {"event": "impact", "count": 0}]
        return {"about": f"{seed}", "seed": number, "duration_s": 6, "actions": actions, "expect": expect}

    def judge(scenario: Scenario, *given: object) -> list[Verdict]:
        return [Verdict(0, "no resets", f"{len(scenario.actions)} at 2 s" if scenario.actions else None)]

    monkeypatch.setattr(campaign, "draw", brief)
    monkeypatch.setattr(running, "judge_always", judge)


@pytest.mark.usefixtures("short")
def test_a_campaign_goes_on_where_it_was_left_and_keeps_what_fails_as_a_scenario(tmp_path: Path) -> None:
    found: list[Run] = []
    Soak(tmp_path, 5).go_on(2, 600.0, 1, found.append)
    assert [(each.number, each.status) for each in found] == [(0, "passed"), (1, "failed")]
    assert found[1].failures == ["no resets: 1 at 2 s"]
    reduced = load(tmp_path / "failed-5-1.yaml")
    assert "It failed of: no resets: # at # s" in reduced.about
    assert len(reduced.expect) == len(reduced.actions) == 1
    with (tmp_path / "soak.jsonl").open("a") as done:
        done.write('{"seed": 5, "number": 2, "sta')  # it was killed here
    again = Soak(tmp_path, 5)
    assert [each.number for each in again.runs] == [0, 1]
    assert again.go_on(2, 600.0, 1, found.append) == []
    assert Soak(tmp_path, 6).runs == []


def test_the_same_number_gives_the_same_result(tmp_path: Path) -> None:
    first, second = run_one(4, 2), run_one(4, 2)
    assert first.failures == second.failures == []
    assert first.seconds == second.seconds == draw(2, 4)["duration_s"]


@pytest.mark.usefixtures("short")
def test_the_command_fails_where_a_scenario_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "1", "--out", str(tmp_path)]) == 0
    assert "1 scenarios, 0 scenario-minutes in " in capsys.readouterr().out
    assert main(["--count", "2", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "1 scenarios of seed 1 are done already" in said
    assert "number 1: no resets: 1 at 2 s" in said
    assert "   1 x no resets: # at # s (number 1)" in said
    assert [json.loads(line)["number"] for line in (tmp_path / "soak.jsonl").read_text().splitlines()] == [0, 1]
    with pytest.raises(SystemExit):
        main(["--jobs", "0"])


def test_a_summary_says_how_much_and_how_fast() -> None:
    runs = [Run(1, number, "passed", 120.0, 1.0) for number in range(3)]
    runs.append(Run(1, 3, "failed", 60.0, 1.0, ["a: 3 s; b", "a: 4 s"]))
    lines = summary(runs)
    assert lines[0].startswith("4 scenarios, 7 scenario-minutes in 0.1 minutes of the processor: 6300 scenario-minutes")
    assert lines[0].endswith("; 1 failed")
    assert lines[1:] == ["   1 x a: # s (number 3)"]
    assert Counter(kind for run in runs for kind in run.kinds) == {"a: # s": 1}


@pytest.mark.usefixtures("short")
def test_reducing_names_what_it_failed_of(tmp_path: Path) -> None:
    small = reduce(run_one(1, 9), tmp_path / "r.yaml", most_tries=3)
    assert small["about"].startswith("Soak of seed 9, number 1, reduced.")
