"""Files on the NOR flash: littlefs over the driver, and what a failing supply leaves."""

from __future__ import annotations

import pytest

from firmware_sim.firmware.flash_regions import FILES_AT, FILES_BYTES
from firmware_sim.firmware.flash_storage import FlashStorage
from firmware_sim.firmware.storage import Storage
from firmware_sim.mcu.littlefs import VfsLfs2
from firmware_sim.testing.flash_rig import FRACTIONS
from firmware_sim.testing.flash_rig import FlashRig as Flash
from firmware_sim.testing.misreading import MISREADINGS, misread

OLD, NEW = b"old keys" * 30, b"new keys" * 37


def files_of(flash: Flash) -> FlashStorage:
    return FlashStorage(flash.driver, VfsLfs2)


def storage_of(flash: Flash) -> Storage:
    return files_of(flash)


def prepared(seed: int) -> Flash:
    flash = Flash(seed)
    storage = storage_of(flash)
    for data in (b"first", OLD):
        storage.put("bonds", data)
    return flash


def test_a_blank_flash_has_no_files_until_one_is_written() -> None:
    flash = Flash()
    storage = storage_of(flash)
    assert storage.get("bonds") is None
    assert flash.chip.operations == 0
    storage.put("bonds", OLD)
    assert storage_of(flash).get("bonds") == OLD


def test_files_stay_in_their_region() -> None:
    flash = Flash()
    files = files_of(flash)
    with files.open("large", "wb") as file:
        file.write(bytes(range(256)) * 1000)
    cells = flash.chip.cells
    around = cells.read(0, FILES_AT) + cells.read(FILES_AT + FILES_BYTES, cells.size - FILES_AT - FILES_BYTES)
    assert set(around) == {0xFF}
    assert files.system().stat("large")[6] == 256_000


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_a_cut_in_every_operation_leaves_the_old_file_or_the_new(fraction: float) -> None:
    operation = 0
    while True:
        flash = prepared(operation)
        storage = storage_of(flash)
        if not flash.cut(operation, fraction, lambda storage=storage: storage.put("bonds", NEW)):  # type: ignore[misc]
            assert operation > 3
            return
        for _ in range(3):
            assert storage_of(flash).get("bonds") in (OLD, NEW), operation
        storage_of(flash).put("bonds", NEW)
        assert storage_of(flash).get("bonds") == NEW
        operation += 1


@pytest.mark.parametrize("how", ["bit 4 of byte 0/2", "bit 0 of byte 1/2", "ones", "zeros"])
def test_a_file_system_that_is_read_wrongly_once_is_not_made_anew(how: str) -> None:
    """Writing would make one where none is found, and all files would be gone."""
    number = 0
    while True:
        flash = prepared(1)
        end = misread(flash.driver, number, MISREADINGS[how])
        system = files_of(flash).system(True)
        if not end():
            break
        assert "bonds" in [entry[0] for entry in system.ilistdir("/")]
        assert storage_of(flash).get("bonds") == OLD
        number += 1
    assert number > 4
