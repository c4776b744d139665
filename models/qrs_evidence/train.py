"""`python -m models.qrs_evidence.train`: trains the network on everyone, and once without each fold of people."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.convert import float_tflite
from models.common.manifest import Manifest, data_root
from models.common.training import repeatable, wanted_folds

from .choose_data import FOLDS
from .examples import drawn, material, tracks
from .features import INPUT_SHAPE, UNIT
from .leads import Floats, Lead
from .network import answering, build
from .paths import paths


def train(leads: Sequence[Lead], recorded: dict[str, list[Floats]], recipe: dict[str, Any]) -> Any:
    """A trained Keras model that answers logits."""
    tf.keras.utils.set_random_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    model = build(recipe["first"], tuple(recipe["levels"]), recipe["deep"])
    step = None
    batch = recipe["batch"]
    began = time.monotonic()
    for epoch in range(recipe["epochs"]):
        if epoch % recipe["epochs_a_disturbance"] == 0:
            seen = tracks(leads, recorded, rng)
        inputs, wanted, weight = drawn(seen, rng)
        order = rng.permutation(len(inputs))
        if step is None:
            rate = tf.keras.optimizers.schedules.CosineDecay(
                recipe["learning_rate"], recipe["epochs"] * (len(inputs) // batch)
            )
            step = _step(model, tf.keras.optimizers.Adam(rate))
        losses = []
        for at in range(0, len(order) - batch + 1, batch):
            rows = order[at : at + batch]
            shown = inputs[rows].reshape(-1, *INPUT_SHAPE).astype(np.float32) / UNIT
            losses.append(float(step(shown, wanted[rows], weight[rows])))
        if epoch % 5 == 4:
            print(f"epoch {epoch}: {len(inputs)} {np.mean(losses):.5f} ({time.monotonic() - began:.0f} s)", flush=True)
    return model


def _step(model: Any, optimizer: Any) -> Any:
    @tf.function  # type: ignore[untyped-decorator]
    def step(inputs: Any, wanted: Any, weight: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = tf.reshape(model(inputs, training=True), tf.shape(wanted))
            losses = tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits) * weight
            loss = tf.reduce_sum(losses) / (tf.reduce_sum(weight) + 1)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


def train_one(
    leads: Sequence[Lead], recorded: dict[str, list[Floats]], fold: int | None, recipe: dict[str, Any]
) -> None:
    """Train the network that never sees `fold` (None: the one that ships) and write it."""
    model = train([lead for lead in leads if lead.fold != fold], recorded, recipe)
    model.save(paths.keras(fold))
    paths.tflite(fold, "float").write_bytes(float_tflite(answering(model)))
    print(f"trained {paths.name_of(fold)}", flush=True)


def main() -> None:
    """Train all networks and write them."""
    wanted = wanted_folds(__doc__, FOLDS)
    repeatable()
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    recipe = json.loads(paths.recipe.read_text(encoding="utf-8"))["training"]
    paths.work.mkdir(parents=True, exist_ok=True)
    leads, recorded = material(manifest.records)
    for fold in wanted:
        train_one(leads, recorded, fold, recipe)


if __name__ == "__main__":
    main()
