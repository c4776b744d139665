"""What emulated cores keep on the NOR flash: files in MicroPython's littlefs, settings, starts. CPython reads it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest

from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.targets.simulation import FLASH_FILE, Simulation
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable

from ..targets import IN_C, STOCK, need, parameters
from .rig import resting

OTHERS = tuple(target for target in (*STOCK, *IN_C) if target != "cpython")
NAME = "/files/curve.bin"
DATA = Random(3).randbytes(9000)
SEX = "vitalband/wearer_sex"


def started(target: str, folder: Path) -> SmpCable:
    simulation: Simulation
    if target == "cpython":
        simulation = CpythonSimulation(resting(), storage=folder)
    else:
        simulation = EmulatedSimulation(resting(), target, storage=folder)
    cable = SmpCable(simulation)
    cable.settle()
    return cable


def upload(cable: SmpCable, name: str, data: bytes) -> None:
    for at in range(0, len(data), 600):
        more = {} if at else {"len": len(data)}
        body: dict[str, Any] = {"name": name, "off": at, "data": data[at : at + 600], **more}
        assert cable.request(8, 0, WRITE, body) == {"off": min(at + 600, len(data))}


def check(cable: SmpCable, boots: int) -> None:
    """What `upload` and a setting left."""
    assert cable.request(8, 1, READ, {"name": NAME}) == {"len": len(DATA)}
    assert cable.request(8, 2, READ, {"name": NAME})["output"] == crc32(DATA)
    got = b""
    while len(got) < len(DATA):
        got += cable.request(8, 0, READ, {"name": NAME, "off": len(got)})["data"]
    assert got == DATA
    assert cable.request(3, 0, READ, {"name": SEX}) == {"val": b"\x02"}
    assert cable.request(2, 0, READ, {"name": "device"})["fields"]["boots"] == boots
    assert cable.request(2, 0, READ, {"name": "flash"})["fields"]["files"] == 1


@pytest.mark.parametrize("target", parameters(*OTHERS))
def test_what_a_core_kept_is_there_after_a_restart_and_on_cpython(target: str, tmp_path: Path) -> None:
    need(target)
    cable = started(target, tmp_path)
    try:
        upload(cable, NAME, DATA)
        assert cable.request(3, 0, WRITE, {"name": SEX, "val": b"\x02"}) == {}
        assert cable.request(8, 1, READ, {"name": "/files/../bonds"}) == {"err": {"group": 8, "rc": 2}}
        cable.restart()
        check(cable, 2)
        assert cable.slowest_us < 1_000_000
    finally:
        cable.simulation.close()
    assert [path.name for path in tmp_path.iterdir()] == [FLASH_FILE]
    check(started("cpython", tmp_path), 3)


@pytest.mark.parametrize("target", parameters(*OTHERS))
def test_a_core_goes_on_with_what_cpython_kept(target: str, tmp_path: Path) -> None:
    need(target)
    cable = started("cpython", tmp_path)
    upload(cable, NAME, DATA)
    assert cable.request(3, 0, WRITE, {"name": SEX, "val": b"\x02"}) == {}
    cable = started(target, tmp_path)
    try:
        check(cable, 2)
    finally:
        cable.simulation.close()
