"""The NOR flash behind the bridge: the driver on emulated cores, on the same chip as on CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.firmware import flash_regions as regions

from ..targets import IN_C, STOCK, parameters
from .rig import script

_WRITES = f"""
import bridge
from firmware.boards.reference import Board
board = Board()
flash = board.flash
flash.erase({regions.FILES_AT})
flash.wait()
flash.program({regions.FILES_AT}, b"from the core")
flash.wait()
found = bytearray(13)
flash.read({regions.FILES_AT}, found)
with open("found", "wb") as file:
    file.write(found)
bridge.wait(3, 0)
"""


@pytest.mark.parametrize("target", parameters(*(name for name in (*STOCK, *IN_C) if name != "cpython")))
def test_a_core_writes_to_the_chip_and_reads_it_back(target: str, tmp_path: Path) -> None:
    simulation = script(target, tmp_path, _WRITES)
    try:
        assert simulation.mcu.files.read("found") == b"from the core"
        assert simulation.flash.cells.read(regions.FILES_AT, 14) == b"from the core\xff"
        assert simulation.flash.cells.wear[regions.FILES_AT // regions.SECTOR] == 1
    finally:
        simulation.close()
