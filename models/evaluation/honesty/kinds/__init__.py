"""Kinds of records, one module a concern; `find_kinds` chooses among them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from ...core.errors import DataSetError
from ..situation import Kind
from . import (
    ecg_atrial,
    ecg_blocks,
    ecg_impossible,
    ecg_interference,
    ecg_lead_off,
    ecg_normal,
    ecg_pacing,
    ecg_rhythm,
    ecg_standstill,
    ecg_wide,
    imu_impossible,
    imu_normal,
    ppg_impossible,
    ppg_normal,
)

_MODULES = (
    ecg_standstill,
    ecg_lead_off,
    ecg_rhythm,
    ecg_blocks,
    ecg_atrial,
    ecg_wide,
    ecg_pacing,
    ecg_interference,
    ecg_impossible,
    ecg_normal,
    ppg_impossible,
    ppg_normal,
    imu_impossible,
    imu_normal,
)
#: All kinds by name, in the order of the report.
KINDS: dict[str, Kind] = {kind.name: kind for module in _MODULES for kind in module.KINDS}


def find_kinds(patterns: Sequence[str]) -> list[Kind]:
    """Kinds whose name matches one of the patterns (`*` and `?`), all where there is none; raises DataSetError."""
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in KINDS):
            begun = any(name.startswith(pattern) for name in KINDS)
            near = [f"{pattern}*"] if begun else get_close_matches(pattern, KINDS, n=3, cutoff=0.5)
            what = f"did you mean {' or '.join(near)}?" if near else f"the first is {next(iter(KINDS))}"
            raise DataSetError(f"no kind of honesty is called {pattern!r}, of {len(KINDS)}; {what}")
    return [kind for name, kind in KINDS.items() if not patterns or any(fnmatchcase(name, p) for p in patterns)]
