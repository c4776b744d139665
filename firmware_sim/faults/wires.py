"""Faults of a chip on its bus: what the firmware's driver gets instead of the chip's answers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from ..mcu.buses import ENODEV, I2cChip, SpiChip
from ..mcu.clock import Clock
from ..mcu.uart import UartChip

#: Data line that is inverted while a chip answers wrongly.
_WRONG_BIT = 0x10
#: An intermittent contact is open for half of each of these.
_CONTACT_US = 600_000
#: Part of the transfers that are not acknowledged.
_NACK_PART = 0.3
ETIMEDOUT = 110


class WireFault:
    """What one fault does between a chip and its bus, as long as it is among the chip's `faults`."""

    #: What a controller of I2C says where nothing reaches the chip.
    error = (ENODEV, "ENODEV")

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self._random = random.Random(seed)

    def is_open(self) -> bool:
        """Whether nothing reaches the chip, nor anything from it the bus."""
        return False

    def answer(self, data: bytes) -> bytes:
        """What arrives of an answer."""
        return data


class Off(WireFault):
    """The chip has no supply or its wires are cut."""

    def is_open(self) -> bool:
        """See `WireFault.is_open`."""
        return True


class Intermittent(WireFault):
    """A contact that opens and closes."""

    def is_open(self) -> bool:
        """See `WireFault.is_open`."""
        return self._clock.now % _CONTACT_US < _CONTACT_US // 2


class Stuck(WireFault):
    """The chip gives the same answer for ever: the first one of each length."""

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        super().__init__(clock, seed)
        self._first: dict[int, bytes] = {}

    def answer(self, data: bytes) -> bytes:
        """See `WireFault.answer`."""
        return self._first.setdefault(len(data), data)


class Garbage(WireFault):
    """Every byte is drawn."""

    def answer(self, data: bytes) -> bytes:
        """See `WireFault.answer`."""
        return self._random.randbytes(len(data))


class Wrong(WireFault):
    """One data line is inverted."""

    def answer(self, data: bytes) -> bytes:
        """See `WireFault.answer`."""
        return bytes(byte ^ _WRONG_BIT for byte in data)


class Nack(WireFault):
    """A chip that does not always acknowledge its address."""

    def is_open(self) -> bool:
        """See `WireFault.is_open`."""
        return self._random.random() < _NACK_PART


class Stretch(WireFault):
    """A line of the bus is held low for longer than the controller waits; no time of the device passes meanwhile."""

    error = (ETIMEDOUT, "ETIMEDOUT")

    def is_open(self) -> bool:
        """See `WireFault.is_open`."""
        return True


class FaultyI2cChip:
    """An I2C chip behind `faults`, those that last, in order of their begin; of one kind the latest counts."""

    def __init__(self, chip: I2cChip) -> None:
        self.chip = chip
        self.faults: list[WireFault] = []
        #: How many faults of its clock last, by name.
        self.clock_faults: Counter[str] = Counter()

    def write(self, data: bytes) -> None:
        """See `I2cChip.write`; OSError where nothing acknowledges."""
        self._acknowledge()
        self.chip.write(data)

    def read(self, count: int) -> bytes:
        """See `I2cChip.read`; OSError where nothing acknowledges."""
        self._acknowledge()
        data = self.chip.read(count)
        for fault in _one_of_a_kind(self.faults):
            data = fault.answer(data)
        return data

    def _acknowledge(self) -> None:
        for fault in self.faults:
            if fault.is_open():
                raise OSError(*fault.error)


class FaultySpiChip:
    """An SPI chip behind faults as `FaultyI2cChip` is; where nothing answers the bus reads as ones."""

    def __init__(self, chip: SpiChip) -> None:
        self.chip = chip
        self.mode = chip.mode
        self.faults: list[WireFault] = []
        self.clock_faults: Counter[str] = Counter()

    @property
    def baudrate(self) -> int:
        """See `SpiChip.baudrate`."""
        return self.chip.baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self.chip.baudrate = value

    def exchange(self, mosi: bytes) -> bytes:
        """See `SpiChip.exchange`."""
        if any(fault.is_open() for fault in self.faults):
            return b"\xff" * len(mosi)
        data = self.chip.exchange(mosi)
        for fault in _one_of_a_kind(self.faults):
            data = fault.answer(data)
        return data

    def deselect(self) -> None:
        """See `SpiChip.deselect`."""
        self.chip.deselect()


class FaultyUartChip:
    """A chip on a UART behind faults as `FaultyI2cChip` is; where nothing reaches it, nothing comes."""

    def __init__(self, chip: UartChip) -> None:
        self.chip = chip
        self.faults: list[WireFault] = []
        self.clock_faults: Counter[str] = Counter()
        self.send: Callable[[bytes], object] = lambda data: None
        chip.send = self._pass_on

    def receive(self, data: bytes) -> None:
        """See `UartChip.receive`."""
        if not any(fault.is_open() for fault in self.faults):
            self.chip.receive(data)

    def _pass_on(self, data: bytes) -> None:
        """What the chip says, as it arrives."""
        if any(fault.is_open() for fault in self.faults):
            return
        for fault in _one_of_a_kind(self.faults):
            data = fault.answer(data)
        self.send(data)


def _one_of_a_kind(faults: list[WireFault]) -> list[WireFault]:
    """The latest of each kind: a line that is inverted twice would be right."""
    return list({type(fault): fault for fault in faults}.values())


#: By what they are called: made of the clock of the simulation and a seed.
WIRE_FAULTS: dict[str, Callable[[Clock, int], WireFault]] = {
    "off": Off,
    "stuck": Stuck,
    "garbage": Garbage,
    "wrong": Wrong,
    "intermittent": Intermittent,
}
#: Of I2C alone, whose chips can be missed.
ACKNOWLEDGE_FAULTS: dict[str, Callable[[Clock, int], WireFault]] = {"nack": Nack, "stretch": Stretch}
