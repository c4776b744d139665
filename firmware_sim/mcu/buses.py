"""I2C and SPI as wires with chips on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .fidelity import Aspect, Fidelity
from .line import Line

ENODEV = 19


FIDELITY = Fidelity(
    part="I2C and SPI",
    sheet="MicroPython's machine.I2C and machine.SPI",
    component="sensor_bus",
    aspects=(
        Aspect("addresses and missing acknowledges", "machine.I2C", "test_i2c_reaches_chips_by_address"),
        Aspect("selection and mode", "machine.SPI", "test_spi_needs_select_and_the_right_mode"),
    ),
    left_out=("time of a transfer", "16-bit register addresses", "several controllers", "levels and rise times"),
)


class I2cChip(Protocol):
    """A chip on I2C, after its address has been matched."""

    def write(self, data: bytes) -> None:
        """Take the bytes of one write transfer."""

    def read(self, count: int) -> bytes:
        """Give the bytes of one read transfer."""


class SpiChip(Protocol):
    """A chip on SPI; the bus tells it the clock it runs at."""

    #: (polarity, phase) it needs
    mode: tuple[int, int]
    #: SCLK the bus runs at, Hz
    baudrate: int

    def exchange(self, mosi: bytes) -> bytes:
        """Shift as many bytes in as out."""

    def deselect(self) -> None:
        """Chip select went high: the serial interface starts anew."""


class I2cBus:
    """Chips by 7-bit address; an address nobody has is not acknowledged."""

    def __init__(self) -> None:
        self.chips: dict[int, I2cChip] = {}

    def attach(self, address: int, chip: I2cChip) -> None:
        """Fit a chip."""
        if address in self.chips:
            raise ValueError(f"I2C address 0x{address:02x} is taken")
        self.chips[address] = chip

    def replace(self, address: int, chip: I2cChip) -> None:
        """Put what answers in the place of the chip that is there; KeyError where none is."""
        if address not in self.chips:
            raise KeyError(f"I2C address 0x{address:02x} is free")
        self.chips[address] = chip

    def detach(self, address: int) -> None:
        """Take a chip off: a broken wire."""
        self.chips.pop(address, None)

    def chip(self, address: int) -> I2cChip:
        """The chip that acknowledges, or OSError(ENODEV) as from the port."""
        try:
            return self.chips[address]
        except KeyError:
            raise OSError(ENODEV, "ENODEV") from None


class SpiBus:
    """Chips by chip-select line (low selects)."""

    def __init__(self, pin: Callable[[int], Line]) -> None:
        self._pin = pin
        #: By the pin of its select line, as what follows.
        self.chips: dict[int, SpiChip] = {}
        self._selected: list[int] = []
        self._mode = (0, 0)
        self._baudrate = 1_000_000

    def attach(self, cs_pin: int, chip: SpiChip) -> None:
        """Fit a chip; its select line idles high by the board's pull-up."""
        cs = self._pin(cs_pin)
        cs.level = 1
        self.chips[cs_pin] = chip
        chip.baudrate = self._baudrate

        def changed(level: int) -> None:
            if level:
                self._selected.remove(cs_pin)
                self.chips[cs_pin].deselect()
            else:
                self._selected.append(cs_pin)

        cs.watch(changed)

    def replace(self, cs_pin: int, chip: SpiChip) -> None:
        """Put what answers in the place of the chip that is there; KeyError where none is."""
        if cs_pin not in self.chips:
            raise KeyError(f"no chip is selected by pin {cs_pin}")
        self.chips[cs_pin] = chip
        chip.baudrate = self._baudrate

    def configure(self, baudrate: int, polarity: int, phase: int) -> None:
        """Set clock and mode."""
        self._mode = (polarity, phase)
        self._baudrate = baudrate
        for chip in self.chips.values():
            chip.baudrate = baudrate

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes through what is selected; nobody there reads as ones (MISO has a pull-up)."""
        selected = self._selected
        if len(selected) == 1:
            chip = self.chips[selected[0]]
            if chip.mode == self._mode:
                return chip.exchange(mosi)
        miso = bytearray(b"\xff" * len(mosi))
        for cs_pin in selected:
            # two chips on one wire: the one that pulls low wins
            for i, byte in enumerate(_out_of_step(self.chips[cs_pin], mosi, self._mode)):
                miso[i] &= byte
        return bytes(miso)


def _out_of_step(chip: SpiChip, mosi: bytes, mode: tuple[int, int]) -> bytes:
    """An exchange in the wrong clock phase is sampled one bit late on either side."""
    if chip.mode == mode:
        return chip.exchange(mosi)
    return _late(chip.exchange(_late(mosi)))


def _late(data: bytes) -> bytes:
    shifted = int.from_bytes(data, "big") >> 1
    return shifted.to_bytes(len(data), "big")
