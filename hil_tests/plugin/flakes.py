"""The flake rate: tests of devices that both passed and failed on the same sources. Nothing is tried again for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from .provenance import provenance

_CACHE = "vitalband/outcomes"
#: Of so many states of the sources it remembers what became of tests.
_STATES = 5


@dataclass(frozen=True)
class Flakes:
    """What is known of tests on these sources, from this run and those before it."""

    tests: int
    runs: int
    flaky: tuple[str, ...]

    @property
    def words(self) -> str:
        """One line."""
        rate = 100 * len(self.flaky) / self.tests if self.tests else 0.0
        names = f": {', '.join(self.flaky)}" if self.flaky else ""
        return f"flake rate: {len(self.flaky)} of {self.tests} tests in {self.runs} runs ({rate:.1f} %){names}"

    @classmethod
    def noted(cls, config: pytest.Config, outcomes: Mapping[str, str]) -> Flakes | None:
        """Note what became of tests in pytest's cache; None where there is none (`-p no:cacheprovider`)."""
        cache = getattr(config, "cache", None)
        if cache is None:
            return None
        sources = " ".join(f"{name}={value}" for name, value in sorted(provenance(config).items()))
        states = cache.get(_CACHE, {})
        counts = states.pop(sources, {"runs": 0, "tests": {}})
        counts["runs"] += 1
        for nodeid, outcome in outcomes.items():
            passed, failed = counts["tests"].get(nodeid, (0, 0))
            is_failure = outcome in ("failed", "error")
            counts["tests"][nodeid] = (passed + (outcome == "passed"), failed + is_failure)
        states[sources] = counts
        cache.set(_CACHE, dict(list(states.items())[-_STATES:]))
        flaky = tuple(nodeid for nodeid, (passed, failed) in counts["tests"].items() if passed and failed)
        return cls(len(counts["tests"]), counts["runs"], flaky)
