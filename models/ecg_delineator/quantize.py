"""`python -m models.ecg_delineator.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.common.manifest import data_root
from models.common.training import Calibration, chosen_folds, fold_parser, quantize_all, recipe_of

from . import paths
from .choose_data import FOLDS
from .dataset import load_leads
from .features import UNIT
from .lead_beats import LeadBeats
from .network import with_sigmoid
from .train import examples

_PREPROCESSING = "kernels/delineation_viper.py: delineator_features, after models/ecg_delineator/augment.py"


def chosen(leads: list[LeadBeats], recipe: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Inputs to calibrate with, drawn as those of training."""
    return examples(leads, recipe["examples"], recipe["synthetic"], np.random.default_rng(recipe["seed"]))[0]


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    leads = load_leads(data_root())

    def calibrate(fold: int | None) -> Calibration:
        seen = [lead for lead in leads if lead.fold != fold]
        inputs = chosen(seen, recipe)
        records = sorted({lead.record for lead in seen})
        return Calibration(inputs, (inputs * UNIT).astype(np.int8), records, inputs.tobytes())

    quantize_all(paths, chosen_folds(options, FOLDS), calibrate, with_sigmoid, _PREPROCESSING)


if __name__ == "__main__":
    main()
