"""What the bootloader does at a start: finishes, tests, reverts, restores, and says which image is to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..firmware.services.boot_notes import RECOVERY_REQUEST
from ..firmware.services.image_slot import COPY_DONE, IMAGE_OK, MAGIC, ImageSlot
from .errors import ImageRefusedError, NoBootableImageError, RecoveryRequestedError, Refusal
from .flash import SECTOR, ChipFlash
from .image import AREA, HEADER, Image, image_size, read_image
from .journal import SwapKind
from .notes import Note, Notes, Outcome
from .swap import Layout, Swapper
from .verification import Running, Trust, check_not_older, verify

#: Charge below which no exchange begins.
LEAST_PERMILLE = 200
_OUTCOMES = {SwapKind.TEST: Outcome.TESTING, SwapKind.PERMANENT: Outcome.UPDATED, SwapKind.REVERT: Outcome.REVERTED}


@dataclass(frozen=True)
class Boot:
    """The image that is to run, and what was done at this start."""

    image: Image
    done: Note


class Bootloader:
    """MCUboot's swap over a scratch sector, on one chip.

    `charge` gives the battery's charge in permille, None where nobody knows.
    """

    def __init__(
        self,
        flash: ChipFlash,
        trust: Trust,
        charge: Callable[[], int | None] = lambda: None,
        layout: Layout | None = None,
    ) -> None:
        self.layout = layout or Layout()
        self._flash = flash
        self._trust = trust
        #: The battery's charge in permille.
        self.charge = charge
        self._swapper = Swapper(flash, self.layout)
        self.notes = Notes(flash, self.layout.notes, self.layout.spare_notes)

    def boot(self) -> Boot:
        """Decide, act, and verify what runs; NoBootableImageError where neither slot holds an image to trust.

        OSError of a chip that fails.
        """
        self.notes.introduce()
        finished = self._swapper.finish()
        note = self._note_of(finished) if finished else self._act()
        image = self._verified(0)
        if image is None:
            image, note = self._restore()
        if note.outcome is not Outcome.NOTHING:
            self.notes.add(note)
        return Boot(image, note)

    @property
    def board(self) -> str:
        """Board and core that images must be for."""
        return self._trust.board

    @property
    def slots(self) -> tuple[ImageSlot, ImageSlot]:
        """The one that runs, and the one for the next image."""
        return self._swapper.slots

    def check_recovery_request(self) -> None:
        """RecoveryRequestedError, once, where the firmware that ran asked for the recovery console."""
        at = self.layout.recovery
        if self._flash.bytes_at(at, len(RECOVERY_REQUEST)) == RECOVERY_REQUEST:
            self._flash.erase(at)
            raise RecoveryRequestedError("the recovery console was asked for")

    def is_bootable(self, number: int) -> bool:
        """Whether a slot holds an image to trust."""
        return self._verified(number) is not None

    def was_never_used(self) -> bool:
        """Whether the image in slot 0 came there by no exchange, and none has begun."""
        return self._swapper.is_idle() and not self._swapper.slots[0].trailer()

    def is_requested(self) -> bool:
        """Whether an exchange is asked for."""
        return bool(self._swapper.slots[1].trailer() & MAGIC)

    def is_in_test(self) -> bool:
        """Whether what runs is reverted at the next start."""
        return self._swapper.slots[0].trailer() & (MAGIC | IMAGE_OK) == MAGIC

    def image_in(self, number: int) -> Image:
        """The image of a slot, verified; ImageRefusedError."""
        image = read_image(self._image_bytes(self._swapper.slots[number]))
        verify(image, self._trust)
        return image

    def _act(self) -> Note:
        """Do what the trailers ask for."""
        ours, other = (slot.trailer() for slot in self._swapper.slots)
        if other & MAGIC:
            return self._update(SwapKind.PERMANENT if other & IMAGE_OK else SwapKind.TEST, other)
        if ours & MAGIC and ours & COPY_DONE and not ours & IMAGE_OK:
            return self._revert()
        if ours & IMAGE_OK:
            self._swapper.slots[0].set_trailer(ours)  # firm, or it might read otherwise another time
        return Note(Outcome.NOTHING)

    def _update(self, kind: SwapKind, trailer: int) -> Note:
        """Exchange the slots if the image in slot 1 may run; a refused one is not asked for again."""
        slot = self._swapper.slots[1]
        image = None
        try:
            image = read_image(self._image_bytes(slot))
            verify(image, self._trust)
            running = self._verified(0)
            if running is not None:
                check_not_older(image, Running.of(running))
            self._check_charge()
        except ImageRefusedError as refused:
            slot.clear_trailer()
            return Note.of(Outcome.REFUSED, image, refused.refusal)
        slot.set_trailer(trailer)
        return self._exchange(kind)

    def _check_charge(self) -> None:
        charge = self.charge()
        if charge is not None and charge < LEAST_PERMILLE:
            raise ImageRefusedError(
                Refusal.BATTERY, f"battery at {charge // 10} %, {LEAST_PERMILLE // 10} % are needed"
            )

    def _revert(self) -> Note:
        """Back to what ran before the test, if that is still to be trusted; else what runs is kept."""
        if self._verified(1) is None:
            self._swapper.slots[0].set_trailer(IMAGE_OK)
            return Note(Outcome.NOTHING)
        return self._exchange(SwapKind.REVERT)

    def _restore(self) -> tuple[Image, Note]:
        """The image that should run cannot: take the other one."""
        if self._verified(1) is None:
            raise NoBootableImageError("neither slot holds an image of this board by a trusted key")
        self._exchange(SwapKind.PERMANENT)
        image = self._verified(0)
        if image is None:
            raise NoBootableImageError("what was restored does not verify")
        return image, Note.of(Outcome.RESTORED, image)

    def _exchange(self, kind: SwapKind) -> Note:
        self._swapper.begin(kind, max(self._sectors(slot) for slot in self._swapper.slots))
        return self._note_of(kind)

    def _note_of(self, kind: SwapKind) -> Note:
        return Note.of(_OUTCOMES[kind], self._verified(0))

    def _verified(self, number: int) -> Image | None:
        try:
            return self.image_in(number)
        except ImageRefusedError:
            return None

    def _image_bytes(self, slot: ImageSlot) -> bytes:
        """Header, payload and TLVs, as long as they say; ImageRefusedError where that has no room in the slot."""
        at = slot.address
        head = self._flash.bytes_at(at, HEADER.size)
        end = image_size(head, slot.room) + HEADER.unpack_from(head)[3]
        if end + AREA.size > slot.room:
            raise ImageRefusedError(Refusal.MALFORMED, f"the TLVs of {end} bytes leave the slot")
        end += AREA.unpack(self._flash.bytes_at(at + end, AREA.size))[1]
        return self._flash.bytes_at(at, min(end, slot.room))

    def _sectors(self, slot: ImageSlot) -> int:
        """Sectors that the image of a slot lies in; 0 where there is none."""
        try:
            return -(-len(self._image_bytes(slot)) // SECTOR)
        except ImageRefusedError:
            return 0
