"""Scenarios of a helmet on a course: what is expected of its alarm, what is done to it, and the course's end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from firmware_sim.world.rides import Ride
from host_sdk.wire_gen import AlarmState

from .checked_yaml.errors import FileError
from .scenarios.artifacts import save
from .scenarios.loading import load
from .scenarios.running import Outcome, run

#: A short ride on which nothing happens, and the shortest one.
QUIET = "about: x\nseed: 3\nduration_s: 20\ncourse: kerbs\n"
WHOLE = "about: x\nseed: 3\ncourse: helmet_dropped\n"


def written(folder: Path, text: str) -> Path:
    (folder / "s.yaml").write_text(text)
    return folder / "s.yaml"


def outcome(path: Path) -> Outcome:
    return asyncio.run(run(load(path), timeout_s=300.0))


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{alarm: countdown}", "0, not 1 or more"),
        ("{alarm: armed, count: 0}", "1, not 0 or fewer"),
        ("{alarm: armed, to_s: 1}", "0, not 1 or more"),
    ],
)
def test_an_alarm_that_is_not_as_expected_is_said_with_its_line(expected: str, said: str, tmp_path: Path) -> None:
    got = outcome(written(tmp_path, f"{QUIET}expect:\n- {expected}\n"))
    assert got.status == "failed"
    (line,) = got.failures
    assert line.startswith(f"{tmp_path}/s.yaml:6: alarm ")
    assert said in line


def test_a_call_and_a_press_of_the_button_and_what_is_left_of_them(tmp_path: Path) -> None:
    actions = "actions:\n- {at_s: 8, do: call}\n- {at_s: 14, do: press}\n"
    path = written(tmp_path, f"{QUIET}{actions}expect:\n- {{alarm: countdown, from_s: 11, to_s: 12}}\n")
    got = outcome(path)
    assert got.failures == []
    assert [state for _, state in got.alarms][-3:-1] == [AlarmState.COUNTDOWN, AlarmState.CANCELLED]
    lines = (save(got, tmp_path / "out") / "alarms.jsonl").read_text().splitlines()
    assert [json.loads(line)["state"] for line in lines][:2] == ["disarmed", "countdown"]
    assert json.loads(lines[-2])["at_s"] == pytest.approx(14.5, abs=0.3)


def test_without_a_number_among_the_contacts_it_is_disarmed(tmp_path: Path) -> None:
    text = f"{QUIET}contacts: nobody\nexpect:\n- {{alarm: armed, count: 0}}\n"
    assert outcome(written(tmp_path, text)).failures == []


GALLERY = Path(__file__).parent / "scenarios" / "gallery"


def altered(name: str, folder: Path, more: str) -> Path:
    """A scenario of the gallery, and lines more in front of what it expects."""
    text = (GALLERY / name).read_text(encoding="utf-8")
    return written(folder, text.replace("\nexpect:\n", f"\n{more}\nexpect:\n"))


@pytest.mark.parametrize(
    "more",
    [
        'faults:\n- {component: modem, fault: "off"}',
        "contacts: Jo, Bo +49301234",
        "contacts: Jo 0170 1234567 ext 12, Jo +49309999",
    ],
)
def test_a_crash_of_which_the_contact_does_not_learn_fails(more: str, tmp_path: Path) -> None:
    path = altered("helmet_crash.yaml", tmp_path, more)
    if "contacts" in more:
        with pytest.raises(FileError, match=r"has no number: the helmet refuses it"):
            load(path)
        return
    (line,) = outcome(path).failures
    assert "message to Jo with 'may have had an accident' from 55 s to 58 s: 0, not 1 or more" in line


def test_messages_are_expected_by_contact_text_time_and_number(tmp_path: Path) -> None:
    head = f"{QUIET}contacts: Jo Li +49301234, Bo 0170 99\nactions:\n- {{at_s: 8, do: call}}\nexpect:\n"
    met = [
        "{message: anybody, count: 2}",
        "{message: Jo Li, text: calls for help, from_s: 16, to_s: 19, count: 1}",
        '{message: "+49301234", to_s: 16, count: 0}',
        "{message: Bo, at_least: 1, at_most: 2}",
    ]
    unmet = [
        "{message: Jo Li, text: accident}",
        "{message: Bo, count: 2}",
        '{message: "017099", to_s: 15}',
        "{message: anybody, at_most: 1}",
    ]
    got = outcome(written(tmp_path, head + "\n".join(f"- {each}" for each in (*met, *unmet))))
    first = head.count("\n") + len(met) + 1
    assert [line.split(":")[1] for line in got.failures] == [str(first + i) for i in range(len(unmet))]
    assert [message.number for message in got.messages] == ["+49301234", "017099"]
    lines = (save(got, tmp_path / "out") / "messages.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["text"].startswith("ALARM 1: The wearer calls for help\n")


@pytest.mark.parametrize(
    ("contact", "number"),
    [
        ("Jo", "+49301234"),
        ("Jo Ann", "+49305678"),
        ("Jo 2", "+49309999"),
        ("Bo", "0170123"),
        ("Bo 0170 123", "0170123"),
        ("0170123", "0170123"),
    ],
)
def test_a_contact_is_meant_by_its_whole_name(contact: str, number: str, tmp_path: Path) -> None:
    head = f"{QUIET}contacts: Jo Ann +49305678, Jo (+49) 301234, Jo 2 +49 30 9999; Bo 0170 123\nexpect:\n"
    scenario = load(written(tmp_path, f'{head}- {{message: "{contact}"}}\n'))
    assert [expected.number for expected in scenario.messages] == [number]


def test_nobody_can_be_a_helmet_s_contact(tmp_path: Path) -> None:
    text = f'{QUIET}contacts: ""\nexpect:\n- {{alarm: armed, count: 0}}\n- {{message: anybody, count: 0}}\n'
    assert outcome(written(tmp_path, text)).failures == []


def test_a_course_that_is_over_ends_the_run(tmp_path: Path) -> None:
    """Its end lies between two microseconds, which is as fine as virtual time passes."""
    end_s = Ride("helmet_dropped", 3).duration_s
    assert end_s is not None
    assert end_s != round(end_s, 6)
    got = outcome(written(tmp_path, f"{WHOLE}expect:\n- {{alarm: countdown, count: 0}}\n"))
    assert got.status == "passed", got.failures
    assert got.reached_s == pytest.approx(end_s, abs=2e-6)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{QUIET}wearer: {{preset: af}}\nexpect:\n- {{event: fall}}\n", 5, "wearer is of a band"),
        (f"{QUIET}ride: []\nexpect:\n- {{event: fall}}\n", 5, "ride is of a band"),
        ("about: x\nduration_s: 9\ncontacts: Jo\nexpect:\n- {event: fall}\n", 3, "contacts are of a helmet"),
        ("about: x\nduration_s: 9\nexpect:\n- {alarm: armed}\n", 4, "alarm is of a helmet"),
        (
            "about: x\nduration_s: 9\nactions:\n- {at_s: 3, do: press}\nexpect:\n- {event: fall}\n",
            4,
            "press is of a helmet",
        ),
        (f"{QUIET}expect:\n- {{alarm: asleep}}\n", 6, "asleep"),
        ("about: x\nduration_s: 9\nexpect:\n- {message: anybody}\n", 4, "message is of a helmet"),
        (f"{QUIET}expect:\n- {{message: Mum}}\n", 6, "'Mum' is none of the contacts (Jo +49301234), nor anybody"),
        (f'{QUIET}contacts: ""\nexpect:\n- {{message: Jo}}\n', 7, "contacts (there are none)"),
        (f"{QUIET}contacts: Jo\nexpect:\n- {{message: Jo, count: 0}}\n", 7, "'Jo' has no number"),
        (f"{QUIET}contacts: Jo Ann +49301234, Jo 12\nexpect:\n- {{message: Jo}}\n", 7, "'Jo 12' has no number"),
        (f"{QUIET}contacts: Jo Ann +49301234\nexpect:\n- {{message: Jo}}\n", 7, "'Jo' is none of the contacts"),
        (f"{QUIET}contacts: Jo +49301234, Jo 030 99\nexpect:\n- {{message: Jo}}\n", 7, "'Jo' is several contacts"),
        (
            f"{QUIET}contacts: A +491111, B +492222, C +493333, D +494444, Jo +495555\nexpect:\n- {{message: Jo}}\n",
            7,
            "'Jo +495555' is one contact too many",
        ),
        (f"{QUIET}expect:\n- {{message: Jo, between: [1, 2]}}\n", 6, "between"),
        (f"{QUIET}expect:\n- {{message: Jo, lasts_h: 3}}\n", 6, "lasts_h"),
        (f"{QUIET}expect:\n- {{message: Jo, at_least: 0}}\n", 6, "at_least 0 is always so"),
        (f"{QUIET}expect:\n- {{message: Jo, count: 1, at_most: 2}}\n", 6, "count, and at_least"),
        (f"{QUIET}expect:\n- {{message: Jo, from_s: 20}}\n", 6, "from 20 s to 20 s is no time"),
        (f"{QUIET}expect:\n- {{alarm: armed, text: x}}\n", 6, "text"),
        ("about: x\ncourse: moon\nexpect:\n- {event: fall}\n", 2, "moon"),
        (f"{QUIET}expect:\n- {{reading: battery, near_truth: 3}}\n", 6, "near_truth is of a wearer"),
    ],
)
def test_what_does_not_go_together_is_refused(text: str, line: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as refused:
        load(written(tmp_path, text))
    assert f"s.yaml:{line}: " in str(refused.value)
    assert said in str(refused.value)


def test_another_target_than_that_of_the_helmet_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, f"{QUIET}expect:\n- {{alarm: armed}}\n")
    got = asyncio.run(run(load(path), target="unix", timeout_s=60.0))
    assert got.error == "a course is run on target cpython, not on unix"
