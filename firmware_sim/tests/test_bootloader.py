"""The bootloader: what it starts, tests, reverts and refuses."""

from __future__ import annotations

import pytest

from firmware_sim.bootloader.errors import NoBootableImageError, Refusal
from firmware_sim.bootloader.flash import SECTOR
from firmware_sim.bootloader.image import Version
from firmware_sim.bootloader.notes import Note, Notes, Outcome
from firmware_sim.firmware.services.image_slot import MAGIC
from firmware_sim.testing.boot_rig import BootRig, image

OLD: Version = (1, 0, 0, 0)
NEW: Version = (1, 1, 0, 7)


def rig(new: bytes | None = None) -> BootRig:
    """An old image that runs, and another one in slot 1."""
    made = BootRig()
    made.put(0, image(OLD))
    if new is not None:
        made.put(1, new)
    return made


def test_an_image_alone_is_started_and_nothing_is_written() -> None:
    bench = rig()
    boot = bench.boot()
    assert (boot.image.version, boot.done.outcome) == (OLD, Outcome.NOTHING)
    assert bench.chip.operations == 0
    assert bench.clock.now == 0


def test_an_image_nobody_marked_is_not_started() -> None:
    bench = rig(image(NEW))
    assert bench.boot().image.version == OLD


def test_a_test_that_nobody_confirms_is_reverted() -> None:
    bench = rig(image(NEW))
    bench.mark()
    tested = bench.boot()
    assert (tested.image.version, tested.done.outcome) == (NEW, Outcome.TESTING)
    reverted = bench.boot()
    assert (reverted.image.version, reverted.done.outcome) == (OLD, Outcome.REVERTED)
    assert bench.boot().image.version == OLD
    assert bench.boot().done.outcome is Outcome.NOTHING
    assert Notes(bench.flash(), bench.layout.notes, bench.layout.spare_notes).last() == reverted.done


def test_a_test_that_is_confirmed_stays() -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.boot()
    bench.confirm()
    assert [bench.boot().image.version for _ in range(3)] == [NEW] * 3


def test_a_permanent_update_stays_without_being_confirmed() -> None:
    bench = rig(image(NEW))
    bench.mark(permanent=True)
    assert bench.boot().done.outcome is Outcome.UPDATED
    assert bench.boot().image.version == NEW


def test_images_of_different_lengths_are_exchanged_whole() -> None:
    long = image(NEW, bytes(range(256)) * 44)
    bench = rig(long)
    bench.mark(permanent=True)
    assert bench.boot().image.payload == bytes(range(256)) * 44
    bench.mark(permanent=True)
    assert bench.boot().done.refusal is Refusal.VERSION
    assert bench.flash().bytes_at(bench.layout.slot_1, len(image(OLD))) == image(OLD)


REFUSED = {
    "a key that nobody trusts": (image(NEW, by=1), Refusal.KEY),
    "another board": (image(NEW, board="rp2350"), Refusal.BOARD),
    "an older version": (image((0, 9, 9, 0)), Refusal.VERSION),
    "half an image": (image(NEW)[:2000], Refusal.MALFORMED),
    "an image without its last byte": (image(NEW)[:-1], Refusal.SIGNATURE),
    "no image": (b"PK\x03\x04" + bytes(500), Refusal.NO_IMAGE),
    "nothing": (b"", Refusal.NO_IMAGE),
    "another payload": (image(NEW).replace(b"(1, 1", b"(1, 2", 1), Refusal.DIGEST),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_image_changes_nothing_and_is_not_requested_again(what: str) -> None:
    data, refusal = REFUSED[what]
    bench = rig(data)
    bench.mark()
    boot = bench.boot()
    assert (boot.image.version, boot.done.outcome, boot.done.refusal) == (OLD, Outcome.REFUSED, refusal)
    assert bench.slot(1).trailer() == 0
    assert bench.boot().done.outcome is Outcome.NOTHING
    assert Notes(bench.flash(), bench.layout.notes, bench.layout.spare_notes).last().refusal is refusal


def test_a_lower_security_counter_is_refused_and_the_same_one_is_not() -> None:
    bench = BootRig()
    bench.put(0, image(OLD, counter=4))
    bench.put(1, image(NEW, counter=3))
    bench.mark()
    assert bench.boot().done.refusal is Refusal.SECURITY_COUNTER
    bench = BootRig()
    bench.put(0, image(OLD, counter=4))
    bench.put(1, image(NEW, counter=4))
    bench.mark()
    assert bench.boot().image.version == NEW


@pytest.mark.parametrize(("charge", "outcome"), [(50, Outcome.REFUSED), (199, Outcome.REFUSED), (200, Outcome.TESTING)])
def test_a_low_battery_refuses_an_update(charge: int, outcome: Outcome) -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.charge = charge
    assert bench.boot().done.outcome is outcome


def test_a_low_battery_does_not_keep_a_test_from_being_reverted() -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.boot()
    bench.charge = 10
    assert bench.boot().done.outcome is Outcome.REVERTED


def test_a_damaged_image_is_replaced_by_the_one_before() -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.boot()
    bench.confirm()
    bench.chip.cells.program(bench.layout.slot_0 + 700, bytes(16))
    boot = bench.boot()
    assert (boot.image.version, boot.done.outcome) == (OLD, Outcome.RESTORED)
    assert bench.boot().done.outcome is Outcome.NOTHING


def test_without_any_image_there_is_nothing_to_start() -> None:
    with pytest.raises(NoBootableImageError):
        BootRig().boot()


def test_a_test_whose_predecessor_is_gone_stays() -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.boot()
    bench.chip.cells.erase(bench.layout.slot_1, SECTOR)
    assert bench.boot().image.version == NEW
    assert bench.slot(0).trailer() & MAGIC


def test_a_chip_that_keeps_nothing_is_an_error_with_its_address() -> None:
    bench = rig(image(NEW))
    bench.mark()
    bench.chip.cells.endurance = 0
    bench.chip.cells.wear[:] = 5000
    with pytest.raises(OSError, match="does not keep"):
        bench.boot()


def test_a_chip_that_is_not_there_is_noticed() -> None:
    bench = rig()
    assert bench.flash().is_there()
    bench.chip.powered = False
    assert not bench.flash().is_there()


def test_notes_go_round_their_sector_and_the_last_one_counts() -> None:
    bench = BootRig()
    notes = Notes(bench.flash(), bench.layout.notes, bench.layout.spare_notes)
    assert notes.last() == Note(Outcome.NOTHING)
    for build in range(300):
        note = Note(Outcome.UPDATED, version=(1, 2, 3, build))
        notes.add(note)
        assert notes.last() == note
    before = bench.chip.operations
    notes.add(note)
    assert bench.chip.operations == before
