"""`python -m models.uncertainty`: `u95.json`, `answers.csv` and the tables of `card.md`.

Needs the recordings and the networks of the folds that `train` and `quantize` of ecg_delineator left in `build/`, but
no tensorflow. Coefficients for a fold's coverage are chosen on the other folds; those that ship, on all. Folds whose
network is not there are left out; `u95.json` says which were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ecg.uncertainty import LIMITS_TENTHS_MS
from models.common.command import takes_nothing
from models.common.manifest import Manifest, data_root
from models.common.tables import replace, table
from models.ecg_delineator import paths
from models.ecg_delineator.choose_data import FOLDS, MARKED
from models.ecg_delineator.intervals import INTERVALS
from models.qrs_evidence import paths as evidence_paths
from models.qrs_evidence.leads import noises

from . import CARD, update_coefficients
from .answers import write_answers
from .fit import BITS, beyond_ms, coefficients, covered, equal_weights, u95_ms
from .subgroups import subgroups
from .windows import LEADS, Answer, Reader

#: Refused beyond, ms.
LIMITS_MS = {interval: limit / 10 for interval, limit in zip(INTERVALS, LIMITS_TENTHS_MS, strict=True)}
_SEED = 5


def collect() -> dict[int, list[Answer]]:
    """Answers about the people of each fold whose network is there."""
    folds = [fold for fold in range(FOLDS) if paths.tflite(fold, "int8").exists()]
    with ProcessPoolExecutor() as pool:
        return dict(zip(folds, pool.map(collect_fold, folds), strict=True))


def collect_fold(fold: int) -> list[Answer]:
    """Answers about the people of a fold by the network that never saw them."""
    recorded = noises(Manifest.load(evidence_paths.manifest).records)
    reader = Reader(paths.tflite(fold, "int8").read_bytes(), data_root(), recorded)
    records = [record for record in Manifest.load(paths.manifest).of_use(MARKED) if record.fold == fold]
    rng = np.random.default_rng(_SEED + fold)
    found = [
        answer
        for record in records
        for lead in LEADS[record.name.split("/")[0]]
        for answer in reader.answers(record, lead, rng)
    ]
    print(f"fold {fold}: {len(records)} records, {len(found)} answers", flush=True)
    return found


def scored(folds: dict[int, list[Answer]], interval: str) -> tuple[list[int], list[dict[str, Any]]]:
    """Coefficients chosen on all, and the coverage where each fold's are chosen on the others."""
    of = {fold: [a for a in answers if a.interval == interval] for fold, answers in folds.items()}
    answers: list[Answer] = []
    widths: list[float] = []
    for fold, held_out in of.items():
        others = [answer for other, each in of.items() if other != fold for answer in each]
        answers += held_out
        widths += (u95_ms(held_out, coefficients(others)) + beyond_ms(held_out)).tolist()
    return coefficients(answers), [
        _coverage(name, interval, [answers[i] for i in chosen], np.array(widths)[chosen])
        for name, chosen in subgroups(answers)
    ]


def _coverage(name: str, interval: str, answers: Sequence[Answer], u95: Any) -> dict[str, Any]:
    answered = u95 <= LIMITS_MS[interval]
    kept = [answer for answer, given in zip(answers, answered, strict=True) if given]
    inside = covered(kept, u95[answered])
    return {
        "group": name,
        "interval": interval,
        "people": len({answer.record for answer in answers}),
        "n": len(answers),
        "coverage": round(float(np.average(inside, weights=equal_weights(kept))), 4) if kept else None,
        "median_u95_ms": round(float(np.median(u95[answered])), 1) if kept else None,
        "refused": round(float(np.average(~answered, weights=equal_weights(answers))), 4),
    }


def main() -> None:
    """Collect, fit, write."""
    takes_nothing(__doc__)
    write(collect())


def write(folds: dict[int, list[Answer]]) -> None:
    """Fit, and write everything."""
    write_answers(folds)
    results = {interval: scored(folds, interval) for interval in INTERVALS}
    rows = [row for _, found in results.values() for row in found]
    update_coefficients(
        bits=BITS, folds=sorted(folds), intervals={name: by for name, (by, _) in results.items()}, coverage=rows
    )
    replace(CARD, "coverage", _table(rows))


def _table(rows: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(row["group"] for row in rows))
    by = {(row["group"], row["interval"]): row for row in rows}
    return table(
        ["people never seen", *(f"{name.upper()}: people, inside %, median ± ms, refused %" for name in INTERVALS)],
        [[name, *(_cell(by.get((name, interval))) for interval in INTERVALS)] for name in names],
    )


def _cell(row: dict[str, Any] | None) -> str:
    if row is None or row["coverage"] is None:
        return "–"
    return f"{row['people']}, {100 * row['coverage']:.1f}, {row['median_u95_ms']:.0f}, {100 * row['refused']:.1f}"


if __name__ == "__main__":
    main()
