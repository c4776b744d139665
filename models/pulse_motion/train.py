"""`python -m models.pulse_motion.train`: the networks that ship, and those that never saw one person.

Writes `weights.json`; the networks of the folds go to `build/models/pulse_motion`. A minute or two on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from models.common.manifest import Manifest, data_root
from models.common.paths import read_json

from . import WEIGHTS, paths, presence
from .examples import Examples, examples_of, made_up_of, without_pulse_of
from .network import fit
from .quantize import Quantized, quantize
from .recordings import Recording, troika


def recordings() -> list[Recording]:
    """Those of the manifest; DataMissingError or DataChangedError where they are not as it says."""
    Manifest.load(paths.manifest).check(data_root())
    return troika(data_root() / "troika")


class Networks(NamedTuple):
    """That which scores every rate, and that which says whether the best of them is a pulse's."""

    network: Quantized
    presence: Quantized


def train(examples: Sequence[Examples], unpulsed: Sequence[Examples], recipe: dict[str, Any]) -> Networks:
    """Both networks, the second also on light without a pulse, `unpulsed`."""
    network = train_rates(examples, recipe)
    return Networks(network, presence.train(network, [*examples, *unpulsed], recipe))


def train_rates(examples: Iterable[Examples], recipe: dict[str, Any]) -> Quantized:
    """The network of rates, in 8 bits."""
    parts = [some.known(recipe["spread_bpm"]) for some in examples]
    inputs, wanted = (np.concatenate(part) for part in zip(*parts, strict=True))
    network = fit(inputs, wanted, recipe, recipe["seed"])
    return quantize(network, inputs[:: max(1, len(inputs) // 2000)], recipe["power"])


def save(path: Path, networks: Networks, recipe: dict[str, Any]) -> None:
    """As JSON that `Quantized.load` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = {name: network.as_json() for name, network in networks._asdict().items()}
    path.write_text(json.dumps({"recipe": recipe["id"], **named}) + "\n", encoding="utf-8")


def fold_path(person: str) -> Path:
    """Where the networks are that never saw this person."""
    return paths.work / f"without_{person}.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train all."""
    parser = argparse.ArgumentParser(prog="python -m models.pulse_motion.train", description=__doc__)
    parser.add_argument("--people", type=int, help="a try in half a minute: only the first so many, into a folder try")
    chosen = parser.parse_args(arguments).people
    # what `models.left_out` and the cards rest on stays as it is
    folder = paths.work / "try" if chosen else paths.work
    recipe = read_json(paths.recipe)
    known = recordings()[:chosen]
    examples = examples_of([*known, *made_up_of(known, recipe["copies"], recipe["seed"])])
    unpulsed = examples_of(without_pulse_of(known, recipe["without_pulse"], recipe["seed"]))
    for person in [recording.person for recording in known]:
        others, others_unpulsed = ([some for some in of if some.person != person] for of in (examples, unpulsed))
        save(folder / fold_path(person).name, train(others, others_unpulsed, recipe), recipe)
        print(f"without {person}", flush=True)
    save(folder / "all.json" if chosen else WEIGHTS, train(examples, unpulsed, recipe), recipe)


if __name__ == "__main__":
    main()
