"""A report for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from .networks import per_mac


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
        f"heap: the firmware holds {heap['held']} bytes at most (the emulated board's modules {heap['board_modules']} "
        f"more) of {heap['size']}, {heap['garbage_per_s']} bytes of garbage a second, largest free piece "
        f"{heap['largest_free']}, fragmentation at most {heap['fragmentation']:.0%}"
    )
    console.print(
        f"flash: {flash['image']} bytes of image, of which {flash['total']} frozen firmware and board modules"
    )
    for name, network in report["networks"].items():
        console.print(_network(name, network))
    console.print(_mcus(report["mcus"]))
    console.print("Projected, not measured: assumptions in hil_tests/bench/mcu/mcus.toml. Step and current are means.")


def _stages(report: dict[str, Any]) -> Table:
    table = Table("stage", "instructions/s", "of all", "calls/s")
    for name, stage in sorted(report["stages"].items(), key=lambda item: -item[1]["instructions_per_s"]):
        count = stage["instructions_per_s"]
        fraction = count / report["instructions_per_s"]
        table.add_row(name, f"{count}", f"{fraction:.1%}", f"{stage['calls_per_s']:g}")
    return table


def _network(name: str, network: dict[str, Any]) -> Table:
    table = Table("operator", "MACs", "instructions", "for each MAC", title=f"{name}: one inference")
    for operator in network["operators"]:
        per_mac_text = f"{operator['instructions'] / operator['macs']:.1f}" if operator["macs"] else ""
        table.add_row(operator["name"], f"{operator['macs']}", f"{operator['instructions']}", per_mac_text)
    table.add_row("all", f"{network['macs']}", f"{network['instructions']}", "")
    table.caption = (
        f"{per_mac(network, 'CONV_2D'):.1f} instructions for each MAC in convolutions; {network['model_bytes']} bytes "
        f"of flash, arena {network['arena']}, other heap {network['held']}"
    )
    return table


def _mcus(mcus: dict[str, dict[str, Any]]) -> Table:
    table = Table("MCU", "CPU load", "of it buses", "step", "longest", "current", "150 mAh", title="Projections")
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
