"""Roles are data: another one needs no change in what roles share."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from firmware_sim.chips.reference import fit
from firmware_sim.firmware import main
from firmware_sim.firmware.chains.gauge_chain import GaugeChain
from firmware_sim.firmware.chains.imu_chain import ImuChain
from firmware_sim.firmware.roles.device import Device
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.testing.mcu_rig import full_world

FIRMWARE = Path(main.__file__).parent


class Helmet(Device):
    """A role of this test's own: no ECG, no light."""

    def __init__(self, board: object) -> None:
        super().__init__(board, (("imu", 100_000, ImuChain), ("gauge", 10_000_000, GaugeChain)))  # type: ignore[arg-type]


def test_a_second_role_takes_the_sensors_that_it_names() -> None:
    mcu = Mcu(Clock())
    fit(mcu, full_world())
    device = Helmet(load_board(mcu).Board())
    for _ in range(100):
        now = device.now_us()
        mcu.clock.run_until(mcu.clock.now + device.step(now) - now)
    assert list(device.chains) == ["imu", "gauge"]
    assert device.chains["imu"].works
    assert device.vitals.battery_mv is not None
    assert not device.board.sensors["ecg"].overruns


def imported(module: str) -> set[str]:
    """Modules of the firmware that a module imports at run time, by their names within it."""
    path = FIRMWARE / (module.replace(".", "/") + ".py")
    if not path.exists():
        path = FIRMWARE / module.replace(".", "/") / "__init__.py"
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module.split(".") if node.module else [])]
            members = [".".join([*base, alias.name]) for alias in node.names]
            found |= {name for name in members if (FIRMWARE / (name.replace(".", "/") + ".py")).exists()} or {
                ".".join(base)
            }
    return found - {""}


def depth(module: str, done: set[str]) -> int:
    """How deep imports nest when `module` is imported while those of `done` are there."""
    if module in done:
        return 0
    done.add(module)
    return 1 + max((depth(name, done) for name in sorted(imported(module))), default=0)


@pytest.mark.parametrize("role", sorted(main.ROLES))
def test_modules_are_imported_before_what_needs_them(role: str) -> None:
    """Small boards have no C stack for deep nesting; a new file that is left out of the table shows here."""
    loading, modules = main.ROLES[role]
    done: set[str] = set()
    depth(loading, done)
    depths = {module: depth(module, done) for module in modules}
    assert max(depths.values()) <= 4, depths
    assert modules[-1] == f"roles.{role}"
    assert len(set(modules)) == len(modules)
