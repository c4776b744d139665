"""The NOR flash on boards and targets: where its regions lie, that it outlives a restart, and life without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from smp import packet, statistics_management

from firmware_sim.chips.reference import Wiring, fit
from firmware_sim.chips.w25q64jv import SIZE, W25q64jv
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.drivers.nor_flash import NorFlash
from firmware_sim.firmware.roles.management import Management
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.simulation import FLASH_FILE
from firmware_sim.testing.mcu_rig import full_world


def test_regions_neither_overlap_nor_leave_a_sector_out() -> None:
    table = [
        (regions.SLOT_A_AT, regions.SLOT_BYTES),
        (regions.SLOT_B_AT, regions.SLOT_BYTES),
        (regions.SWAP_AT, regions.SWAP_BYTES),
        (regions.SETTINGS_AT, regions.SETTINGS_BYTES),
        (regions.FILES_AT, regions.FILES_BYTES),
        (regions.LOG_AT, regions.log_sectors(SIZE) * regions.SECTOR),
    ]
    at = 0
    for address, count in table:
        assert address == at
        assert count % regions.SECTOR == 0
        at += count
    assert at == SIZE
    assert regions.SLOT_BYTES % (1 << 16) == regions.LOG_AT % (1 << 16) == 0


@pytest.mark.parametrize(
    ("size", "sectors"), [(1 << 24, 3456), (1 << 22, 384), (1 << 21, 0), (0, 0), (regions.LEAST_BYTES - 1, 0)]
)
def test_the_log_has_what_a_larger_chip_leaves_and_a_smaller_one_has_none(size: int, sectors: int) -> None:
    assert regions.log_sectors(size) == sectors


@pytest.mark.parametrize("name", ["reference", "rp2350", "esp32s3", "nrf52840"])
@pytest.mark.parametrize("is_fitted", [True, False])
def test_every_board_has_its_flash_where_it_is_fitted(name: str, is_fitted: bool) -> None:
    mcu = Mcu(Clock())
    module = load_board(mcu, name)
    wiring = Wiring(**{field: getattr(module.Wiring, field) for field in Wiring.__dataclass_fields__})
    chip = W25q64jv(mcu.clock)
    fit(mcu, full_world(), wiring=wiring, flash=chip if is_fitted else None)
    board = module.Board()
    assert set(board.sensors) == {"ecg", "ppg", "imu", "skin", "gauge"}
    if not is_fitted:
        assert board.flash is None
        return
    board.flash.program(regions.FILES_AT, b"kept")
    board.flash.wait()
    assert chip.cells.read(regions.FILES_AT, 5) == b"kept\xff"


def fitted(simulation: CpythonSimulation) -> NorFlash:
    """The driver of the chip that is there."""
    flash = simulation.device.board.flash
    assert flash is not None
    return flash


def run(simulation: CpythonSimulation, seconds: float) -> None:
    simulation.advance(simulation.clock.now + round(seconds * 1e6))


def test_what_is_programmed_outlives_reset_and_process_where_the_device_is_kept(tmp_path: Path) -> None:
    simulation = CpythonSimulation(full_world(), storage=tmp_path)
    flash = fitted(simulation)
    flash.wait()
    flash.program(regions.LOG_AT, b"for good")
    flash.wait()
    simulation.reset()
    found = bytearray(8)
    fitted(simulation).wait()
    fitted(simulation).read(regions.LOG_AT, found)
    assert found == b"for good"
    simulation.close()
    del simulation, flash
    again = CpythonSimulation(full_world(), storage=tmp_path)
    fitted(again).wait()
    fitted(again).read(regions.LOG_AT, found)
    assert found == b"for good"
    assert (tmp_path / FLASH_FILE).stat().st_size > SIZE
    assert FLASH_FILE not in again.mcu.files.names()


def test_a_file_that_is_no_flash_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / FLASH_FILE).write_bytes(b"no flash")
    with pytest.raises(ValueError, match="8 bytes, a flash of"):
        CpythonSimulation(full_world(), storage=tmp_path)
    assert (tmp_path / FLASH_FILE).read_bytes() == b"no flash"


def test_a_device_without_its_flash_reports_that_and_works() -> None:
    simulation = CpythonSimulation(full_world())
    free = (regions.FILES_BYTES // regions.SECTOR - 10) * regions.SECTOR
    assert statistic(simulation) == {"bytes": SIZE, "settings_kept": 1, "files": 0, "files_free": free}
    simulation.flash.power_off()
    simulation.reset()
    run(simulation, 2.0)
    assert simulation.device.board.flash is None
    assert statistic(simulation) == {"bytes": 0, "settings_kept": 0}
    settings = simulation.device.settings
    settings.write(wire.SETTING_WEARER_NAME, b"Li")
    assert settings.text(wire.SETTING_WEARER_NAME) == "Li"
    assert all(chain.works for chain in simulation.device.chains.values())


def test_a_chip_that_hangs_in_its_first_operation_is_no_reason_not_to_start() -> None:
    simulation = CpythonSimulation(full_world())
    device = simulation.device
    flash = fitted(simulation)
    flash.wait()
    flash.erase(regions.FILES_AT)  # and never ends
    assert not flash.ready()
    management = Management(device)
    assert management.server.group(0) is not None
    assert management.server.group(1) is None


def statistic(simulation: CpythonSimulation) -> dict[str, int]:
    """Counters of the flash, as management answers by cable."""
    uart = simulation.mcu.uart(0)
    out = bytearray()
    uart.on_output = out.extend
    request = statistics_management.GroupDataRequest(name="flash")
    for line in packet.encode(request.BYTES, line_length=128):
        uart.feed(line)
    run(simulation, 0.1)
    decoder = packet.decode()
    next(decoder)
    for line in bytes(out).splitlines():
        try:
            decoder.send(line + b"\n")
        except StopIteration as end:
            return dict(statistics_management.GroupDataResponse.loads(end.value).fields)
    raise AssertionError(bytes(out))
