"""What every `train` and `quantize` does: which networks, the same ones again from the same seed, what is written."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from .convert import float_tflite, int8_tflite
from .manifest import sha256
from .paths import ModelPaths, read_json

#: From a model as it is trained to the one that is converted, with its output layer.
WithOutput = Callable[[Any], Any]


@dataclass(frozen=True)
class Calibration:
    """What a network is calibrated with: inputs as the network sees them, and as int8; the recordings they are of."""

    inputs: NDArray[np.float32]
    int8: NDArray[np.int8]
    records: list[str]
    #: What calibration.json has the check sum of.
    hashed: bytes


def fold_parser(doc: str | None, folds: int) -> argparse.ArgumentParser:
    """The command line of `train` and `quantize`."""
    parser = argparse.ArgumentParser(description=doc)
    names = [ModelPaths.name_of(fold) for fold in (None, *range(folds))]
    parser.add_argument("--only", choices=names, help="one of the networks")
    return parser


def chosen_folds(options: argparse.Namespace, folds: int) -> Iterator[int | None]:
    """All networks, None for the one that ships, or the one that `--only` names."""
    return (fold for fold in (None, *range(folds)) if options.only in (None, ModelPaths.name_of(fold)))


def repeatable() -> None:
    """One thread: sums come in one order, so that the same seed gives the same network."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


def recipe_of(paths: ModelPaths, part: str) -> dict[str, Any]:
    """A part of recipe.json."""
    recipe: dict[str, Any] = read_json(paths.recipe)[part]
    return recipe


def train_all(
    paths: ModelPaths, folds: Iterable[int | None], train: Callable[[int | None], Any], with_output: WithOutput
) -> None:
    """Train the networks that never see `fold` (None: the one that ships) and write each as Keras and .tflite file."""
    paths.work.mkdir(parents=True, exist_ok=True)
    for fold in folds:
        model = train(fold)
        model.save(paths.keras(fold))
        paths.tflite(fold, "float").write_bytes(float_tflite(with_output(model)))
        print(f"trained {paths.name_of(fold)}", flush=True)


def quantize_all(
    paths: ModelPaths,
    folds: Iterable[int | None],
    calibrate: Callable[[int | None], Calibration],
    with_output: WithOutput,
    preprocessing: str,
) -> None:
    """Make what `train_all` left int8; of the network that ships write what it was calibrated with."""
    scale = recipe_of(paths, "input")["scale"]
    for fold in folds:
        calibration = calibrate(fold)
        model = with_output(tf.keras.models.load_model(paths.keras(fold)))
        paths.tflite(fold, "int8").write_bytes(int8_tflite(model, calibration.inputs, scale))
        print(f"quantised {paths.name_of(fold)}", flush=True)
        if fold is None:
            about = {
                "records": calibration.records,
                "examples": len(calibration.inputs),
                "seed": recipe_of(paths, "calibration")["seed"],
                "preprocessing": preprocessing,
                "sha256": sha256(calibration.hashed),
            }
            paths.calibration.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            np.save(paths.calibrated, calibration.int8)


def gradient_step(model: Any, optimizer: Any, loss_of: Callable[[Any, Any, Any], Any]) -> Any:
    """A step `(inputs, expected, weight) -> loss` of training; `loss_of` is given logits, expected and weight."""

    @tf.function  # type: ignore[untyped-decorator]
    def step(inputs: Any, expected: Any, weight: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(model(inputs, training=True), expected, weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


class EpochLog:
    """Prints the mean loss of every `every`th epoch."""

    def __init__(self, every: int, first: int = 0) -> None:
        self._every, self._first = every, first
        self._began = time.monotonic()

    def add(self, epoch: int, examples: int, losses: list[float]) -> None:
        """An epoch is done."""
        if epoch % self._every == self._first:
            seconds = time.monotonic() - self._began
            print(f"epoch {epoch}: {examples} {np.mean(losses):.5f} ({seconds:.0f} s)", flush=True)
