"""Measurements of tests: a number with unit and limits, compared with a baseline."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

#: Name of the property of a report that has a measurement, followed by what was measured.
PROPERTY = "measure "
#: Ending of a name: its unit.
_UNITS = {
    "_ms": "ms", "_s": "s", "_us": "us", "_min": "min", "_percent": "%", "_bpm": "bpm", "_bytes": "B", "_kb": "kB",
    "_hz": "Hz", "_mv": "mV", "_ma": "mA", "_ua": "uA", "_g": "g", "_c": "°C", "_count": "", "_instructions": "",
}  # fmt: skip
_BASELINE = pytest.StashKey[dict[str, dict[str, Any]]]()


@dataclass(frozen=True)
class Measurement:
    """A number that a test found."""

    name: str
    value: float
    unit: str
    min: float | None = None
    max: float | None = None
    #: What it was in the baseline, and what it may be worse by, as a part of it.
    baseline: float | None = None
    tolerance: float = 0.1
    lower_is_better: bool = True

    @property
    def failure(self) -> str | None:
        """What is wrong with it."""
        shown = f"{self.name} is {self.value:g} {self.unit}".rstrip()
        if self.min is not None and self.value < self.min:
            return f"{shown}, and must be {self.min:g} or more"
        if self.max is not None and self.value > self.max:
            return f"{shown}, and must be {self.max:g} or less"
        if self.baseline is None:
            return None
        sign = 1 if self.lower_is_better else -1
        worse = sign * (self.value - self.baseline)
        if worse > self.tolerance * abs(self.baseline):
            return f"{shown}, and was {self.baseline:g} in the baseline (may be {self.tolerance:.0%} worse)"
        return None


class Measure:
    """Notes measurements; those beyond their limits fail the test when it is over, so that all of them are noted."""

    def __init__(self, item: pytest.Item, baseline: dict[str, Any]) -> None:
        self._item = item
        self._baseline = baseline
        self.found: list[Measurement] = []

    def __call__(
        self,
        name: str,
        value: float,
        *,
        min: float | None = None,  # noqa: A002
        max: float | None = None,  # noqa: A002
        unit: str | None = None,
        tolerance: float = 0.1,
        lower_is_better: bool = True,
    ) -> Measurement:
        """Note a number; its unit is its name's ending (`latency_ms`) or `unit`. ValueError for one that is none."""
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{name} is {value}, which is no measurement")
        _check_limits(name, min, max, tolerance)
        ending = next((e for e in sorted(_UNITS, key=len, reverse=True) if name.endswith(e)), None)
        if unit is None and ending is None:
            raise ValueError(f"{name} has no unit: give it unit=..., or an ending such as _ms")
        unit = _UNITS[ending or ""] if unit is None else unit
        if any(each.name == name for each in self.found):
            raise ValueError(f"{name} is measured twice in one test")
        was, of_unit = (self._baseline.get(name, {}).get(each) for each in ("value", "unit"))
        if of_unit not in (None, unit):
            raise ValueError(f"{name} is in {unit or 'no unit'}, and in the baseline in {of_unit or 'no unit'}")
        found = Measurement(name, number, unit, min, max, was, tolerance, lower_is_better)
        self.found.append(found)
        self._item.user_properties.append((f"{PROPERTY}{name}", json.dumps(asdict(found))))
        return found

    def check(self) -> None:
        """Fail the test where a measurement is beyond its limits."""
        wrong = [failure for each in self.found if (failure := each.failure)]
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)


def _check_limits(name: str, low: float | None, high: float | None, tolerance: float) -> None:
    """ValueError for limits that no number could be beyond, or none within."""
    for what, limit in (("min", low), ("max", high), ("tolerance", tolerance)):
        if limit is not None and not math.isfinite(limit):
            raise ValueError(f"{name} has {what} {limit}, which is no limit")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{name} has min {low:g} over max {high:g}")
    if tolerance < 0:
        raise ValueError(f"{name} has tolerance {tolerance:g}, which is under 0")


def load_baseline(config: pytest.Config) -> dict[str, dict[str, Any]]:
    """Measurements by test, of `--baseline`; UsageError for a file that is none."""
    if _BASELINE not in config.stash:
        path = config.getoption("--baseline")
        config.stash[_BASELINE] = {} if path is None else read_baseline(Path(path), "--baseline")
    return config.stash[_BASELINE]


def read_baseline(path: Path, option: str) -> dict[str, dict[str, Any]]:
    """Measurements by test; UsageError for a file that is none."""
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        measured = [(f"{test}: {name}", m) for test, of_test in found.items() for name, m in of_test.items()]
        wrong = [f"{name} is {m['value']!r}" for name, m in measured if not _is_real(m)]
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise pytest.UsageError(f"{option} {path}: is no baseline: {error or type(error).__name__}") from None
    if wrong:
        raise pytest.UsageError(f"{option} {path}: is no baseline: {wrong[0]}")
    return found


def _is_real(measured: dict[str, Any]) -> bool:
    """Whether a value can be compared with: JSON has NaN here, and no number is worse than that."""
    value = measured["value"]
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def save_baseline(path: Path, measured: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Write what was measured as a baseline, over what is there of other tests; OSError, UsageError."""
    before = read_baseline(path, "--save-baseline") if path.exists() else {}
    kept = {
        test: {name: {"value": each["value"], "unit": each["unit"]} for name, each in sorted(found.items())}
        for test, found in measured.items()
    }
    path.write_text(json.dumps({**before, **kept}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def measurements_of(properties: list[tuple[str, Any]]) -> dict[str, dict[str, Any]]:
    """Measurements in the properties of a report, by name."""
    return {name.removeprefix(PROPERTY): json.loads(v) for name, v in properties if name.startswith(PROPERTY)}


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """Notes a number with unit and limits: `measure("latency_ms", 12.5, max=100)`."""
    item = request.node
    assert isinstance(item, pytest.Item)
    made = Measure(item, load_baseline(request.config).get(item.nodeid, {}))
    item.stash[_MEASURE] = made
    return made


_MEASURE = pytest.StashKey[Measure]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After a test that passed, its measurements are held against their limits."""
    result = yield
    if _MEASURE in item.stash:
        item.stash[_MEASURE].check()
    return result
