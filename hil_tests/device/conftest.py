"""Devices under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..processes import SimProcess


@pytest.fixture
def device(tmp_path: Path) -> Iterator[SimProcess]:
    """A simulated device in its own process, worn for a while already, at rest."""
    with SimProcess("--wearer", "resting", "--seed", "3", "--warm", "12", "--storage", str(tmp_path / "flash")) as sim:
        yield sim


@pytest.fixture(params=["ble", "serial"])
def address(request: pytest.FixtureRequest) -> str:
    """The device under test over each of its links; with --dut the one given."""
    given = request.config.getoption("--dut")
    if given is None:
        sim: SimProcess = request.getfixturevalue("device")
        return sim.ble if request.param == "ble" else sim.serial
    if not given.startswith(request.param):
        pytest.skip(f"--dut {given} is no {request.param} link")
    return str(given)
