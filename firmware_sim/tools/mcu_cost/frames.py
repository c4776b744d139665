"""What the chips of a wearer would put on their buses, as one binary file that a bench on any target reads."""

from __future__ import annotations

import struct
from array import array

from firmware_sim.chips.reference import fit
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.world.base import World

#: Header: seconds, offset of ECG, light and motion frames (u32 each, little-endian).
HEADER = struct.Struct("<4I")
_POLL_US = 100_000
_BATCH = 64


def record(world: World, seconds: int) -> bytes:
    """Frames of `seconds` of a world that has ECG, light and motion: ADS1292R 9 bytes, MAX30102 6, LSM6DSO 14 each.

    The drivers read the simulated chips; what they read is put back into the form it had on the bus.
    """
    clock = Clock()
    mcu = Mcu(clock, seed=0)
    fit(mcu, world, begin_us=0, ppm=0.0)
    board = load_board(mcu).Board()
    ecg, light, motion = bytearray(), bytearray(), bytearray()
    counts, accel, gyro = array("i", [0] * 2 * _BATCH), array("h", [0] * 3 * _BATCH), array("h", [0] * 3 * _BATCH)
    for driver in (board.ecg, board.ppg, board.imu):
        driver.start()
    # the last second is to spare: chips do not start on the dot
    for _ in range((seconds + 1) * 1_000_000 // _POLL_US):
        clock.run_until(clock.now + _POLL_US)
        board.wdt.feed()
        n = board.ecg.read(counts, _BATCH)
        ecg += b"".join(ecg_frame(counts[i], board.ecg.lead_off) for i in range(n))
        n = board.ppg.read(counts, _BATCH)
        light += b"".join(counts[i].to_bytes(3, "big") for i in range(2 * n))
        n = board.imu.read(accel, gyro, _BATCH)
        motion += b"".join(motion_pair(accel[3 * i : 3 * i + 3], gyro[3 * i : 3 * i + 3]) for i in range(n))
    start = HEADER.size
    return HEADER.pack(seconds, start, start + len(ecg), start + len(ecg) + len(light)) + ecg + light + motion


def ecg_frame(count: int, lead_off: bool) -> bytes:
    """One ADS1292R frame: status, channel 1, channel 2."""
    return bytes((0xC1 if lead_off else 0xC0, 0, 0)) + (count & 0xFFFFFF).to_bytes(3, "big") + bytes(3)


def motion_pair(accel: array[int], gyro: array[int]) -> bytes:
    """One gyroscope and one accelerometer word of the LSM6DSO's FIFO."""
    return b"\x08" + struct.pack("<3h", *gyro) + b"\x10" + struct.pack("<3h", *accel)
