"""ECG as it is evaluated."""

from __future__ import annotations

import argparse

from ..core.signal import Signal
from .datasets import open_dataset
from .datasets.base import EcgDataSet, Settings
from .methods import methods
from .report.plots import draw
from .report.tables import TABLES


def _open(args: argparse.Namespace) -> EcgDataSet:
    return open_dataset(args.dataset, args.data, Settings(tuple(args.noise), tuple(args.snr)))


SIGNAL = Signal("ecg", _open, lambda args: methods(args.target, args.peer), TABLES, draw)
