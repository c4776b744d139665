"""`python -m models.beat_kind.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import numpy as np

from models.common.manifest import Manifest, data_root
from models.common.training import Calibration, fold_parser, quantize_all, recipe_of, wanted_folds
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths
from .choose_data import FOLDS, TRAIN
from .dataset import scored
from .examples import Bytes, Examples, joined
from .network import INPUT_SHAPE

_PREPROCESSING = "firmware_sim/firmware/dsp/ecg/beat_features.py, first lead, undisturbed"


def chosen(examples: Examples, count: int, seed: int) -> Bytes:
    """`count` rows of features, the kinds as even as they come, in random order."""
    rng = np.random.default_rng(seed)
    of_kind = [rng.permutation(np.flatnonzero(examples.labels == label)) for label in range(len(KINDS))]
    share = -(-count // len(KINDS))
    rare = np.concatenate([rows[:share] for rows in of_kind[1:]])
    rows = np.concatenate([of_kind[0][: count - len(rare)], rare])
    return examples.features[rng.permutation(rows)]


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    records = list(Manifest.load(paths.manifest).of_use(TRAIN))
    seen = {record.name: scored(data_root(), record) for record in records}

    def calibrate(fold: int | None) -> Calibration:
        names = [record.name for record in records if record.fold != fold]
        features = chosen(joined([seen[name] for name in names]), recipe["examples"], recipe["seed"])
        inputs = (features.astype(np.float32) / 64).reshape(-1, *INPUT_SHAPE)
        return Calibration(inputs, features, names, features.tobytes())

    quantize_all(paths, wanted_folds(options, FOLDS), calibrate, lambda model: model, _PREPROCESSING)


if __name__ == "__main__":
    main()
