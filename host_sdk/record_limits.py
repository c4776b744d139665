"""What a record cannot say: of few samples a second, where waves begin and end; of light without level, its depth."""

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


#: Readings that are parts of the steady light.
_OF_LEVEL = frozenset({ReadingKind.SPO2, ReadingKind.PERFUSION_INDEX})


def as_recorded(item: Item, ecg_fs: float | None, has_light_level: bool) -> Item:
    """An item of a device that replays an ECG of `ecg_fs` samples a second (None: there is no record).

    Under `LOWEST_HZ` every interval is refused as `out_of_range`, and no finding says more than that. Of light that has
    lost its level SpO2 and the perfusion index are refused as `no_signal`.
    """
    if isinstance(item, Reading) and item.kind in _OF_LEVEL and item.value is not None and not has_light_level:
        return _refused(item, Reason.NO_SIGNAL)
    if ecg_fs is None or ecg_fs >= LOWEST_HZ:
        return item
    if isinstance(item, Reading) and item.kind in _EDGES and item.value is not None:
        return _refused(item, Reason.OUT_OF_RANGE)
    if isinstance(item, Rhythm):
        return replace(item, flags=item.flags & ~_FINDINGS)
    return item


def _refused(item: Reading, reason: Reason) -> Reading:
    return replace(item, value=None, quality=0, reason=reason, u95=None)
