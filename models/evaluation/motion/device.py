"""The device itself, on a recording of motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from host_sdk.replay import ReplayedEvent, ReplayResult

from ..core.method import ReplayedDevice


@dataclass(frozen=True)
class Device(ReplayedDevice):
    """Reports events."""

    signal: ClassVar[str] = "imu"

    def part(self, result: ReplayResult) -> tuple[ReplayedEvent, ...] | None:
        """What it noticed."""
        return None if result.imu is None else result.imu.events
