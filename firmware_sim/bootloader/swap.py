"""Exchanges the two slots sector by sector over a scratch sector, so that the supply may fail at any moment.

Each step can be done again, however far it came, because what it reads is not touched before it is marked as done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..firmware import flash_regions
from ..firmware.services.image_slot import COPY_DONE, IMAGE_OK, MAGIC, ImageSlot
from .flash import SECTOR, ChipFlash
from .journal import MOST_STEPS, Journal, Swap, SwapKind

_STEPS_A_SECTOR = 3
_STEPS_OF_TRAILERS = 2


@dataclass(frozen=True)
class Layout:
    """Where the bootloader finds what, bytes."""

    slot_0: int = flash_regions.SLOT_A_AT
    slot_1: int = flash_regions.SLOT_B_AT
    slot_bytes: int = flash_regions.SLOT_BYTES
    swap: int = flash_regions.SWAP_AT

    @property
    def scratch(self) -> int:
        """A sector on its way from one slot to the other."""
        return self.swap + SECTOR

    @property
    def notes(self) -> int:
        """What the bootloader did, see `notes`."""
        return self.swap + 2 * SECTOR

    @property
    def recovery(self) -> int:
        """Whether the firmware asked for the recovery console."""
        return self.swap + 3 * SECTOR

    @property
    def spare_notes(self) -> int:
        """The last of the notes while their sector is erased."""
        return self.swap + 4 * SECTOR


class Swapper:
    """The slots, and how they are exchanged."""

    def __init__(self, flash: ChipFlash, layout: Layout) -> None:
        if (layout.slot_bytes // SECTOR - 1) * _STEPS_A_SECTOR + _STEPS_OF_TRAILERS > MOST_STEPS:
            raise ValueError(f"slots of {layout.slot_bytes} bytes have more steps than the journal has marks")
        self._flash = flash
        self._layout = layout
        self._journal = Journal(flash, layout.swap)
        self.slots = (
            ImageSlot(flash, layout.slot_0, layout.slot_bytes),
            ImageSlot(flash, layout.slot_1, layout.slot_bytes),
        )

    def is_idle(self) -> bool:
        """Whether no exchange has begun."""
        return self._journal.is_blank()

    def begin(self, kind: SwapKind, sectors: int) -> None:
        """Exchange the first `sectors` of the slots; trailers are then what the running image's state is."""
        swap = Swap(kind, sectors)
        self._journal.begin(swap)
        self._run(swap, 0)

    def finish(self) -> SwapKind | None:
        """Go on with an exchange that was cut short; why it was, None where there was none."""
        swap = self._journal.read()
        if swap is None:
            return None
        self._run(swap, self._journal.steps_done())
        return swap.kind

    def _run(self, swap: Swap, done: int) -> None:
        for number, step in enumerate(self._steps(swap)):
            if number >= done:
                step()
                self._journal.mark(number)
        self._journal.clear()

    def _steps(self, swap: Swap) -> list[Callable[[], object]]:
        layout, copy = self._layout, self._flash.copy
        steps: list[Callable[[], object]] = []
        for at in range(0, swap.sectors * SECTOR, SECTOR):
            steps += [
                partial(copy, layout.slot_0 + at, layout.scratch),
                partial(copy, layout.slot_1 + at, layout.slot_0 + at),
                partial(copy, layout.scratch, layout.slot_1 + at),
            ]
        return [*steps, partial(self._set_running, swap.kind), self.slots[1].clear_trailer]

    def _set_running(self, kind: SwapKind) -> None:
        slot = self.slots[0]
        slot.clear_trailer()
        slot.set_trailer(MAGIC | COPY_DONE | (0 if kind is SwapKind.TEST else IMAGE_OK))
