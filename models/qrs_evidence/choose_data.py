"""`python -m models.qrs_evidence.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums
from models.common.people import fold_of, person_of

from . import paths

FOLDS = 4
#: Beats marked by experts; noise to add.
BEATS = "beats"
NOISE = "noise"
LUDB_LEADS = ("i", "ii", "iii", "avf", "v2", "v5")
_SETS = ("mitdb", "qtdb", "ludb", "tele", "nstdb")


def _files(root: Path) -> Iterator[tuple[str, list[str]]]:
    """(name, endings of its files) of every recording with marked beats."""
    for name in ("mitdb", "qtdb"):
        for path in sorted((root / name).glob("*.atr")):
            yield f"{name}/{path.stem}", ["hea", "dat", "atr"]
    for path in sorted((root / "ludb").glob("*.hea"), key=lambda path: int(path.stem)):
        yield f"ludb/{path.stem}", ["hea", "dat", *LUDB_LEADS]
    for path in sorted((root / "tele").glob("*.dat.xz"), key=lambda path: int(path.name.split(".")[0])):
        yield f"tele/{path.name.split('.')[0]}", ["dat.xz"]


def manifest(root: Path) -> Manifest:
    """The recordings below `root` that this model learns from; raises DataMissingError."""
    records = []
    for name, endings in _files(root):
        path = root / name
        sums = file_sums(path.parent, [f"{path.name}.{ending}" for ending in endings])
        person = person_of(name)
        records.append(Record(name, person, fold_of(person, FOLDS), BEATS, sums))
    records.append(Record("nstdb/nstdb", "nstdb", None, NOISE, file_sums(root / "nstdb", ["nstdb.h5"])))
    return Manifest(licences(_SETS), tuple(records))


if __name__ == "__main__":
    takes_nothing(__doc__)
    manifest(data_root()).save(paths.manifest)
