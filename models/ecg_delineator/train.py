"""`python -m models.ecg_delineator.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.manifest import data_root
from models.common.training import EpochLog, fold_parser, gradient_step, recipe_of, repeatable, train_all, wanted_folds

from . import paths
from .augment import augmented
from .choose_data import FOLDS
from .dataset import all_strips, drawn, weights
from .features import UNIT, features, targets
from .network import answering, build
from .strips import Floats, Strip
from .synthetic import made


def examples(
    strips: Sequence[Strip], n: int, synthetic: float, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """`n` inputs, wanted outputs and their weights, a share of them `synthetic`, drawn and changed at random."""
    n_made = round(n * synthetic)
    both = zip(drawn(strips, weights(strips), n - n_made, rng), made(n_made, rng), strict=True)
    order = rng.permutation(n)
    vectors, labels = (np.concatenate(pair)[order] for pair in both)
    beats, labels = augmented(vectors, labels, rng)
    return features(beats).astype(np.float32) / UNIT, *targets(labels)


def train(strips: Sequence[Strip], recipe: dict[str, Any]) -> Any:
    """A trained Keras model that answers logits."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    model = build(tuple(recipe["down"]), tuple(recipe["up"]))
    steps = recipe["epochs"] * (recipe["examples"] // recipe["batch"])
    rate = tf.keras.optimizers.schedules.CosineDecay(recipe["learning_rate"], steps)
    optimizer = tf.keras.optimizers.AdamW(rate, weight_decay=recipe["weight_decay"])
    step = gradient_step(model, optimizer, _loss)
    log = EpochLog(10)
    for epoch in range(recipe["epochs"]):
        parts = examples(strips, recipe["examples"], recipe["synthetic"], rng)
        losses = [
            float(step(*(part[at : at + recipe["batch"]] for part in parts)))
            for at in range(0, recipe["examples"] - recipe["batch"] + 1, recipe["batch"])
        ]
        log.add(epoch, recipe["examples"], losses)
    return model


def _loss(logits: Any, wanted: Any, weight: Any) -> Any:
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits) * weight)


def main() -> None:
    """Train all networks and write them."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    repeatable()
    recipe = recipe_of(paths, "training")
    strips = all_strips(data_root())

    def train_one(fold: int | None) -> Any:
        return train([strip for strip in strips if strip.fold != fold], recipe)

    train_all(paths, wanted_folds(options, FOLDS), train_one, answering)


if __name__ == "__main__":
    main()
