"""The device itself, on a generated record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from host_sdk.errors import RecordError
from host_sdk.replay import ReplayResult

from ..core.dataset import Case
from ..core.method import ReplayedDevice
from .dataset import CLEAN
from .result import DeviceResult, device_result


@dataclass(frozen=True)
class Device(ReplayedDevice):
    """Reports whatever the record's sensor gives; a record that is refused is a result, too."""

    signal: ClassVar[str] = "auto"

    def run(self, dataset: Any, case: Case, workspace: Path) -> DeviceResult:
        """What the device says of a case, and of its clean version where it has one."""
        try:
            found: DeviceResult = super().run(dataset, case, workspace)
        except RecordError as error:
            return DeviceResult(refusal=" ".join(str(error).split()))
        if dataset.has_clean(case):
            clean: DeviceResult = super().run(dataset, replace(case, group=CLEAN), workspace)
            return replace(found, clean=clean)
        return found

    def part(self, result: ReplayResult) -> DeviceResult:
        """All of it."""
        return device_result(result)
