"""Two that work in the same part of the scratch at once are an error here, and cost nothing in a build for a board."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from firmware_sim.firmware.dsp.ecg import r_locator
from firmware_sim.firmware.dsp.ecg.intervals import RR, Series
from firmware_sim.firmware.dsp.scratch_use import ScratchBusyError, works_in
from firmware_sim.images.frozen_source import frozen_sources

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"


def test_a_part_in_which_one_works_is_refused_to_another_and_free_afterwards() -> None:
    series = Series()
    for value in (800, 900, 700):
        series.add(RR, value)

    @works_in("SIGNAL")
    def outer() -> int:
        return series.twice_median(RR)

    with pytest.raises(ScratchBusyError, match=r"twice_median wants SIGNAL, in which .*outer works"):
        outer()
    assert series.twice_median(RR) == 1600


def test_another_part_is_free_meanwhile() -> None:
    @works_in("SIGNAL")
    def outer() -> int:
        return r_locator.RLocator().locate(array("H", [32768] * 2048), 1000, 1100)

    assert 950 < outer() < 1050


def test_builds_for_a_board_have_none_of_it() -> None:
    users = {path for path in FIRMWARE.rglob("*.py") if "works_in" in path.read_text(encoding="utf-8")}
    assert len(users) > 10
    for path, text in frozen_sources(FIRMWARE).items():
        assert "works_in(" not in text, path
        assert "import works_in" not in text, path
        assert path.name != "scratch_use.py"
