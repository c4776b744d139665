"""`python -m models.qrs_evidence.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.common.convert import int8_tflite
from models.common.manifest import Manifest, sha256
from models.common.training import wanted_folds

from .choose_data import FOLDS
from .examples import drawn, material, tracks
from .features import INPUT_SHAPE, UNIT
from .leads import Floats, Lead
from .network import answering
from .paths import paths


def chosen(leads: Sequence[Lead], recorded: dict[str, list[Floats]], recipe: dict[str, Any]) -> NDArray[np.int8]:
    """Inputs to calibrate with: drawn as those that are learned from."""
    rng = np.random.default_rng(recipe["seed"])
    inputs = drawn(tracks(leads, recorded, rng), rng)[0]
    picked: NDArray[np.int8] = inputs[rng.permutation(len(inputs))[: recipe["examples"]]].reshape(-1, *INPUT_SHAPE)
    return picked


def provenance(inputs: NDArray[np.int8], leads: Sequence[Lead], recipe: dict[str, Any]) -> dict[str, Any]:
    """What calibration.json says about the inputs calibrated with."""
    return {
        "records": sorted({lead.record for lead in leads}),
        "examples": len(inputs),
        "seed": recipe["seed"],
        "preprocessing": "kernels/qrs_evidence_viper.py, after models/qrs_evidence/augment.py and wide_beats.py",
        "sha256": sha256(inputs.tobytes()),
    }


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    wanted = wanted_folds(__doc__, FOLDS)
    recipe = json.loads(paths.recipe.read_text(encoding="utf-8"))
    leads, recorded = material(Manifest.load(paths.manifest).records)
    for fold in wanted:
        seen = [lead for lead in leads if lead.fold != fold]
        inputs = chosen(seen, recorded, recipe["calibration"])
        shown = inputs.astype(np.float32) / UNIT
        model = answering(tf.keras.models.load_model(paths.keras(fold)))
        paths.tflite(fold, "int8").write_bytes(int8_tflite(model, shown, recipe["input"]["scale"]))
        print(f"quantised {paths.name_of(fold)}", flush=True)
        if fold is None:
            about = provenance(inputs, seen, recipe["calibration"])
            paths.calibration.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            np.save(paths.calibrated, inputs)


if __name__ == "__main__":
    main()
