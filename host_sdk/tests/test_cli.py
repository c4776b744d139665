from __future__ import annotations

import gc
import json
import logging
import os
import pty
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import wfdb

import host_sdk
from firmware_sim.testing.interrupts import heed
from host_sdk import wire_gen as wire
from host_sdk.cli.main import main
from host_sdk.cli.output import end_output
from host_sdk.errors import SimulatorError
from host_sdk.transports import simulated
from host_sdk.wire_gen import ReadingKind, Reason, Stream

from .fake_device import BOOT, FakeDevice, beat, provider, ramp, reading, samples

RAIL = (1 << 23) - 1


def play(device: FakeDevice) -> None:
    """Ten seconds of a record: two windows' worth of readings."""
    assert device.subscribed is not None
    if device.subscribed[0]:
        device.say(*(ramp(Stream.ECG, 25 * n, 25, n) for n in range(100)))
    device.say(*(beat(n, 300 + 250 * n) for n in range(5)))
    for tick, pr in ((6_000_000, 1400), (10_500_000, 1500)):
        device.say(
            reading(ReadingKind.HEART_RATE, 712, tick),
            reading(ReadingKind.PR, pr, tick),
            reading(ReadingKind.QRS, 920, tick),
            reading(ReadingKind.QT, None, tick, Reason.NO_T_WAVE),
            wire.Rhythm(tick, 5000, wire.RhythmFlags.WIDE_QRS, 6, 90, None, 12, 3),
        )
    device.say(
        reading(ReadingKind.PULSE_RATE, 715, 9_000_000),
        reading(ReadingKind.SPO2, None, 9_000_000, Reason.MOTION),
        wire.Event(1, 4_310_000, wire.EventKind.ACCIDENT, 3, 11_800),
    )


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(target: str) -> Callable[..., Any]:
        if target != "cpython":
            raise SimulatorError(f"no simulator for target {target!r}")
        return provider(play)

    monkeypatch.setattr(simulated, "find_provider", find)
    monkeypatch.setattr("host_sdk.cli.replay.find_provider", find)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("simulator")
def test_replay_prints_the_object_of_the_design(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "fakedb/1", "--json"]) == 0
    (got,) = lines(capsys)
    assert list(got) == ["record", "channel", "duration_s", "ecg", "ppg", "imu", "wear", "pulses"]
    assert (got["record"], got["channel"], got["duration_s"]) == ("fakedb/1", "ii", 10.0)
    first = {"r": 1.2, "p_on": 1.04, "p_peak": 1.08, "p_off": 1.12, "qrs_on": 1.152, "qrs_off": 1.248}
    assert got["ecg"]["beats"][0] == {**first, "t_on": None, "t_peak": 1.48, "t_off": 1.56, "kind": "N"}
    assert got["ecg"]["fs"] == 250
    qtc = dict.fromkeys(("bazett", "fridericia", "framingham", "hodges"))
    assert got["ecg"]["intervals"] == {
        "pr_ms": 145.0,
        "qrs_ms": 92.0,
        "qt_ms": None,
        "qtc_ms": qtc,
        "hr_bpm": 71.2,
        "quality": 90,
        "reason": "no_t_wave",
    }
    assert got["ecg"]["flags"] == ["wide_qrs"]
    assert got["ppg"] == {
        "pulse": [{"t": 8.0, "bpm": 71.5, "u95": None, "quality": 80, "reason": None}],
        "spo2": [{"t": 8.0, "percent": None, "u95": None, "quality": 0, "reason": "motion", "calibration": None}],
        "perfusion": [],
        "resp": [],
        "pulse_irregularity": [],
        "desaturations": [],
    }
    assert got["imu"]["events"] == [{"t": 3.31, "kind": "accident", "severity": 3, "peak_g": 11.8}]


@pytest.mark.usefixtures("simulator")
def test_replay_prints_each_window(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "fakedb/1", "--json"]) == 0
    (got,) = lines(capsys)
    first, second = got["ecg"]["windows"]
    assert (first["t"], second["t"], first["span_s"], first["beats"]) == (5.0, 9.5, 5.0, 6)
    assert (first["quality"], first["reason"], first["flags"]) == (90, None, ["wide_qrs"])
    assert (first["readings"]["pr_ms"]["value"], second["readings"]["pr_ms"]["value"]) == (140.0, 150.0)
    assert first["readings"]["qt_ms"] == {"value": None, "quality": 0, "reason": "no_t_wave", "u95": None}
    assert list(first["readings"]) == ["hr_bpm", "pr_ms", "qrs_ms", "qt_ms"]


@pytest.mark.usefixtures("simulator")
def test_replay_goes_on_after_a_bad_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "db/missing.hea", "db/good", "db/bad", "--json"]) == 1
    captured = capsys.readouterr()
    got = [json.loads(line) for line in captured.out.splitlines()]
    assert [thing["record"] for thing in got] == ["db/missing", "fakedb/1", "db/bad"]
    assert got[0]["error"]["type"] == "RecordError"
    assert "no such record" in got[0]["error"]["message"]
    assert "truncated" in got[2]["error"]["message"]
    assert len(captured.err.splitlines()) == 2
    assert "Traceback" not in captured.err


@pytest.mark.usefixtures("simulator")
def test_replay_gives_an_object_a_channel(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "db/1", "--json", "--channel", "i", "ii", "--channel", "v5"]) == 0
    assert len(lines(capsys)) == 3


@pytest.mark.usefixtures("simulator")
def test_replay_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "db/1"]) == 0
    out = capsys.readouterr().out
    assert "fakedb/1" in out
    assert "accident at 3.31 s" in out
    assert "fakedb/1: wide qrs" in out
    assert "q: quality" in " ".join(out.split())
    assert max(len(line) for line in out.splitlines()) <= 80


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("words", [["--start", "5", "--end", "5"], ["--target", "abacus"]])
def test_replay_refuses_what_cannot_be(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "db/1", *words]) == 1
    assert capsys.readouterr().err.startswith("vitalband replay: ")


@pytest.mark.usefixtures("simulator")
def test_stream_of_a_replay_prints_items(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", "replay:db/1", "--json"]) == 0
    got = lines(capsys)
    assert got[0]["type"] == "device"
    assert got[0]["boot_id"] == BOOT
    assert abs(got[0]["offset_s"] + 5.0 - time.time()) < 60  # the device's clock began 5 s ago
    assert {thing["type"] for thing in got} == {"device", "samples", "beat", "reading", "rhythm", "event"}
    spo2 = next(thing for thing in got if thing.get("kind") == "spo2")
    assert (spo2["value"], spo2["reason"], spo2["unit"]) == (None, "motion", "%")


def test_stream_prints_samples_without_contact_as_null(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play_off(device: FakeDevice) -> None:
        block = samples(Stream.ECG, 0, [[5], [RAIL], [-RAIL - 1]])
        device.say(replace(block, status=wire.BlockStatus.NO_CONTACT), ramp(Stream.ECG, 3, 1, 1))

    monkeypatch.setattr(simulated, "find_provider", lambda target: provider(play_off))
    assert main(["stream", "replay:db/1", "--json"]) == 0
    blocks = [thing for thing in lines(capsys) if thing["type"] == "samples"]
    assert [block["no_contact"] for block in blocks] == [True, False]
    assert blocks[0]["values"] == [[pytest.approx(2.404e-4, abs=1e-6)], [None], [None]]


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize(("words", "broken"), [(["--json"], "item_object"), ([], "View.update")])
def test_stream_fails_where_an_item_cannot_be_shown(
    words: list[str], broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("cannot be shown")

    monkeypatch.setattr(f"host_sdk.cli.stream.{broken}", fail)
    assert main(["stream", "replay:db/1", *words]) == 1
    error = "vitalband stream: taking a SampleBlock: ValueError: cannot be shown\n"
    assert capsys.readouterr().err == error


@pytest.mark.usefixtures("simulator")
def test_stream_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", "replay:db/1"]) == 0
    out = capsys.readouterr().out
    for word in ("heart rate", "71 bpm", "no t wave", "wide qrs", "accident", "FAKE-0001"):
        assert word in out


@pytest.mark.usefixtures("simulator")
def test_record_makes_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["record", "replay:db/1", "--out", str(tmp_path / "r"), "--json"]
    assert main(words) == 0
    (got,) = lines(capsys)
    assert got["streams"]["ecg"] == {"samples": 2500, "lost": 0, "gaps": 0, "filled": 0, "measured_hz": 250.0}
    assert wfdb.rdrecord(str(tmp_path / "r" / "ecg")).sig_len == 2500
    assert main(words) == 1
    assert "not empty" in capsys.readouterr().err
    assert main([*words, "--overwrite", "--format", "edf"]) == 0


@pytest.mark.usefixtures("simulator")
def test_a_recording_is_listed_within_eighty_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["record", "replay:db/1", "--out", "r"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    for name in ("ecg.hea", "beats.csv", "gaps.csv"):
        assert name in out
    assert "ecg: 2500 samples at 250.00 Hz, 0 gaps (0 lost)" in out
    assert ", 1 event, 0 gaps" in out


@pytest.mark.usefixtures("simulator")
def test_every_command_reports_a_damaged_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", "replay:db/hurt", "--json"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) > 100
    assert "db/hurt: truncated" in captured.err
    assert main(["record", "replay:db/hurt", "--out", str(tmp_path / "r"), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["state"] == "incomplete"
    assert "db/hurt: truncated" in captured.err


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize(
    "words", [["replay", "db/1", "--json"], ["replay", "db/1"], ["stream", "replay:db/1", "--json"]]
)
def test_a_full_disk_behind_stdout(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115 - main() points it at /dev/null before it closes
    monkeypatch.setattr(sys, "stdout", full)
    with pytest.raises(SystemExit) as caught:
        main(words)
    full.close()
    assert caught.value.code == 1
    assert capsys.readouterr().err == "vitalband: cannot write to standard output: No space left on device\n"


def test_a_file_that_failed_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        end_output(FileNotFoundError(2, "No such file or directory", "resources.json"))
    assert caught.value.code == 1
    assert capfd.readouterr().err == "vitalband: resources.json: No such file or directory\n"


@pytest.mark.usefixtures("simulator")
def test_verbose_says_on_stderr_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers.clear()
    try:
        assert main(["--verbose", "replay", "db/1", "--json"]) == 0
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
    captured = capsys.readouterr()
    assert "host_sdk.client: connected to FAKE-0001" in captured.err
    assert len(captured.out.splitlines()) == 1


def test_a_closed_stdout(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["replay", "db/1"]) == 1
    assert "standard output is closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stream", "foo"], "must be one of"),
        (["stream", "serial:/dev/no-such-port"], "no-such-port"),
        (["record", "serial:/dev/no-such-port", "--out", "x"], "no-such-port"),
        (["record", "--out", "x"], "needs the address"),
        (["record", "--out", "/nowhere/at/all", "--recover"], "no recording there"),
        (["scan", "sim:"], "sim:tcp:HOST:PORT"),
    ],
)
def test_errors_are_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main(words) == 1
    gc.collect()  # a task whose error nobody took says so then
    assert caplog.messages == []
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["stream"], ["record", "sim:"], ["stream", "sim:", "--duration", "-1"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: vitalband" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stream", "sim:", "--colour"], "vitalband stream: error: unrecognized arguments: --colour\n"),
        (["record", "sim:", "--out", "r", "--durtion=3"], "--durtion=3; did you mean --duration?\n"),
        (["replay", "r", "--stop", "3", "4"], "vitalband replay: error: unrecognized arguments: --stop 3 4"),
    ],
)
def test_a_command_reports_its_own_wrong_words(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith(f"usage: vitalband {words[0]} [-h]")
    assert said in err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"vitalband {host_sdk.__version__}\n"


def test_ctrl_c_on_a_silent_serial_port(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    command = [sys.executable, "-m", "host_sdk.cli.main", "stream", f"serial:{os.ttyname(slave)}"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=heed
    ) as process:
        # Its first question says that it is up.
        assert os.read(master, 1) == b"\0"
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    assert process.returncode == 130
    assert "Traceback" not in out + err


@pytest.mark.parametrize("kind", ["wfdb", "csv", "edf"])
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_recording_that_is_stopped_is_finished(tmp_path: Path, which: signal.Signals, kind: str) -> None:
    process = stopped_recording(tmp_path, which, kind, [])
    assert process.returncode == 0
    assert "Traceback" not in process.stderr
    kept = json.loads((tmp_path / "r" / "recording.json").read_text())
    assert (kept["state"], kept["error"]) == ("complete", None)
    assert kept["streams"]["ecg"]["samples"] == 2500


def test_one_that_is_stopped_before_its_time_is_incomplete(tmp_path: Path) -> None:
    process = stopped_recording(tmp_path, signal.SIGTERM, "csv", ["--duration", "3600"])
    assert process.returncode == 1
    assert process.stderr == "vitalband record: stopped by SIGTERM before 3600 s were over\n"
    assert json.loads((tmp_path / "r" / "recording.json").read_text())["state"] == "incomplete"


_ENDLESS = """
import asyncio, sys
from host_sdk.cli.main import main
from host_sdk.tests.test_cli import play, provider
from host_sdk.transports import simulated, sim_serial
simulated.find_provider = lambda target: provider(play)

async def play_on(self):
    await self.device.run_to_end()
    print("playing", flush=True)
    await asyncio.Event().wait()

sim_serial.SimSerialTransport.play = play_on
sys.exit(main(["record", "replay:db/1", *sys.argv[1:]]))
"""


def stopped_recording(
    folder: Path, which: signal.Signals, kind: str, words: list[str]
) -> subprocess.CompletedProcess[str]:
    """A recording that gets a signal once its signal has come and goes on for ever."""
    command = [sys.executable, "-c", _ENDLESS, "--out", str(folder / "r"), "--format", kind, *words]
    heed = partial(signal.signal, which, signal.SIG_DFL)
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=heed
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "playing\n"
        process.send_signal(which)
        out, err = process.communicate(timeout=20)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["recrod", "sim:"], "did you mean record?"),
        (["replay", "x", "--signal", "egc"], "did you mean ecg?"),
        (["record", "sim:", "--format", "wfbd", "--out", "o"], "did you mean wfdb?"),
        (["record", "sim:", "--out", ""], "argument --out: a folder has a name; this one is named `.`"),
        (["record", "sim:", "--out", " "], "argument --out: a folder has a name"),
        (["zzz"], "(choose from 'scan', 'stream', 'record', 'replay'"),
    ],
)
def test_wrong_words_say_what_was_probably_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    last = capsys.readouterr().err.splitlines()[-1]
    assert said in last
    assert ("did you mean" in last) == ("did you mean" in said)


@pytest.mark.parametrize(
    "words",
    [["replay", "{}"], ["replay", "{}/b.csv", "--json"], ["record", "replay:{}", "--out", "{}"],
     ["record", "--recover", "--out", "{}"]],
)  # fmt: skip
def test_a_name_of_any_length_is_one_short_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word.format("a" * 5000) for word in words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 700


def test_nothing_of_a_message_moves_a_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "a\x1b[2Jb\x00\x07"]) == 1
    assert capsys.readouterr().err.startswith("vitalband replay: a?[2Jb??: no such record")


@pytest.mark.parametrize("words", [["-v", "replay", "{}"], ["replay", "-v", "{}"], ["replay", "{}", "--verbose"]])
def test_verbose_may_stand_behind_the_command(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **settings: said.append(settings["level"]))
    assert main([word.format("nothing") for word in words]) == 1
    assert said == [logging.DEBUG]
    assert main(["replay", "nothing"]) == 1
    assert said == [logging.DEBUG]
