"""ECG data sets by name, in their published forms and in the forms they are developed with."""

from __future__ import annotations

from pathlib import Path

from ...core.dataset import find_folder
from .base import EcgDataSet, Settings
from .cinc2011 import Cinc2011
from .cinc2017 import Cinc2017
from .ludb import Ludb
from .mitdb import Mitdb
from .nstdb import Nstdb
from .qtdb import Qtdb
from .tele import Tele

_KINDS: tuple[type[EcgDataSet], ...] = (Ludb, Qtdb, Mitdb, Cinc2017, Cinc2011, Tele, Nstdb)
DATASETS = {kind.name: kind for kind in _KINDS}


def open_dataset(name: str, data: Path, settings: Settings) -> EcgDataSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    return kind(find_folder(kind, data), settings)
