"""Figures on public recordings; the scorer in `tools` prints them in full."""

from __future__ import annotations

import pytest

from models.common.manifest import data_root
from models.evaluation.ppg import score as score_ppg

FOLDER = data_root()

pytestmark = pytest.mark.data


def _need(pattern: str) -> None:
    if not any(FOLDER.glob(pattern)):
        pytest.skip(f"no recordings {pattern} in {FOLDER}")


def test_bidmc_pulse_rate_and_respiration() -> None:
    _need("bidmc/*_Signals.csv")
    pulse, breath = score_ppg.score_bidmc(FOLDER / "bidmc", 6)
    assert pulse.mae < 3.0
    assert breath.mae < 4.5


def test_oxiwear_spo2_down_to_seventy() -> None:
    _need("oxiwear/proto1/*.csv")
    spo2, _ = score_ppg.score_oxiwear(FOLDER / "oxiwear", 100)
    assert spo2.mae < 3.0
    assert spo2.refused <= 2
