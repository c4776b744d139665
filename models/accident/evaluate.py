"""`python -m models.accident.evaluate`: golden vectors, costs, scores of everyone by networks that never saw them.

Needs the recordings and what `train` and `quantize` left in `build/`, but no tensorflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.command import takes_nothing
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, data_root
from models.common.paths import read_json
from models.common.running import Runner
from models.common.tables import number, percent, replace, table
from models.evaluation.motion.rates import by_person

from . import paths
from .choose_data import PEOPLE_FOLDS, without
from .dataset import SETS, trials_of
from .examples import Examples, by_trial, examples_of
from .segments import Trial

Floats = NDArray[np.float64]
_GOLDEN_VECTORS = 64
_INPUT_SCALE = 64
_SPECIFICITIES = (0.95, 0.97, 0.99)
_METHODS = ("float", "int8")


def scores_of(model: bytes, windows: NDArray[np.int8], kind: str) -> Floats:
    """Probability of a fall of each window, by a float or an int8 network."""
    rows = windows.reshape(len(windows), -1)
    if kind == "float":
        return Runner(model).run(rows.astype(np.float32) / _INPUT_SCALE)[:, 1].astype(np.float64)
    return (Runner(model).run(rows)[:, 1].astype(np.float64) + 128) / 256


def unseen_scores(manifest: Manifest, trials: Sequence[Trial], examples: Examples, kind: str) -> Floats:
    """The score of each trial, by the network that never saw its person."""
    fold_of = {record.person: record.fold for record in manifest.records}
    folds = np.array([fold_of[trial.person] for trial in trials])[examples.trial]
    scores = np.zeros(len(folds))
    for fold, network in enumerate(paths.fold_networks(kind, PEOPLE_FOLDS)):
        scores[folds == fold] = scores_of(network, examples.windows[folds == fold], kind)
    return by_trial(scores, examples, len(trials))


def alarms(scores: Floats, trials: Sequence[Trial], specificity: float) -> NDArray[np.bool_]:
    """Trials over a cut that has this specificity in the trials of all other people."""
    people, falls = np.array([trial.person for trial in trials]), np.array([trial.is_fall for trial in trials])
    found = np.zeros(len(trials), bool)
    for person in np.unique(people):
        others = scores[(people != person) & ~falls]
        found[people == person] = scores[people == person] > np.quantile(others, specificity)
    return found


def rated(found: NDArray[np.bool_], trials: Sequence[Trial]) -> dict[str, Any]:
    """Sensitivity and specificity by trial, with intervals by person; by group; countdowns an hour of daily life."""
    rows = {"all": _both(found, trials)}
    for group in sorted({trial.group for trial in trials}):
        chosen = np.array([trial.group == group for trial in trials])
        rows[group] = _both(found[chosen], [trial for trial in trials if trial.group == group])
    calm = [(alarm, trial.seconds) for alarm, trial in zip(found, trials, strict=True) if not trial.is_fall]
    hours = sum(seconds for _, seconds in calm) / 3600
    return {"groups": rows, "hours": round(hours, 2), "an_hour": round(sum(alarm for alarm, _ in calm) / hours, 2)}


def _both(found: NDArray[np.bool_], trials: Sequence[Trial]) -> dict[str, Any]:
    sides = {}
    for name, is_fall in (("sensitivity", True), ("specificity", False)):
        people: dict[str, list[int]] = {}
        for alarm, trial in zip(found, trials, strict=True):
            if trial.is_fall is is_fall:
                counts = people.setdefault(trial.person, [0, 0])
                counts[0] += int(bool(alarm) is is_fall)
                counts[1] += 1
        if people:
            sides[name] = {"people": len(people), **by_person(np.array(list(people.values()), np.int64))}
    return sides


def across(trials: Sequence[Trial], examples: Examples, name: str) -> dict[str, float]:
    """Sensitivity in a set by the network that never saw any of it, cuts for specificities being set in it."""
    chosen = np.array([trial.name.startswith(f"{name}/") for trial in trials])
    of = chosen[examples.trial]
    scores = np.zeros(len(of))
    scores[of] = scores_of(paths.tflite(without(name), "int8").read_bytes(), examples.windows[of], "int8")
    highest, falls = by_trial(scores, examples, len(trials)), _falls(trials)
    return {
        str(level): round(float((highest[chosen & falls] > np.quantile(highest[chosen & ~falls], level)).mean()), 4)
        for level in _SPECIFICITIES
    }


def metrics(manifest: Manifest) -> dict[str, Any]:
    """What metrics.json says."""
    trials = trials_of(data_root(), manifest.records)
    examples = examples_of(trials)
    wanted = read_json(paths.recipe)["decision"]["specificity"]
    scores = {kind: unseen_scores(manifest, trials, examples, kind) for kind in _METHODS}
    sets: dict[str, Any] = {}
    for name in SETS:
        chosen = np.array([trial.name.startswith(f"{name}/") for trial in trials])
        some = [trial for trial in trials if trial.name.startswith(f"{name}/")]
        sets[name] = {
            "candidates": int(chosen[examples.trial].sum()),
            **{kind: rated(alarms(scores[kind][chosen], some, wanted[name]), some) for kind in _METHODS},
            "cut": round(float(np.quantile(scores["int8"][chosen & ~_falls(trials)], wanted[name])), 4),
            "never_saw_the_set": across(trials, examples, name),
        }
    return {"how": f"{len(manifest.records)} people, each by the network of the fold that leaves them out", **sets}


def _falls(trials: Sequence[Trial]) -> NDArray[np.bool_]:
    return np.array([trial.is_fall for trial in trials])


def write_card(found: dict[str, Any]) -> None:
    """The tables of card.md."""
    rows, cross = [], []
    for name in SETS:
        for kind in _METHODS:
            for group, sides in found[name][kind]["groups"].items():
                rows.append([name, kind, group, *(_cell(sides.get(side)) for side in ("sensitivity", "specificity"))])
        levels = found[name]["never_saw_the_set"]
        cross.append([name, *(percent(levels[str(level)]) for level in _SPECIFICITIES)])
    head = ("set", "network", "people", "sensitivity %", "specificity %")
    replace(paths.card, "scores", table(head, rows))
    replace(paths.card, "across", table(("tested on", *(f"Se % at Sp {100 * s:.0f} %" for s in _SPECIFICITIES)), cross))
    int8 = {name: found[name]["int8"] for name in SETS}
    rates = [[name, number(int8[name]["hours"], ".2f"), number(int8[name]["an_hour"], ".2f")] for name in SETS]
    replace(paths.card, "rates", table(("set", "hours of daily life", "countdowns an hour"), rates))


def _cell(side: dict[str, Any] | None) -> str:
    if side is None:
        return "–"
    interval = "" if side["low"] is None else f" ({percent(side['low'])} to {percent(side['high'])})"
    return f"{percent(side['fraction'])}{interval}, {side['right']} of {side['n']}, {side['people']} people"


if __name__ == "__main__":
    takes_nothing(__doc__)
    evaluate(paths, _GOLDEN_VECTORS, metrics, write_card)
