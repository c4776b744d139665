"""Motion as it is evaluated."""

from __future__ import annotations

from ..core.signal import Signal
from .datasets import open_dataset
from .device import Device
from .tables import TABLES

SIGNAL = Signal(
    "motion", lambda args: open_dataset(args.dataset, args.data), lambda args: [Device(args.target)], TABLES
)
