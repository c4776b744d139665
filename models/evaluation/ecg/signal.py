"""ECG as it is evaluated."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..core.errors import EvaluationError
from ..core.method import Method
from ..core.signal import Signal
from .datasets import open_dataset
from .datasets.base import EcgDataSet, Settings
from .methods import methods
from .report.ec57_sections import EC57_TABLES
from .report.plots import draw
from .report.tables import TABLES


def _open(args: argparse.Namespace) -> EcgDataSet:
    return open_dataset(args.dataset, args.data, Settings(tuple(args.noise), tuple(args.snr)))


def _methods(args: argparse.Namespace) -> Sequence[Method]:
    return methods(args.target, args.peer)


def _open_ec57(args: argparse.Namespace) -> EcgDataSet:
    if args.dataset != "mitdb":
        raise EvaluationError(f"--ec57: {args.dataset} has no classes of beats, only mitdb has")
    return _open(args)


_EC57 = Signal("ecg", _open_ec57, _methods, EC57_TABLES, draw, page="ec57")
SIGNAL = Signal("ecg", _open, _methods, TABLES, draw, views={"ec57": _EC57})
