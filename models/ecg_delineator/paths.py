"""Where this model's files are: what is committed, and what training leaves in `build/`."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
MANIFEST = HERE / "manifest.json"
RECIPE = HERE / "recipe.json"
CALIBRATION = HERE / "calibration.json"
METRICS = HERE / "metrics.json"
RESOURCES = HERE / "resources.json"
GOLDEN = HERE / "golden"
FLOAT = HERE / "model_float.tflite"
INT8 = HERE / "model_int8.tflite"
SUMS = HERE / "SHA256SUMS"
WORK = HERE.parents[1] / "build/models/ecg_delineator"
#: Inputs that the shipped network was calibrated with.
CALIBRATED = WORK / "calibrated.npy"


def name_of(fold: int | None) -> str:
    """The network that never saw the people of `fold`; None: the one that saw all, and ships."""
    return "all" if fold is None else f"without_{fold}"


def keras(fold: int | None) -> Path:
    """The trained Keras model."""
    return WORK / f"{name_of(fold)}.keras"


def tflite(fold: int | None, kind: str) -> Path:
    """The converted network; `kind` is float or int8."""
    return WORK / f"{name_of(fold)}_{kind}.tflite" if fold is not None else HERE / f"model_{kind}.tflite"
