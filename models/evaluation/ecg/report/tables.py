"""All tables of a group of leads, in order."""

from __future__ import annotations

from .beat_sections import fibrillation_table, kinds_table, p_peaks_table, paced_table, peaks_table
from .finding_sections import combined_table, contrasts_table, window_contrasts_table, windows_table
from .wave_sections import (
    agreement_table,
    experts_table,
    extreme_table,
    fiducials_table,
    intervals_table,
    near_table,
)

TABLES = (
    intervals_table,
    agreement_table,
    near_table,
    extreme_table,
    fiducials_table,
    experts_table,
    peaks_table,
    p_peaks_table,
    kinds_table,
    paced_table,
    fibrillation_table,
    contrasts_table,
    window_contrasts_table,
    combined_table,
    windows_table,
)
