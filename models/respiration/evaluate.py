"""`python -m models.respiration.evaluate`: the error on people that the networks never saw; writes metrics and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from firmware_sim.firmware.dsp.ppg.respiration import TRUSTED
from firmware_sim.firmware.dsp.ppg.uncertainty import respiration_u95
from models.common.command import need, takes_nothing
from models.common.manifest import Manifest, sha256
from models.common.tables import replace, table
from models.common.trust import errors_by_trust, rounded
from models.evaluation.ppg.datasets.bidmc import BREATHS_S

from . import WEIGHTS, paths
from .examples import Examples, examples_of
from .follow import follow
from .inputs import load_networks
from .recordings import Floats, Recording
from .signals import PER_MIN
from .train import fold_path, recordings

_ANSWERED = (100, 95, 90, 85, 70)
_WITHIN_PER_MIN = 2.0
#: Limits of percent of probability that the table of trust has, and what belongs to the last.
_TRUST = (0, 40, 60, 75, 85, 95, 101)
_RATES_X10 = (60, 400)


class Answers(NamedTuple):
    """Of windows whose truth is known: error against the rate and against the count of breaths, and trust (percent)."""

    errors: Floats
    counted: Floats
    trust: Floats
    rates: Floats


def answers(recording: Recording, examples: Examples, fold: int, with_heart: bool) -> Answers:
    """By the networks that never saw this person."""
    networks = load_networks(fold_path(fold))
    scores = networks[0].scores(examples.inputs[0])
    if with_heart:
        scores = scores + networks[1].scores(examples.inputs[1]) * examples.there[1][:, None]
    rates, trust = follow(scores, examples.there[0], networks[0].gain)
    outside = (rates * 10 < _RATES_X10[0]) | (rates * 10 > _RATES_X10[1])
    known = np.isfinite(examples.rates)
    counts = np.array([_counted(recording, end) for end in examples.times])
    errors = np.where(outside, np.nan, rates - examples.rates)
    return Answers(errors[known], (rates - counts)[known], np.where(outside, 0, trust)[known], examples.rates[known])


def _counted(recording: Recording, end_s: float) -> float:
    return (
        float(np.mean([((of >= end_s - BREATHS_S) & (of < end_s)).sum() for of in recording.breaths])) * 60 / BREATHS_S
    )


def metrics(found: Sequence[Answers]) -> dict[str, Any]:
    """Figures of all people; those without an answer come last, as refused."""
    errors, counted, trust, rates = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(-np.where(np.isfinite(errors), trust, -1), kind="stable")
    answered = int(np.isfinite(errors).sum())
    shown = [percent for percent in _ANSWERED if percent <= 100 * answered / len(errors)]
    best = {percent: order[: len(errors) * percent // 100] for percent in shown}
    u95 = np.array([respiration_u95(int(one)) for one in trust])
    known = np.isfinite(errors)
    sure = known & (trust >= TRUSTED)
    return {
        "windows": len(errors),
        "mae": {str(percent): rounded(np.abs(errors[rows]).mean()) for percent, rows in best.items()},
        "mae_counted": {str(percent): rounded(np.abs(counted[rows]).mean()) for percent, rows in best.items()},
        "within_percent": rounded(100 * np.mean(np.abs(errors[sure]) <= _WITHIN_PER_MIN)),
        "answered_percent": rounded(100 * sure.mean()),
        "answered_mae": rounded(np.abs(errors[sure]).mean()),
        "inside_u95_percent": rounded(100 * np.mean(np.abs(errors[sure]) * 10 <= u95[sure])),
        "constant_mae": rounded(np.abs(rates - np.median(rates)).mean()),
        "trust": errors_by_trust(np.abs(errors[known]), trust[known], _TRUST, _WITHIN_PER_MIN, "p95"),
    }


def write_card(figures: dict[str, Any]) -> None:
    """The tables of `card.md`."""
    parts = {"light": figures["light"], "light and ECG": figures["both"]}
    rows = [
        (name, *(f"{of[kind].get(str(percent), '–')}" for percent in _ANSWERED))
        for kind, label in (("mae", ""), ("mae_counted", ", counted"))
        for name, of in ((part + label, of) for part, of in parts.items())
    ]
    device = [
        (name, *(str(of[key]) for key in ("answered_percent", "answered_mae", "within_percent", "inside_u95_percent")))
        for name, of in parts.items()
    ]
    replace(
        paths.card, "scores",
        table(("mean absolute error, /min", *(f"best {percent} %" for percent in _ANSWERED)), rows)
        + "\n\n"
        + table(("as the device refuses", "answered, %", "error, /min", "within 2/min, %", "within u95, %"), device),
    )  # fmt: skip
    trust = [[name, *map(str, row.values())] for name, of in parts.items() for row in of["trust"]]
    heads = ("by", "probability from, %", "windows", "within 2/min, %", "95 % of errors, /min")
    replace(paths.card, "trust", table(heads, trust))


def main() -> None:
    """Score, and write what is committed; DataMissingError where recordings or networks of the folds are not there."""
    takes_nothing(__doc__)
    folds = {record.person: record.fold or 0 for record in Manifest.load(paths.manifest).records}
    need(map(fold_path, sorted(set(folds.values()))), "python -m models.respiration.train")
    known = recordings()
    examples = [examples_of(of) for of in known]
    figures: dict[str, Any] = {
        "shipped_sha256": sha256(WEIGHTS.read_bytes()),
        "step_per_min": rounded(PER_MIN[1] - PER_MIN[0]),
    }
    for name, with_heart in (("light", False), ("both", True)):
        found = [answers(of, some, folds[of.person], with_heart) for of, some in zip(known, examples, strict=True)]
        figures[name] = metrics(found)
    paths.metrics.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_card(figures)
    print(paths.metrics.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
