"""`python -m models.qrs_evidence.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.common.manifest import Manifest, Record, data_root, file_sums
from models.common.people import fold_of, person_of

from .paths import paths

FOLDS = 4
#: Beats marked by experts; noise to add.
BEATS = "beats"
NOISE = "noise"
LUDB_LEADS = ("i", "ii", "iii", "avf", "v2", "v5")
_PHYSIONET = "Open Data Commons Attribution License 1.0"
_LICENCES = {
    "mitdb": {
        "title": "MIT-BIH Arrhythmia Database 1.0.0, PhysioNet, doi:10.13026/C2F305",
        "cite": "Moody GB, Mark RG. IEEE Engineering in Medicine and Biology 20(3):45-50 (2001)",
        "licence": _PHYSIONET,
    },
    "qtdb": {
        "title": "QT Database 1.0.0, PhysioNet, doi:10.13026/C24K53",
        "cite": "Laguna P, Mark RG, Goldberger A, Moody GB. Computers in Cardiology 24:673-676 (1997)",
        "licence": _PHYSIONET,
    },
    "ludb": {
        "title": "Lobachevsky University Electrocardiography Database 1.0.1, PhysioNet, doi:10.13026/eegm-h675",
        "cite": "Kalyakulina AI et al. IEEE Access 8:186181-186190 (2020)",
        "licence": _PHYSIONET,
    },
    "tele": {
        "title": "TELE ECG database, Harvard Dataverse, doi:10.7910/DVN/QTG0EP",
        "cite": "Khamis H et al. IEEE Transactions on Biomedical Engineering 63(7):1377-1388 (2016)",
        "licence": "as published; nothing of it is in this repository",
    },
    "nstdb": {
        "title": "MIT-BIH Noise Stress Test Database 1.0.0, PhysioNet, doi:10.13026/C2HS3T",
        "cite": "Moody GB, Muldrow WE, Mark RG. Computers in Cardiology 11:381-384 (1984)",
        "licence": _PHYSIONET,
    },
}


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
    return Manifest(_LICENCES, tuple(records))


if __name__ == "__main__":
    manifest(data_root()).save(paths.manifest)
