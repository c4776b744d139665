"""A report for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from .networks import per_mac
from .stages import ECG_PATH, REST

_NOTE = (
    "Projected, not measured: assumptions in hil_tests/bench/mcu/mcus.toml. A step is one round of the firmware's main "
    "loop, begun every 20 ms; `in buses` is the part of the CPU load that waits for SPI and I2C."
)


def print_report(report: dict[str, Any], console: Console | None = None) -> None:
    """Print stages, heap, flash and projections."""
    console = console or Console()
    image = report["image"]
    console.print(
        f"{report['target']}, {image['kernels']} kernels, MicroPython {image['micropython']}, wearer "
        f"{report['wearer']}, {report['seconds']:g} s: {report['instructions_per_s'] / 1e6:.2f} million instructions a "
        "second of signal"
    )
    console.print(_stages(report))
    heap, flash = report["heap"], report["flash"]
    console.print(
        f"heap: the firmware holds {heap['held']:,} bytes at most (the emulated board's modules "
        f"{heap['board_modules']:,} more) of {heap['size']:,}, {heap['garbage_per_s']:,} bytes of garbage a second, "
        f"largest free piece {heap['largest_free']:,}, fragmentation at most {heap['fragmentation']:.0%}"
    )
    console.print(
        f"flash: {flash['image']:,} bytes of image, of which {flash['total']:,} frozen firmware and board modules"
    )
    for name, network in report["networks"].items():
        console.print(_network(name, network))
    console.print(_mcus(report["mcus"]))
    console.print(_light(report["light"]))
    console.print(_NOTE, highlight=False)


def _stages(report: dict[str, Any]) -> Table:
    table = _numbers(Table("stage"), "instructions/s", "of all", "calls/s")
    whole, stages = report["instructions_per_s"], report["stages"]
    for name, stage in sorted(stages.items(), key=lambda item: -item[1]["instructions_per_s"]):
        count = stage["instructions_per_s"]
        shown = "rest: main loop, buses, waiting" if name == REST else name
        table.add_row(shown, f"{count:,}", f"{count / whole:.1%}", f"{stage['calls_per_s']:g}")
    table.add_section()
    ecg = sum(stages[name]["instructions_per_s"] for name in ECG_PATH if name in stages)
    table.add_row("all", f"{whole:,}", "100.0%", "")
    table.add_row("of it the ECG, sensor to windows", f"{ecg:,}", f"{ecg / whole:.1%}", "")
    return table


def _numbers(table: Table, *names: str) -> Table:
    """The table with columns of numbers added."""
    for name in names:
        table.add_column(name, justify="right")
    return table


def _network(name: str, network: dict[str, Any]) -> Table:
    table = _numbers(Table("operator", title=f"{name}: one inference"), "MACs", "instructions", "for each MAC")
    for operator in network["operators"]:
        per_mac_text = f"{operator['instructions'] / operator['macs']:.1f}" if operator["macs"] else ""
        table.add_row(operator["name"], f"{operator['macs']:,}", f"{operator['instructions']:,}", per_mac_text)
    table.add_row("all", f"{network['macs']:,}", f"{network['instructions']:,}", "")
    table.caption = (
        f"{per_mac(network, 'CONV_2D'):.1f} instructions for each MAC in convolutions; {network['model_bytes']:,} "
        f"bytes of flash, arena {network['arena']:,}, other heap {network['held']:,}"
    )
    return table


def _mcus(mcus: dict[str, dict[str, Any]]) -> Table:
    table = Table(title="Projections")
    table.add_column("MCU", no_wrap=True)
    _numbers(table, "CPU load", "in buses", "mean step", "longest step", "mean current", "150 mAh last")
    for mcu in mcus.values():
        table.add_row(
            mcu["name"],
            f"{mcu['cpu_load']:.0%}",
            f"{mcu['bus_load']:.0%}",
            f"{mcu['step_ms']:g} ms",
            f"{mcu['longest_step_ms']:g} ms",
            f"{mcu['mean_ma']:g} mA",
            "too slow" if mcu["battery_h"] is None else f"{mcu['battery_h']:g} h",
        )
    return table


def _light(modes: dict[str, dict[str, float]]) -> Table:
    table = _numbers(Table("MAX30102", title="Charge of the optical chip, by its data sheet"), "mean current", "a day")
    for name, mode in modes.items():
        table.add_row(name, f"{mode['mean_ma']:g} mA", f"{mode['mah_a_day']:g} mAh")
    return table
