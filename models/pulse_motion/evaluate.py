"""`python -m models.pulse_motion.evaluate`: the error on people that the network never saw; writes metrics and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.common.command import need, takes_nothing
from models.common.manifest import Manifest, sha256
from models.common.tables import number, replace, table
from models.common.trust import errors_by_trust, rounded

from . import WEIGHTS, paths
from .examples import Examples, examples_of
from .follow import follow
from .quantize import Quantized
from .recordings import Floats
from .train import fold_path, recordings

#: The light that the figures are of: a device has one.
_LIGHT = 0
_WITHIN_BPM = 5.0
_ANSWERED = (100, 95, 90, 80)
#: Limits of percent of probability that the table of trust has, and what belongs to the last.
_TRUST = (0, 50, 70, 85, 95, 99, 101)

Answers = tuple[Floats, Floats]


def answers(examples: Sequence[Examples]) -> dict[str, Answers]:
    """Of each person errors (bpm, reading less reference) and trust (percent), by the network that never saw them."""
    found = {}
    for some in examples:
        if some.light == _LIGHT:
            network = Quantized.load(fold_path(some.person))
            rates, trust = follow(network.scores(some.inputs), network.gain)
            found[some.person] = (rates - some.rates, trust)
    return found


def metrics(found: dict[str, Answers]) -> dict[str, Any]:
    """Figures of all people, and of each."""
    errors = np.concatenate([np.abs(errors) for errors, _ in found.values()])
    trust = np.concatenate([trust for _, trust in found.values()])
    by_trust = errors[np.argsort(-trust, kind="stable")]
    return {
        "windows": len(errors),
        "within_percent": rounded(100 * np.mean(errors <= _WITHIN_BPM)),
        "mae_bpm": {str(percent): rounded(by_trust[: len(errors) * percent // 100].mean()) for percent in _ANSWERED},
        "people": {person: rounded(np.abs(of).mean()) for person, (of, _) in found.items()},
        "trust": errors_by_trust(errors, trust, _TRUST, _WITHIN_BPM, "p95_bpm"),
    }


def write_card(figures: dict[str, Any]) -> None:
    """The tables of `card.md`."""
    people = figures["people"]
    heads = [f"best {percent} %" for percent in _ANSWERED]
    scores = [number(figures["mae_bpm"][str(percent)], ".2f") for percent in _ANSWERED]
    both = (
        table(
            ("windows", "within 5 bpm, %", *heads), [(str(figures["windows"]), f"{figures['within_percent']}", *scores)]
        ),
        table([person[5:7] for person in people], [[number(error, ".2f") for error in people.values()]]),
    )
    replace(paths.card, "scores", "Mean absolute error, bpm:\n\n" + "\n\nBy record:\n\n".join(both))
    rows = [[str(value) for value in row.values()] for row in figures["trust"]]
    replace(
        paths.card, "trust", table(("probability from, %", "windows", "within 5 bpm, %", "95 % of errors, bpm"), rows)
    )


def main() -> None:
    """Score, and write what is committed; DataMissingError where recordings or networks of the folds are not there."""
    takes_nothing(__doc__)
    people = [record.person for record in Manifest.load(paths.manifest).records]
    need(map(fold_path, people), "python -m models.pulse_motion.train")
    known = examples_of(recordings())
    figures: dict[str, Any] = {"shipped_sha256": sha256(WEIGHTS.read_bytes()), **metrics(answers(known))}
    paths.metrics.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_card(figures)
    print(paths.metrics.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
