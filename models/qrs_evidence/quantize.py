"""`python -m models.qrs_evidence.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.manifest import Manifest
from models.common.training import Calibration, chosen_folds, fold_parser, quantize_all, recipe_of

from . import paths
from .choose_data import FOLDS
from .examples import load_leads_and_noise, sample_windows, tracks
from .features import INPUT_SHAPE, UNIT
from .leads import Floats, Lead
from .network import with_sigmoid

_PREPROCESSING = "kernels/qrs_evidence_viper.py, after models/qrs_evidence/augment.py and wide_beats.py"


def chosen(leads: Sequence[Lead], recorded: dict[str, list[Floats]], recipe: dict[str, Any]) -> NDArray[np.int8]:
    """Inputs to calibrate with, drawn as those of training."""
    rng = np.random.default_rng(recipe["seed"])
    inputs = sample_windows(tracks(leads, recorded, rng), rng)[0]
    picked: NDArray[np.int8] = inputs[rng.permutation(len(inputs))[: recipe["examples"]]].reshape(-1, *INPUT_SHAPE)
    return picked


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    leads, recorded = load_leads_and_noise(Manifest.load(paths.manifest).records)

    def calibrate(fold: int | None) -> Calibration:
        training_leads = [lead for lead in leads if lead.fold != fold]
        inputs = chosen(training_leads, recorded, recipe)
        records = sorted({lead.record for lead in training_leads})
        return Calibration(inputs.astype(np.float32) / UNIT, inputs, records, inputs.tobytes())

    quantize_all(paths, chosen_folds(options, FOLDS), calibrate, with_sigmoid, _PREPROCESSING)


if __name__ == "__main__":
    main()
