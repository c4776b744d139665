"""What every PPG data set offers: the light of one place on one person, often with acceleration beside it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
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
#: Longest gap over which a straight line is drawn, and how far from each other (s) what belongs together may end.
_LONGEST_GAP_S, _RAGGED_S = 2.0, 4.0


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

    def whole(self, case: Case) -> tuple[list[Channel], Truth]:
        """Its channels and what is known of them; raises CaseError where either is cut or damaged."""
        channels, truth = self.channels(case), self.truth(case)
        check_whole(case.record, channels, truth)
        return channels, truth

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The light and what is beside it, written as a record."""
        return ReplayOptions(record=str(write_channels(self.whole(case)[0], case, workspace)))

    def score(self, case: Case, result: PpgResult, reports: frozenset[str]) -> dict[str, Any]:
        """Its readings beside the reference; raises CaseError, also where nothing is known of any window."""
        truth = self.truth(case)
        if not truth.last and not any(truth.expected.values()):
            raise CaseError(f"{case.record}: no window has a reference")
        return score_record(truth, result, reports)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all records, and of networks that never saw their people."""
        return with_left_out(summarise(records, self.person), self.name)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """By mean absolute error."""
        return worst(records)


def bridged(values: FloatArray, what: str) -> FloatArray:
    """The values with straight lines over gaps; raises CaseError where there are none."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        raise CaseError(f"{what} is empty")
    return np.asarray(np.interp(np.arange(len(values)), known, values[known]))


def unbroken(values: FloatArray, what: str, fs: float) -> FloatArray:
    """The same of a signal, in which a long gap is damage; raises CaseError for that, too."""
    whole = bridged(values, what)
    for begin_s, end_s in gaps(values, fs)[:1]:
        raise CaseError(f"{what} has no numbers from {begin_s:.1f} to {end_s:.1f} s")
    return whole


def gaps(values: FloatArray, fs: float) -> FloatArray:
    """Begin and end (s) of every gap that is too long for a straight line, (n, 2)."""
    edges = np.concatenate(([-1], np.flatnonzero(np.isfinite(values)), [len(values)]))
    spans = np.stack((edges[:-1] + 1, edges[1:]), axis=1) / fs
    return np.asarray(spans[spans[:, 1] - spans[:, 0] > _LONGEST_GAP_S])


def outside(rates: dict[int, float], spans: FloatArray, window_s: int) -> dict[int, float]:
    """Rates of windows, by their end, that have nothing of any span of (n, 2) seconds in them."""
    inside = ((spans[:, 0] < end) & (spans[:, 1] > end - window_s) for end in rates)
    return {end: rate for (end, rate), within in zip(rates.items(), inside, strict=True) if not within.any()}


def check_whole(record: str, channels: Sequence[Channel], truth: Truth) -> None:
    """Raises CaseError where a recording or its reference is cut or damaged: no method could answer there."""
    light = channels[0]
    for channel in channels:
        bad = np.flatnonzero(~np.isfinite(channel.values))
        if len(bad):
            raise CaseError(f"{record}: its {channel.name} is no number at {bad[0] / channel.fs:.1f} s")
        if abs(channel.length_s - light.length_s) > _RAGGED_S:
            ends = f"its {channel.name} ends at {channel.length_s:.1f} s, its {light.name} at {light.length_s:.1f} s"
            raise CaseError(f"{record}: {ends}")
    if np.ptp(light.values) == 0:
        raise CaseError(f"{record}: its {light.name} is {light.values[0]:g} throughout")
    goes_to = [truth.length_s or 0.0, *(max(windows) for windows in truth.expected.values() if windows)]
    ends_at = light.length_s if truth.length_s is None else truth.length_s
    if max(goes_to) > light.length_s + _RAGGED_S or ends_at < light.length_s - _RAGGED_S:
        raise CaseError(f"{record}: its reference ends at {max(goes_to):.1f} s, its light at {light.length_s:.1f} s")


def acceleration(values: FloatArray, fs: float) -> list[Channel]:
    """Channels of (n, 3) acceleration in g."""
    return [Channel(name, "g", fs, np.ascontiguousarray(axis)) for name, axis in zip(AXES, values.T, strict=True)]


def each_window(rates: FloatArray, window_s: int, step_s: int, activity: Callable[[float, float], str | None]) -> Truth:
    """Pulse of windows that begin every `step_s`, by the second at which each ends; rates not above 0 are unknown.

    `activity` is what the wearer did between two times (s).
    """
    ends = range(window_s, window_s + step_s * len(rates), step_s)
    known = {end: float(rate) for end, rate in zip(ends, rates, strict=True) if np.isfinite(rate) and rate > 0}
    did = {end: name for end in known if (name := activity(end - window_s, end)) is not None}
    return Truth({"pulse": known}, length_s=float(ends[-1]) if len(rates) else 0.0, activities=did)


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
