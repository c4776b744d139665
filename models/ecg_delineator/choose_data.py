"""`python -m models.ecg_delineator.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.common.manifest import Manifest, Record, data_root, file_sums
from models.common.people import fold_of, person_of

from .paths import paths
from .rhythms import fibrillating_records

FOLDS = 4
#: Waves marked by experts; rhythm known to be fibrillation, so that there is no P wave.
MARKED = "marked"
FIBRILLATION = "fibrillation"
LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
_PHYSIONET = "Open Data Commons Attribution License 1.0"
_LICENCES = {
    "ludb": {
        "title": "Lobachevsky University Electrocardiography Database 1.0.1, PhysioNet, doi:10.13026/eegm-h675",
        "cite": "Kalyakulina AI et al. IEEE Access 8:186181-186190 (2020)",
        "licence": _PHYSIONET,
    },
    "qtdb": {
        "title": "QT Database 1.0.0, PhysioNet, doi:10.13026/C24K53",
        "cite": "Laguna P, Mark RG, Goldberger A, Moody GB. Computers in Cardiology 24:673-676 (1997)",
        "licence": _PHYSIONET,
    },
    "mitdb": {
        "title": "MIT-BIH Arrhythmia Database 1.0.0, PhysioNet, doi:10.13026/C2F305",
        "cite": "Moody GB, Mark RG. IEEE Engineering in Medicine and Biology 20(3):45-50 (2001)",
        "licence": _PHYSIONET,
    },
    "cinc2017": {
        "title": "AF Classification from a Short Single Lead ECG Recording 1.0.0, PhysioNet, doi:10.13026/d3hm-sf11",
        "cite": "Clifford GD et al. Computing in Cardiology 44 (2017)",
        "licence": _PHYSIONET,
    },
}


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
    return Manifest(_LICENCES, tuple(records))


if __name__ == "__main__":
    manifest(data_root()).save(paths.manifest)
