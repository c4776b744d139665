from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.dsp.ecg.intervals import bazett, framingham, fridericia, hodges
from firmware_sim.firmware.dsp.fixed import icbrt, isqrt, median, rounded


@given(st.integers(0, 2**62))
def test_roots_are_the_largest_integers_that_fit(value: int) -> None:
    root = isqrt(value)
    assert root * root <= value < (root + 1) ** 2
    cube = icbrt(value)
    assert cube**3 <= value < (cube + 1) ** 3


def test_roots_of_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="square root"):
        isqrt(-1)
    with pytest.raises(ValueError, match="cube root"):
        icbrt(-1)


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=33))
def test_median_is_numpys_rounded_down_and_leaves_its_input(values: list[int]) -> None:
    data = array("i", values)
    scratch = array("i", [0] * len(values))
    assert median(data, len(values), scratch) == int(np.floor(np.median(np.array(values, dtype=np.float64))))
    assert list(data) == values


def test_rounded_goes_to_the_nearest() -> None:
    assert [rounded(n, 4) for n in (-3, -1, 1, 2, 5, 6, 7)] == [-1, 0, 0, 1, 1, 2, 2]


def test_all_corrections_leave_qt_alone_at_sixty_a_minute() -> None:
    assert {bazett(4000, 1000), fridericia(4000, 1000), framingham(4000, 1000), hodges(4000, 1000)} == {4000}


def test_corrections_at_another_rate() -> None:
    # QT 350 ms at 100/min: 451.8, 415.0, 411.6, 420.0 ms
    assert [round(f(3500, 600) / 10) for f in (bazett, fridericia, framingham, hodges)] == [452, 415, 412, 420]
