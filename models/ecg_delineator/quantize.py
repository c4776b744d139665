"""`python -m models.ecg_delineator.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.convert import int8_tflite
from models.common.manifest import data_root, sha256
from models.common.training import wanted_folds

from .choose_data import FOLDS
from .dataset import all_strips
from .features import UNIT
from .network import answering
from .paths import paths
from .strips import Strip
from .train import examples


def chosen(strips: list[Strip], recipe: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Inputs to calibrate with: drawn as those that are learned from."""
    return examples(strips, recipe["examples"], recipe["synthetic"], np.random.default_rng(recipe["seed"]))[0]


def provenance(inputs: np.ndarray[Any, np.dtype[np.float32]], strips: list[Strip], recipe: dict[str, Any]) -> Any:
    """What calibration.json says about the inputs calibrated with."""
    return {
        "records": sorted({strip.record for strip in strips}),
        "examples": len(inputs),
        "seed": recipe["seed"],
        "preprocessing": "kernels/delineation_viper.py: delineator_features, after models/ecg_delineator/augment.py",
        "sha256": sha256(inputs.tobytes()),
    }


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    wanted = wanted_folds(__doc__, FOLDS)
    recipe = json.loads(paths.recipe.read_text(encoding="utf-8"))
    strips = all_strips(data_root())
    for fold in wanted:
        seen = [strip for strip in strips if strip.fold != fold]
        inputs = chosen(seen, recipe["calibration"])
        model = answering(tf.keras.models.load_model(paths.keras(fold)))
        paths.tflite(fold, "int8").write_bytes(int8_tflite(model, inputs, recipe["input"]["scale"]))
        if fold is None:
            about = provenance(inputs, seen, recipe["calibration"])
            paths.calibration.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            np.save(paths.calibrated, (inputs * UNIT).astype(np.int8))


if __name__ == "__main__":
    main()
