"""Where a model's files are: what is committed, and what training leaves in `build/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_MODELS = Path(__file__).resolve().parents[1]


def read_json(path: Path) -> dict[str, Any]:
    """The content of a model's JSON file (metrics, resources, recipe, ...)."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


class ModelPaths:
    """Files of the model in `models/NAME`; its networks are named by the fold that they never saw, or `all`."""

    def __init__(self, name: str) -> None:
        self.here = _MODELS / name
        self.manifest = self.here / "manifest.json"
        self.recipe = self.here / "recipe.json"
        self.calibration = self.here / "calibration.json"
        self.metrics = self.here / "metrics.json"
        self.resources = self.here / "resources.json"
        self.golden = self.here / "golden"
        self.card = self.here / "card.md"
        self.sums = self.here / "SHA256SUMS"
        self.float = self.here / "model_float.tflite"
        self.int8 = self.here / "model_int8.tflite"
        self.work = _MODELS.parent / "build/models" / name
        #: Inputs that the shipped network was calibrated with.
        self.calibrated = self.work / "calibrated.npy"

    @staticmethod
    def name_of(fold: int | None) -> str:
        """The network that never saw the people of `fold`; None: the one that saw all, and ships."""
        return "all" if fold is None else f"without_{fold}"

    def keras(self, fold: int | None) -> Path:
        """The trained Keras model."""
        return self.work / f"{self.name_of(fold)}.keras"

    def fold_networks(self, kind: str, folds: int) -> list[bytes]:
        """The networks of all folds, float or int8, each for the people that it never saw."""
        return [self.tflite(fold, kind).read_bytes() for fold in range(folds)]

    def tflite(self, fold: int | None, kind: str) -> Path:
        """The converted network; `kind` is float or int8."""
        return self.here / f"model_{kind}.tflite" if fold is None else self.work / f"{self.name_of(fold)}_{kind}.tflite"
