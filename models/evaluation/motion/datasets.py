"""The data sets of motion, by name."""

from __future__ import annotations

from pathlib import Path

from ..core.dataset import find_folder
from .driving import Driving
from .motion_set import MotionSet
from .rides import Rides
from .road import Road
from .scooter import Scooter
from .sisfall import Sisfall
from .weda_fall import WedaFall

DATASETS: dict[str, type[MotionSet]] = {kind.name: kind for kind in (Sisfall, WedaFall, Scooter, Driving, Road)}


def open_dataset(name: str, data: Path) -> MotionSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    if name == Rides.name:
        return Rides()
    kind = DATASETS[name]
    return kind(find_folder(kind, data))
