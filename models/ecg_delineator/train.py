"""`python -m models.ecg_delineator.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.manifest import data_root
from models.common.training import EpochLog, chosen_folds, fold_parser, gradient_step, recipe_of, repeatable, train_all

from . import paths
from .augment import augmented
from .choose_data import FOLDS
from .dataset import load_leads, probabilities, sample_beats
from .features import UNIT, features, targets
from .lead_beats import Floats, LeadBeats
from .network import build, with_sigmoid
from .synthetic import synthetic_beats


def examples(
    leads: Sequence[LeadBeats], n: int, synthetic: float, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """`n` inputs, target outputs and their weights, all augmented; the fraction `synthetic` of them is synthetic."""
    n_synthetic = round(n * synthetic)
    recorded = sample_beats(leads, probabilities(leads), n - n_synthetic, rng)
    both = zip(recorded, synthetic_beats(n_synthetic, rng), strict=True)
    order = rng.permutation(n)
    vectors, labels = (np.concatenate(pair)[order] for pair in both)
    beats, labels = augmented(vectors, labels, rng)
    return features(beats).astype(np.float32) / UNIT, *targets(labels)


def train(leads: Sequence[LeadBeats], recipe: dict[str, Any]) -> Any:
    """A trained Keras model whose outputs are logits."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    model = build(tuple(recipe["down"]), tuple(recipe["up"]))
    steps = recipe["epochs"] * (recipe["examples"] // recipe["batch"])
    rate = tf.keras.optimizers.schedules.CosineDecay(recipe["learning_rate"], steps)
    optimizer = tf.keras.optimizers.AdamW(rate, weight_decay=recipe["weight_decay"])
    step = gradient_step(model, optimizer, _loss)
    log = EpochLog(10)
    for epoch in range(recipe["epochs"]):
        arrays = examples(leads, recipe["examples"], recipe["synthetic"], rng)
        losses = [
            float(step(*(array[at : at + recipe["batch"]] for array in arrays)))
            for at in range(0, recipe["examples"] - recipe["batch"] + 1, recipe["batch"])
        ]
        log.add(epoch, recipe["examples"], losses)
    return model


def _loss(logits: Any, expected: Any, weight: Any) -> Any:
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(expected, logits) * weight)


def main() -> None:
    """Train all networks and write them."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    repeatable()
    recipe = recipe_of(paths, "training")
    leads = load_leads(data_root())

    def train_one(fold: int | None) -> Any:
        return train([lead for lead in leads if lead.fold != fold], recipe)

    train_all(paths, chosen_folds(options, FOLDS), train_one, with_sigmoid)


if __name__ == "__main__":
    main()
