"""What can go wrong with which component, by name: for tests, scenarios and the debug link.

Components are those of the reference board and of a helmet. Every pair of a component and a fault either does
something, or is refused with the reason (`UnsupportedFaultError`): nothing is taken and then forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from ..chips.helmet import HELMET
from ..chips.reference import ADDRESS_GAUGE, ADDRESS_IMU, ADDRESS_PPG, ADDRESS_SKIN, REFERENCE
from ..chips.sampler import Sampler
from ..mcu.mcu import Mcu
from ..mcu.radio import Radio
from ..world.errors import SettingsError
from .wires import WIRE_FAULTS, FaultyI2cChip, FaultySpiChip, FaultyUartChip

FAULTS: dict[str, str] = {
    "off": "no supply, or its wires are cut",
    "stuck": "the same answer for ever",
    "garbage": "every byte of an answer is drawn",
    "wrong": "one data line is inverted",
    "slow": "its clock runs at half speed",
    "delayed": "what it gives is half a second old",
    "intermittent": "a contact opens and closes every 0.3 s",
}
_SLOW = 0.5
_LATE_S = 0.5
#: How often links are lost while the radio is off, and while its contact is loose.
_OFF_US, _CONTACT_US = 100_000, 600_000


@dataclass(frozen=True)
class Component:
    """A chip of the reference board or a helmet, or its radio: what it is, and where."""

    what: str
    bus: Literal["i2c", "spi", "uart", "radio"]
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
}
#: Of components that are no chips on a bus: what they can have.
_OF_RADIO = ("off", "intermittent")


class UnsupportedFaultError(SettingsError):
    """A component cannot have this fault here; the message says why."""


class Board(Protocol):
    """A simulated device, as far as faults go."""

    mcu: Mcu
    radio: Radio | None


class _Sampling(Protocol):
    sampler: Sampler


def why_unsupported(component: str, fault: str) -> str | None:
    """Why a component cannot have a fault, None where it can; SettingsError for names that there are not."""
    for what, name, known in (("component", component, COMPONENTS), ("fault", fault, FAULTS)):
        if name not in known:
            raise SettingsError(f"no {what} {name!r}; there are {', '.join(known)}")
    part = COMPONENTS[component]
    if part.bus == "radio":
        return None if fault in _OF_RADIO else "the virtual radio loses links, and nothing else"
    if fault in WIRE_FAULTS or part.samples:
        return None
    return "it has no clock of its own, and answers at once"


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
    switch = _switch_of(board, component, fault, seed)
    clock.call_at(round(start_s * 1e6), lambda: switch(True))
    if math.isfinite(stop_s * 1e6):
        clock.call_at(round(stop_s * 1e6), lambda: switch(False))


def _switch_of(board: Board, component: str, fault: str, seed: int) -> Callable[[bool], object]:
    """What puts the fault on and takes it off."""
    part = COMPONENTS[component]
    if part.bus == "radio":
        return _radio_switch(board, fault)
    chip = _chip(board.mcu, component)
    if fault in WIRE_FAULTS:
        wire = WIRE_FAULTS[fault](board.mcu.clock, seed)
        return lambda on: chip.faults.append(wire) if on else chip.faults.remove(wire)
    sampler = cast("_Sampling", chip.chip).sampler

    def switch(on: bool) -> None:
        lasting = chip.clock_faults
        lasting[fault] += 1 if on else -1
        sampler.disturb(_SLOW if lasting["slow"] else 1.0, _LATE_S if lasting["delayed"] else 0.0)

    return switch


def _chip(mcu: Mcu, component: str) -> FaultyI2cChip | FaultySpiChip | FaultyUartChip:
    """A component's chip behind its faults; UnsupportedFaultError where its place is empty."""
    part = COMPONENTS[component]
    chip = _FINDERS[part.bus](mcu, part)
    if chip is None:
        raise UnsupportedFaultError(f"{component} cannot be at fault: no {part.what} is fitted")
    return chip


def _on_i2c(mcu: Mcu, part: Component) -> FaultyI2cChip | None:
    bus = mcu.i2c(part.number)
    chip = bus.chips.get(part.at)
    if chip is not None and not isinstance(chip, FaultyI2cChip):
        chip = FaultyI2cChip(chip)
        bus.replace(part.at, chip)
    return chip


def _on_spi(mcu: Mcu, part: Component) -> FaultySpiChip | None:
    bus = mcu.spi(part.number)
    chip = bus.chips.get(part.at)
    if chip is not None and not isinstance(chip, FaultySpiChip):
        chip = FaultySpiChip(chip)
        bus.replace(part.at, chip)
    return chip


def _on_uart(mcu: Mcu, part: Component) -> FaultyUartChip | None:
    port = mcu.uart(part.number)
    chip = port.chip
    if chip is not None and not isinstance(chip, FaultyUartChip):
        chip = FaultyUartChip(chip)
        port.attach(chip)
    return chip


_FINDERS: dict[str, Callable[[Mcu, Component], FaultyI2cChip | FaultySpiChip | FaultyUartChip | None]] = {
    "i2c": _on_i2c,
    "spi": _on_spi,
    "uart": _on_uart,
}


def _radio_switch(board: Board, fault: str) -> Callable[[bool], object]:
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
