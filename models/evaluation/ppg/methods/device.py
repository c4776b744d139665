"""The device itself, on a PPG recording."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from host_sdk.replay import PpgResult, ReplayResult, SeriesPoint

from ...core.method import ReplayedDevice
from ..truth import UNITS


@dataclass(frozen=True)
class Device(ReplayedDevice):
    """Reports pulse, respiration and SpO2 each second."""

    reports: frozenset[str] = frozenset(UNITS)
    signal: ClassVar[str] = "ppg"

    def part(self, result: ReplayResult) -> PpgResult | None:
        """Its readings of windows that end within the record: behind it there is no light."""
        if result.ppg is None:
            return None
        end_s = math.inf if result.duration_s is None else result.duration_s

        def within(series: tuple[SeriesPoint, ...]) -> tuple[SeriesPoint, ...]:
            return tuple(point for point in series if point.t <= end_s)

        light = result.ppg
        return PpgResult(
            within(light.pulse),
            within(light.spo2),
            within(light.resp),
            pulse_irregularity=within(light.pulse_irregularity),
        )
