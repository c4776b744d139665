"""`vitalband bench`: what the firmware costs on a microcontroller, measured on an emulated one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from firmware_sim.targets.names import CORES

_LONGEST_S = 36_000


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "bench",
        help="what the firmware costs on a microcontroller",
        description="Measure the firmware on an emulated Cortex-M: instructions by stage, heap, flash, and what that "
        "means for named microcontrollers.",
    )
    parser.add_argument("what", nargs="?", choices=["mcu"], default="mcu", help="what to measure (default: mcu)")
    parser.add_argument("--target", choices=CORES, default="qemu-m3", help="image and core (default: qemu-m3)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="device time measured (default: 60)")
    parser.add_argument("--wearer", default="resting", help="synthetic wearer (default: resting)")
    parser.add_argument("--heap", type=int, metavar="BYTES", help="heap the firmware gets")
    parser.add_argument("--heap-by-owner", action="store_true", help="instead: who of the firmware holds heap")
    parser.add_argument("--log", action="store_true", help="instead: what recording the ECG to the flash takes")
    parser.add_argument("--page", type=Path, metavar="FILE", help="with --heap-by-owner: also write it as a page")
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
    from host_sdk.errors import VitalbandError

    try:
        if args.heap_by_owner:
            return _print_heap(args)
        if args.log:
            return _print_log(args)
        report = _measured(args)
    except (EmulatorError, VitalbandError, ValueError, OSError) as error:
        print(f"vitalband bench: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    found = _report_figures(report, args)
    for line in found:
        print(f"vitalband bench: {line}", file=sys.stderr)
    return 1 if found else 0


def _print_heap(args: argparse.Namespace) -> int:
    """Print who holds heap, and write the page that was asked for; 0."""
    from firmware_sim.world.wearer import PRESETS

    from .mcu.heap import measure_heap, page, rooms, total

    if args.wearer not in PRESETS:
        raise ValueError(f"there is no wearer {args.wearer!r} ({', '.join(PRESETS)})")
    owners = measure_heap(args.target, args.wearer)
    for owner in (*rooms(owners), *owners):
        print(f"{owner.name:28} code {owner.imported:7,} objects {owner.made:7,} both {owner.held:7,}")
    print(f"{'all':28} {total(owners):,}")
    if args.page is not None:
        args.page.write_text(page(owners, args.target))
    return 0


def _print_log(args: argparse.Namespace) -> int:
    """Print what the log takes while it records; 0."""
    from .mcu.measuring import measure_log

    _check(args)
    figures = measure_log(args.target, args.wearer, args.seconds)
    if args.json:
        print(json.dumps(figures))
    for name, figure in {} if args.json else figures.items():
        print(f"{name:18} {figure['instructions_per_s']:11,.0f} instructions/s {figure['calls_per_s']:8g} calls/s")
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raises ValueError for a wearer that there is not, or a time that is none."""
    from firmware_sim.world.wearer import PRESETS

    if args.wearer not in PRESETS:
        raise ValueError(f"there is no wearer {args.wearer!r} ({', '.join(PRESETS)})")
    if not 1 <= args.seconds <= _LONGEST_S:
        raise ValueError(f"--seconds {args.seconds:g} is not between 1 and {_LONGEST_S}")


def _measured(args: argparse.Namespace) -> dict[str, Any]:
    """The report; whatever is wrong with the arguments is reported before anything is measured."""
    from .mcu.budget import read_budget
    from .mcu.chart import check_ending
    from .mcu.measuring import measure
    from .mcu.projection import light_modes, project

    _check(args)
    if args.chart is not None:
        check_ending(args.chart)
    if args.budget is not None:
        read_budget(args.budget)
    figures = measure(args.target, args.wearer, args.seconds, args.heap, on_step=_say)
    return {**figures, "mcus": project(figures), "light": light_modes()}


def _report_figures(report: dict[str, Any], args: argparse.Namespace) -> list[str]:
    """Print and write what was asked for; what exceeds the budget, if there is one."""
    from .mcu.budget import write_budget
    from .mcu.chart import draw
    from .mcu.networks import save_resources
    from .mcu.table import print_report

    if args.json:
        print(json.dumps(report))
    else:
        print_report(report)
    if args.chart is not None:
        draw(report, args.chart)
        print(f"drawn in {args.chart}", file=sys.stderr)
    if args.save_resources:
        save_resources(report)
    if args.save_budget is not None:
        write_budget(args.save_budget, report)
    return [] if args.budget is None else _compared(report, args.budget)


def _compared(report: dict[str, Any], path: Path) -> list[str]:
    """What exceeds the budget; that nothing does is said, too."""
    from .mcu.budget import excesses, read_budget, tolerance

    budget = read_budget(path)
    found = excesses(report, budget)
    if not found:
        within = f"within {tolerance(report, budget):.0%}"
        _say(f"{path.name} holds: {len(report['stages'])} stages and flash {within}, heap")
    return found


def _say(text: str) -> None:
    """How far it has come, also where nobody looks at a terminal: a run takes minutes."""
    print(f"vitalband bench: {text}", file=sys.stderr, flush=True)
