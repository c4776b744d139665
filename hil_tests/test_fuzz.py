"""A short slice of `make fuzz`, and that its runner notices what it looks for."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from hil_tests.fuzz.__main__ import CAMPAIGNS, main
from hil_tests.fuzz.campaign import Campaign, Files, drawn, run
from hil_tests.fuzz.mutation import BINARY, TEXT, mutated

#: Inputs of each campaign that `make test` has time for.
SLICE = {
    "networks": 1000,
    "records": 300,
    "to-device": 10,
    "management": 5,
    "to-host": 10,
    "logs": 2,
    "written": 150,
    **dict.fromkeys(("kills-wfdb", "kills-edf", "kills-csv"), 8),
}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_nothing_but_typed_errors_comes_of_a_mutated_input(name: str, tmp_path: Path) -> None:
    report = run(CAMPAIGNS[name], SLICE[name], seed=0, save=tmp_path)
    assert report.failures == []
    assert report.inputs == SLICE[name]
    # of a CSV no kill loses anything
    assert len(report.outcomes) > (name != "kills-csv")


class _Fragile:
    """Dies of one input, stumbles over another."""

    def __init__(self, _folder: Path) -> None:
        pass

    def input(self, chance: Random) -> Files:
        return {"it.bin": bytes([chance.randrange(8)])}

    def attempt(self, files: Files) -> Counter[str]:
        if files["it.bin"] == b"\3":
            os.abort()
        if files["it.bin"] == b"\5":
            raise IndexError("of five")
        return Counter({"held": 1})


def test_a_process_that_dies_and_an_exception_are_findings_with_their_inputs(tmp_path: Path) -> None:
    campaign = Campaign("fragile", _Fragile)
    inputs = [drawn(campaign, 4, index, _Fragile(tmp_path))["it.bin"] for index in range(20)]
    report = run(campaign, 20, seed=4, save=tmp_path)
    died = [index for index, value in enumerate(inputs) if value == b"\3"]
    raised = [index for index, value in enumerate(inputs) if value == b"\5"]
    assert died
    assert raised
    assert sorted(index for index, _ in report.failures) == sorted(died + raised)
    assert report.inputs == 20
    assert report.outcomes["held"] == 20 - len(died) - len(raised)
    assert (tmp_path / f"fragile-4-{died[0]}" / "it.bin").read_bytes() == b"\3"
    assert "of five" in (tmp_path / f"fragile-4-{raised[0]}" / "failure.txt").read_text()


def test_the_command_says_what_it_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["networks", "--count", "20", "--save", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("networks: 20 inputs (")
    with pytest.raises(SystemExit):
        main(["nothing"])


@pytest.mark.parametrize("mutations", [BINARY, TEXT])
def test_mutations_repeat_and_damage(mutations: tuple[object, ...]) -> None:
    data = b"100 2 250 2000\n100.dat 16 200 11 1024 995 -22131 0 MLII\n" * 3
    made = [mutated(Random(seed), data, mutations) for seed in range(200)]  # type: ignore[arg-type]
    assert made == [mutated(Random(seed), data, mutations) for seed in range(200)]  # type: ignore[arg-type]
    assert sum(each != data for each in made) > 190
