"""Writes a report with its plots into a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import EvaluationError
from ..signal import Signal
from .printing import text_of


def save(report: Mapping[str, Any], folder: Path, signal: Signal) -> list[Path]:
    """`DATASET.json` with everything, `DATASET.txt` with the tables, and plots; raises EvaluationError."""
    stem = folder / str(report["dataset"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        stem.with_suffix(".txt").write_text(text_of(report, signal) + "\n", encoding="utf-8")
        return [stem.with_suffix(".json"), stem.with_suffix(".txt"), *_plots(report, stem, signal)]
    except OSError as error:
        raise EvaluationError(f"{folder}: cannot be written ({error.strerror or error})") from error


def _plots(report: Mapping[str, Any], stem: Path, signal: Signal) -> list[Path]:
    drawn = []
    for name, method in report["methods"].items():
        for group in dict.fromkeys(record["group"] for record in method["records"]):
            records = [record for record in method["records"] if record["group"] == group]
            drawing = stem.with_name(f"{stem.name}_{name}_{group}".replace(" ", "_"))
            drawn += signal.draw(records, f"{name}, {report['dataset']} {group}", drawing)
    return drawn
