"""What lies in the slots of a flash chip, as if it had always been there."""

from __future__ import annotations

from ..bootloader.flash import SECTOR, ChipFlash
from ..chips.nor_cells import NorCells
from ..firmware.flash_regions import SLOT_A_AT, SLOT_B_AT, SLOT_BYTES
from ..firmware.services.image_slot import COPY_DONE, IMAGE_OK, MAGIC, ImageSlot
from ..targets.simulation import Simulation


def put(cells: NorCells, address: int, data: bytes) -> None:
    """Have an image in the slot that begins at `address`."""
    for at in range(0, len(data), SECTOR):
        cells.program(address + at, data[at : at + SECTOR])


def ruin(simulation: Simulation) -> None:
    """Damage what is in both slots, of a device that was updated once."""
    for address in (SLOT_A_AT, SLOT_B_AT):
        simulation.flash.cells.program(address + SECTOR, bytes(SECTOR))
    set_running(simulation)


def set_running(simulation: Simulation) -> None:
    """Have slot 0 hold an image that came by an update and is confirmed."""
    clock = simulation.clock
    flash = ChipFlash(simulation.flash, lambda us: clock.run_until(clock.now + us))
    ImageSlot(flash, SLOT_A_AT, SLOT_BYTES).set_trailer(MAGIC | COPY_DONE | IMAGE_OK)
