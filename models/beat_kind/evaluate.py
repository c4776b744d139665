"""`python -m models.beat_kind.evaluate`: golden vectors, costs, scores of everyone by networks that never saw them.

Needs the recordings and what `train` and `quantize` left in `build/`, but no tensorflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from firmware_sim.firmware.networks.beat_kind import kind_of
from models.common.command import takes_nothing
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, Record, data_root
from models.common.running import Runner
from models.common.scores import confusion, difference, measures, with_intervals
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths
from .choose_data import FOLDS, NOISE, PACED
from .dataset import evaluation_examples
from .examples import Examples, Floats, Ints
from .rhythms import in_fibrillation
from .tables import write_card

#: What is compared, in the order of the tables.
METHODS = ("rule", "float", "int8", "device")
_INPUT_SCALE = 64
_GOLDEN_VECTORS = 64


@dataclass
class Scored:
    """A recording's beats and the kind that each method predicts (0 to 2, less: none)."""

    record: Record
    examples: Examples
    predictions: dict[str, Ints]
    #: Probabilities by the float and by the int8 network.
    probabilities: tuple[Floats, Floats]
    fibrillation: Any

    def confusion(self, method: str, chosen: Any = slice(None)) -> Ints:
        """Counts of labels and predictions of the `chosen` beats."""
        return confusion(self.examples.labels[chosen], self.predictions[method][chosen], len(KINDS))


def score(record: Record, float_net: Runner, int8_net: Runner) -> Scored:
    """Predict the kind of every annotated beat of a recording's first lead by all methods."""
    examples = evaluation_examples(data_root(), record)
    exact = float_net.run(examples.features.astype(np.float32) / _INPUT_SCALE).astype(np.float64)
    quantized = int8_net.run(examples.features)
    decided = np.array([kind_of(memoryview(row)) for row in quantized], dtype=np.int64) - 1
    rule = examples.rule - 1
    predictions = {
        "rule": rule,
        "float": exact.argmax(axis=1),
        "int8": quantized.argmax(axis=1),
        "device": np.where(decided < 0, rule, decided),
    }
    probabilities = (exact, (quantized.astype(np.float64) + 128) / 256)
    fibrillation = in_fibrillation(data_root() / record.name, examples.r)
    return Scored(record, examples, predictions, probabilities, fibrillation)


def score_all(records: list[Record]) -> list[Scored]:
    """Score each recording by the networks of its fold; the paced ones, in no training data, by fold 0's."""
    float_nets, int8_nets = ([Runner(n) for n in paths.fold_networks(kind, FOLDS)] for kind in ("float", "int8"))
    out = []
    for record in records:
        if record.use != NOISE:
            fold = record.fold or 0
            out.append(score(record, float_nets[fold], int8_nets[fold]))
            print(f"{record.name}: {len(out[-1].examples)} beats", flush=True)
    return out


def by_person(parts: list[Scored], method: str) -> Ints:
    """Confusions (people, kinds, kinds + 1)."""
    people: dict[str, Ints] = {}
    for part in parts:
        counts = part.confusion(method)
        people[part.record.person] = people[part.record.person] + counts if part.record.person in people else counts
    return np.stack(list(people.values()))


def distance(parts: list[Scored]) -> dict[str, float]:
    """How far int8 is from float: fraction of beats decided alike, and differences of probabilities."""
    exact, quantized = (np.concatenate([part.probabilities[i] for part in parts]) for i in (0, 1))
    differences = np.abs(exact - quantized)
    signal, noise = float((exact**2).mean()), float(((exact - quantized) ** 2).mean())
    return {
        "named_alike": round(float((exact.argmax(axis=1) == quantized.argmax(axis=1)).mean()), 5),
        "mean_difference": round(float(differences.mean()), 5),
        "p999_difference": round(float(np.quantile(differences, 0.999)), 4),
        "snr_db": round(10 * float(np.log10(signal / noise)), 1),
    }


def subgroup(parts: list[Scored], chosen: list[Any]) -> dict[str, Any]:
    """Beats by kind, and each method's measures, of the `chosen` beats of each recording."""
    pairs = list(zip(parts, chosen, strict=True))
    counts = {a: np.sum([part.confusion(a, c) for part, c in pairs], axis=0) for a in ("rule", "device")}
    return {
        "beats": counts["rule"].sum(axis=1).tolist(),
        **{method: [[_rounded(v) for v in row] for row in measures(counts[method])] for method in ("rule", "device")},
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def metrics(manifest: Manifest) -> dict[str, Any]:
    """What metrics.json says; measures are [value, low, high] or rows se, ppv, f1 by kind."""
    parts = score_all(list(manifest.records))
    evaluated = [part for part in parts if part.record.use != PACED]
    paced = [part for part in parts if part.record.use == PACED]
    people = {method: by_person(evaluated, method) for method in METHODS}
    all_beats: list[Any] = [slice(None)] * len(evaluated)
    fibrillating = [part.fibrillation for part in evaluated]
    return {
        "kinds": list(KINDS),
        "how": f"{len(people['rule'])} people, each by the network of the fold that leaves them out; first lead",
        "all": {method: with_intervals(people[method], KINDS) for method in METHODS},
        "device_over_rule": difference(people["device"], people["rule"]),
        "float_to_int8": distance(evaluated),
        "subgroups": {
            "atrial fibrillation": subgroup(evaluated, fibrillating),
            "other rhythms": subgroup(evaluated, [~each for each in fibrillating]),
            **{f"fold {f}": subgroup(fold, [slice(None)] * len(fold)) for f, fold in _folds(evaluated).items()},
        },
        "records": {p.record.name: subgroup([p], all_beats[:1]) for p in evaluated},
        "paced": {p.record.name: _kinds_of_paced(p) for p in paced},
    }


def _folds(parts: list[Scored]) -> dict[int, list[Scored]]:
    return {fold: [part for part in parts if part.record.fold == fold] for fold in range(FOLDS)}


def _kinds_of_paced(part: Scored) -> dict[str, dict[str, int]]:
    """What the rule and the device name the beats of a person with a pacemaker, whatever their labels."""
    names = (*KINDS, "none")
    return {a: {n: int((part.predictions[a] == i).sum()) for i, n in enumerate(names)} for a in ("rule", "device")}


if __name__ == "__main__":
    takes_nothing(__doc__)
    evaluate(paths, _GOLDEN_VECTORS, metrics, write_card)
