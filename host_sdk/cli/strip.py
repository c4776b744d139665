"""The last seconds of an ECG, drawn with braille dots."""

from __future__ import annotations

from collections import deque

import numpy as np

from ..models import FloatArray, SampleBlock

_SECONDS = 6.0
_DOTS_DOWN = 4
# Bit of each dot of a braille cell: column, then row from the top.
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Strip:
    """Keeps the last seconds of one channel and draws them."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=1)

    def add(self, block: SampleBlock) -> None:
        """Take a block; where the electrodes had no contact there is nothing to draw."""
        length = round(_SECONDS * block.spec.rate_hz)
        if self._samples.maxlen != length:
            self._samples = deque(maxlen=length)
        values = block.values[:, 0]
        self._samples.extend([float("nan")] * len(values) if block.no_contact else values.tolist())

    def draw(self, width: int, height: int) -> list[str]:
        """Lines of text of that size, newest at the right; blank where there is nothing."""
        bits = np.zeros((height, width), dtype=np.int64)
        if self._samples.maxlen and len(self._samples) > 1:
            self._plot(bits)
        return ["".join(chr(0x2800 + int(cell)) for cell in line) for line in bits]

    def _plot(self, bits: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
        height, width = bits.shape
        edges = np.linspace(0, self._samples.maxlen or 1, 2 * width + 1).astype(int)
        padded = np.full(self._samples.maxlen or 1, np.nan)
        padded[len(padded) - len(self._samples) :] = self._samples
        if np.isnan(padded).all():
            return
        rows = _rows(padded, height * _DOTS_DOWN)
        for column in range(2 * width):
            part = rows[edges[column] : max(edges[column + 1], edges[column] + 1)]
            part = part[~np.isnan(part)]
            if len(part):
                for row in range(int(part.min()), int(part.max()) + 1):
                    bits[row // _DOTS_DOWN, column // 2] |= _BITS[column % 2][row % _DOTS_DOWN]


def _rows(values: FloatArray, dots: int) -> FloatArray:
    """Row from the top of each value, NaN where there is none; at least half a millivolt fills the height."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span = max(high - low, 0.5)
    middle = (high + low) / 2
    return np.clip((0.5 - (values - middle) / span) * (dots - 1), 0, dots - 1).round()
