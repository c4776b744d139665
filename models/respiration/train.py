"""`python -m models.respiration.train`: the networks that ship, and those that never saw the people of one fold.

Writes `weights.json`; the networks of the folds go to `build/models/respiration`. Some minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.common.manifest import Manifest, data_root
from models.common.paths import read_json
from models.pulse_motion.network import Inputs, fit, targets
from models.pulse_motion.quantize import Quantized, quantize

from . import WEIGHTS, paths
from .examples import Examples, examples_of, made_up, synthetic
from .inputs import PARTS
from .recordings import Floats, Recording, recording
from .signals import PER_MIN


def recordings(people: int | None = None) -> list[Recording]:
    """Those of the manifest, or the first so many; DataMissingError or DataChangedError where they differ from it."""
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    return [recording(data_root() / "bidmc", record.person) for record in manifest.records[:people]]


def train(examples: Iterable[Examples], recipe: dict[str, Any]) -> list[Quantized]:
    """The network of the pulses and that of the heart beats, in 8 bits, with one gain."""
    known = list(examples)
    networks = [_train(*_known(known, which), recipe) for which in range(len(PARTS))]
    gain = max(network.gain for network in networks)
    return [network.with_gain(gain) for network in networks]


def _known(examples: Sequence[Examples], which: int) -> tuple[Inputs, Floats]:
    """Every second window that has this part and whose rate is known."""
    at = [np.flatnonzero(some.there[which] & np.isfinite(some.rates))[::2] for some in examples]
    inputs = np.concatenate([some.inputs[which][rows] for some, rows in zip(examples, at, strict=True)])
    return inputs, np.concatenate([some.rates[rows] for some, rows in zip(examples, at, strict=True)])


def _train(inputs: Inputs, rates: Floats, recipe: dict[str, Any]) -> Quantized:
    network = fit(inputs, targets(rates, PER_MIN, recipe["spread_per_min"]), recipe, recipe["seed"])
    return quantize(network, inputs[:: max(1, len(inputs) // 2000)], recipe["power"])


def save(path: Path, networks: Sequence[Quantized], recipe: dict[str, Any]) -> None:
    """As JSON that `load_networks` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {part.name: network.as_json() for part, network in zip(PARTS, networks, strict=True)}
    path.write_text(json.dumps({"recipe": recipe["id"], **named}) + "\n", encoding="utf-8")


def fold_path(fold: int) -> Path:
    """Where the networks are that never saw the people of this fold."""
    return paths.work / f"without_{fold}.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train all."""
    parser = argparse.ArgumentParser(prog="python -m models.respiration.train", description=__doc__)
    parser.add_argument("--people", type=int, help="a try in a minute: only the first so many, into a folder try")
    chosen = parser.parse_args(arguments).people
    # what `models.left_out` and the cards rest on stays as it is
    folder = paths.work / "try" if chosen else paths.work
    recipe = read_json(paths.recipe)
    known = recordings(chosen)
    chance = np.random.default_rng(recipe["seed"])
    examples = [examples_of(of) for of in known] * recipe["repeats"]
    examples += [made_up(of, chance) for of in known for _ in range(recipe["copies"])]
    examples.append(synthetic(recipe["synthetic"], chance))
    folds = {record.person: record.fold for record in Manifest.load(paths.manifest).records}
    for fold in sorted({folds[of.person] or 0 for of in known}):
        others = [some for some in examples if folds.get(some.person) != fold]
        save(folder / fold_path(fold).name, train(others, recipe), recipe)
        print(f"without fold {fold}", flush=True)
    save(folder / "all.json" if chosen else WEIGHTS, train(examples, recipe), recipe)


if __name__ == "__main__":
    main()
