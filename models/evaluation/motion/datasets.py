"""The data sets of motion, by name."""

from __future__ import annotations

from pathlib import Path

from ..core.dataset import find_folder
from .motion_set import MotionSet
from .sisfall import Sisfall
from .weda_fall import WedaFall

DATASETS: dict[str, type[MotionSet]] = {Sisfall.name: Sisfall, WedaFall.name: WedaFall}


def open_dataset(name: str, data: Path) -> MotionSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    return kind(find_folder(kind, data))
