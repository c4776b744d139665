"""What the data sets of motion share: trials of one sensor, and their alarms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from host_sdk.replay import ReplayedEvent, ReplayOptions

from ..core.dataset import Case, Channel, DataSet, FloatArray, Scored, write_channels
from .scoring import Span, Trial, score_trial, summarise, worst

_NAMES = ("ACC_X", "ACC_Y", "ACC_Z", "GYR_X", "GYR_Y", "GYR_Z")
_UNITS = ("g", "g", "g", "dps", "dps", "dps")
#: Seconds before and after its greatest acceleration that are taken for a fall where a set does not say when it is.
_ABOUT_PEAK_S = 1.0


class MotionSet(DataSet):
    """Trials of falls or crashes and of daily life."""

    #: Where the sensor is, and its rate.
    body_location: ClassVar[str]
    rate_hz: ClassVar[float]

    @abstractmethod
    def motion(self, record: str) -> FloatArray:
        """Accelerations (g) and turn rates (degrees per second) as worn, (n, 6); raises CaseError.

        (n, 3) where there is no gyroscope.
        """

    @abstractmethod
    def activity(self, record: str) -> str:
        """Code of what is done in a record."""

    def rate(self, record: str) -> float:
        """Samples a second of a record."""
        return self.rate_hz

    def person(self, record: str) -> str:
        """Who it is of."""
        return record

    def group(self, record: str) -> str:
        """Of which group that person is, where the set tells."""
        return ""

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """When falls begin and end (s): else about the greatest acceleration of a trial that has one."""
        if not self.activity(record).startswith("F"):
            return ()
        peak_s = float(np.argmax((motion[:, :3] ** 2).sum(axis=1))) / self.rate(record)
        return ((peak_s - _ABOUT_PEAK_S, peak_s + _ABOUT_PEAK_S),)

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one sensor."""
        return [Case(record, "motion", self.body_location)]

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The motion, written as a record."""
        rate_hz = self.rate(case.record)
        # a set without a gyroscope has three columns
        columns = zip(_NAMES, _UNITS, self.motion(case.record).T, strict=False)
        channels = [Channel(name, unit, rate_hz, np.ascontiguousarray(values)) for name, unit, values in columns]
        return ReplayOptions(record=str(write_channels(channels, case, workspace)))

    def trial(self, record: str) -> Trial:
        """What is known of a trial; raises CaseError."""
        motion = self.motion(record)
        spans = self.spans(record, motion)
        length_s = len(motion) / self.rate(record)
        return Trial(self.activity(record), bool(spans), length_s, spans, self.person(record), self.group(record))

    def score(self, case: Case, result: tuple[ReplayedEvent, ...], reports: frozenset[str]) -> dict[str, Any]:
        """Its alarms; raises CaseError."""
        return score_trial(self.trial(case.record), result)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all trials."""
        return summarise(records)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """False alarms and missed falls."""
        return worst(records)
