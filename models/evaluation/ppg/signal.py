"""PPG as it is evaluated."""

from __future__ import annotations

from ..core.signal import Signal
from .datasets import open_dataset
from .methods import methods
from .plots import draw
from .tables import TABLES

SIGNAL = Signal(
    "ppg",
    lambda args: open_dataset(args.dataset, args.data),
    lambda args: methods(args.target, args.peer),
    TABLES,
    draw,
)
