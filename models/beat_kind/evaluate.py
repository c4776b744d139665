"""`python -m models.beat_kind.evaluate`: golden vectors, costs, and everyone scored by networks that never saw them.

Needs the recordings and what `train` and `quantize` left in `build/`, but no tensorflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from firmware_sim.firmware.networks.beat_kind import kind_of
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, Record, data_root
from models.common.running import Runner
from models.common.scores import confusion, difference, measures, with_intervals
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths
from .choose_data import FOLDS, NOISE, PACED
from .dataset import scored
from .examples import Examples, Floats, Ints
from .rhythms import in_fibrillation
from .tables import write_card

#: What is compared, in the order of the tables.
ANSWERS = ("rule", "float", "int8", "device")
_INPUT_SCALE = 64
_GOLDEN_VECTORS = 64


@dataclass
class Scored:
    """A recording's beats and what each way of naming them answers (0 to 2, less: none)."""

    record: Record
    examples: Examples
    answers: dict[str, Ints]
    #: Probabilities by the float and by the int8 network.
    probabilities: tuple[Floats, Floats]
    fibrillation: Any

    def confusion(self, answer: str, chosen: Any = slice(None)) -> Ints:
        """Counts of labels and answers, of the `chosen` beats."""
        return confusion(self.examples.labels[chosen], self.answers[answer][chosen], len(KINDS))


def score(record: Record, float_net: Runner, int8_net: Runner) -> Scored:
    """Name every annotated beat of a recording's first lead in all ways."""
    examples = scored(data_root(), record)
    exact = float_net.run(examples.features.astype(np.float32) / _INPUT_SCALE).astype(np.float64)
    small = int8_net.run(examples.features)
    named = np.array([kind_of(memoryview(row)) for row in small], dtype=np.int64) - 1
    rule = examples.rule - 1
    answers = {
        "rule": rule,
        "float": exact.argmax(axis=1),
        "int8": small.argmax(axis=1),
        "device": np.where(named < 0, rule, named),
    }
    probabilities = (exact, (small.astype(np.float64) + 128) / 256)
    fibrillation = in_fibrillation(data_root() / record.name, examples.r)
    return Scored(record, examples, answers, probabilities, fibrillation)


def everyone(records: list[Record]) -> list[Scored]:
    """Score each recording by the networks of its fold; the paced ones, which nobody learned from, by fold 0's."""
    float_nets, int8_nets = ([Runner(n) for n in paths.fold_networks(kind, FOLDS)] for kind in ("float", "int8"))
    out = []
    for record in records:
        if record.use != NOISE:
            fold = record.fold or 0
            out.append(score(record, float_nets[fold], int8_nets[fold]))
            print(f"{record.name}: {len(out[-1].examples)} beats", flush=True)
    return out


def by_person(parts: list[Scored], answer: str) -> Ints:
    """Confusions (people, kinds, kinds + 1)."""
    people: dict[str, Ints] = {}
    for part in parts:
        counts = part.confusion(answer)
        people[part.record.person] = people[part.record.person] + counts if part.record.person in people else counts
    return np.stack(list(people.values()))


def distance(parts: list[Scored]) -> dict[str, float]:
    """How far int8 is from float: fraction of beats named alike, and differences of probabilities."""
    exact, small = (np.concatenate([part.probabilities[i] for part in parts]) for i in (0, 1))
    apart = np.abs(exact - small)
    signal, noise = float((exact**2).mean()), float(((exact - small) ** 2).mean())
    return {
        "named_alike": round(float((exact.argmax(axis=1) == small.argmax(axis=1)).mean()), 5),
        "mean_difference": round(float(apart.mean()), 5),
        "p999_difference": round(float(np.quantile(apart, 0.999)), 4),
        "snr_db": round(10 * float(np.log10(signal / noise)), 1),
    }


def subgroup(parts: list[Scored], chosen: list[Any]) -> dict[str, Any]:
    """Beats by kind, and each way's measures, of the `chosen` beats of each recording."""
    pairs = list(zip(parts, chosen, strict=True))
    counts = {a: np.sum([part.confusion(a, c) for part, c in pairs], axis=0) for a in ("rule", "device")}
    return {
        "beats": counts["rule"].sum(axis=1).tolist(),
        **{answer: [[_rounded(v) for v in row] for row in measures(counts[answer])] for answer in ("rule", "device")},
    }


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def metrics(manifest: Manifest) -> dict[str, Any]:
    """What metrics.json says; measures are [value, low, high] or rows se, ppv, f1 by kind."""
    parts = everyone(list(manifest.records))
    judged = [part for part in parts if part.record.use != PACED]
    paced = [part for part in parts if part.record.use == PACED]
    people = {answer: by_person(judged, answer) for answer in ANSWERS}
    whole: list[Any] = [slice(None)] * len(judged)
    fibrillating = [part.fibrillation for part in judged]
    return {
        "kinds": list(KINDS),
        "how": f"{len(people['rule'])} people, each by the network of the fold that leaves them out; first lead",
        "all": {answer: with_intervals(people[answer], KINDS) for answer in ANSWERS},
        "device_over_rule": difference(people["device"], people["rule"]),
        "float_to_int8": distance(judged),
        "subgroups": {
            "atrial fibrillation": subgroup(judged, fibrillating),
            "other rhythms": subgroup(judged, [~each for each in fibrillating]),
            **{f"fold {f}": subgroup(fold, [slice(None)] * len(fold)) for f, fold in _folds(judged).items()},
        },
        "records": {p.record.name: subgroup([p], whole[:1]) for p in judged},
        "paced": {p.record.name: _says(p) for p in paced},
    }


def _folds(parts: list[Scored]) -> dict[int, list[Scored]]:
    return {fold: [part for part in parts if part.record.fold == fold] for fold in range(FOLDS)}


def _says(part: Scored) -> dict[str, dict[str, int]]:
    """What the rule and the device name the beats of a person with a pacemaker, whatever their labels."""
    names = (*KINDS, "none")
    return {a: {n: int((part.answers[a] == i).sum()) for i, n in enumerate(names)} for a in ("rule", "device")}


if __name__ == "__main__":
    evaluate(paths, _GOLDEN_VECTORS, metrics, write_card)
