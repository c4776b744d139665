"""The log on emulated cores: the same bytes on the flash as on CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.world.wearer import PRESETS, Wearer

from ..targets import IN_C, STOCK, need, parameters
from .rig import resting

OTHERS = tuple(target for target in (*STOCK, *IN_C) if target != "cpython")


def prepared(folder: Path, mode: int) -> Path:
    """Flash files of a device whose settings have it record everything at these times."""
    simulation = CpythonSimulation(resting(), storage=folder)
    settings = simulation.device.settings
    settings.set(wire.SETTING_LOG_STREAMS, 31)
    settings.set(wire.SETTING_LOG_MODE, mode)
    return folder


@pytest.mark.parametrize(
    ("mode", "preset", "seconds"), [(wire.LOG_MODE_ALWAYS, "resting", 25.0), (wire.LOG_MODE_ALARM, "fall", 36.0)]
)
@pytest.mark.parametrize("target", parameters(*OTHERS))
async def test_the_log_of_every_target_is_the_same(
    target: str, mode: int, preset: str, seconds: float, tmp_path: Path
) -> None:
    need(target)

    def wearer() -> Wearer:
        return Wearer(PRESETS[preset], seed=5)

    expected = CpythonSimulation(wearer(), storage=prepared(tmp_path / "cpython", mode))
    await expected.run(seconds, None)
    simulation = EmulatedSimulation(wearer(), target, storage=prepared(tmp_path / "core", mode))
    try:
        await simulation.run(seconds, None)
        logs = [s.flash.cells.read(regions.LOG_AT, SIZE - regions.LOG_AT) for s in (expected, simulation)]
    finally:
        simulation.close()
    assert logs[0].count(b"\xff") < len(logs[0]) - 20_000
    assert logs[0] == logs[1]
