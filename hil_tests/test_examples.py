"""Every program of `examples` runs as its first lines say, against the simulator."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess
from firmware_sim.testing.interrupts import heed
from firmware_sim.world.recorded import write_record
from firmware_sim.world.wearer import PRESETS, Wearer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
_LIMIT_S = 60.0


class Program:
    """One example with its arguments, with pipes for what it says; Ctrl-C ends one that would go on."""

    def __init__(self, name: str | Path, *arguments: object) -> None:
        command = [sys.executable, "-u", str(EXAMPLES / name), *map(str, arguments)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def lines(self, count: int, containing: str = "") -> list[str]:
        """So many lines that contain a text."""
        found: list[str] = []
        out = self._process.stdout
        assert out is not None
        until = time.monotonic() + _LIMIT_S
        while len(found) < count and time.monotonic() < until:
            line = out.readline()
            if not line:
                pytest.fail(f"ended after {found}: {self._process.communicate()[1]}")
            found += [line.rstrip("\n")] if containing in line else []
        return found

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def stop(self) -> str:
        """Ctrl-C; returns what it said on stderr."""
        self.interrupt()
        return self.end(0)

    def end(self, code: int = 0) -> str:
        """Wait for its end."""
        self.out, err = self._process.communicate(timeout=_LIMIT_S)
        assert self._process.returncode == code, err
        return err


def test_each_is_in_the_table_and_in_a_test() -> None:
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    own = Path(__file__).read_text(encoding="utf-8")
    names = sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert len(names) == 8
    for name in names:
        assert f"[{name}]({name})" in table
        assert f'"{name}"' in own
        assert len((EXAMPLES / name).read_text(encoding="utf-8").splitlines()) <= 40


def test_live_readings() -> None:
    with Program("live_readings.py", "sim:?warm=12&link=serial&pace=5") as program:
        assert program.lines(1)[0].startswith("vitalband-ref ")
        (rate,) = program.lines(1, "HEART_RATE")
        assert " bpm, quality " in rate
        assert program.stop() == ""


def test_record_edf(tmp_path: Path) -> None:
    with Program("record_edf.py", "sim:?link=serial", tmp_path / "walk", 2) as program:
        assert program.end() == ""
        assert f"{tmp_path / 'walk'}: complete" in program.out
        assert "ecg: " in program.out
        assert (tmp_path / "walk" / "recording.edf").stat().st_size > 5000


def test_ecg_intervals(tmp_path: Path) -> None:
    write_record(Wearer(PRESETS["first_degree_block"], seed=7), tmp_path / "long_pr", duration_s=31.0)
    with Program("ecg_intervals.py", tmp_path / "long_pr") as program:
        assert program.end() == ""
        head, *windows = program.out.splitlines()
        assert head.split()[:2] == ["end", "s"]
        assert len(windows) >= 3
        assert "first_degree_av_block" in windows[-2]


def test_reconnecting_logger(tmp_path: Path) -> None:
    log = tmp_path / "readings.jsonl"
    with SimProcess("--warm", "12") as sim, Program("reconnecting_logger.py", sim.serial, log) as program:
        until = time.monotonic() + _LIMIT_S
        while time.monotonic() < until and (not log.exists() or log.read_text().count("\n") < 5):
            time.sleep(0.1)
        program.stop()
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(entries) >= 5
    assert all(entry["type"] == "reading" for entry in entries)
    assert abs(time.time() - _seconds(entries[-1]["time"])) < 30


def _seconds(iso: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(iso).timestamp()


@pytest.mark.slow
def test_two_devices() -> None:
    with (
        SimProcess("--seed", "1") as first,
        SimProcess("--seed", "2") as second,
        Program("two_devices.py", first.ble, second.serial) as program,
    ):
        assert " ms  first  " in program.lines(1, "first")[0]
        assert " ms  second  " in program.lines(1, "second")[0]
        assert program.stop() == ""


@pytest.mark.slow
def test_fall_alert(tmp_path: Path) -> None:
    alarm = (sys.executable, "-c", f"open({str(tmp_path / 'alert')!r}, 'w')")
    with (
        SimProcess("--wearer", "fall", "--warm", "14") as sim,
        Program("fall_alert.py", sim.ble, *alarm) as program,
    ):
        (said,) = program.lines(1, "fall of severity")
        assert said.endswith(" g")
        until = time.monotonic() + _LIMIT_S
        while time.monotonic() < until and not (tmp_path / "alert").exists():
            time.sleep(0.05)
        assert (tmp_path / "alert").exists()
        assert program.stop() == ""


@pytest.mark.slow
def test_without_asyncio(tmp_path: Path) -> None:
    with Program("without_asyncio.py", "sim:?warm=12&link=serial", tmp_path / "walk") as program:
        assert program.end() == ""
        assert program.out.startswith("heart rate ")
        assert program.out.count("samples from") >= 5
        assert program.out.endswith("complete\n")


def test_on_virtual_radio() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(EXAMPLES / "test_on_virtual_radio.py"),
    ]
    command += ["--rootdir", str(EXAMPLES), "-c", os.devnull]
    got = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    assert got.returncode == 0, got.stdout
    assert "1 passed" in got.stdout


def _page_s_programs(folder: Path) -> list[Path]:
    """The programs of the SDK's page, on somebody who has worn the device for a while, with less patience."""
    text = (EXAMPLES.parent / "docs" / "sdk.md").read_text(encoding="utf-8")
    paths = []
    for number, body in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)):
        program = body.replace('"sim:"', '"sim:?warm=12&link=serial"').replace("seconds=10", "seconds=1")
        paths.append(folder / f"program_{number}.py")
        paths[-1].write_text(program.replace("seconds=30", "seconds=1"), encoding="utf-8")
    return paths


@pytest.mark.slow
def test_the_programs_of_the_sdk_s_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    live, blocking, alarm, on_radio = _page_s_programs(tmp_path)
    with Program(live) as program:
        assert program.lines(1, "HEART_RATE")
        program.interrupt()
    with Program(blocking) as program:
        assert program.end() == ""
        assert "SampleBlock(" in program.out
        assert (tmp_path / "walk" / "recording.edf").exists()
    with Program(alarm) as program:
        assert program.end() == ""
    on_radio.write_text(f"{on_radio.read_text()}\n\nimport asyncio\n\nasyncio.run(test_it_is_found())\n")
    with Program(on_radio) as program:
        assert program.end() == ""
