"""`python -m models.accident.train`: trains on everyone, once without each fold of people, once without each set."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from models.common.manifest import Manifest, data_root
from models.common.training import chosen_folds, fold_parser, gradient_step, recipe_of, repeatable, train_all

from . import paths
from .augment import varied
from .choose_data import FOLDS, PEOPLE_FOLDS
from .dataset import SETS, trials_of
from .examples import FALL, NONE, UNSURE, Examples, examples_of
from .network import INPUT_SCALE, build, with_output
from .segments import Ints


def seen_by(fold: int | None, manifest: Manifest) -> set[str]:
    """The people that the network of a fold learns from."""
    if fold is not None and fold >= PEOPLE_FOLDS:
        unseen = SETS[fold - PEOPLE_FOLDS]
        return {record.person for record in manifest.records if not record.name.startswith(f"{unseen}/")}
    return {record.person for record in manifest.records if fold is None or record.fold != fold}


def train(examples: Examples, recipe: dict[str, Any]) -> Any:
    """A trained Keras model of logits."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    known = examples.of(examples.labels != UNSURE)
    weight = _weights(known.labels)
    batch, epochs = recipe["batch"], recipe["epochs"]
    steps = -(-len(weight) // batch)
    rate = tf.keras.optimizers.schedules.CosineDecay(recipe["learning_rate"], steps * epochs)
    model = build()
    step = gradient_step(model, tf.keras.optimizers.AdamW(rate, weight_decay=recipe["weight_decay"]), _loss)
    for _ in range(epochs):
        inputs = varied(known.windows, rng)[:, None] / INPUT_SCALE
        order = rng.permutation(len(weight))
        # whole batches only, so that the graph is made once
        order = np.concatenate([order, order[: steps * batch - len(order)]]).reshape(steps, batch)
        for some in order:
            step(tf.constant(inputs[some]), tf.constant(known.labels[some]), tf.constant(weight[some]))
    return model


def _weights(labels: Ints) -> Any:
    """Falls count by the root of how much rarer they are."""
    ratio = np.sqrt((labels == NONE).sum() / max(1, (labels == FALL).sum()))
    return np.where(labels == FALL, ratio, 1.0).astype(np.float32)


def _loss(logits: Any, labels: Any, weight: Any) -> Any:
    return tf.reduce_mean(weight * tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def main() -> None:
    """Train all networks and write them."""
    parser = fold_parser(__doc__, FOLDS)
    options = parser.parse_args()
    repeatable()
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    recipe = recipe_of(paths, "training")
    trials = trials_of(data_root(), manifest.records)
    examples = examples_of(trials)
    people = np.array([trial.person for trial in trials])[examples.trial]

    def train_one(fold: int | None) -> Any:
        return train(examples.of(np.isin(people, list(seen_by(fold, manifest)))), recipe)

    train_all(paths, chosen_folds(options, FOLDS), train_one, with_output)


if __name__ == "__main__":
    main()
