"""Fixtures of the device under test: simulated, or the one that `--dut` names."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .given_device import SKIPPED, device_address

if TYPE_CHECKING:
    from firmware_sim.cli.processes import SimProcess

#: The target of the device that --dut names.
DUT = "dut"
#: Bytes that a test may leave on the device's heap: keys of a new bond, numbers that have grown beyond 31 bits.
LEAK_BYTES = 768
_SETTLE_S = 5.0


@pytest.fixture
def target(request: pytest.FixtureRequest) -> str:
    """What runs the firmware: the simulated MCU, unless a test is parametrised with other targets or --dut is given."""
    return "cpython" if request.config.getoption("--dut") is None else DUT


@pytest.fixture
def device(target: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SimProcess]:
    """A simulated device in a process of its own, worn for a while already, at rest; what a test leaks fails it."""
    from firmware_sim.cli.processes import SimProcess

    from ..debugging import debug_request
    from ..targets import need

    if target == DUT:
        given = request.config.getoption("--dut")
        pytest.skip(f"{SKIPPED}{given}: this test does to a device what only a simulated one survives")
    need(target)
    options = ("--wearer", "resting", "--seed", "3", "--warm", "12", "--storage", str(tmp_path / "flash"))
    with SimProcess("--target", target, *options) as sim:
        before = debug_request(sim, cmd="state")
        yield sim
        if sim.alive:  # else its power was cut
            _check_state(sim, before, "resets" in request.keywords)


def _check_state(sim: SimProcess, before: dict[str, int], may_reset: bool) -> None:
    """A device was not reset by itself, and its free heap is what it was before, once the links are gone."""
    from ..debugging import debug_request

    deadline = time.monotonic() + _SETTLE_S
    while True:
        now = debug_request(sim, cmd="state")
        leaked = now["heap_used"] - before["heap_used"]
        if now["resets"] != before["resets"]:
            assert may_reset, "the device was reset"
            return
        if leaked <= LEAK_BYTES:
            return
        assert time.monotonic() < deadline, f"the test left {leaked} bytes on the device's heap"
        time.sleep(0.2)


@pytest.fixture(params=["ble", "serial"])
def address(request: pytest.FixtureRequest, target: str) -> str:
    """The device under test over each of its links; with --dut the one given."""
    given = request.config.getoption("--dut")
    if target != DUT:
        sim: SimProcess = request.getfixturevalue("device")
        return sim.ble if request.param == "ble" else sim.serial
    if device_address(given).link != request.param:
        pytest.skip(f"{SKIPPED}{given} is no {request.param} link")
    return str(given)
