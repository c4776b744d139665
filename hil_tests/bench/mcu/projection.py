"""From instructions on the emulated core to load, latency and battery life of named microcontrollers.

A projection, not a measurement: its assumptions stand in mcus.toml and go with every report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from firmware_sim.chips.draw import current_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = Path(__file__).with_name("mcus.toml")
#: Bytes on the buses a second: 250 frames of 9 and their commands; FIFO and register traffic of the others.
_SPI_BYTES = 250 * 9
_I2C_BYTES = 100 * 6 + 104 * 14 + 60 * 4
_STEPS_A_SECOND = 50


def read_mcus() -> dict[str, dict[str, Any]]:
    """The table of microcontrollers, `board` and `max30102` among them."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def project(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of each microcontroller: CPU load, mean and longest step, battery life, and their assumptions."""
    table = read_mcus()
    board, optics = table.pop("board"), table.pop("max30102")
    chips_ma = {chip: current_table()[chip]["ma"][state] for chip, state in board["states"].items()}
    chips_ma["max30102"] = next(iter(_light(optics).values()))["mean_ma"]
    board["sensors_ma"] = sum(chips_ma.values())
    return {key: _projected(figures, mcu, board) for key, mcu in table.items()}


def light_modes() -> dict[str, dict[str, float]]:
    """What the optical chip takes by its modes, the usual one first: mean mA, and mAh a day."""
    return _light(read_mcus()["max30102"])


def _light(optics: dict[str, Any]) -> dict[str, dict[str, float]]:
    own = current_table()["max30102"]["ma"]
    modes = {}
    for name, mode in optics["modes"].items():
        leds_ma = (mode["red_ma"] + mode["infrared_ma"]) * mode["pulse_us"] * 1e-6 * optics["rate_hz"]
        mean_ma = mode["on"] * (own["supply"] + leds_ma) + (1 - mode["on"]) * own["shutdown"]
        modes[name] = {"mean_ma": round(mean_ma, 4), "mah_a_day": round(24 * mean_ma, 2)}
    return modes


def mcu_ma(instructions_per_s: float, name: str) -> float:
    """What a microcontroller of the table takes with its radio, mean mA, at so many instructions a second."""
    table = read_mcus()
    return _mcu_ma(table[name], _loads(instructions_per_s, table[name], table["board"])[0])


def battery_h(mean_ma: float) -> float:
    """How long the board's cell lasts, h."""
    board = read_mcus()["board"]
    return float(board["battery_mah"] * board["regulator"] / mean_ma)


def _mcu_ma(mcu: dict[str, Any], load: float) -> float:
    return float(mcu["run_ma"] * min(load, 1) + mcu["idle_ma"] * max(0, 1 - load) + mcu["radio_ma"])


def _loads(instructions_per_s: float, mcu: dict[str, Any], board: dict[str, Any]) -> tuple[float, float]:
    """The part of the time for which the CPU runs, and of that for which it waits for buses."""
    computing = instructions_per_s * mcu["cycles_per_instruction"] / (mcu["mhz"] * 1e6)
    # a stock port waits for its buses
    waiting = _SPI_BYTES * 8 / board["spi_hz"] + _I2C_BYTES * board["i2c_bits_a_byte"] / board["i2c_hz"]
    return computing + waiting, waiting


def _projected(figures: dict[str, Any], mcu: dict[str, Any], board: dict[str, Any]) -> dict[str, Any]:
    load, waiting = _loads(figures["instructions_per_s"], mcu, board)
    mean_ma = _mcu_ma(mcu, load) + board["sensors_ma"]
    return {
        "name": mcu["name"],
        "cpu_load": round(load, 3),
        "bus_load": round(waiting, 3),
        "step_ms": round(load / _STEPS_A_SECOND * 1000, 2),
        "longest_step_ms": round(figures["longest_step"] * mcu["cycles_per_instruction"] / mcu["mhz"] / 1000, 1),
        "mean_ma": round(mean_ma, 2),
        "battery_h": round(battery_h(mean_ma), 1) if load < 1 else None,
        "assumes": {key: value for key, value in mcu.items() if key != "name"},
    }
