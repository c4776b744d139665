"""What follows from a shipped network alone."""

from __future__ import annotations

import json

import numpy as np

from . import golden
from .manifest import write_sums
from .paths import ModelPaths
from .resources import resources


def describe(paths: ModelPaths, vectors: int) -> None:
    """Write so many golden vectors, the first that it was calibrated with, what int8 costs, and check sums."""
    content = paths.int8.read_bytes()
    golden.save(paths.golden, content, np.load(paths.calibrated)[:vectors].reshape(vectors, -1))
    paths.resources.write_text(json.dumps(resources(content), indent=1) + "\n", encoding="utf-8")
    write_sums(paths.sums, [paths.float, paths.int8])
