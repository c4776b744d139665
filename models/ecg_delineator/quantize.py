"""`python -m models.ecg_delineator.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.common.manifest import data_root
from models.common.training import Calibration, fold_parser, quantize_all, recipe_of, wanted_folds

from . import paths
from .choose_data import FOLDS
from .dataset import all_strips
from .features import UNIT
from .network import answering
from .strips import Strip
from .train import examples

_PREPROCESSING = "kernels/delineation_viper.py: delineator_features, after models/ecg_delineator/augment.py"


def chosen(strips: list[Strip], recipe: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Inputs to calibrate with: drawn as those that are learned from."""
    return examples(strips, recipe["examples"], recipe["synthetic"], np.random.default_rng(recipe["seed"]))[0]


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    strips = all_strips(data_root())

    def calibrate(fold: int | None) -> Calibration:
        seen = [strip for strip in strips if strip.fold != fold]
        inputs = chosen(seen, recipe)
        records = sorted({strip.record for strip in seen})
        return Calibration(inputs, (inputs * UNIT).astype(np.int8), records, inputs.tobytes())

    quantize_all(paths, wanted_folds(options, FOLDS), calibrate, answering, _PREPROCESSING)


if __name__ == "__main__":
    main()
