"""`python -m models.accident.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from pathlib import Path

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums
from models.evaluation.motion.datasets import open_dataset

from . import paths
from .dataset import SETS

#: Folds of people; and two more networks, each of which never saw one of the sets.
PEOPLE_FOLDS = 6
FOLDS = PEOPLE_FOLDS + len(SETS)
TRAIN = "train"
_WEDA_FILES = ("weda_fall_50hz.npz", "fall_timestamps.csv")


def without(name: str) -> int:
    """The fold whose network never saw that set."""
    return PEOPLE_FOLDS + SETS.index(name)


def _records(root: Path, name: str) -> list[Record]:
    dataset = open_dataset(name, root)
    people = sorted({dataset.person(record) for record in dataset.records()})
    return [
        Record(
            f"{name}/{who}", f"{name}/{who}", number % PEOPLE_FOLDS, TRAIN, file_sums(root / name, _files(name, who))
        )
        for number, who in enumerate(people)
    ]


def _files(name: str, who: str) -> tuple[str, ...]:
    return _WEDA_FILES if name == "weda_fall" else (f"{who}.npz.xz",)


def main() -> None:
    """One record a person; WEDA-FALL's lie in one file."""
    takes_nothing(__doc__)
    root = data_root()
    records = tuple(record for name in SETS for record in _records(root, name))
    Manifest(licences(SETS), records).save(paths.manifest)


if __name__ == "__main__":
    main()
