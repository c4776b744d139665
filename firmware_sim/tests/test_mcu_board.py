from __future__ import annotations

from array import array
from dataclasses import fields
from pathlib import Path

import pytest

from firmware_sim.chips.reference import REFERENCE, Wiring, fit
from firmware_sim.firmware.drivers.lsm6dso import Lsm6dso
from firmware_sim.firmware.roles.band import Band
from firmware_sim.mcu import Clock, Mcu, McuReset, load_board, modules_of
from firmware_sim.mcu.files import Files
from firmware_sim.testing.mcu_rig import Rig, full_world


def test_board_without_chips_or_radio() -> None:
    board = load_board(Mcu(Clock())).Board()
    assert (board.sensors, board.ble, board.flash) == ({}, None, None)
    assert board.now_us() == 31_450  # it waited for the ECG chip's reset, then for a flash to wake and end an erase


def chips_of(wiring: object) -> Wiring:
    """The chips' side of a board's wiring."""
    return Wiring(**{field.name: getattr(wiring, field.name) for field in fields(Wiring)})


def test_wiring_is_said_the_same_on_both_sides() -> None:
    assert chips_of(load_board(Mcu(Clock())).Wiring) == REFERENCE


@pytest.mark.parametrize("name", ["reference", "rp2350", "esp32s3", "nrf52840"])
def test_every_board_finds_its_chips_and_runs(name: str) -> None:
    mcu = Mcu(Clock())
    module = load_board(mcu, name)
    fit(mcu, full_world(), wiring=chips_of(module.Wiring))
    device = Band(module.Board())
    for _ in range(100):
        now = device.now_us()
        mcu.clock.run_until(mcu.clock.now + device.step(now) - now)
    assert set(device.chains) == set(device.board.sensors) >= {"ecg", "ppg", "imu", "gauge"}
    assert all(chain.works for chain in device.chains.values())
    assert device.chains["ecg"].overruns == 0
    assert device.set_time(1_700_000_000_000, None)
    assert device.board.rtc.datetime()[0] == 2023


def test_a_derived_board_has_the_sensors_that_it_names() -> None:
    mcu = Mcu(Clock())
    fit(mcu, full_world())
    derived = type("Board", (load_board(mcu).Board,), {"i2c_sensors": (("motion", Lsm6dso),)})
    board = derived()
    assert list(board.sensors) == ["ecg", "motion"]
    assert isinstance(board.sensors["motion"], Lsm6dso)


def test_unknown_board_is_an_import_error() -> None:
    with pytest.raises(ImportError, match=r"no board file nothere\.py"):
        load_board(Mcu(Clock()), "nothere")
    with pytest.raises(ImportError):
        load_board(Mcu(Clock()), "../loader")


def test_devices_in_one_process_are_independent() -> None:
    one, two = Rig(full_world(), seed=1), Rig(full_world(), seed=2)
    assert one.board.unique_id != two.board.unique_id
    assert Rig(full_world(), seed=1).board.unique_id == one.board.unique_id
    one.board.sensors["ecg"].start()
    one.wait(1000)
    out = array("i", [0] * 100)
    assert one.board.sensors["ecg"].read(out, 100) == 100
    assert two.board.now_us() < one.board.now_us()
    two.board.storage.put("a", b"2")
    assert one.board.storage.get("a") is None


def test_two_devices_on_one_clock() -> None:
    clock = Clock()
    first, second = Mcu(clock, seed=1), Mcu(clock, seed=2)
    seen: list[str] = []
    for name, mcu in (("first", first), ("second", second)):
        timer = modules_of(mcu)["machine"].Timer
        timer(-1, period=10, callback=lambda t, name=name: seen.append(name))
    clock.run_until(10_000)
    first.reset()
    clock.run_until(20_000)
    assert seen == ["first", "second", "second"]


def test_the_same_run_gives_the_same_samples() -> None:
    def run() -> tuple[bytes, int, bytes]:
        rig = Rig(full_world(), seed=9, ppm=35.0)
        rig.board.sensors["ecg"].start()
        rig.wait(3000)
        out = array("i", [0] * 200)
        rig.board.sensors["ecg"].read(out, 200)
        return out.tobytes(), rig.board.sensors["ecg"].tick_us, rig.board.entropy(8)

    assert run() == run()


def test_a_reset_in_the_middle_of_measuring_is_recovered_from() -> None:
    rig = Rig(full_world())
    for driver in (rig.board.sensors["ecg"], rig.board.sensors["ppg"], rig.board.sensors["imu"]):
        driver.start()
    rig.wait(1005)
    with pytest.raises(McuReset):
        rig.board.reset()
    board = load_board(rig.mcu).Board()
    assert board.now_us() == 151_000
    ecg, light = array("i", [0] * 128), array("i", [0] * 128)
    accel, gyro = array("h", [0] * 128), array("h", [0] * 128)
    for driver in (board.sensors["ecg"], board.sensors["ppg"], board.sensors["imu"]):
        driver.start()
    assert (
        board.sensors["ecg"].read(ecg, 128)
        == board.sensors["ppg"].read(light, 64)
        == board.sensors["imu"].read(accel, gyro, 40)
        == 0
    )
    rig.clock.run_until(rig.clock.now + 102_000)
    assert board.sensors["ecg"].read(ecg, 128) == 22
    assert board.sensors["ecg"].tick_us == 151_000 + 16_000
    assert board.sensors["ppg"].read(light, 64) == 10
    assert board.sensors["imu"].read(accel, gyro, 40) == 10


@pytest.mark.parametrize("in_folder", [False, True])
def test_storage(tmp_path: Path, in_folder: bool) -> None:
    folder = tmp_path / "flash" if in_folder else None
    mcu = Mcu(Clock(), storage=folder)
    storage = load_board(mcu, "rp2350").Board().storage
    assert storage.get("bonds") is None
    storage.put("bonds", b"\x01\x02")
    storage.put("bonds", b"\x03")
    assert storage.get("bonds") == b"\x03"
    assert mcu.files.names() == ["bonds"]
    assert storage.get("../bonds") is None
    with pytest.raises(OSError, match="ENOENT"):
        storage.put("../bonds", b"")
    mcu.reset()
    assert load_board(mcu, "rp2350").Board().storage.get("bonds") == b"\x03"
    if folder is not None:
        assert (folder / "bonds").read_bytes() == b"\x03"


def test_files_as_micropython_opens_them() -> None:
    files = Files(None)
    with files.open("log", "w") as text:
        text.write("a\n")  # type: ignore[call-overload]
    with files.open("log", "a") as text:
        text.write("b\n")  # type: ignore[call-overload]
    with files.open("log") as text:
        assert text.read() == "a\nb\n"
    files.remove("log")
    with pytest.raises(OSError, match="ENOENT"):
        files.open("log")
    with pytest.raises(OSError, match="EINVAL"):
        files.open("log", "x")


def test_heap_counts_what_the_firmware_holds() -> None:
    rig = Rig(full_world())
    heap = rig.mcu.heap
    heap.watch(rig.board)
    before = heap.measure()
    assert 2 * 1024 < before < 16 * 1024
    rig.board.extra = bytearray(10_000)
    rig.board.more = rig.board.extra  # the same one again takes no more
    assert 10_000 <= heap.measure() - before <= 10_100
    free = rig.board.heap_free()
    assert free == heap.free
    assert (heap.exceeded, free > 0) == (False, True)
    rig.board.huge = array("i", [0] * 50_000)
    heap.measure()
    assert (heap.exceeded, rig.board.heap_free()) == (True, 0)
    rig.mcu.reset()
    assert heap.measure() == 0
