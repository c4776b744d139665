"""Data sets by name, in their published forms and in the forms they are developed with."""

from __future__ import annotations

from pathlib import Path

from ...core.dataset import DataSet, Settings
from ...core.errors import DataSetError
from .cinc2011 import Cinc2011
from .cinc2017 import Cinc2017
from .ludb import Ludb
from .mitdb import Mitdb
from .nstdb import Nstdb
from .qtdb import Qtdb
from .tele import Tele

DATASETS: dict[str, type[DataSet]] = {kind.name: kind for kind in (Ludb, Qtdb, Mitdb, Cinc2017, Cinc2011, Tele, Nstdb)}


def open_dataset(name: str, data: Path, settings: Settings) -> DataSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    if not data.is_dir():
        raise DataSetError(f"{data}: is no folder")
    for folder in (data / name, data, *sorted(path for path in data.rglob("*") if path.is_dir())):
        if any(next(folder.glob(pattern), None) for pattern in kind.patterns):
            return kind(folder, settings)
    raise DataSetError(f"{data}: nothing of {name} (no {' or '.join(kind.patterns)})")
