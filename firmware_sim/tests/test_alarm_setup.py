"""`vitalband alarm setup` on simulators: whom a helmet alarms, and what of that it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.cli.processes import SimProcess
from host_sdk.cli.alarm_setup import COUNTDOWN_S, LONGEST
from host_sdk.cli.main import main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = Path(__file__).resolve().parents[1] / "schema" / "wire.toml"


@pytest.fixture(scope="module")
def sim() -> Iterator[SimProcess]:
    with SimProcess("--ride", "helmet_on_table") as process:
        yield process


def setup(capsys: pytest.CaptureFixture[str], address: str, *words: str) -> dict[str, Any]:
    """What the command says is set."""
    assert main(["alarm", "setup", address, "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_it_sets_what_it_is_given_and_says_what_is_refused(sim: SimProcess, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = {"contacts": "", "name": "", "profile": "motorcycle", "countdown_s": COUNTDOWN_S[2]}
    assert setup(capsys, sim.serial) == {**fresh, "numbers": 0, "refused": 0}
    given = ("--contacts", "Jo +49 30 1234567, Mum", "--name", "Łukasz", "--profile", "bicycle", "--countdown", "5")
    wanted = {"contacts": given[1], "name": "Łukasz", "profile": "bicycle", "countdown_s": 5}
    assert setup(capsys, sim.serial, *given) == {**wanted, "numbers": 1, "refused": 1}
    assert setup(capsys, sim.ble, "--countdown", "60") == {**wanted, "countdown_s": 60, "numbers": 1, "refused": 1}
    assert main(["alarm", "setup", sim.serial, "--contacts", ""]) == 0
    assert capsys.readouterr().out == (
        "contacts   none  (0 with a number)\nname       Łukasz\nprofile    bicycle\ncountdown  60 s\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--countdown", "4"], "5 to 60 s"),
        (["--countdown", "61"], "5 to 60 s"),
        (["--countdown", "ten"], "5 to 60 s"),
        (["--profile", "boat"], "boat"),
        (["--contacts", "é" * 81], "162 bytes of UTF-8: 160 at most"),
        (["--name", "Li\nBo"], "control characters"),
        (["--name", "Li\x9bBo"], "control characters"),
        (["--contacts", "Li\u202eBo"], "control characters"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_is_sent(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["alarm", "setup", "serial:/dev/null", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_band_has_no_contacts_to_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    with SimProcess() as band:
        assert main(["alarm", "setup", band.serial, "--contacts", "Jo +49301234"]) == 1
    assert "vitalband-ref has no alarm" in capsys.readouterr().err


def test_its_limits_are_those_of_the_device() -> None:
    settings = {each["name"]: each for each in tomllib.loads(SCHEMA.read_text(encoding="utf-8"))["settings"]}
    countdown = settings["alarm_countdown"]
    assert (countdown["low"], countdown["high"], countdown["default"]) == COUNTDOWN_S
    assert {name: settings[name]["longest"] for name in LONGEST} == LONGEST
    assert settings["alarm_profile"]["default"] == 1
