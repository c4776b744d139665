"""What `firmware/kernels/breath_viper.py` computes of many windows at once: the same integers."""

from __future__ import annotations

import numpy as np

from models.pulse_motion.signals import Ints, log_spectrum, powers

#: Slots of a window, and how many there are in a second.
SLOTS, SLOTS_HZ = 100, 3.125
#: Bins of 512ths of 6.25 Hz that are rates: 4.4 to 44 a minute.
RATES = np.arange(6, 61)
PER_MIN = RATES * 2 * SLOTS_HZ * 60 / 512
_SQUARES_Q6 = 5208
_LIMIT = 4095


def spectra(slots: Ints) -> Ints:
    """Bytes of the spectra of series, of which there is an even number: (windows, series, 100) to (…, 152)."""
    n, series, _ = slots.shape
    values = _values(slots)
    found = [
        log_spectrum(power, 0)
        for first in range(0, series, 2)
        for power in powers(values[:, first], values[:, first + 1])
    ]
    return np.stack(found, axis=1).reshape(n, series, -1)


def _values(slots: Ints) -> Ints:
    """Twice as many values, without what lies on a straight line, as large as fits."""
    middle = 2 * np.arange(SLOTS) - SLOTS + 1
    mean = slots.sum(-1, keepdims=True) // SLOTS
    slope = (slots * middle).sum(-1, keepdims=True) // _SQUARES_Q6
    level = slots - mean - (slope * middle >> 6)
    largest = np.maximum(np.abs(level).max(-1, keepdims=True), 1)
    level = level * ((_LIMIT << 8) // largest) >> 8
    before = np.concatenate([np.zeros_like(level[..., :1]), level[..., :-1]], axis=-1)
    between = (level + before) >> 1
    found: Ints = np.stack([between, level], axis=-1).reshape(*slots.shape[:-1], 2 * SLOTS)
    return found
