"""Car trips with harsh manoeuvres, a phone at the windscreen (Driver Behavior Dataset).

Ferreira and others, Driver behavior profiling: an investigation with different smartphone sensors and machine learning,
PLoS ONE 2017; 12: e0174959.
"""

from __future__ import annotations

import numpy as np

from ..core.dataset import FloatArray
from ..core.errors import CaseError
from .motion_set import MotionSet
from .packed import text_of
from .scoring import Span

_G = 9.80665
_SENSORS = ("acelerometro_terra.csv", "giroscopio_terra.csv")
_COLUMNS = (1, 2, 3, 4)
_NS = 1e-9


class Driving(MotionSet):
    """Published: `TRIP/acelerometro_terra.csv`, `giroscopio_terra.csv` (or `.csv.xz`): x east, y north, z up."""

    name = "driving"
    url = "https://github.com/jair-jr/driverBehaviorDataset"
    body_location = "car"
    rate_hz = 100.0
    patterns = (f"*/{_SENSORS[0]}", f"*/{_SENSORS[0]}.xz")

    def records(self) -> list[str]:
        """Trips."""
        return sorted({path.parent.name for pattern in self.patterns for path in self.folder.glob(pattern)})

    def activity(self, record: str) -> str:
        """Nothing but driving."""
        return "drive"

    def motion(self, record: str) -> FloatArray:
        """Acceleration (g) and rate of turn (degrees per second), (n, 6) at 100/s, y up; raises CaseError.

        Sensors have times of their own; both are interpolated onto one clock.
        """
        accel, gyro = (self._rows(record, sensor) for sensor in _SENSORS)
        start, end = max(accel[0, 0], gyro[0, 0]), min(accel[-1, 0], gyro[-1, 0])
        t = start + np.arange(0, (end - start) * _NS, 1 / self.rate_hz) / _NS
        east, north, up = (
            np.stack([np.interp(t, each[:, 0], each[:, k]) for each in (accel, gyro)]) for k in (1, 2, 3)
        )
        worn = np.stack([east, up, -north])
        return np.hstack([worn[:, 0].T / _G, np.degrees(worn[:, 1].T)])

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """Nobody crashes."""
        return ()

    def _rows(self, record: str, sensor: str) -> FloatArray:
        """Time (ns), x, y, z."""
        path = self.folder / record / sensor
        try:
            lines = text_of(path).splitlines()[1:]
            # the last line of a file may be cut off
            rows = [[float(line.split(",")[k]) for k in _COLUMNS] for line in lines if line.count(",") == max(_COLUMNS)]
        except ValueError as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error
        if len(rows) < 2:
            raise CaseError(f"{path}: has no samples")
        return np.array(rows)
