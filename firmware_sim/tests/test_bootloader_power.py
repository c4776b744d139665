"""Power that fails in every flash operation of an update: afterwards a valid image starts, and both are still there."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from firmware_sim.bootloader.booting import Boot, Bootloader
from firmware_sim.bootloader.image import Version
from firmware_sim.bootloader.notes import Note, Notes, Outcome
from firmware_sim.testing.boot_rig import BootRig, image

OLD: Version = (1, 0, 0, 0)
NEW: Version = (1, 1, 0, 7)
FRACTIONS = (0.0, 0.02, 0.09, 0.3, 0.5, 0.7, 0.95, 1.0)


def mark(rig: BootRig) -> None:
    rig.mark()


def mark_for_good(rig: BootRig) -> None:
    rig.mark(permanent=True)


def boot(rig: BootRig) -> None:
    rig.boot()


def confirm(rig: BootRig) -> None:
    rig.confirm()


#: What happens before, what the supply fails in, and what may run after it.
SITUATIONS: dict[str, tuple[tuple[Callable[[BootRig], None], ...], Callable[[BootRig], None]]] = {
    "marking for a test": ((), mark),
    "marking for good": ((), mark_for_good),
    "exchange for a test": ((mark,), boot),
    "exchange for good": ((mark_for_good,), boot),
    "confirming": ((mark, boot), confirm),
    "start of a confirmed image": ((mark, boot, confirm), boot),
    "revert": ((mark, boot), boot),
}


def prepared(before: tuple[Callable[[BootRig], None], ...], seed: int, sectors: int) -> BootRig:
    rig = BootRig(seed)
    for slot, version in enumerate((OLD, NEW)):
        rig.put(slot, image(version, Random(slot).randbytes(4096 * sectors - 600)))
    for step in before:
        step(rig)
    return rig


def both(rig: BootRig) -> set[Version]:
    loader = Bootloader(rig.flash(), rig.trust, layout=rig.layout)
    return {loader.image_in(slot).version for slot in (0, 1)}


def check_recovered(rig: BootRig) -> Boot:
    """The next start runs a valid image, and what it decided stays decided."""
    first = rig.boot()
    assert first.image.version in (OLD, NEW)
    assert both(rig) == {OLD, NEW}
    rig.confirm()
    for _ in range(3):
        assert rig.boot().image.version == first.image.version
    return first


def operations_of(name: str, sectors: int) -> int:
    before, action = SITUATIONS[name]
    rig = prepared(before, 0, sectors)
    began = rig.chip.operations
    action(rig)
    return rig.chip.operations - began


def every_cut(name: str, sectors: int) -> dict[Version, int]:
    """Cut in every operation at every fraction; what ran afterwards, counted."""
    before, action = SITUATIONS[name]
    ran: dict[Version, int] = {OLD: 0, NEW: 0}
    for operation in range(operations_of(name, sectors)):
        for number, fraction in enumerate(FRACTIONS):
            rig = prepared(before, 1000 * operation + number, sectors)
            assert rig.cut(operation, fraction, lambda rig=rig: action(rig))  # type: ignore[misc]
            ran[check_recovered(rig).image.version] += 1
    return ran


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_cut_in_every_operation_leaves_a_valid_image(name: str) -> None:
    ran = every_cut(name, 1)
    assert sum(ran.values()) == operations_of(name, 1) * len(FRACTIONS) > 0
    if name.startswith("exchange"):
        # what fails behind the exchange, before the image has run, is a test that nobody confirmed
        assert ran[OLD] <= 2 * len(FRACTIONS)


LAST = Note(Outcome.UPDATED, version=(1, 2, 3, 126))
ADDED = Note(Outcome.REVERTED)
#: Of a note for which there is no room: both sectors erased and programmed, the spare one made void.
OPERATIONS_OF_A_FULL_SECTOR = 5


def full_of_notes(rig: BootRig) -> Notes:
    notes = notes_of(rig)
    for build in range(127):
        notes.add(Note(Outcome.UPDATED, version=(1, 2, 3, build)))
    assert notes.last() == LAST
    return notes


def notes_of(rig: BootRig) -> Notes:
    return Notes(rig.flash(), rig.layout.notes, rig.layout.spare_notes)


def check_notes(rig: BootRig) -> Note:
    """The last note, which stays that; the firmware finds a bootloader at each look."""
    rig.boot()
    last = notes_of(rig).last()
    assert last in (LAST, ADDED)
    for _ in range(6):  # bits near the threshold may read as they like until it is written again
        rig.boot()
        assert notes_of(rig).last() == last
        assert rig.chip.cells.read(rig.layout.notes, 3) == b"VBN"
    assert rig.boot().image.version == OLD
    return last


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("operation", range(OPERATIONS_OF_A_FULL_SECTOR))
def test_a_cut_where_the_notes_begin_anew_leaves_the_last_one_or_the_new_one(
    operation: int, fraction: float, seed: int
) -> None:
    rig = prepared((), seed, 1)
    notes = full_of_notes(rig)
    assert rig.cut(operation, fraction, lambda: notes.add(ADDED))
    last = check_notes(rig)
    if operation > 1:
        assert last == ADDED, "it was written before the sector was erased"
    later = Note(Outcome.UPDATED, version=(2, 0, 0, 0))
    notes_of(rig).add(later)
    for _ in range(3):
        rig.boot()
        assert notes_of(rig).last() == later


def test_notes_that_begin_anew_take_as_many_operations_as_are_cut() -> None:
    rig = prepared((), 0, 1)
    notes = full_of_notes(rig)
    began = rig.chip.operations
    notes.add(ADDED)
    assert rig.chip.operations - began == OPERATIONS_OF_A_FULL_SECTOR
    assert check_notes(rig) == ADDED


@pytest.mark.parametrize("seed", range(40))
def test_power_that_fails_again_where_the_notes_are_settled(seed: int) -> None:
    random = Random(seed)
    rig = prepared((), seed, 1)
    notes = full_of_notes(rig)
    assert rig.cut(random.randrange(1, 5), random.random(), lambda: notes.add(ADDED))
    for _ in range(5):
        rig.cut(random.randrange(4), random.random(), rig.boot)
    check_notes(rig)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["exchange for a test", "revert"])
def test_the_same_with_images_of_several_sectors(name: str) -> None:
    assert sum(every_cut(name, 3).values()) > 1000


@pytest.mark.parametrize("name", ["exchange for a test", "revert"])
@pytest.mark.parametrize("seed", range(60))
def test_power_that_fails_again_and_again(name: str, seed: int) -> None:
    random = Random(f"{name} {seed}")
    before, action = SITUATIONS[name]
    rig = prepared(before, seed, 2)
    cuts = 0
    for _ in range(12):
        cuts += rig.cut(random.randrange(operations_of(name, 2)), random.random(), lambda: action(rig))
    assert cuts > 0
    check_recovered(rig)
