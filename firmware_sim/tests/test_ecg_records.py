"""Figures on public recordings; the scorer in `tools` prints them in full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firmware_sim.tools import score_ecg
from models.common.manifest import data_root

FOLDER = data_root()

pytestmark = pytest.mark.data


def _need(path: Path) -> Path:
    if not any(path.parent.glob(path.name + ".*")):
        pytest.skip(f"no recording {path.name} in {path.parent}")
    return path


@pytest.mark.parametrize(("name", "sensitivity", "predictivity"), [("100", 0.995, 0.995), ("203", 0.95, 0.95)])
def test_beats_of_an_arrhythmia_record(name: str, sensitivity: float, predictivity: float) -> None:
    path = _need(FOLDER / "mitdb" / name)
    seconds = 300
    signal, rate = score_ecg.read_channel(path, 0)
    found = np.array([beat.r for beat in score_ecg.run(score_ecg.to_counts(signal[: seconds * rate], rate)).beats])
    reference = score_ecg.reference_beats(path)
    count = score_ecg.compare(reference[reference < seconds - 0.2], found[found < seconds - 0.2])
    assert count.hit >= sensitivity * (count.hit + count.missed)
    assert count.hit >= predictivity * (count.hit + count.extra)


def test_intervals_of_limb_lead_records(capsys: pytest.CaptureFixture[str]) -> None:
    _need(FOLDER / "ludb" / "1")
    waves = score_ecg.score_waves(FOLDER / "ludb", "ii", "ii", 25)
    assert "ludb ii" in capsys.readouterr().out
    error = {name: float(np.abs(np.array(values)).mean()) for name, values in waves.interval_errors.items()}
    # the best open classical method has 12.0, 16.3 and 17.5 ms on other records of this database
    assert error["pr"] < 12.0
    assert error["qrs"] < 17.5
    assert error["qt"] < 17.5
    assert waves.beats.missed <= 2
