"""Findings of a record: what happened once is said, what is a state needs half of the windows, a standstill is no less
found where a window has no numbers.
"""

from __future__ import annotations

import pytest

from host_sdk.models import Rhythm
from host_sdk.replay.findings import findings
from host_sdk.wire_gen import Reason, RhythmFlags


def _windows(*flags: RhythmFlags | None) -> list[Rhythm]:
    """A window each; None: one without findings that was refused."""
    return [
        Rhythm(k, 10_000, RhythmFlags(0) if one is None else one, 10, 90, Reason.NOISE if one is None else None)
        for k, one in enumerate(flags)
    ]


@pytest.mark.parametrize(
    "flag",
    [
        RhythmFlags.PAUSE,
        RhythmFlags.ASYSTOLE,
        RhythmFlags.AV_BLOCK_SECOND_DEGREE,
        RhythmFlags.AV_BLOCK_COMPLETE,
        RhythmFlags.P_WITHOUT_QRS,
        RhythmFlags.ATRIAL_FLUTTER,
    ],
)
def test_what_leaves_a_window_without_numbers_is_found(flag: RhythmFlags) -> None:
    windows = [*_windows(RhythmFlags(0), RhythmFlags(0), RhythmFlags(0))]
    windows.append(Rhythm(9, 4_000, flag, 1, 80, Reason.TOO_FEW_BEATS))
    assert findings(windows) == (str(flag.name).lower(),)


def test_a_state_needs_half_of_the_windows() -> None:
    fast, none = RhythmFlags.TACHYCARDIA, RhythmFlags(0)
    assert findings(_windows(fast, none, none)) == ()
    assert findings(_windows(fast, none, None, None)) == ("tachycardia",)


def test_what_happens_once_is_found_where_its_window_was_judged() -> None:
    once = RhythmFlags.FREQUENT_ECTOPY
    assert findings(_windows(once, RhythmFlags(0), RhythmFlags(0))) == ("frequent_ectopy",)
    assert findings([Rhythm(0, 10_000, once, 10, 20, Reason.NOISE)]) == ()


def test_a_record_without_windows_has_no_findings() -> None:
    assert findings([]) == ()
