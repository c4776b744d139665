"""The budget: what each stage may take, committed beside the code, so that one that grows is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .stages import COLLECTOR

#: The committed budgets: of the stock image, and of the one with the kernels in C.
BUDGETS = {target: Path(__file__).with_name(f"budget_{target}.json") for target in ("qemu-m3", "qemu-m3-c")}
#: A stage may exceed its budget by 3 %, and by so many instructions a second where it is tiny.
TOLERANCE = 0.03
SLACK = 2_000
#: How many collections fall into a measurement depends on where it begins.
COLLECTOR_TOLERANCE = 0.15
#: With another compiler MicroPython's own code is another; MicroPython's part of a stage differs by its quality.
OTHER_COMPILER = 0.15
_HEAP_SLACK = 512
#: What a stock board must bear: instructions a second, bytes of heap beside the arenas, of arenas, of flash. Waves by a
#: network took 8 KiB more heap and half a million instructions more than the rules that it replaced, QRS verification
#: 14 KiB: 10 of them are tables of its network. Light takes 14 KiB more than it did: single pulses 2, the tracker in
#: motion 8, control of the LEDs and wear 2, rhythm and green light 2; management by SMP takes 6, networks of
#: respiration 4, images 2, the log with its flash chip 9, of which triggers and encryption are 2, files 1.
LIMITS = {"viper": 25_000_000, "c": 10_500_000}
MOST_HEAP = 120 * 1024
MOST_ARENAS = 48 * 1024
MOST_FLASH = 775 * 1024  # of 1 MiB in an nRF52840; MicroPython's littlefs takes 25 kB


def budget_of(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says that a later one may not exceed."""
    return {
        "compiler": report["image"]["compiler"],
        "micropython": report["image"]["micropython"],
        "seconds": report["seconds"],
        "wearer": report["wearer"],
        "instructions_per_s": report["instructions_per_s"],
        "stages": {name: stage["instructions_per_s"] for name, stage in sorted(report["stages"].items())},
        "heap_held": report["heap"]["held"],
        "flash": report["flash"]["image"],
    }


def tolerance(report: dict[str, Any], budget: dict[str, Any]) -> float:
    """By what part of its budget a stage, or the image, may exceed it."""
    same = all(report["image"][key] == budget[key] for key in ("compiler", "micropython"))
    return TOLERANCE if same else OTHER_COMPILER


def excesses(report: dict[str, Any], budget: dict[str, Any]) -> list[str]:
    """One line for each figure of `report` beyond `budget`, and for each stage that has none."""
    measured = budget_of(report)
    part = tolerance(report, budget)
    found = []
    pairs = [("all stages", measured["instructions_per_s"], budget["instructions_per_s"])]
    for name, count in measured["stages"].items():
        if name not in budget["stages"]:
            found.append(f"{name} has no budget")
        else:
            pairs.append((name, count, budget["stages"][name]))
    for name, count, allowed in pairs:
        if count > allowed * (1 + (max(part, COLLECTOR_TOLERANCE) if name == COLLECTOR else part)) + SLACK:
            found.append(f"{name} takes {count:,} instructions a second, its budget is {allowed:,}")
    if measured["heap_held"] > budget["heap_held"] + _HEAP_SLACK:
        found.append(f"the heap holds {measured['heap_held']:,} bytes, its budget is {budget['heap_held']:,}")
    if measured["flash"] > budget["flash"] * (1 + part):
        found.append(f"the image has {measured['flash']:,} bytes, its budget is {budget['flash']:,}")
    return found


def over_limits(report: dict[str, Any]) -> list[str]:
    """One line for each bound, whatever the budget, that a report breaks."""
    # networks work in the memory of the largest
    arenas = max(network["arena"] for network in report["networks"].values())
    figures = (
        ("instructions a second", report["instructions_per_s"], LIMITS[report["image"]["kernels"]]),
        ("bytes of heap beside arenas", report["heap"]["held"] - arenas, MOST_HEAP),
        ("bytes of arenas", arenas, MOST_ARENAS),
        ("bytes of flash", report["flash"]["image"], MOST_FLASH),
    )
    return [f"{count:,} {what}, {most:,} are allowed" for what, count, most in figures if count > most]


def read_budget(path: Path) -> dict[str, Any]:
    """A budget file; OSError or ValueError where it is none."""
    budget: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    wanted = {"compiler", "micropython", "instructions_per_s", "stages", "heap_held", "flash"}
    if not isinstance(budget, dict) or not wanted <= set(budget):
        raise ValueError(f"{path} is no budget")
    return budget


def write_budget(path: Path, report: dict[str, Any]) -> None:
    """Make what was measured the budget."""
    path.write_text(json.dumps(budget_of(report), indent=1) + "\n", encoding="utf-8")
