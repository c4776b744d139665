"""A flash chip with a bootloader, without an MCU: slots of a few sectors, and power that fails inside any operation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..bootloader.booting import Boot, Bootloader
from ..bootloader.flash import SECTOR, ChipFlash
from ..bootloader.image import Version
from ..bootloader.notes import Note, Outcome
from ..bootloader.signing import sign
from ..bootloader.swap import Layout
from ..bootloader.verification import Trust
from ..chips.w25q64jv import W25q64jv
from ..firmware.services.image_slot import IMAGE_OK, MAGIC, ImageSlot
from ..mcu.clock import Clock
from .slots import put

BOARD = "reference"
SMALL = Layout(slot_0=0, slot_1=0x4000, slot_bytes=4 * SECTOR, swap=0x8000)
_CHIP_BYTES = 1 << 16
_NEVER = 1 << 40


@cache
def key(number: int = 0) -> Ed25519PrivateKey:
    """A key for tests, always the same one of a number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32)


def image(
    version: Version, payload: bytes | None = None, *, board: str = BOARD, counter: int = 0, by: int = 0
) -> bytes:
    """A signed image whose payload names its version."""
    body = repr(version).encode() * 300 if payload is None else payload
    return sign(body, key(by), version=version, board=board, security_counter=counter)


class PowerCutError(Exception):
    """The supply failed."""


class BootRig:
    """The chip and what is on it; `charge` is the battery's."""

    def __init__(self, seed: int = 0, layout: Layout = SMALL, size: int = _CHIP_BYTES) -> None:
        self.clock = Clock()
        self.chip = W25q64jv(self.clock, seed, size=size)
        self.layout = layout
        self.charge: int | None = 1000
        self.chip.cells.program(layout.notes, Note(Outcome.NOTHING).packed())
        self.trust = Trust((key().public_key(),), BOARD)

    def put(self, slot: int, data: bytes) -> None:
        """Have an image in a slot, as if it had always been there."""
        first = (self.layout.slot_0, self.layout.slot_1)[slot]
        put(self.chip.cells, first, data)

    def flash(self) -> ChipFlash:
        """The chip as the bootloader works on it."""
        return ChipFlash(self.chip, lambda us: self.clock.run_until(self.clock.now + us))

    def slot(self, number: int) -> ImageSlot:
        """A slot as the firmware works on it."""
        return ImageSlot(self.flash(), (self.layout.slot_0, self.layout.slot_1)[number], self.layout.slot_bytes)

    def mark(self, *, permanent: bool = False) -> None:
        """Ask for the image in slot 1."""
        self.slot(1).set_trailer(MAGIC | (IMAGE_OK if permanent else 0))

    def confirm(self) -> None:
        """The running image is good."""
        self.slot(0).set_trailer(IMAGE_OK)

    def boot(self) -> Boot:
        """One start."""
        return Bootloader(self.flash(), self.trust, lambda: self.charge, self.layout).boot()

    def cut(self, operations: int, fraction: float, then: Callable[[], object]) -> bool:
        """Do `then` with the supply failing inside its operation of that number; whether it came to that."""

        def fail() -> None:
            raise PowerCutError

        self.chip.cut_power_in(operations, fraction, fail)
        try:
            then()
        except PowerCutError:
            self.chip.power_on()
            return True
        finally:
            self.chip.cut_power_in(_NEVER, 0, fail)
        return False
