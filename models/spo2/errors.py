"""What can go wrong in a calibration."""

from __future__ import annotations

from host_sdk.errors import VitalbandError


class CalibrationError(VitalbandError):
    """Pairs from which no curve can be had."""


class PairsError(CalibrationError):
    """A table of pairs cannot be read; says line and column."""


class CurveError(CalibrationError):
    """A curve's file is not what it should be, or cannot be written."""
