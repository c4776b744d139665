"""The ECG's rate and gain stand in one place: in a copy of the project all follows from one edit and `make gen`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("firmware_sim", "host_sdk", "models")
_CODE = ("*.py", "*.pyi", "*.c", "*.h", "*.toml")
_LONGEST_S = 100
#: Run in the copy: everything below must have followed.
_CHECK = """
from array import array
from pathlib import Path
from firmware_sim.firmware.chains import ecg_chain
from firmware_sim.firmware.drivers import ads1292r
from firmware_sim.firmware.dsp.ecg import beat_maker, filters, pending_beats, qrs, qrs_levels, window, window_statistics
from firmware_sim.firmware.kernels import (
    beat_viper, delineation_viper, ecg_viper, pacing_viper, qrs_evidence_viper, quality_viper
)
from firmware_sim.testing import ecg_signals
from host_sdk.wire_gen import STREAMS, Stream
from models.evaluation.ecg import leads
from models.qrs_evidence import leads as evidence_leads

lsb_nano = STREAMS[Stream.ECG].lsb_nano
assert STREAMS[Stream.ECG].rate_mhz == 500_000
assert abs(lsb_nano - 2.42e12 / 12 / (2**23 - 1)) < 1
assert ads1292r.PERIOD_US == 2000
assert (ads1292r._SETTINGS[0], ads1292r._SETTINGS[3]) == (2, 0x60)
assert pending_beats.REFRACTORY_SAMPLES == qrs.REFRACTORY_SAMPLES == 100
assert (qrs._T_SAMPLES, qrs_levels._RATE_HZ, beat_maker._WIDE_SAMPLES) == (180, 500, 60)
assert window.WINDOW_SAMPLES == 5000
assert abs(window_statistics._FLAT_COUNTS * lsb_nano - 20e6) < lsb_nano
assert (ecg_viper._AROUND, ecg_viper._R_REACH, ecg_viper._QUIET) == (44, 20, 48)
assert (quality_viper._CORE, quality_viper._WIDE, quality_viper._RISE, quality_viper._PART_FIRST) == (28, 100, 20, 36)
assert (delineation_viper._QRS_REACH, qrs_evidence_viper._MAINS) == (32, 10)
assert (pacing_viper._FOOT, pacing_viper._BEFORE, pacing_viper._AFTER) == (6, 10, 6)
assert {kernel._LEVEL_BEFORE for kernel in (beat_viper, delineation_viper, ecg_viper, quality_viper)} == {60}
for name in ("beat", "delineation", "ecg", "pacing", "qrs_evidence", "quality"):
    source = Path(f"firmware_sim/cmodules/kernels/dsp/{name}.c").read_text()
    assert "#define RATE_HZ 500 // frontends.ecg: RATE_HZ" in source, name
assert abs(pacing_viper._MIN_AMPLITUDE_COUNTS * lsb_nano - 60e6) < lsb_nano
assert (leads.RATE, leads.LSB_MV) == (ecg_signals.RATE, ecg_signals.LSB_MV) == (500, lsb_nano / 1e9)
assert abs(evidence_leads._UV_PER_COUNT - lsb_nano / 1e6) < 1 / 32768
# the kernel's literal has followed: a step of 1 mV is 1000 of its microvolts
conditioner = filters.Conditioner()
conditioner.restart(0)
conditioner.block(array("i", [round(1e9 / lsb_nano)]), 1, 0)
assert abs(conditioner.uv[0] - 32768 - 1000) <= 5, conditioner.uv[0]
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code of the project."""
    for package in _PACKAGES:
        for pattern in _CODE:
            for path in (ROOT / package).rglob(pattern):
                if "__pycache__" not in path.parts:
                    target = tmp_path / path.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
    (tmp_path / "docs").mkdir()
    return tmp_path


def _run(copy: Path, *arguments: str) -> None:
    """Run Python in the copy, with its packages before the installed ones."""
    environment = {"PYTHONPATH": str(copy), "PATH": ""}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=_LONGEST_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rate_and_gain_are_changed_in_one_file(copy: Path) -> None:
    schema = copy / "firmware_sim/schema/wire.toml"
    text = schema.read_text(encoding="utf-8")
    for old, new in (("rate_mhz = 250_000", "rate_mhz = 500_000"), ("gain = 6", "gain = 12")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    schema.write_text(text, encoding="utf-8")
    _run(copy, "-m", "firmware_sim.schema")
    _run(copy, "-c", _CHECK)
