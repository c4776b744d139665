"""What every PPG data set offers: the light of one place on one person, often with acceleration beside it."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from host_sdk.replay import PpgResult, ReplayOptions

from ...core.dataset import Case, Channel, DataSet, FloatArray, Scored, write_channels
from ...core.errors import CaseError
from ..left_out import with_left_out
from ..scoring import score_record, summarise, worst
from ..truth import Truth

#: Columns of acceleration, as the replay knows them.
AXES = ("ACC_X", "ACC_Y", "ACC_Z")
_FEWEST_EVENTS = 3


class PpgDataSet(DataSet):
    """A data set of one light a record; `body_location` is where on the body."""

    body_location: ClassVar[str] = "finger"

    @abstractmethod
    def channels(self, case: Case) -> list[Channel]:
        """Its light first, then its acceleration where there is one; raises CaseError."""

    @abstractmethod
    def truth(self, case: Case) -> Truth:
        """What is known of it; raises CaseError."""

    def person(self, record: str) -> str:
        """Whose record it is."""
        return record

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one light."""
        return [Case(record, "light", self.body_location)]

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The light and what is beside it, written as a record."""
        return ReplayOptions(record=str(write_channels(self.channels(case), case, workspace)))

    def score(self, case: Case, result: PpgResult, reports: frozenset[str]) -> dict[str, Any]:
        """Its readings beside the reference; raises CaseError."""
        return score_record(self.truth(case), result, reports)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all records, and of networks that never saw their people."""
        return with_left_out(summarise(records, self.person), self.name)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """By mean absolute error."""
        return worst(records)


def column(path: Path, name: str) -> FloatArray:
    """A column of a CSV file by its heading, NaN where a cell is empty; raises CaseError."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        index = [heading.strip() for heading in rows[0]].index(name)
        return np.array([float(row[index]) if row[index].strip() else np.nan for row in rows[1:]], dtype=np.float64)
    except (OSError, ValueError, IndexError) as error:
        raise CaseError(f"{path}: column {name!r} cannot be read ({error})") from error


def bridged(values: FloatArray, what: str) -> FloatArray:
    """The values with straight lines over gaps; raises CaseError where there are none."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        raise CaseError(f"{what} is empty")
    return np.asarray(np.interp(np.arange(len(values)), known, values[known]))


def acceleration(values: FloatArray, fs: float) -> list[Channel]:
    """Channels of (n, 3) acceleration in g."""
    return [Channel(name, "g", fs, np.ascontiguousarray(axis)) for name, axis in zip(AXES, values.T, strict=True)]


def each_window(rates: FloatArray, window_s: int, step_s: int) -> dict[int, float]:
    """Rates of windows that begin every `step_s`, by the second at which each ends; those not above 0 are unknown."""
    ends = range(window_s, window_s + step_s * len(rates), step_s)
    return {end: float(rate) for end, rate in zip(ends, rates, strict=True) if np.isfinite(rate) and rate > 0}


def event_rates(times: FloatArray, window_s: int, length_s: float) -> dict[int, float]:
    """The rate a minute of events (s) within the window before each second that has three of them or more."""
    rates = {end: mean_rate(times, end - window_s, end) for end in range(window_s, int(length_s) + 1)}
    return {end: rate for end, rate in rates.items() if np.isfinite(rate)}


def mean_rate(times: FloatArray, begin_s: float, end_s: float) -> float:
    """The rate a minute of the events (s) within a stretch, NaN with fewer than three."""
    inside = times[(times >= begin_s) & (times <= end_s)]
    if len(inside) < _FEWEST_EVENTS:
        return float("nan")
    return float(60 * (len(inside) - 1) / (inside[-1] - inside[0]))
