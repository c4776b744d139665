"""Recordings → trials as the device keeps them; what was made of recordings is kept in `build/`."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

from models.common.manifest import Record, sha256
from models.evaluation.motion.datasets import open_dataset
from models.evaluation.motion.motion_set import MotionSet

from . import paths
from .segments import Trial, features_of

SETS = ("sisfall", "weda_fall")


def trials_of(root: Path, records: Sequence[Record]) -> list[Trial]:
    """All trials of the people of these records; CaseError where one cannot be read.

    Raises nothing for what `build/` holds of other recordings: it is made again.
    """
    people = {record.person for record in records}
    sums = sha256(repr([record.files for record in records]).encode())[:16]
    kept = paths.work / f"trials_{sums}.pickle"
    if kept.is_file():
        made: list[Trial] = pickle.loads(kept.read_bytes())
        return made
    found = [trial for name in SETS for trial in _of_set(open_dataset(name, root)) if trial.person in people]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(found))
    return found


def _of_set(dataset: MotionSet) -> list[Trial]:
    return [_trial(dataset, record) for record in dataset.records()]


def _trial(dataset: MotionSet, record: str) -> Trial:
    motion = dataset.motion(record)
    spans = dataset.spans(record, motion)
    person = f"{dataset.name}/{dataset.person(record)}"
    features = features_of(motion, dataset.rate_hz)
    return Trial(f"{dataset.name}/{record}", person, dataset.group(record), dataset.activity(record), features, spans)
