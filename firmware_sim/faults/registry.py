"""What can go wrong with which component, by name: for tests, scenarios and the debug link.

Components are the chips of the reference board and of a helmet, and what they live on: bus, battery, supply, clock.
Every pair of a component and a fault either does something, or is refused with the reason (`UnsupportedFaultError`):
nothing is taken and then forgotten. docs/faults.md has what the device makes of each.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast
from weakref import WeakKeyDictionary

from ..chips.helmet import HELMET
from ..chips.max17048 import Max17048
from ..chips.reference import ADDRESS_GAUGE, ADDRESS_IMU, ADDRESS_PPG, ADDRESS_SKIN, REFERENCE
from ..chips.sampler import Sampler
from ..chips.w25q64jv import W25q64jv
from ..mcu.mcu import Mcu
from ..mcu.radio import Radio
from ..mcu.reset import PWRON_RESET, McuReset
from ..world.errors import SettingsError
from .wires import ACKNOWLEDGE_FAULTS, WIRE_FAULTS, FaultyI2cChip, FaultySpiChip, FaultyUartChip, WireFault

FAULTS: dict[str, str] = {
    "off": "no supply, or its wires are cut",
    "stuck": "the same answer for ever; of a bus: a line stays low",
    "garbage": "every byte of an answer is drawn",
    "wrong": "one data line is inverted",
    "slow": "its clock runs at half speed",
    "delayed": "what it gives is half a second old",
    "intermittent": "a contact opens and closes every 0.3 s",
    "nack": "three transfers of ten are not acknowledged",
    "stretch": "it holds the bus's clock until the controller gives up",
    "torn": "the supply fails in the middle of the next write",
    "worn": "every erase leaves bits that stay down",
    "low": "3 % of its charge are left",
    "brown_out": "the supply dips once: reset, and the flash stops where it is",
    "reset_storm": "the supply dips every 2 s",
    "drift": "it runs fast by 0.1 % against all chips that have their own",
    "step": "its calendar is an hour ahead",
    "hang": "it gets no further once, until its watchdog bites",
}
_SLOW = 0.5
_LATE_S = 0.5
_DRIFT = 1e-3
_STEP_US = 3_600_000_000
_LOW_CHARGE = 0.03
_STORM_US = 2_000_000
#: How often links are lost while the radio is off, and while its contact is loose.
_OFF_US, _CONTACT_US = 100_000, 600_000
_Kind = Literal["i2c", "spi", "uart", "radio", "wires", "cell", "supply", "clock", "core"]


@dataclass(frozen=True)
class Component:
    """What can be at fault: a chip of the reference board or a helmet, or what chips live on; and where."""

    what: str
    kind: _Kind
    #: Number of the bus, and on it the address, or the pin that selects it.
    number: int = 0
    at: int = 0
    #: Whether it converts, or works, by a clock of its own.
    samples: bool = False


COMPONENTS: dict[str, Component] = {
    "ecg": Component("ECG front end (ADS1292R)", "spi", REFERENCE.spi_ecg, REFERENCE.ecg_cs, True),
    "light": Component("optical front end (MAX30102)", "i2c", REFERENCE.i2c_sensors, ADDRESS_PPG, True),
    "motion": Component("motion sensor (LSM6DSO)", "i2c", REFERENCE.i2c_sensors, ADDRESS_IMU, True),
    "temperature": Component("skin temperature (TMP117)", "i2c", REFERENCE.i2c_sensors, ADDRESS_SKIN, True),
    "gauge": Component("fuel gauge (MAX17048)", "i2c", REFERENCE.i2c_sensors, ADDRESS_GAUGE),
    "flash": Component("NOR flash (W25Q64JV)", "spi", REFERENCE.spi_flash, REFERENCE.flash_cs),
    "impact": Component("high-g accelerometer (H3LIS331DL)", "spi", HELMET.spi_impact, HELMET.impact_cs, True),
    "gnss": Component("GNSS receiver", "uart", HELMET.uart_gnss, samples=True),
    "modem": Component("cellular modem (SIM7600)", "uart", HELMET.uart_modem, samples=True),
    "radio": Component("Bluetooth radio", "radio"),
    "sensor_bus": Component("I2C bus of the sensors", "wires", REFERENCE.i2c_sensors),
    "battery": Component("lithium cell", "cell", REFERENCE.i2c_sensors, ADDRESS_GAUGE),
    "supply": Component("supply of MCU and flash", "supply"),
    "clock": Component("oscillator and calendar of the MCU", "clock"),
    "firmware": Component("firmware", "core"),
}
#: What components of a kind can have.
_ON_WIRES = tuple(WIRE_FAULTS)
_CAN: dict[_Kind, tuple[str, ...]] = {
    "i2c": (*_ON_WIRES, *ACKNOWLEDGE_FAULTS),
    "spi": _ON_WIRES,
    "uart": _ON_WIRES,
    "radio": ("off", "intermittent"),
    "wires": ("stuck", "intermittent"),
    "cell": ("low",),
    "supply": ("brown_out", "reset_storm"),
    "clock": ("drift", "step"),
    "core": ("hang",),
}
_OF_ITS_CLOCK = ("slow", "delayed")
_OF_FLASH = ("torn", "worn")
#: Faults that reset the device.
RESETTING = frozenset({"brown_out", "reset_storm", "hang", "torn"})


class UnsupportedFaultError(SettingsError):
    """A component cannot have this fault here; the message says why."""


class Board(Protocol):
    """A simulated device, as far as faults go."""

    mcu: Mcu
    radio: Radio | None
    flash: W25q64jv

    def hang(self) -> None:
        """Let the firmware get no further, until something resets it."""


class _Sampling(Protocol):
    sampler: Sampler


_Switch = Callable[[bool], object]
#: Of each device, how often a fault lasts that is no object of its own.
_LASTING: WeakKeyDictionary[Mcu, Counter[tuple[str, str]]] = WeakKeyDictionary()
_Faulty = FaultyI2cChip | FaultySpiChip | FaultyUartChip


def faults_of(component: str) -> tuple[str, ...]:
    """What a component can have."""
    part = COMPONENTS[component]
    own = _OF_ITS_CLOCK if part.samples else _OF_FLASH if component == "flash" else ()
    return tuple(name for name in FAULTS if name in (*_CAN[part.kind], *own))


def why_unsupported(component: str, fault: str) -> str | None:
    """Why a component cannot have a fault, None where it can; SettingsError for names that there are not."""
    for what, name, known in (("component", component, COMPONENTS), ("fault", fault, FAULTS)):
        if name not in known:
            raise SettingsError(f"no {what} {name!r}; there are {', '.join(known)}")
    part = COMPONENTS[component]
    if fault in faults_of(component):
        return None
    if part.kind == "radio":
        return "the virtual radio loses links, and nothing else"
    is_chip = part.kind in ("i2c", "spi", "uart")
    if is_chip and fault in _OF_ITS_CLOCK:
        return "it has no clock of its own, and answers at once"
    if not is_chip and fault in (*_ON_WIRES, *_OF_ITS_CLOCK):
        return "it is no chip on a bus"
    return f"only {', '.join(name for name in COMPONENTS if fault in faults_of(name))} can"


def inject(board: Board, component: str, fault: str, start_s: float, stop_s: float, seed: int = 0) -> None:
    """Let `component` have `fault` from `start_s` until `stop_s` (s of the clock that all chips of `board` have).

    Faults of a component may overlap: each is there for its time, and one that is there twice is there once. Raises
    SettingsError for names that there are not, a time that is no number or without duration, UnsupportedFaultError for
    a fault that the component cannot have, or where it is not fitted.

        inject(simulation, "light", "stuck", start_s=20.0, stop_s=30.0)
    """
    why = why_unsupported(component, fault)
    if why is not None:
        raise UnsupportedFaultError(f"{component} cannot be {fault}: {why}")
    if not start_s < stop_s:
        raise SettingsError(f"{component} {fault} from {start_s:g} s to {stop_s:g} s has no duration")
    if not math.isfinite(start_s * 1e6):
        raise SettingsError(f"{component} {fault} cannot begin at {start_s:g} s")
    clock = board.mcu.clock
    switch = _SWITCHES[COMPONENTS[component].kind](board, component, fault, seed)
    if math.isfinite(stop_s * 1e6):  # first: what resets the device leaves by an exception
        clock.call_at(round(stop_s * 1e6), lambda: switch(False))
    clock.call_at(round(start_s * 1e6), lambda: switch(True))


def fitted(mcu: Mcu) -> dict[str, Any]:
    """The chips on the buses of a device, by the names of components, without what is wrong with them."""
    found = {}
    for name, part in COMPONENTS.items():
        if part.kind in ("i2c", "spi"):
            kind, chip, _ = _socket(mcu, part)
            if chip is not None:
                found[name] = chip.chip if isinstance(chip, kind) else chip
    return found


# ---------------------------------------------------------------------- chips


def _chip_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """What puts a fault of a chip on and takes it off."""
    chip = _faulty(board.mcu, component)
    if fault in _OF_FLASH:
        return _flash_switch(board, fault)
    if fault in _OF_ITS_CLOCK:
        return lambda on: _disturb(chip, fault, on)
    return _wire_switch([chip], {**WIRE_FAULTS, **ACKNOWLEDGE_FAULTS}[fault](board.mcu.clock, seed))


def _wire_switch(chips: list[Any], wire: WireFault) -> _Switch:
    def switch(on: bool) -> None:
        for chip in chips:
            if on:
                chip.faults.append(wire)
            else:
                chip.faults.remove(wire)

    return switch


def _disturb(chip: _Faulty, fault: str, on: bool) -> None:
    """Faults of clocks add up."""
    lasting = chip.clock_faults
    lasting[fault] += 1 if on else -1
    speed = (_SLOW if lasting["slow"] else 1.0) * (1.0 - _DRIFT if lasting["drift"] else 1.0)
    cast("_Sampling", chip.chip).sampler.disturb(speed, _LATE_S if lasting["delayed"] else 0.0)


def _faulty(mcu: Mcu, component: str) -> _Faulty:
    """A component's chip behind its faults; UnsupportedFaultError where its place is empty."""
    part = COMPONENTS[component]
    kind, chip, put = _socket(mcu, part)
    if chip is None:
        raise UnsupportedFaultError(f"{component} cannot be at fault: no {part.what} is fitted")
    if not isinstance(chip, kind):
        chip = kind(chip)
        put(chip)
    return chip


def _socket(mcu: Mcu, part: Component) -> tuple[type[_Faulty], Any, Callable[[Any], object]]:
    """What a faulty chip is there, the chip that is there, and what puts another one in its place."""
    if part.kind == "uart":
        port = mcu.uart(part.number)
        return FaultyUartChip, port.chip, port.attach
    bus: Any = mcu.spi(part.number) if part.kind == "spi" else mcu.i2c(part.number)
    kind = FaultySpiChip if part.kind == "spi" else FaultyI2cChip
    return kind, bus.chips.get(part.at), lambda chip: bus.replace(part.at, chip)


def _once(board: Board, component: str, fault: str, put: _Switch) -> _Switch:
    """A fault that is there twice is there once, until the last of them is over."""
    lasting = _LASTING.setdefault(board.mcu, Counter())

    def switch(on: bool) -> None:
        lasting[component, fault] += 1 if on else -1
        if lasting[component, fault] == int(on):
            put(on)

    return switch


def _flash_switch(board: Board, fault: str) -> _Switch:
    """Cells whose endurance is over, or a supply that fails within a write."""
    flash = board.flash
    endurance = flash.cells.endurance

    def wear(on: bool) -> None:
        flash.cells.endurance = 0 if on else endurance

    def tear(on: bool) -> None:
        if on:
            flash.cut_power_in(0, 0.5, lambda: _dip(board))
        else:
            flash.cut_power_never()

    return _once(board, "flash", fault, wear if fault == "worn" else tear)


# ---------------------------------------------------------------------- what chips live on


def _bus_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """A line that is held down, or a loose contact, for all chips of the bus."""
    number = COMPONENTS[component].number
    names = [
        name
        for name, part in COMPONENTS.items()
        if (part.kind, part.number) == ("i2c", number) and part.at in board.mcu.i2c(number).chips
    ]
    make = ACKNOWLEDGE_FAULTS["stretch"] if fault == "stuck" else WIRE_FAULTS[fault]
    return _wire_switch([_faulty(board.mcu, name) for name in names], make(board.mcu.clock, seed))


def _cell_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """A cell that has less than it should; the gauge says so."""
    part = COMPONENTS[component]
    chip: Any = board.mcu.i2c(part.number).chips.get(part.at)
    gauge = chip.chip if isinstance(chip, FaultyI2cChip) else chip
    if not isinstance(gauge, Max17048):
        raise UnsupportedFaultError(f"{component} cannot be {fault}: no gauge is fitted that would know")

    def switch(on: bool) -> None:
        gauge.most = _LOW_CHARGE if on else 1.0

    return _once(board, component, fault, switch)


def _dip(board: Board) -> None:
    """The supply is gone and back: the MCU starts anew, the flash stops where it is."""
    board.flash.power_off()
    board.flash.power_on()
    board.mcu.reset(PWRON_RESET)
    raise McuReset(PWRON_RESET)


def _supply_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """One dip, or one after the other."""
    clock = board.mcu.clock
    state = {"on": False}

    def dip() -> None:
        if state["on"]:
            if fault == "reset_storm":
                clock.call_later(_STORM_US, dip)
            _dip(board)

    def switch(on: bool) -> None:
        state["on"] = on
        dip()

    return _once(board, component, fault, switch)


def _clock_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """The MCU's clock is everybody's: where it is fast, all chips that have their own are slow."""

    def step(on: bool) -> None:
        board.mcu.rtc_offset_us += _STEP_US if on else -_STEP_US

    if fault == "step":
        return _once(board, component, fault, step)
    sampling = [name for name, part in COMPONENTS.items() if part.samples and _socket(board.mcu, part)[1] is not None]
    chips = [_faulty(board.mcu, name) for name in sampling]

    def drift(on: bool) -> None:
        for chip in chips:
            _disturb(chip, fault, on)

    return drift


def _core_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """A firmware that hangs does so until it is reset."""
    return lambda on: board.hang() if on else None


def _radio_switch(board: Board, component: str, fault: str, seed: int) -> _Switch:
    """Links that end: all of them as long as it is off, or every 0.6 s."""
    radio, clock = board.radio, board.mcu.clock
    if radio is None:
        raise UnsupportedFaultError("radio cannot be at fault: this device has none")
    every_us = _CONTACT_US if fault == "intermittent" else _OFF_US
    state = {"on": False}

    def drop() -> None:
        if state["on"]:
            radio.drop_links()
            clock.call_later(every_us, drop)

    def switch(on: bool) -> None:
        state["on"] = on
        drop()

    return switch


_SWITCHES: dict[_Kind, Callable[[Board, str, str, int], _Switch]] = {
    "i2c": _chip_switch,
    "spi": _chip_switch,
    "uart": _chip_switch,
    "radio": _radio_switch,
    "wires": _bus_switch,
    "cell": _cell_switch,
    "supply": _supply_switch,
    "clock": _clock_switch,
    "core": _core_switch,
}
