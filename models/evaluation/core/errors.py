"""What can go wrong in an evaluation."""

from __future__ import annotations

from host_sdk.errors import VitalbandError


class EvaluationError(VitalbandError):
    """An evaluation could not be done as requested."""


class DataSetError(EvaluationError):
    """A data set is not where it was said to be, or does not have what was requested."""


class CaseError(EvaluationError):
    """One record cannot be read; the others go on."""


class PeerMissing(EvaluationError):  # noqa: N818 - says what happened
    """A peer's package is not installed."""
