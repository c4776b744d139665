"""Honesty as it is evaluated."""

from __future__ import annotations

import argparse
from typing import Any

from ..core.signal import Signal
from .baseline import baseline_of, read_baseline, update_baseline, worse
from .dataset import HonestyDataSet
from .device import Device
from .kinds import KINDS
from .tables import TABLES


def _open(args: argparse.Namespace) -> HonestyDataSet:
    """The data set, written where that was asked for; raises EvaluationError."""
    dataset = HonestyDataSet(args.kind, args.seed, args.per_kind)
    if args.save is not None:
        dataset.write([case for record in dataset.records() for case in dataset.cases(record, ())], args.save)
    return dataset


def _check(args: argparse.Namespace, report: dict[str, Any]) -> list[str]:
    """What is worse than the baseline that was named; saves one where that was asked for."""
    found = baseline_of(report, args.seed, args.per_kind)
    lines = [] if args.baseline is None else worse(found, read_baseline(args.baseline))
    if args.save_baseline is not None:
        update_baseline(found, args.save_baseline, KINDS)
    return lines


SIGNAL = Signal("honesty", _open, lambda args: [Device(args.target)], TABLES, check=_check)
