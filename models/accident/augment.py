"""Made-up variety of windows: other sensors, other people, a blow that falls into the next segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .windows import Bytes

#: Standard deviations, in the units of the network's input: of all of a window's peaks, of movement and of rotation
#: (Q4 logarithms: 16 is a factor of two), and of every value.
_PEAKS, _MOVED, _TURNED, _EACH = 5.0, 6.0, 6.0, 3.0
_OF_CHANNEL = {0: _PEAKS, 2: _MOVED, 3: _TURNED}


def varied(windows: Bytes, rng: np.random.Generator) -> NDArray[np.float32]:
    """Each window once, varied: shifted by a segment at most, other gains, noise."""
    out = windows.astype(np.float32)
    shift = rng.integers(-1, 2, len(out))
    for step in (-1, 1):
        out[shift == step] = np.roll(out[shift == step], step, axis=1)
    for channel, size in _OF_CHANNEL.items():
        out[:, :, channel] += rng.normal(0, size, (len(out), 1))
    out += rng.normal(0, _EACH, out.shape)
    return out.clip(-128, 127)
