"""The signals that are evaluated, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .core.errors import EvaluationError

if TYPE_CHECKING:
    from .core.signal import Signal

#: Data sets of each, in the order they are offered.
DATASETS = {
    "ecg": ("ludb", "qtdb", "mitdb", "cinc2017", "cinc2011", "tele", "nstdb"),
    "ppg": (
        "bidmc", "bidmc_ecg", "capnobase", "troika", "ppg_dalia", "wildppg", "oxiwear", "openoximetry",
        "ppg_arrhythmia",
    ),
    "motion": ("sisfall", "weda_fall", "scooter", "driving", "road", "rides"),
    "honesty": ("honesty",),
}  # fmt: skip


def find_signal(name: str) -> Signal:
    """A signal, loaded when it is needed; raises EvaluationError."""
    if name not in DATASETS:
        raise EvaluationError(f"no signal {name!r} is evaluated ({', '.join(DATASETS)} are)")
    signal: Signal = import_module(f".{name}.signal", __package__).SIGNAL
    return signal
