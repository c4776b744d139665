"""`python -m models.beat_kind.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import tensorflow as tf

from models.common.convert import int8_tflite
from models.common.manifest import Manifest, data_root, sha256

from .choose_data import FOLDS, TRAIN
from .dataset import scored
from .examples import KINDS, Bytes, Examples, joined
from .network import INPUT_SHAPE
from .paths import paths


def chosen(examples: Examples, count: int, seed: int) -> Bytes:
    """`count` rows of features, the kinds as even as they come, in random order."""
    rng = np.random.default_rng(seed)
    of_kind = [rng.permutation(np.flatnonzero(examples.labels == label)) for label in range(len(KINDS))]
    share = -(-count // len(KINDS))
    rare = np.concatenate([rows[:share] for rows in of_kind[1:]])
    rows = np.concatenate([of_kind[0][: count - len(rare)], rare])
    return examples.features[rng.permutation(rows)]


def provenance(features: Bytes, names: list[str], recipe: dict[str, Any]) -> dict[str, Any]:
    """What calibration.json says about the rows calibrated with."""
    return {
        "records": names,
        "examples": len(features),
        "seed": recipe["seed"],
        "preprocessing": "firmware_sim/firmware/dsp/ecg/beat_features.py, first lead, undisturbed",
        "sha256": sha256(features.tobytes()),
    }


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    recipe = json.loads(paths.recipe.read_text(encoding="utf-8"))
    records = list(Manifest.load(paths.manifest).of_use(TRAIN))
    seen = {record.name: scored(data_root(), record) for record in records}
    count, seed = recipe["calibration"]["examples"], recipe["calibration"]["seed"]
    for fold in (None, *range(FOLDS)):
        names = [record.name for record in records if record.fold != fold]
        features = chosen(joined([seen[name] for name in names]), count, seed)
        inputs = (features.astype(np.float32) / 64).reshape(-1, *INPUT_SHAPE)
        model = tf.keras.models.load_model(paths.keras(fold))
        content = int8_tflite(model, inputs, recipe["input"]["scale"])
        paths.tflite(fold, "int8").write_bytes(content)
        if fold is None:
            about = provenance(features, names, recipe["calibration"])
            paths.calibration.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            np.save(paths.calibrated, features)


if __name__ == "__main__":
    main()
