"""`python -m models.qrs_evidence.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.manifest import Manifest, data_root
from models.common.training import EpochLog, chosen_folds, fold_parser, gradient_step, recipe_of, repeatable, train_all

from . import paths
from .choose_data import FOLDS
from .examples import load_leads_and_noise, sample_windows, tracks
from .features import INPUT_SHAPE, UNIT
from .leads import Floats, Lead
from .network import build, with_sigmoid


def train(leads: Sequence[Lead], recorded: dict[str, list[Floats]], recipe: dict[str, Any]) -> Any:
    """A trained Keras model whose outputs are logits."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    model = build(recipe["first"], tuple(recipe["levels"]), recipe["deep"])
    step = None
    batch = recipe["batch"]
    log = EpochLog(5, first=4)
    for epoch in range(recipe["epochs"]):
        if epoch % recipe["epochs_a_disturbance"] == 0:
            training_tracks = tracks(leads, recorded, rng)
        inputs, expected, weight = sample_windows(training_tracks, rng)
        order = rng.permutation(len(inputs))
        if step is None:
            rate = tf.keras.optimizers.schedules.CosineDecay(
                recipe["learning_rate"], recipe["epochs"] * (len(inputs) // batch)
            )
            step = gradient_step(model, tf.keras.optimizers.Adam(rate), _loss)
        losses = []
        for at in range(0, len(order) - batch + 1, batch):
            rows = order[at : at + batch]
            batch_inputs = inputs[rows].reshape(-1, *INPUT_SHAPE).astype(np.float32) / UNIT
            losses.append(float(step(batch_inputs, expected[rows], weight[rows])))
        log.add(epoch, len(inputs), losses)
    return model


def _loss(logits: Any, expected: Any, weight: Any) -> Any:
    losses = tf.nn.sigmoid_cross_entropy_with_logits(expected, tf.reshape(logits, tf.shape(expected))) * weight
    return tf.reduce_sum(losses) / (tf.reduce_sum(weight) + 1)


def main() -> None:
    """Train all networks and write them."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    repeatable()
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    recipe = recipe_of(paths, "training")
    leads, recorded = load_leads_and_noise(manifest.records)

    def train_one(fold: int | None) -> Any:
        return train([lead for lead in leads if lead.fold != fold], recorded, recipe)

    train_all(paths, chosen_folds(options, FOLDS), train_one, with_sigmoid)


if __name__ == "__main__":
    main()
