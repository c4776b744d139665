"""`python -m models.ecg_delineator.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.convert import float_tflite
from models.common.manifest import data_root

from . import paths
from .augment import augmented
from .choose_data import FOLDS
from .dataset import all_strips, drawn, weights
from .features import UNIT, features, targets
from .network import answering, build
from .strips import Floats, Strip


def examples(strips: Sequence[Strip], n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """`n` inputs, wanted outputs and their weights, drawn and changed at random."""
    beats, labels = augmented(*drawn(strips, weights(strips), n, rng), rng)
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
        parts = examples(strips, recipe["examples"], rng)
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
    parser = argparse.ArgumentParser(prog="train", description=__doc__)
    parser.add_argument("--only", choices=[paths.name_of(f) for f in (None, *range(FOLDS))], help="one of the networks")
    options = parser.parse_args()
    # one thread: sums come in one order, so that the same seed gives the same network
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    recipe = json.loads(paths.RECIPE.read_text(encoding="utf-8"))["training"]
    strips = all_strips(data_root())
    for fold in (None, *range(FOLDS)):
        if options.only in (None, paths.name_of(fold)):
            train_one(strips, fold, recipe)


if __name__ == "__main__":
    main()
