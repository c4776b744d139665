"""`python -m models.accident.quantize`: what `train` left becomes int8; says what it was calibrated with."""

from __future__ import annotations

import numpy as np

from models.common.manifest import Manifest, data_root
from models.common.training import Calibration, chosen_folds, fold_parser, quantize_all, recipe_of

from . import paths
from .choose_data import FOLDS
from .dataset import trials_of
from .examples import FALL, Examples, examples_of
from .network import INPUT_SCALE, with_output
from .train import seen_by
from .windows import Bytes

_PREPROCESSING = "models/accident/windows.py, of firmware_sim/firmware/dsp/imu/segments.py at 104/s"


def calibration_rows(examples: Examples, count: int, seed: int) -> Bytes:
    """`count` windows in random order, half of them falls, with those that reach the ends of the input's range."""
    rng = np.random.default_rng(seed)
    falls, others = (rng.permutation(np.flatnonzero((examples.labels == FALL) == side)) for side in (True, False))
    flat = examples.windows.reshape(len(examples.windows), -1)
    ends = [int(flat.min(axis=1).argmin()), int(flat.max(axis=1).argmax())]
    rows = np.concatenate([ends, falls[: count // 2 - 1], others])[:count]
    chosen: Bytes = examples.windows[rng.permutation(rows)]
    return chosen


def main() -> None:
    """Quantise the networks of `train` with people that each was trained on."""
    options = fold_parser(__doc__, FOLDS).parse_args()
    recipe = recipe_of(paths, "calibration")
    manifest = Manifest.load(paths.manifest)
    trials = trials_of(data_root(), manifest.records)
    examples = examples_of(trials)
    people = np.array([trial.person for trial in trials])[examples.trial]

    def calibrate(fold: int | None) -> Calibration:
        seen = seen_by(fold, manifest)
        rows = calibration_rows(examples.of(np.isin(people, list(seen))), recipe["examples"], recipe["seed"])
        inputs = rows[:, None].astype(np.float32) / INPUT_SCALE
        names = [record.name for record in manifest.records if record.person in seen]
        return Calibration(inputs, rows.reshape(len(rows), -1), names, rows.tobytes())

    quantize_all(paths, chosen_folds(options, FOLDS), calibrate, with_output, _PREPROCESSING)


if __name__ == "__main__":
    main()
