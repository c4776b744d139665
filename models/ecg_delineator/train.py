"""`python -m models.ecg_delineator.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.convert import float_tflite
from models.common.manifest import data_root
from models.common.training import repeatable, wanted_folds

from .augment import augmented
from .choose_data import FOLDS
from .dataset import all_strips, drawn, weights
from .features import UNIT, features, targets
from .network import answering, build
from .paths import paths
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
    step = _step(model, tf.keras.optimizers.AdamW(rate, weight_decay=recipe["weight_decay"]))
    began = time.monotonic()
    for epoch in range(recipe["epochs"]):
        parts = examples(strips, recipe["examples"], recipe["synthetic"], rng)
        losses = [
            float(step(*(part[at : at + recipe["batch"]] for part in parts)))
            for at in range(0, recipe["examples"] - recipe["batch"] + 1, recipe["batch"])
        ]
        if epoch % 10 == 0:
            print(f"epoch {epoch}: {np.mean(losses):.5f} ({time.monotonic() - began:.0f} s)", flush=True)
    return model


def _step(model: Any, optimizer: Any) -> Any:
    @tf.function  # type: ignore[untyped-decorator]
    def step(inputs: Any, wanted: Any, weight: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits) * weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def train_one(strips: Sequence[Strip], fold: int | None, recipe: dict[str, Any]) -> None:
    """Train the network that never sees `fold` (None: the one that ships) and write it."""
    model = train([strip for strip in strips if strip.fold != fold], recipe)
    model.save(paths.keras(fold))
    paths.tflite(fold, "float").write_bytes(float_tflite(answering(model)))
    print(f"trained {paths.name_of(fold)}", flush=True)


def main() -> None:
    """Train all networks and write them."""
    wanted = wanted_folds(__doc__, FOLDS)
    repeatable()
    recipe = json.loads(paths.recipe.read_text(encoding="utf-8"))["training"]
    strips = all_strips(data_root())
    for fold in wanted:
        train_one(strips, fold, recipe)


if __name__ == "__main__":
    main()
