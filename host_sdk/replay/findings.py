"""What is found in a record, from the findings of its windows."""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Rhythm
from ..wire_gen import RhythmFlags

#: What is found although a window has no numbers, often because of it; once in the record is enough.
_WITHOUT_NUMBERS = (
    RhythmFlags.PAUSE
    | RhythmFlags.ASYSTOLE
    | RhythmFlags.AV_BLOCK_SECOND_DEGREE
    | RhythmFlags.AV_BLOCK_COMPLETE
    | RhythmFlags.P_WITHOUT_QRS
    | RhythmFlags.ATRIAL_FLUTTER
    | RhythmFlags.WIDE_COMPLEX_TACHYCARDIA
    | RhythmFlags.VENTRICULAR_FIBRILLATION
)
#: Things that happen: once among windows without a reason is enough. All other findings are states and need half.
_OCCURRENCES = RhythmFlags.IRREGULAR | RhythmFlags.FREQUENT_ECTOPY | RhythmFlags.T_WAVE_ALTERNANS


def findings(windows: Sequence[Rhythm]) -> tuple[str, ...]:
    """Names of what is found in the whole record, in the order of the wire's bits."""
    return tuple(str(flag.name).lower() for flag in RhythmFlags if _is_found(flag, windows))


def _is_found(flag: RhythmFlags, windows: Sequence[Rhythm]) -> bool:
    if flag & _WITHOUT_NUMBERS:
        return any(window.flags & flag for window in windows)
    judged = [bool(window.flags & flag) for window in windows if window.reason is None]
    return any(judged) and (bool(flag & _OCCURRENCES) or 2 * sum(judged) >= len(judged))
