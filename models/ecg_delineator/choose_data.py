"""`python -m models.ecg_delineator.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums
from models.common.people import fold_of, person_of

from . import paths
from .rhythms import fibrillating_records

FOLDS = 4
#: Waves marked by experts; rhythm known to be fibrillation, so that there is no P wave.
MARKED = "marked"
FIBRILLATION = "fibrillation"
LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
_SETS = ("ludb", "qtdb", "mitdb", "cinc2017")


def _files(root: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(name, use, endings of its files) of every recording."""
    for path in sorted((root / "ludb").glob("*.hea"), key=lambda path: int(path.stem)):
        yield f"ludb/{path.stem}", MARKED, ["hea", "dat", *LEADS]
    for path in sorted((root / "qtdb").glob("*.q1c")):
        yield f"qtdb/{path.stem}", MARKED, ["hea", "dat", "q1c"]
    for name in fibrillating_records(root):
        yield name, FIBRILLATION, ["mat"] if name.startswith("cinc2017") else ["hea", "dat", "atr"]


def manifest(root: Path) -> Manifest:
    """The recordings below `root` that this model learns from; raises DataMissingError."""
    records = []
    for name, use, endings in _files(root):
        stem = Path(name).name
        sums = file_sums((root / name).parent, [f"{stem}.{ending}" for ending in endings])
        person = person_of(name)
        records.append(Record(name, person, fold_of(person, FOLDS), use, sums))
    return Manifest(licences(_SETS), tuple(records))


if __name__ == "__main__":
    takes_nothing(__doc__)
    manifest(data_root()).save(paths.manifest)
