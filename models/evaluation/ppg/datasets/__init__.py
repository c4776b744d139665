"""PPG data sets, by name."""

from __future__ import annotations

from pathlib import Path

from ...core.dataset import find_folder
from .arrhythmia import PpgArrhythmia
from .base import PpgDataSet
from .bidmc import Bidmc, BidmcEcg
from .capnobase import CapnoBase
from .dalia import Dalia
from .openoximetry import OpenOximetry
from .oxiwear import Oxiwear
from .troika import Troika
from .wildppg import WildPpg

_KINDS: tuple[type[PpgDataSet], ...] = (
    Bidmc,
    BidmcEcg,
    CapnoBase,
    Troika,
    Dalia,
    WildPpg,
    Oxiwear,
    OpenOximetry,
    PpgArrhythmia,
)
DATASETS = {kind.name: kind for kind in _KINDS}


def open_dataset(name: str, data: Path) -> PpgDataSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    return kind(find_folder(kind, data))
