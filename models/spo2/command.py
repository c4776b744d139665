"""`vitalband calibrate`: a calibration curve from a study's pairs."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WIDEST = 24
_PAGE, _NAMES_LISTED = 80, 8
#: Expanded uncertainty of a reading by Arms.
_U95_BY_ARMS = 1.96
_NUMBERS_REACH = (
    "People, pairs, range and Arms reach the numbers of ISO 80601-2-61.\n"
    "Whether a regulator accepts the study, they do not tell."
)


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "calibrate",
        help="a calibration curve from a study's pairs",
        description="Fit a calibration curve to pairs of what the device measured and a reference.",
    )
    quantities = parser.add_subparsers(dest="quantity", metavar="QUANTITY", required=True)
    one = quantities.add_parser(
        "spo2",
        help="SpO2 from the ratio of ratios",
        description="Fit SpO2 to the ratio of ratios, red over infrared: docs/calibration.md.",
    )
    one.add_argument(
        "csv", type=Path, metavar="CSV", help="person, reference, and ratio or reading or light; a pair a line"
    )
    one.add_argument("--form", choices=("line", "quadratic"), default="line", help="of the curve (default: line)")
    one.add_argument(
        "--read-by", default="oxiwear", metavar="CURVE", help="curve that gave the column `reading` (default: oxiwear)"
    )
    one.add_argument("--seed", type=int, default=1, metavar="N", help="of the people drawn again for intervals (1)")
    one.add_argument("--save", type=Path, metavar="FILE", help="write the curve into this new file, NAME.json")
    one.add_argument("--json", action="store_true", help="print one JSON object")
    one.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when there is a curve. Raises CalibrationError."""
    from host_sdk.cli.output import print_json

    from .curve import Curve, load_all, next_number, save
    from .errors import CalibrationError, CurveError
    from .fitting import calibrate, judge
    from .pairs import read_pairs

    curves = load_all()
    if args.read_by not in curves:
        raise CalibrationError(f"no curve {args.read_by!r}; there are {', '.join(curves)}")
    if args.save is not None and not (args.save.suffix == ".json" and _NAME.fullmatch(args.save.stem)):
        raise CurveError(f"{args.save}: a curve's file is called NAME.json, of small letters, digits and _")
    table = read_pairs(args.csv, curves[args.read_by])
    found: dict[str, Any] = {"at_ends": table.at_ends, **calibrate(table.pairs, args.form, args.seed)}
    found["others"] = {name: judge(table.pairs, curve, args.seed) for name, curve in curves.items()}
    if args.save is not None:
        a, b, c = found["coefficients_percent"]
        arms, people, pairs = found["left_out"]["arms"], found["people"], found["pairs"]
        curve = Curve(
            number=next_number(curves.values()),
            coefficients_percent=(a, b, c),
            least_percent=found["reference"][0],
            u95_percent=round(_U95_BY_ARMS * arms, 1),
            calibrated=not found["lacks"],
            source=f"{args.csv.name}: {people} people, {pairs} pairs, Arms {arms:.2f} % left out",
        )
        save(curve, args.save)
        found["saved"] = {"file": str(args.save), "number": curve.number, "calibrated": curve.calibrated}
    if args.json:
        print_json(found)
    else:
        print("\n".join(_lines(found)))
    return 0


def _lines(found: dict[str, Any]) -> Iterator[str]:
    a, b, c = found["coefficients_percent"]
    yield f"SpO2 in % = {a:.2f} {b:+.2f} R" + (f" {c:+.2f} R²" if c else "")
    yield f"people {found['people']}, pairs {found['pairs']}" + (
        f"; {found['at_ends']} readings at an end of the scale tell no ratio" if found["at_ends"] else ""
    )
    yield from _counted_once(found)
    low, high = found["reference"]
    yield f"covered: reference {low:g} to {high:g} %, ratio {found['ratio'][0]:g} to {found['ratio'][1]:g}"
    yield ""
    yield f"{'':{_WIDEST}}{'Arms %':>7}  {'95 %':<14}{'bias %':>7}  95 %"
    yield _row("these pairs", found["fitted"])
    yield _row(f"left one {found['left_out']['by']} out", found["left_out"])
    for name, figures in found["others"].items():
        yield _row(f"curve {name}", figures)
    yield ""
    if found["left_out"]["arms_95"] is None:
        yield "Too few people for an interval: of others it says nothing."
    lacks = found["lacks"]
    yield "Uncalibrated (ISO 80601-2-61): " + "; ".join(lacks) + "." if lacks else _NUMBERS_REACH
    if "saved" in found:
        yield from _use(found["saved"])


def _counted_once(found: dict[str, Any]) -> Iterator[str]:
    """Which people and pairs are no others."""
    notes = [f"one person, also written {_listed(others)}: {name}" for name, others in found["spellings"].items()]
    notes += [
        f"mostly the same pairs, so counted as one person with {name}: {_listed(others)}"
        for name, others in found["copies"].items()
    ]
    notes += [f"pairs that were there before and do not count: {found['repeated']}"] if found["repeated"] else []
    for note in notes:
        yield from textwrap.wrap(note, _PAGE, subsequent_indent="  ")


def _listed(names: list[str]) -> str:
    rest = len(names) - _NAMES_LISTED
    return ", ".join(names[:_NAMES_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _row(name: str, figures: dict[str, Any]) -> str:
    arms, bias = (_interval(figures[key]) for key in ("arms_95", "bias_95"))
    return f"{name[: _WIDEST - 1]:{_WIDEST}}{figures['arms']:7.2f}  {arms:<14}{figures['bias']:+7.2f}  {bias}"


def _interval(limits: list[float] | None) -> str:
    return "–" if limits is None else f"{limits[0]:.2f} to {limits[1]:.2f}"


def _use(saved: dict[str, Any]) -> Iterator[str]:
    number = saved["number"]
    yield f"Written: {saved['file']}, curve {number}. To have it in the device:"
    yield "  move the file into models/spo2/curves,"
    yield f"  `high = {number}` of the setting spo2_curve in firmware_sim/schema/wire.toml,"
    yield "  make gen, make firmware; then write the setting vitalband/spo2_curve."
