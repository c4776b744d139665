"""The alarm's parts give on MicroPython what they give on CPython, and images of one role lack what is the other's."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from firmware_sim.firmware.services.alarm import states
from firmware_sim.images.frozen_source import BAND_ONLY, HELMET_ONLY, frozen_sources
from firmware_sim.testing import alarm_cases
from firmware_sim.testing.unix_micropython import run_micropython

#: States that the rides of the case do not come to: who rides on is armed, no sensor fails, nothing mutes, and where
#: there is no network there is nothing to retract.
NOT_REACHED = (states.DISARMED, states.FAULT, states.MUTED, states.RETRACTED)
FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
_SCRIPT = """
from alarm_cases import results
def module(name):
    made = __import__("firmware." + name)
    for part in name.split("."):
        made = getattr(made, part)
    return made
print(results(module))
"""
_ALLOCATIONS = """
import gc
from alarm_cases import Chance, drive
from firmware.drivers.gnss.nmea import Nmea
chance = Chance(1)
data = [drive(second, chance) for second in range(20)]
parser = Nmea()
def read(epochs):
    feed = parser.feed
    before = gc.mem_alloc()
    for epoch in epochs:
        for byte in epoch:
            feed(byte)
    return gc.mem_alloc() - before
read(data[:1])
gc.collect()
print((read(data[1:]), parser.counts))
"""


@pytest.mark.qemu
def test_reading_sentences_takes_no_heap() -> None:
    printed = run_micropython(_ALLOCATIONS, (FIRMWARE.parent, Path(alarm_cases.__file__).parent))
    assert ast.literal_eval(printed) == (0, [60, 0, 0, 0, 0])


@pytest.mark.qemu
def test_micropython_gives_what_cpython_gives() -> None:
    printed = run_micropython(_SCRIPT, (FIRMWARE.parent, Path(alarm_cases.__file__).parent))
    found = ast.literal_eval(printed)
    assert found == alarm_cases.results(lambda name: import_module(f"firmware_sim.firmware.{name}"))
    assert set(found) == {"nmea", "impact", "sms", "alarm", "modem", "msd", "owner"}
    assert all(count > 5 for state, count in enumerate(found["owner"][2]) if state not in NOT_REACHED)


@pytest.mark.parametrize(("role", "left_out"), [("band", HELMET_ONLY), ("helmet", BAND_ONLY)])
def test_what_only_the_other_role_has_is_there_and_takes_no_flash(role: str, left_out: tuple[str, ...]) -> None:
    frozen = frozen_sources(FIRMWARE, role=role)
    for unused in left_out:
        assert (FIRMWARE / unused).exists()
        assert not [path for path in frozen if path.is_relative_to(unused)]
    for path, text in frozen.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.level:
                home = path.parts[: len(path.parts) - node.level]
                module = "/".join((*home, *(node.module or "").split(".")))
                names = {f"{module}/{alias.name}".strip("/") for alias in node.names} | {module}
                gone = {name for name in names for unused in left_out if Path(f"{name}.py").is_relative_to(unused)}
                assert gone == set(), path
