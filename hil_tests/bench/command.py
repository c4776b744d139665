"""`vitalband bench`: what the firmware costs on a microcontroller, measured on an emulated one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

_TARGETS = ("qemu-m3", "qemu-m3-c", "qemu-m4", "qemu-m4-c")


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "bench",
        help="what the firmware costs on a microcontroller",
        description="Measure the firmware on an emulated Cortex-M: instructions by stage, heap, flash, and what that "
        "means for named microcontrollers.",
    )
    parser.add_argument("what", choices=["mcu"], help="what to measure")
    parser.add_argument("--target", choices=_TARGETS, default="qemu-m3", help="image and core (default: qemu-m3)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="device time measured (default: 60)")
    parser.add_argument("--wearer", default="resting", help="synthetic wearer (default: resting)")
    parser.add_argument("--heap", type=int, metavar="BYTES", help="heap the firmware gets")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="also draw the stages (.svg, .png or .pdf)")
    parser.add_argument("--budget", type=Path, metavar="FILE", help="fail where a stage exceeds this budget by 3 %%")
    parser.add_argument("--save-budget", type=Path, metavar="FILE", help="write what was measured as the budget")
    parser.add_argument(
        "--save-resources", action="store_true", help="write the networks' figures to models/*/resources.json"
    )
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when measured, and within the budget where one is given."""
    from firmware_sim.targets.qemu import EmulatorError
    from firmware_sim.world.wearer import PRESETS
    from host_sdk.errors import VitalbandError

    from .mcu.measuring import measure
    from .mcu.projection import project

    if args.wearer not in PRESETS:
        print(f"vitalband bench: there is no wearer {args.wearer!r} ({', '.join(PRESETS)})", file=sys.stderr)
        return 1
    try:
        figures = measure(args.target, args.wearer, args.seconds, args.heap)
    except (EmulatorError, VitalbandError) as error:
        print(f"vitalband bench: {error}", file=sys.stderr)
        return 1
    report = {**figures, "mcus": project(figures)}
    _tell(report, args)
    return 0 if _within(args, report) else 1


def _tell(report: dict[str, Any], args: argparse.Namespace) -> None:
    from .mcu.table import print_report

    if args.json:
        print(json.dumps(report))
    else:
        print_report(report)
    if args.chart is not None:
        from .mcu.chart import draw

        draw(report, args.chart)
        print(f"drawn in {args.chart}", file=sys.stderr)


def _within(args: argparse.Namespace, report: dict[str, Any]) -> bool:
    from .mcu.budget import excesses, read_budget, write_budget
    from .mcu.networks import save_resources

    if args.save_resources:
        save_resources(report)
    if args.save_budget is not None:
        write_budget(args.save_budget, report)
    if args.budget is None:
        return True
    found = excesses(report, read_budget(args.budget))
    for line in found:
        print(f"vitalband bench: {line}", file=sys.stderr)
    return not found
