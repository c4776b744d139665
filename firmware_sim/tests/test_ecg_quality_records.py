"""Quality and irregularity on parts of public recordings; docs/ecg.md has the figures of all that are at hand."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.stats import rankdata

from firmware_sim.firmware.dsp.ecg.quality import REFUSED_UNDER
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make
from models.common.manifest import data_root
from models.evaluation.ecg.leads import read_channel, to_counts

FOLDER = data_root()

pytestmark = pytest.mark.data


def _need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no {path.name} in {path.parent}")
    return path


def _windows(signal_mv: make.FloatArray, rate: int) -> list[EcgWindow]:
    pipeline_input = np.array(to_counts(signal_mv, rate)) * make.LSB_MV
    return make.run(pipeline_input).windows


def _auc(positive: list[float], negative: list[float]) -> float:
    ranks = rankdata([*positive, *negative])
    n = len(positive)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(negative)))


@pytest.mark.slow
def test_the_worst_lead_separates_acceptable_records_from_others() -> None:
    with np.load(_need(FOLDER / "cinc2011" / "seta_250hz.npz")) as file:
        leads, usable = file["ecg"][::3] / 200.0, file["acceptable"][::3]
    worst: dict[int, list[float]] = {0: [], 1: []}
    for record, good in zip(leads, usable, strict=True):
        qualities = [window.quality for lead in record.T for window in _windows(lead, 250)[:1]]
        worst[int(good)].append(float(min(qualities)))
    assert _auc(worst[1], worst[0]) > 0.9


def test_pulse_waves_at_the_electrodes_are_refused() -> None:
    folder = _need(FOLDER / "bidmc")
    for path in sorted(folder.glob("*_Signals.csv"))[:12]:
        names = [name.strip() for name in path.read_text().split("\n", 1)[0].split(",")]
        pulse = np.genfromtxt(path, delimiter=",", skip_header=1, max_rows=125 * 30)[:, names.index("PLETH")]
        for sign, amplitude in product((1, -1), (0.5, 3)):
            for window in _windows(sign * amplitude * (pulse - np.nanmean(pulse)), 125):
                assert window.quality < REFUSED_UNDER
                assert window.heart_rate.value is None


def test_clinical_leads_are_not_refused() -> None:
    folder = _need(FOLDER / "ludb")
    records = sorted(folder.glob("*.hea"))[:40]
    for lead in ("i", "ii"):
        windows = [_windows(*read_channel(path.with_suffix(""), lead))[0] for path in records]
        assert sum(window.reason != 0 for window in windows) <= 1


def test_fibrillation_in_handheld_recordings() -> None:
    folder = _need(FOLDER / "cinc2017")
    labels = dict(line.split(",") for line in (folder / "REFERENCE.csv").read_text().split())
    scores: dict[str, list[float]] = {"A": [], "N": []}
    for name in sorted(labels):
        path = folder / f"{name}.mat"
        if labels[name] in scores and len(scores[labels[name]]) < 30 and path.exists():
            found = [window.irregularity for window in _windows(loadmat(path)["val"][0] / 1000.0, 300)]
            known = [value for value in found if value is not None]
            scores[labels[name]].append(float(np.mean(known)) if known else 0.0)
    assert _auc(scores["A"], scores["N"]) > 0.95
