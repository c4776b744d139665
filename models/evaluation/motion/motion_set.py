"""What the data sets of motion share: trials of one sensor, and their alarms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from host_sdk.replay import ReplayedEvent, ReplayOptions

from ..core.dataset import Case, Channel, DataSet, FloatArray, Scored, write_channels
from .scoring import Trial, score_trial, summarise, worst

_NAMES = ("ACC_X", "ACC_Y", "ACC_Z", "GYR_X", "GYR_Y", "GYR_Z")
_UNITS = ("g", "g", "g", "dps", "dps", "dps")


class MotionSet(DataSet):
    """Trials of falls (activities `F…`) and of daily life."""

    #: Where the sensor is, and its rate.
    body_location: ClassVar[str]
    rate_hz: ClassVar[float]

    @abstractmethod
    def motion(self, record: str) -> FloatArray:
        """Accelerations (g) and turn rates (degrees per second) as worn, (n, 6); raises CaseError."""

    @abstractmethod
    def activity(self, record: str) -> str:
        """Code of what is done in a record."""

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one sensor."""
        return [Case(record, "motion", self.body_location)]

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The motion, written as a record."""
        columns = zip(_NAMES, _UNITS, self.motion(case.record).T, strict=True)
        channels = [Channel(name, unit, self.rate_hz, np.ascontiguousarray(values)) for name, unit, values in columns]
        return ReplayOptions(record=str(write_channels(channels, case, workspace)))

    def trial(self, record: str) -> Trial:
        """What is known of a trial; raises CaseError."""
        code = self.activity(record)
        return Trial(code, code.startswith("F"), len(self.motion(record)) / self.rate_hz)

    def score(self, case: Case, result: tuple[ReplayedEvent, ...], reports: frozenset[str]) -> dict[str, Any]:
        """Its alarms; raises CaseError."""
        return score_trial(self.trial(case.record), result)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all trials."""
        return summarise(records)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """False alarms and missed falls."""
        return worst(records)
