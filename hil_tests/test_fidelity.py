"""The fidelity ledger is true: its tests exist, and every declared register is as the model has it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.chips.ads1292r import Ads1292r
from firmware_sim.chips.h3lis331dl import H3lis331dl
from firmware_sim.chips.lsm6dso import Lsm6dso
from firmware_sim.chips.max17048 import Max17048
from firmware_sim.chips.max30101 import Max30101
from firmware_sim.chips.max30102 import Max30102
from firmware_sim.chips.tmp117 import Tmp117
from firmware_sim.chips.w25q64jv import W25q64jv
from firmware_sim.faults import COMPONENTS
from firmware_sim.mcu import Clock
from firmware_sim.mcu.fidelity import Fidelity, Register
from firmware_sim.mcu.line import Interrupts, Line
from firmware_sim.world.wearer import Wearer, WearerSettings

from .fidelity import PAGE, declared, main, text

ROOT = Path(__file__).resolve().parents[1]
LEDGER = declared()
WORLD = Wearer(WearerSettings(), seed=1)
#: Status registers of the flash are read and written by commands: that which writes each.
_STATUS_WRITE = {0x05: 0x01, 0x35: 0x31, 0x15: 0x11}
#: Parts without registers, and chips that are made of others.
_WITHOUT = {"gnss", "modem", "buses", "uart", "clock", "machine_time", "air"}


def line(number: int) -> Line:
    return Line(number, Interrupts())


class Bus:
    """A chip that has just been supplied, by its registers."""

    bytes = 1

    def read(self, register: int) -> int:
        raise NotImplementedError

    def write(self, register: int, value: int) -> None:
        raise NotImplementedError


class I2cBytes(Bus):
    def __init__(self, chip: Any, width: int = 1) -> None:
        self.chip = chip
        self.bytes = width

    def read(self, register: int) -> int:
        self.chip.write(bytes((register,)))
        return int.from_bytes(self.chip.read(self.bytes), "big")

    def write(self, register: int, value: int) -> None:
        self.chip.write(bytes((register,)) + value.to_bytes(self.bytes, "big"))


class SpiCommands(Bus):
    """The ADS1292R: register access by commands, after SDATAC."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        self._do(b"\x11")

    def _do(self, command: bytes) -> bytes:
        answer: bytes = self.chip.exchange(command)
        self.chip.deselect()
        return answer

    def read(self, register: int) -> int:
        return self._do(bytes((0x20 | register, 0, 0)))[2]

    def write(self, register: int, value: int) -> None:
        self._do(bytes((0x40 | register, 0, value)))


class SpiAddressed(SpiCommands):
    """The H3LIS331DL: an address with a bit that says which way."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip

    def read(self, register: int) -> int:
        return self._do(bytes((0x80 | register, 0)))[1]

    def write(self, register: int, value: int) -> None:
        self._do(bytes((register, value)))


class FlashStatus(SpiAddressed):
    """The W25Q64JV: a command for each status register."""

    def read(self, register: int) -> int:
        return self._do(bytes((register, 0)))[1]

    def write(self, register: int, value: int) -> None:
        self._do(b"\x50")  # volatile: at once
        self._do(bytes((_STATUS_WRITE[register], value)))


BUSES: dict[str, Callable[[Clock], Bus]] = {
    "ads1292r": lambda clock: SpiCommands(Ads1292r(clock, WORLD, line(1), line(2))),
    "h3lis331dl": lambda clock: SpiAddressed(H3lis331dl(clock, WORLD, line(1))),
    "lsm6dso": lambda clock: I2cBytes(Lsm6dso(clock, WORLD)),
    "max17048": lambda clock: I2cBytes(Max17048(clock), 2),
    "max30101": lambda clock: I2cBytes(Max30101(clock, WORLD)),
    "max30102": lambda clock: I2cBytes(Max30102(clock, WORLD)),
    "tmp117": lambda clock: I2cBytes(Tmp117(clock, WORLD), 2),
    "w25q64jv": lambda clock: FlashStatus(W25q64jv(clock)),
}
REGISTERS = [
    pytest.param(name.rpartition(".")[2], register, id=f"{name.rpartition('.')[2]}-{register.name}")
    for name, fidelity in LEDGER.items()
    for register in fidelity.registers
]


def problems(make: Callable[[Clock], Bus], register: Register) -> list[str]:
    """How a model's register differs from what is declared."""
    bus = make(Clock())
    most = (1 << 8 * bus.bytes) - 1
    found = []
    first = bus.read(register.address)
    if first != register.reset:
        found.append(f"{first:#x} after power-up, not {register.reset:#x}")
    if register.is_cleared:
        if bus.read(register.address) != 0:
            found.append("is not cleared by reading")
        return found
    changed = register.reset ^ register.writable if register.writable else register.reset ^ most
    bus.write(register.address, changed)
    wanted = changed if register.writable else register.reset
    now = bus.read(register.address)
    if now != wanted:
        found.append(f"{now:#x} after {changed:#x} was written, not {wanted:#x}")
    return found


@pytest.mark.parametrize(("name", "register"), REGISTERS)
def test_a_register_is_as_it_is_declared(name: str, register: Register) -> None:
    assert problems(BUSES[name], register) == []


def test_a_wrong_declaration_is_found() -> None:
    config = next(one for one in LEDGER["firmware_sim.chips.ads1292r"].registers if one.name == "CONFIG1")
    make = BUSES["ads1292r"]
    assert problems(make, replace(config, reset=0x03))
    assert problems(make, replace(config, writable=0xFF))
    assert problems(make, replace(config, writable=0))
    assert problems(BUSES["max30102"], Register("PART_ID", 0xFF, 0x15, is_cleared=True))


@pytest.mark.parametrize("name", sorted(BUSES))
def test_what_is_not_zero_after_power_up_is_declared(name: str) -> None:
    bus = BUSES[name](Clock())
    (fidelity,) = [each for module, each in LEDGER.items() if module.endswith(f".{name}")]
    known = {register.address for register in fidelity.registers}
    if name == "max30101":  # the rest is the MAX30102's
        known |= {register.address for register in LEDGER["firmware_sim.chips.max30102"].registers}
    if name == "max17048":
        known |= {0x02, 0x04, 0x16}  # what the cell gives: VCELL, SOC, CRATE
    if name == "w25q64jv":
        return  # its other commands are no registers
    last = {"ads1292r": 0x0B, "h3lis331dl": 0x3F, "lsm6dso": 0x7E}.get(name, 0xFF)
    step = 2 if name == "max17048" else 1
    loud = {address for address in range(0, last + 1, step) if bus.read(address)}
    assert loud <= known


def modules_with_a_model() -> set[str]:
    """Chips have a class whose methods a bus calls."""
    found = set()
    for path in (ROOT / "firmware_sim/chips").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and (
                {"exchange", "receive", "read", "LEDS"} & {name for each in node.body for name in _names(each)}
            ):
                found.add(path.stem)
    return found - {"nor_cells"}


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    return [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]


def test_every_model_of_a_chip_has_its_declaration() -> None:
    stems = {name.rpartition(".")[2] for name in LEDGER}
    assert modules_with_a_model() >= set(BUSES)
    assert modules_with_a_model() <= stems
    assert stems == set(BUSES) | _WITHOUT


@cache
def all_tests() -> frozenset[str]:
    paths = [path for folder in ("firmware_sim", "hil_tests") for path in (ROOT / folder).rglob("test_*.py")]
    nodes = [node for path in paths for node in ast.parse(path.read_text(encoding="utf-8")).body]
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("fidelity", LEDGER.values(), ids=lambda each: each.part)
def test_an_aspect_names_a_test_that_exists(fidelity: Fidelity) -> None:
    assert fidelity.aspects
    assert fidelity.left_out, "no model is the part itself"
    for aspect in fidelity.aspects:
        assert aspect.test in all_tests(), aspect
        assert aspect.what
        assert aspect.section
    assert len({aspect.test for aspect in fidelity.aspects}) == len(fidelity.aspects)
    assert fidelity.component is None or fidelity.component in COMPONENTS


def test_every_component_that_is_a_part_is_in_the_ledger() -> None:
    assert {each.component for each in LEDGER.values()} >= set(COMPONENTS) - {"battery", "supply"}


def test_the_page_is_what_is_declared(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
    assert "## ADS1292R" in text()
    monkeypatch.setattr("hil_tests.fidelity.PAGE", PAGE.with_name("no_page.md"))
    assert main(["--check"]) == 1
    assert "run `make gen`" in capsys.readouterr().err
