"""Random signals that are functions of time, so that they do not depend on how they are asked for."""

from __future__ import annotations

import numpy as np

from .base import FloatArray

_BLOCK = 2048
_KEPT = 8
_DRIFT_HZ = (0.053, 0.117, 0.191, 0.313)


class WhiteNoise:
    """White noise of unit RMS, held on a fixed grid; any time can be asked for, memory is bounded."""

    def __init__(self, seed: int, stream: int, rate_hz: float = 500.0, columns: int = 1) -> None:
        self._key = (seed, stream)
        self._rate = rate_hz
        self._columns = columns
        self._blocks: dict[int, FloatArray] = {}

    def at(self, t: FloatArray) -> FloatArray:
        """Noise at increasing times `t` (s), shape (n, columns)."""
        # the small offset keeps times that are meant to lie on the grid from falling off its edge
        index = np.floor(t * self._rate + 1e-4).astype(np.int64)
        first, last = int(index[0]) // _BLOCK, int(index[-1]) // _BLOCK
        if first == last:
            held: FloatArray = self._block(first)[index - first * _BLOCK]
            return held
        out = np.empty((len(t), self._columns))
        edges = np.searchsorted(index, np.arange(first, last + 2) * _BLOCK)
        for number in range(first, last + 1):
            part = slice(edges[number - first], edges[number - first + 1])
            if part.stop > part.start:
                out[part] = self._block(number)[index[part] - number * _BLOCK]
        return out

    def _block(self, number: int) -> FloatArray:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _KEPT:
                del self._blocks[next(iter(self._blocks))]
            # a spawn key cannot be negative: even numbers for blocks from time 0 on, odd ones for those before
            key = 2 * number if number >= 0 else -2 * number - 1
            source = np.random.SeedSequence(entropy=self._key[0], spawn_key=(self._key[1], key))
            block = np.random.Generator(np.random.PCG64(source)).standard_normal((_BLOCK, self._columns))
            self._blocks[number] = block
        return block


class Wander:
    """Slow drift of unit RMS: sines of incommensurate frequencies with seeded phases."""

    def __init__(self, seed: int, stream: int, frequencies_hz: tuple[float, ...] = _DRIFT_HZ) -> None:
        source = np.random.SeedSequence(entropy=seed, spawn_key=(stream,))
        phases = np.random.Generator(np.random.PCG64(source)).uniform(0.0, 2 * np.pi, len(frequencies_hz))
        weights = 1.0 / np.sqrt(np.arange(1, len(frequencies_hz) + 1))
        self._scale = weights * np.sqrt(2.0 / np.sum(weights**2))
        self._omega = 2 * np.pi * np.asarray(frequencies_hz)
        self._phase = phases

    def at(self, t: FloatArray) -> FloatArray:
        """Drift at times `t` (s), shape (n,)."""
        drift: FloatArray = np.sin(t[:, None] * self._omega + self._phase) @ self._scale
        return drift
