"""`python -m models.beat_kind.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.common.convert import float_tflite
from models.common.manifest import Manifest, Record, data_root
from models.common.training import chosen_folds, fold_parser, recipe_of, repeatable, train_all
from models.evaluation.ecg.beat_kinds import KINDS, OTHER

from . import paths
from .augment import jittered, noise_at_rate
from .choose_data import FOLDS, NOISE, TRAIN
from .dataset import noise_file, training_examples
from .examples import Examples, Ints, concatenated
from .network import INPUT_SHAPE, build

Weights = NDArray[np.float32]


def all_examples(records: list[Record], seed: int) -> tuple[list[Examples], list[Record]]:
    """Examples of each recording that is trained on, and those recordings."""
    root = data_root()
    noise = noise_at_rate(noise_file(root, records))
    used = [record for record in records if record.use == TRAIN]
    parts = []
    for record in used:
        parts.append(concatenated(list(training_examples(root, record, noise, seed))))
        print(f"{record.name}: {len(parts[-1])} examples", flush=True)
    return parts, used


def weights(labels: Ints, owner: Ints, of_kind: dict[str, float]) -> Weights:
    """A weight for each example: kinds as `of_kind` says, and within a kind owners by the root of their number."""
    out = np.zeros(len(labels))
    for label, kind in enumerate(KINDS):
        chosen = labels == label
        weight = 1 / np.sqrt(np.bincount(owner[chosen]))[owner[chosen]]
        out[chosen] = weight / weight.sum() * of_kind[kind]
    return np.asarray(out / out.mean(), dtype=np.float32)


def train(parts: list[Examples], recipe: dict[str, Any]) -> Any:
    """A trained Keras model; each part is a recording's examples."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    examples = concatenated(parts)
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    known = examples.labels != OTHER
    features, labels = examples.features[known], examples.labels[known]
    weight = weights(labels, owner[known], recipe["kind_weights"])
    steps = -(-len(labels) // recipe["batch"]) * recipe["epochs"]
    model = build()
    rate = tf.keras.optimizers.schedules.CosineDecay(recipe["learning_rate"], steps)
    model.compile(tf.keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    for _ in range(recipe["epochs"]):
        inputs = (jittered(features, rng) / 64).astype(np.float32).reshape(-1, *INPUT_SHAPE)
        model.fit(inputs, labels, sample_weight=weight, batch_size=recipe["batch"], verbose=0)
    return model


def try_out(records: list[Record], people: int, recipe: dict[str, Any]) -> None:
    """Train one network on the first `people` people, into the working folder only."""
    first = list(dict.fromkeys(record.person for record in records if record.use == TRAIN))[:people]
    chosen = [record for record in records if record.person in first or record.use == NOISE]
    parts, _ = all_examples(chosen, recipe["seed"])
    paths.work.mkdir(parents=True, exist_ok=True)
    (paths.work / "try.tflite").write_bytes(float_tflite(train(parts, recipe)))


def main() -> None:
    """Train all networks and write them."""
    parser = fold_parser(__doc__, FOLDS)
    parser.add_argument("--people", type=int, help="only try: one network of the first so many people")
    options = parser.parse_args()
    repeatable()
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    recipe = recipe_of(paths, "training")
    if options.people:
        try_out(list(manifest.records), options.people, recipe)
        return
    parts, used = all_examples(list(manifest.records), recipe["seed"])

    def train_one(fold: int | None) -> Any:
        return train([part for part, record in zip(parts, used, strict=True) if record.fold != fold], recipe)

    train_all(paths, chosen_folds(options, FOLDS), train_one, lambda model: model)


if __name__ == "__main__":
    main()
