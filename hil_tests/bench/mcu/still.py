"""A world in which there is nothing to sense."""

from __future__ import annotations

import numpy as np

from firmware_sim.world.base import FloatArray


class Still:
    """No groups of signals, for ever."""

    groups: frozenset[str] = frozenset()
    duration_s: float | None = None

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """There is no such group."""
        return np.full((len(t), 1), np.nan)
