"""Settings and the count of starts in sectors of the NOR flash: what power loss leaves, and where they come from."""

from __future__ import annotations

from binascii import crc32
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.flash_regions import SECTOR, SETTINGS_AT, STARTS_AT
from firmware_sim.firmware.flash_storage import FlashStorage, StartCounter
from firmware_sim.firmware.settings import Settings
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.flash_rig import FRACTIONS, FlashRig
from firmware_sim.testing.mcu_rig import full_world
from firmware_sim.testing.misreading import MISREADINGS, misread

SEX = wire.SETTING_WEARER_SEX
CONTACTS = "Jörg +49 30 1234, Dr. Li +49 30 99 " * 4
#: Files of firmware 0.1.0: two copies of format 1, of which `b` is the newer, and the count of starts.
OLD_FILES = {
    "settings.a": bytes.fromhex("564253010000010101ada2463a"),
    "settings.b": bytes.fromhex("564253010500010102020105030102a028be7b"),
    "boots": (41).to_bytes(4, "little"),
    "bonds": bytes.fromhex("0104030061626364010203"),
}
PER_SECTOR = SECTOR - 8


class Flash(FlashRig):
    """The chip with settings on it."""

    def settings(self) -> Settings:
        return Settings(FlashStorage(self.driver, None), None, True)


def state(settings: Settings) -> tuple[object, ...]:
    return tuple(settings.text(number) if not form else settings.get(number) for number, form, *_ in wire.SETTINGS)


CHANGES: tuple[Callable[[Settings], None], ...] = (
    lambda settings: settings.set(SEX, wire.SEX_FEMALE),
    lambda settings: settings.write(wire.SETTING_CONTACTS, CONTACTS[:150].encode()),
    lambda settings: settings.write(wire.SETTING_WEARER_NAME, b"Li"),
    lambda settings: settings.forget(wire.SETTING_CONTACTS),
    lambda settings: settings.reset(),
    lambda settings: settings.set(wire.SETTING_LIGHT_PERIOD, 30),
)


def changed(change: int, flash: Flash) -> Flash:
    settings = flash.settings()
    for each in CHANGES[:change]:
        each(settings)
    return flash


@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_a_cut_in_every_operation_of_a_write_leaves_the_old_settings_or_the_new(change: int) -> None:
    """And the same ones at each start from then on, whatever the bits read that the supply left near the threshold."""
    new = state(changed(change + 1, Flash()).settings())
    old = state(changed(change, Flash()).settings())
    operation = cuts = 0
    while True:
        for number, fraction in enumerate(FRACTIONS):
            flash = changed(change, Flash(1000 * operation + number))
            settings = flash.settings()
            if not flash.cut(operation, fraction, lambda settings=settings: CHANGES[change](settings)):  # type: ignore[misc]
                assert operation >= 2
                assert number == 0
                assert cuts == operation * len(FRACTIONS)
                return
            cuts += 1
            found = state(flash.settings())
            assert found in (old, new)
            for _ in range(4):
                assert state(flash.settings()) == found
            CHANGES[change](flash.settings())
            assert state(flash.settings()) == new
        operation += 1


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_a_cut_in_every_operation_of_the_start_after_a_cut_leaves_them_as_well(fraction: float) -> None:
    for operation in range(4):
        flash = changed(1, Flash(operation))
        old, settings = state(flash.settings()), flash.settings()
        assert flash.cut(1, 0.6, lambda settings=settings: CHANGES[1](settings))  # type: ignore[misc]
        flash.cut(operation, fraction, flash.settings)
        found = state(flash.settings())
        assert found in (old, state(changed(2, Flash()).settings()))
        assert all(state(flash.settings()) == found for _ in range(4))


def test_a_copy_that_does_not_read_back_is_refused_and_changes_nothing() -> None:
    flash = changed(1, Flash())
    settings = flash.settings()
    flash.chip.cells.endurance = 0
    with pytest.raises(OSError, match="5"):
        settings.write(wire.SETTING_CONTACTS, CONTACTS[:100].encode())
    assert settings.text(wire.SETTING_CONTACTS) == ""
    assert flash.settings().get(SEX) == wire.SEX_FEMALE


def test_a_reset_leaves_nothing_of_them_on_the_flash() -> None:
    flash = changed(3, Flash())
    flash.settings().reset()
    assert b"1234" not in flash.chip.cells.read(SETTINGS_AT, 2 * SECTOR)


@pytest.mark.parametrize("operation", range(4))
def test_a_reset_that_was_cut_is_completed_at_the_next_start(operation: int) -> None:
    counts = {True: 0, False: 0}
    for number, fraction in enumerate(FRACTIONS):
        flash = changed(3, Flash(100 * operation + number))
        settings = flash.settings()
        assert flash.cut(operation, fraction, settings.reset)
        was_reset = state(flash.settings()) == state(Flash().settings())
        counts[was_reset] += 1
        left = b"1234" in flash.chip.cells.read(SETTINGS_AT, 2 * SECTOR)
        assert left is not was_reset, "all of them, or none in either copy"
    assert counts[True] if operation >= 2 else counts[False]


def as_format(copy: bytes, form: int) -> bytes:
    body = copy[:3] + bytes((form,)) + copy[4:-4]
    return body + crc32(body).to_bytes(4, "little")


def test_a_later_format_is_left_alone_until_something_is_set() -> None:
    """An older firmware that runs again works by the newest copy of its own format, and by defaults without one."""
    flash = changed(2, Flash())
    slots = FlashStorage(flash.driver, None)
    newest = max((0, 1), key=lambda slot: (slots.read(slot) or b"")[4:6])
    later = as_format(slots.read(newest) or b"", 2)
    slots.write(newest, later)
    for _ in range(2):
        assert flash.settings().get(SEX) == wire.SEX_FEMALE
        assert flash.settings().text(wire.SETTING_CONTACTS) == ""
    assert slots.read(newest) == later
    slots.write(1 - newest, later)
    settings = flash.settings()
    assert settings.get(SEX) == wire.SEX_UNKNOWN
    assert (slots.read(0), slots.read(1)) == (later, later)
    settings.set(SEX, wire.SEX_MALE)
    assert flash.settings().get(SEX) == wire.SEX_MALE


@pytest.mark.parametrize("how", MISREADINGS)
@pytest.mark.parametrize("change", [0, 1, 2, 5])
def test_one_wrong_reading_of_a_start_settles_no_settings_away(change: int, how: str) -> None:
    flash = changed(change, Flash())
    expected = state(flash.settings())
    number = 0
    while True:
        end = misread(flash.driver, number, MISREADINGS[how])
        found = state(flash.settings())
        if not end():
            break
        assert found == expected
        assert state(flash.settings()) == expected
        number += 1
    assert number >= 4


@pytest.mark.parametrize("number", range(2))
def test_one_wrong_reading_of_what_was_stored_does_not_refuse_it(number: int) -> None:
    flash = changed(1, Flash())
    settings = flash.settings()
    end = misread(flash.driver, number, MISREADINGS["bit 4 of byte 0/2"])
    settings.set(SEX, wire.SEX_MALE)
    assert end()
    assert flash.settings().get(SEX) == wire.SEX_MALE


# ------------------------------------------------------------------ starts


def counted(flash: Flash, before: int = 0) -> int:
    return StartCounter(flash.driver, STARTS_AT).next(before, lambda count: bytes(count - 1) + b"\x40")


def after(starts: int, seed: int = 0) -> Flash:
    """A flash on which so many were counted, one by one but for the middle of its sector."""
    flash = Flash(seed)
    for _ in range(min(starts, 2)):
        counted(flash)
    if starts > 6:
        flash.mcu.clock.run_until(flash.mcu.clock.now + 1000)
        flash.chip.cells.program(STARTS_AT + 8, bytes(min(starts, PER_SECTOR) - 4))
    for _ in range(4 if starts > 6 else starts - 2):
        counted(flash)
    for _ in range(starts - PER_SECTOR):
        counted(flash)
    return flash


def test_starts_are_counted_one_by_one_over_sectors() -> None:
    flash = Flash()
    assert [counted(flash, 7) for _ in range(300)] == list(range(8, 308))
    flash = after(PER_SECTOR - 2)
    assert [counted(flash) for _ in range(5)] == list(range(PER_SECTOR - 1, PER_SECTOR + 4))
    flash.mcu.clock.run_until(flash.mcu.clock.now + 1000)
    flash.chip.cells.program(STARTS_AT + SECTOR + 8, bytes(PER_SECTOR - 2))
    assert [counted(flash) for _ in range(5)] == list(range(2 * PER_SECTOR - 1, 2 * PER_SECTOR + 4))
    assert flash.chip.cells.wear[STARTS_AT // SECTOR :][:2].tolist() == [1, 1]


@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize("before", [0, 1, 247, 248, 300, 4087, 4088, 4089])
def test_a_cut_in_a_count_repeats_that_start_at_most(before: int, fraction: float) -> None:
    for operation in range(2):
        flash = after(before, operation)
        flash.cut(operation, fraction, lambda flash=flash: counted(flash))  # type: ignore[misc]
        numbers = [counted(flash) for _ in range(8)]
        assert numbers[0] in (before + 1, before + 2)
        assert numbers == list(range(numbers[0], numbers[0] + 8))


@pytest.mark.parametrize("how", MISREADINGS)
@pytest.mark.parametrize("before", [0, 1, 5, 247, 248, 300, 4087, 4088, 4090])
def test_one_wrong_reading_of_a_start_repeats_and_leaves_out_no_number(before: int, how: str) -> None:
    flash = after(before)
    flash.driver.wait()
    image = flash.chip.cells.read(STARTS_AT, 2 * SECTOR)
    number = 0
    while True:
        flash.driver.wait()
        flash.chip.cells.erase(STARTS_AT, 2 * SECTOR)
        for at in (0, SECTOR):
            flash.chip.cells.program(STARTS_AT + at, image[at : at + SECTOR])
        end = misread(flash.driver, number, MISREADINGS[how])
        first = counted(flash)
        if not end():
            break
        assert [first, counted(flash), counted(flash)] == [before + 1, before + 2, before + 3]
        number += 1
    assert number > 6


@pytest.mark.parametrize("starts", [3, 200, 300, PER_SECTOR, PER_SECTOR + 5])
def test_a_head_that_is_lost_for_good_lets_no_number_come_again(starts: int) -> None:
    flash = after(starts)
    used = range(starts + 1)
    flash.driver.wait()
    for at in (STARTS_AT, STARTS_AT + SECTOR):
        if flash.chip.cells.read(at, 8) != b"\xff" * 8:
            flash.chip.cells.program(at, b"\0")
            flash.chip.cells.program(at + 5, b"\0")
    numbers = [counted(flash) for _ in range(4)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert not set(numbers) & set(used)
    assert numbers[0] > 1 << 28


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_a_start_that_was_cut_late_in_a_sector_stays_as_it_was_read(fraction: float) -> None:
    for seed in range(20):
        flash = after(300, seed)
        flash.cut(0, fraction, lambda flash=flash: counted(flash))  # type: ignore[misc]
        numbers = [counted(flash) for _ in range(6)]
        assert numbers == list(range(numbers[0], numbers[0] + 6))
        assert numbers[0] in (301, 302)


# ------------------------------------------------------------------ devices


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Folder of a simulated device of firmware 0.1.0."""
    for name, data in OLD_FILES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def started(folder: Path | None = None) -> CpythonSimulation:
    simulation = CpythonSimulation(full_world(), storage=folder)
    flash = simulation.device.board.flash
    assert flash is not None
    flash.wait()
    return simulation


def test_files_of_the_first_release_are_moved_once(old: Path) -> None:
    device = started(old).device
    assert device.settings.get(SEX) == wire.SEX_MALE
    assert device.settings.get(wire.SETTING_LIGHT_PERIOD) == 5
    assert device.boots == 42
    assert device.board.storage.get("bonds") == OLD_FILES["bonds"]
    device.settings.set(SEX, wire.SEX_FEMALE)
    again = started(old)
    assert again.device.boots == 43
    # that it has nothing to do with the files any more
    for name in OLD_FILES:
        (old / name).unlink()
    third = started(old).device
    assert (third.settings.get(SEX), third.settings.get(wire.SETTING_LIGHT_PERIOD)) == (wire.SEX_FEMALE, 5)
    assert third.boots == 44
    assert third.board.storage.get("bonds") == OLD_FILES["bonds"]


def test_an_image_in_test_leaves_the_files_to_the_one_before_it(old: Path) -> None:
    started(old).device.settings.set(SEX, wire.SEX_FEMALE)
    assert {name: (old / name).read_bytes() for name in OLD_FILES} == OLD_FILES


def test_the_start_after_that_leaves_nothing_of_them_in_the_files(old: Path) -> None:
    for _ in range(2):
        device = started(old).device
    assert {(old / name).read_bytes() for name in ("settings.a", "settings.b", "bonds")} == {b""}
    assert device.board.storage.get("bonds") == OLD_FILES["bonds"]
    device.settings.reset()
    assert started(old).device.settings.get(SEX) == wire.SEX_UNKNOWN


def test_a_cut_in_every_operation_of_the_migration_leaves_it_to_be_done_again() -> None:
    class Files:
        def read(self, slot: int) -> bytes | None:
            return OLD_FILES["settings.b" if slot else "settings.a"]

        def write(self, slot: int, data: bytes) -> None:
            assert data == b""

        def settle(self, slot: int, copy: bytes | None) -> None:
            raise AssertionError(slot)

    def moved(flash: Flash) -> Settings:
        return Settings(FlashStorage(flash.driver, None), Files(), True)

    for operation in range(2):
        for number, fraction in enumerate(FRACTIONS):
            flash = Flash(number)
            assert flash.cut(operation, fraction, lambda flash=flash: moved(flash))  # type: ignore[misc]
            for _ in range(3):
                assert moved(flash).get(SEX) == wire.SEX_MALE
            assert flash.settings().get(wire.SETTING_LIGHT_PERIOD) == 5
