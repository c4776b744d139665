"""What every `evaluate` does around a model's own scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .describe import describe
from .manifest import Manifest, data_root, sha256
from .paths import ModelPaths

Metrics = dict[str, Any]


def evaluate(
    paths: ModelPaths, vectors: int, metrics: Callable[[Manifest], Metrics], write_card: Callable[[Metrics], None]
) -> None:
    """Describe the shipped network by `vectors` golden vectors, score it, write metrics.json and the card's tables.

    Raises DataMissingError or DataChangedError, before anything is scored, where recordings are not the manifest's.
    """
    manifest = Manifest.load(paths.manifest)
    manifest.check(data_root())
    describe(paths, vectors)
    found = {"shipped_sha256": sha256(paths.int8.read_bytes()), **metrics(manifest)}
    paths.metrics.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_card(found)
