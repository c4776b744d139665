"""`python -m models.beat_kind.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths
from .examples import annotated

FOLDS = 5
TRAIN = "train"
PACED = "paced"
NOISE = "noise"
_SETS = ("mitdb", "qtdb", "nstdb")
_PACED_RECORDS = ("102", "217")
#: Names of excerpts of MIT-BIH recordings begin so; those may be scored elsewhere.
_EXCERPT_OF_MITDB = ("sel1", "sel2")
_LONG_TERM_DIGITS = 5


def person_of(name: str) -> str:
    """Who a recording is of; recordings that may be of one person count as that person's.

    European ST-T recordings whose names share three digits may come from one tape.
    """
    stem = Path(name).name
    return f"edb-{stem[4:7]}" if stem.startswith("sele") else stem


def _names(root: Path) -> Iterator[str]:
    for folder in ("mitdb", "qtdb"):
        for path in sorted((root / folder).glob("*.atr")):
            digits = path.stem.removeprefix("sel")
            excerpt = path.stem.startswith(_EXCERPT_OF_MITDB) and len(digits) < _LONG_TERM_DIGITS
            if not excerpt:
                yield f"{folder}/{path.stem}"


def _folds(root: Path, names: list[str]) -> dict[str, int]:
    """A fold for each person, so that every kind of beat is in every fold as evenly as people allow."""
    beats: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = defaultdict(lambda: np.zeros(len(KINDS), np.int64))
    for name in names:
        labels = annotated(root / name)[1]
        beats[person_of(name)] += np.bincount(labels, minlength=len(KINDS) + 1)[: len(KINDS)]
    total = sum(beats.values())
    in_fold = np.zeros((FOLDS, len(KINDS)))
    chosen: dict[str, int] = {}
    # rarest first: those with the largest fraction of all beats of any kind
    for person in sorted(beats, key=lambda p: (-(beats[p] / total).max(), p)):
        fraction = beats[person] / total
        fold = int(np.argmin(((in_fold + fraction) ** 2).sum(axis=1) - (in_fold**2).sum(axis=1)))
        in_fold[fold] += fraction
        chosen[person] = fold
    return chosen


def manifest(root: Path) -> Manifest:
    """The recordings below `root` that this model may learn from; raises DataMissingError."""
    names = list(_names(root))
    paced = {f"mitdb/{record}" for record in _PACED_RECORDS}
    folds = _folds(root, [name for name in names if name not in paced])
    records = []
    for name in names:
        stem = Path(name).name
        sums = file_sums((root / name).parent, [f"{stem}.{ending}" for ending in ("hea", "dat", "atr")])
        person = person_of(name)
        records.append(Record(name, person, folds.get(person), PACED if name in paced else TRAIN, sums))
    noise = Record("nstdb/nstdb", "none", None, NOISE, file_sums(root / "nstdb", ["nstdb.h5"]))
    return Manifest(licences(_SETS), (*records, noise))


if __name__ == "__main__":
    takes_nothing(__doc__)
    manifest(data_root()).save(paths.manifest)
