"""One ECG lead of a WFDB record, and what the front end makes of it."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import resample_poly

from firmware_sim.firmware.frontends.ecg_gen import LSB_NANO, RATE_HZ

RATE = RATE_HZ
LSB_MV = LSB_NANO / 1e9

FloatArray = NDArray[np.float64]


def to_counts(signal_mv: FloatArray, rate: int) -> array[int]:
    """Counts of the front end, at its rate, for a signal in mV at `rate`; gaps are filled with the last value."""
    good = np.isfinite(signal_mv)
    last = np.maximum.accumulate(np.where(good, np.arange(len(signal_mv)), 0))
    filled = np.nan_to_num(signal_mv[last])
    divisor = int(np.gcd(rate, RATE))
    level = float(filled[0]) if len(filled) else 0.0
    at_rate = resample_poly(filled - level, RATE // divisor, rate // divisor) + level
    counts = np.clip(np.round(at_rate / LSB_MV), -(2**23), 2**23 - 1)
    return array("i", counts.astype(np.int64).tolist())


def read_channel(path: Path, channel: int | str) -> tuple[FloatArray, int]:
    """Signal in mV and rate of one channel, by number or name."""
    selection = {"channels": [channel]} if isinstance(channel, int) else {"channel_names": [channel]}
    record = wfdb.rdrecord(str(path), **selection)
    return np.asarray(record.p_signal[:, 0], dtype=np.float64), int(record.fs)
