"""A user's own text through `vitalband replay`: what the file does not say is said on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.testing import ecg_signals as make
from host_sdk.cli.main import main

SECONDS = 24
BPM = 72.0
ECG = make.lead(SECONDS, make.regular(SECONDS, 60.0 / BPM))
T = np.arange(len(ECG)) / make.RATE


def rows(pattern: str) -> str:
    return "".join(pattern.format(t=t, v=v, n=n) + "\n" for n, (t, v) in enumerate(zip(T, ECG, strict=True)))


def replayed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["replay", *words, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result: dict[str, Any] = json.loads(line)
    return result


@pytest.mark.parametrize(
    ("content", "words", "channel"),
    [
        ("time,ECG [mV]\n" + rows("{t:.3f},{v:.4f}"), [], "ECG"),
        ("time,ecg\n" + rows("{t:.3f},{v:.4f}"), ["--unit", "mV"], "ecg"),
        (rows("{n};{v:.4f}").replace(".", ","), ["--fs", "250", "--column", "2", "--unit", "mV"], "column 2"),
        (rows("{t:.3f} {v:.4f}"), ["--column", "1=time", "2=II", "--unit", "II=mV"], "II"),
        ("a,b\n" + rows("{n},{v:.4f}"), ["--fs", "250", "--channel", "2", "--unit", "mV"], "b"),
    ],
)
def test_readings_of_plain_text(
    tmp_path: Path, content: str, words: list[str], channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(content)
    got = replayed(capsys, str(path), *words)
    assert got["channel"] == channel
    assert got["ecg"]["intervals"]["hr_bpm"] == pytest.approx(BPM, abs=0.5)


def test_a_scale_is_that_of_a_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.csv"
    path.write_text("ecg\n" + "".join(f"{512 + round(v / 0.0033)}\n" for v in ECG))
    got = replayed(capsys, str(path), "--fs", "250", "--unit", "mV", "--scale", "0.0033")
    assert got["ecg"]["intervals"]["hr_bpm"] == pytest.approx(BPM, abs=0.5)
    tiny = replayed(capsys, str(path), "--fs", "250", "--unit", "mV", "--scale", "1e-9")
    assert tiny["ecg"]["beats"] == []


def test_axes_of_a_telephone_are_called_what_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.csv"
    path.write_text("t,a,b,c\n" + "".join(f"{n / 50:.2f},0.1,{0.2 + n % 3 / 9},9.7\n" for n in range(1000)))
    assert main(["replay", str(path)]) == 1
    assert "--column NAME=ACC_X calls it so" in capsys.readouterr().err
    got = replayed(capsys, str(path), "--column", "2=ACC_X", "b=ACC_Y", "c=ACC_Z", "--unit", "m/s2")
    assert [point["choice"] for point in got["imu"]["posture"]][-1] is not None
    assert got["imu"]["events"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fs", "x"], "vitalband replay: --fs 'x' is not a number\n"),
        (["--scale", "ECG=0"], "vitalband replay: --scale 0 leaves nothing of a signal\n"),
        (["--decimal", ";"], "vitalband replay: --decimal ';' is neither a comma nor a point\n"),
    ],
)
def test_options_that_cannot_be_are_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert main(["replay", "nothing", *words]) == 1
    assert capsys.readouterr().err == said
