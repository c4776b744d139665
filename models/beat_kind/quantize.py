"""`python -m models.beat_kind.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import numpy as np

from models.common.manifest import Manifest, data_root
from models.common.training import Calibration, chosen_folds, fold_parser, quantize_all, recipe_of
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths
from .choose_data import FOLDS, TRAIN
from .dataset import evaluation_examples
from .examples import Bytes, Examples, concatenated
from .network import INPUT_SHAPE

_PREPROCESSING = "firmware_sim/firmware/dsp/ecg/beat_features.py, first lead, undisturbed"


def calibration_rows(examples: Examples, count: int, seed: int) -> Bytes:
    """`count` rows of features, the kinds as evenly as possible, in random order."""
    rng = np.random.default_rng(seed)
    of_kind = [rng.permutation(np.flatnonzero(examples.labels == label)) for label in range(len(KINDS))]
    per_kind = -(-count // len(KINDS))
    rare = np.concatenate([rows[:per_kind] for rows in of_kind[1:]])
    rows = np.concatenate([of_kind[0][: count - len(rare)], rare])
    return examples.features[rng.permutation(rows)]


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    records = list(Manifest.load(paths.manifest).of_use(TRAIN))
    of_record = {record.name: evaluation_examples(data_root(), record) for record in records}

    def calibrate(fold: int | None) -> Calibration:
        names = [record.name for record in records if record.fold != fold]
        examples = concatenated([of_record[name] for name in names])
        features = calibration_rows(examples, recipe["examples"], recipe["seed"])
        inputs = (features.astype(np.float32) / 64).reshape(-1, *INPUT_SHAPE)
        return Calibration(inputs, features, names, features.tobytes())

    quantize_all(paths, chosen_folds(options, FOLDS), calibrate, lambda model: model, _PREPROCESSING)


if __name__ == "__main__":
    main()
