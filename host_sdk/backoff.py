"""How long to wait before trying again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before each new try."""

    first_s: float = 0.5
    factor: float = 2.0
    limit_s: float = 30.0

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (one or more)."""
        return min(self.limit_s, self.first_s * self.factor ** min(failures - 1, 64))
