"""What a record of few samples a second does not say: where waves begin and end."""

from __future__ import annotations

from dataclasses import replace

from .models import Item, Reading, Rhythm
from .wire_gen import ReadingKind, Reason, RhythmFlags

#: Rate from which on intervals are given, in samples a second. AHA/ACCF/HRS 2007 (part I) ask for 500, and 150 Hz; at
#: 100 the intervals of synthetic leads still come within 8 ms.
LOWEST_HZ = 100.0
#: Readings and findings that hang on the edges of waves.
_EDGES = frozenset({
    ReadingKind.PR, ReadingKind.QRS, ReadingKind.QT, ReadingKind.QTC_BAZETT, ReadingKind.QTC_FRIDERICIA,
    ReadingKind.QTC_FRAMINGHAM, ReadingKind.QTC_HODGES,
})  # fmt: skip
_FINDINGS = (
    RhythmFlags.FIRST_DEGREE_AV_BLOCK
    | RhythmFlags.SHORT_PR
    | RhythmFlags.WIDE_QRS
    | RhythmFlags.LONG_QTC
    | RhythmFlags.SHORT_QTC
)


def as_recorded(item: Item, ecg_fs: float | None) -> Item:
    """An item of a device that replays an ECG of `ecg_fs` samples a second (None: there is no record).

    Under `LOWEST_HZ` every interval is refused as `out_of_range`, and no finding says more than that.
    """
    if ecg_fs is None or ecg_fs >= LOWEST_HZ:
        return item
    if isinstance(item, Reading) and item.kind in _EDGES and item.value is not None:
        return replace(item, value=None, quality=0, reason=Reason.OUT_OF_RANGE, u95=None)
    if isinstance(item, Rhythm):
        return replace(item, flags=item.flags & ~_FINDINGS)
    return item
