"""`vitalband alarm carry`: a band by itself and a helmet without contacts, whose alarms a command sends on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from firmware_sim.cli.processes import SimProcess
from firmware_sim.testing.interrupts import heed
from host_sdk.cli.main import main

_LIMIT_S = 180
#: A fall 20 s after the start: on a busy machine, too, the host has subscribed by then.
FALL = "sim:?wearer=fall&link=serial&pace=2"
#: Keeps what it is given.
_SENDER = """
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
with (folder / "sent.jsonl").open("a") as out:
    out.write(sys.stdin.read() + "\\n")
"""


@pytest.fixture
def sender(tmp_path: Path) -> str:
    (tmp_path / "send.py").write_text(_SENDER)
    return f"{sys.executable} {tmp_path / 'send.py'} {tmp_path}"


def sent(folder: Path) -> list[dict[str, object]]:
    """What the command was given."""
    path = folder / "sent.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def carry(sender: str, address: str, *words: str, first: str = "", at: str = "countdown, ") -> tuple[int, str, str]:
    """Exit code, output and errors of the command; `first` is typed at the line that begins so."""
    command = [sys.executable, "-m", "host_sdk.cli.main", "alarm", "carry", address, "--run", sender, *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        watchdog = threading.Timer(_LIMIT_S, running.kill)
        watchdog.start()
        out = ""
        assert running.stdout is not None
        assert running.stdin is not None
        if first:
            for line in running.stdout:
                out += line
                if line.startswith(at):
                    running.stdin.write(first)
                    running.stdin.flush()
                    break
        rest, errors = running.communicate()
        watchdog.cancel()
    return running.returncode, out + rest, errors


def until(lines: IO[str], beginning: str) -> None:
    """Read to a line that begins so."""
    for line in lines:
        if line.startswith(beginning):
            return
    raise AssertionError(f"it ended before {beginning!r}")


def test_the_fall_of_a_band_s_wearer_is_sent_on(sender: str, tmp_path: Path) -> None:
    code, out, _ = carry(sender, FALL, "--countdown", "5", "--once")
    assert code == 0
    assert out.startswith("vitalband-ref: counts down 5 s from each fall; Enter cancels")
    assert "countdown, 5 s left\n" in out
    assert out.endswith("sent on: alarm 1, confirmed\n")
    (alarm,) = sent(tmp_path)
    assert (alarm["kind"], alarm["state"], alarm["number"]) == ("fall", "confirmed", 1)
    assert 70 <= int(str(alarm["pulse_bpm"])) <= 90
    assert int(str(alarm["spo2_percent"])) >= 94


def test_enter_cancels_and_nobody_is_alarmed(sender: str, tmp_path: Path) -> None:
    code, out, _ = carry(sender, FALL, "--once", first="\n")
    assert code == 0
    assert out.endswith("cancelled\n")
    assert sent(tmp_path) == []


@pytest.mark.slow
def test_a_helmet_without_contacts_has_its_alarm_sent_on(sender: str, tmp_path: Path) -> None:
    code, out, _ = carry(sender, "sim:?ride=low_side&link=serial&pace=4", "--once")
    assert code == 0
    assert out.startswith("vitalband-helmet: sends on what the helmet offers; Enter cancels")
    assert "\narmed\n" in out
    (alarm,) = sent(tmp_path)
    assert (alarm["kind"], alarm["state"], alarm["is_offered"]) == ("accident", "confirmed", 1)
    assert float(str(alarm["latitude_deg"])) == pytest.approx(48.117, abs=0.01)


def test_a_helmet_that_goes_and_comes_back_is_waited_for(sender: str, tmp_path: Path) -> None:
    port = str(tmp_path / "tty")
    sim = ("--ride", "helmet_on_table", "--serial-link", port, "--storage", str(tmp_path))
    command = [sys.executable, "-m", "host_sdk.cli.main", "alarm", "carry", f"serial:{port}", "--run", sender]
    with (
        SimProcess(*sim) as first,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed) as running,
    ):
        watchdog = threading.Timer(_LIMIT_S, running.kill)
        watchdog.start()
        assert running.stdout is not None
        until(running.stdout, "disarmed (")  # no contacts, or not moving once the helmet knows of this phone
        first.stop()
        until(running.stdout, "the link is lost (")
        with SimProcess(*sim):
            until(running.stdout, "linked again")
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
        watchdog.cancel()


@pytest.mark.slow
def test_a_command_that_fails_gets_it_again(tmp_path: Path) -> None:
    (tmp_path / "once.py").write_text(
        f"{_SENDER}\nmark = folder / 'failed'\nif not mark.exists():\n    mark.touch()\n    sys.exit(3)\n"
    )
    command = f"{sys.executable} {tmp_path / 'once.py'} {tmp_path}"
    code, _, errors = carry(command, FALL, "--countdown", "5", "--once")
    assert code == 0
    assert "ended with 3; again later" in errors
    assert [(alarm["number"], alarm["attempts"], alarm["repeated"]) for alarm in sent(tmp_path)] == [
        (1, 0, False),
        (1, 1, True),
    ]


def slow(folder: Path, seconds: float) -> str:
    """A command that takes so long the first time, once it has its input."""
    (folder / "slow.py").write_text(
        f"import os, time\n{_SENDER}\nmark = folder / 'pid'\n"
        f"if not mark.exists():\n    mark.write_text(str(os.getpid()))\n    time.sleep({seconds})\n"
    )
    return f"{sys.executable} {folder / 'slow.py'} {folder}"


def test_enter_while_the_command_runs_is_a_retraction(tmp_path: Path) -> None:
    command = slow(tmp_path, 3)
    code, out, _ = carry(command, FALL, "--countdown", "5", "--once", first="\n", at="confirmed: ")
    assert code == 0
    assert out.endswith("retracted\nsent on: alarm 1, confirmed\nsent on: alarm 1, retracted\n")
    assert [(alarm["state"], alarm["repeated"]) for alarm in sent(tmp_path)] == [
        ("confirmed", False),
        ("retracted", False),
    ]


@pytest.mark.slow
def test_a_command_that_hangs_is_ended_and_gets_it_again(tmp_path: Path) -> None:
    command = slow(tmp_path, 1000)
    code, _, errors = carry(command, FALL, "--countdown", "5", "--once", "--limit", "5")
    assert code == 0
    assert "not done in 5 s, and ended; again later" in errors
    assert [alarm["state"] for alarm in sent(tmp_path)][-1] == "confirmed"
    assert sent(tmp_path)[-1]["repeated"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--run", "no-such-command-at-all"], 1, "no such command"),
        (["--run", ""], 2, "no command"),
        (["--run", "'"], 2, "No closing quotation"),
        (["--run", "true", "--countdown", "3"], 1, "5 to 60"),
        (["--run", "true", "--limit", "0"], 2, "1 to 600 s"),
        (["--run", "true", "--limit", "nan"], 2, "1 to 600 s"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        ended = main(["alarm", "carry", "sim:", *words])
    except SystemExit as exit_:
        ended = int(str(exit_.code))
    assert ended == code
    assert said in capsys.readouterr().err
