"""`vitalband replay`: records through the simulated sensors and the device's own signal processing."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import VitalbandError
from ..records import record_name
from ..replay import ReplayOptions, ReplayResult, replay
from ..transports.simulated import find_provider
from ..transports.simulated_options import DEFAULT_TARGET, SIGNALS
from ..wire_gen import Sex
from .choices import add_read_options, read_options, sex, since
from .output import one_line, print_json
from .progress import Progress
from .replay_table import print_table


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "replay",
        help="run records through the simulated sensors and the device's own processing",
        description="Run WFDB, EDF, CSV or NPZ records through the simulated sensors and the device's own processing, "
        "as fast as they will go. A record that cannot be used is reported and the others go on.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="record (ending or not), or a recording's folder")
    parser.add_argument(
        "--signal", choices=SIGNALS, default="auto", help="which signals to use (default: all there are)"
    )
    parser.add_argument(
        "--channel",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="channel at the electrodes, by name or number from 1; several: one result each",
    )
    parser.add_argument("--start", type=since, default=0.0, metavar="S", help="begin S seconds into the record")
    parser.add_argument("--end", type=since, metavar="S", help="stop S seconds into the record")
    parser.add_argument(
        "--sex", type=sex, default=Sex.UNKNOWN, metavar="SEX", help="female or male: limits of QTc (default: unknown)"
    )
    parser.add_argument("--target", default=DEFAULT_TARGET, help=f"where the firmware runs (default: {DEFAULT_TARGET})")
    parser.add_argument("--json", action="store_true", help="one JSON object a record and line")
    add_read_options(parser)
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when every record gave a result."""
    if args.end is not None and args.end <= args.start:
        raise VitalbandError(f"--end {args.end:g} must be after --start {args.start:g}")
    find_provider(args.target)
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    jobs = list(_jobs(args))
    results: list[ReplayResult] = []
    failed = False
    with Progress(len(jobs)) as progress:
        for options in jobs:
            progress.begin(record_name(options.record))
            try:
                result = await replay(options, progress.advance)
            except VitalbandError as error:
                failed = True
                _report(options.record, error, args.json, progress)
                continue
            if result.record_error is not None:
                failed = True
                progress.pause()
                print(f"vitalband replay: {one_line(result.record_error)}", file=sys.stderr)
            if args.json:
                print_json(result.as_object())
            results.append(result)
    if not args.json and results:
        print_table(results)
    return 1 if failed else 0


def _jobs(args: argparse.Namespace) -> Iterator[ReplayOptions]:
    read = read_options(args)
    for path in args.paths:
        for channel in args.channel or [None]:
            yield ReplayOptions(
                record=path,
                signal=args.signal,
                channel=channel,
                start_s=args.start,
                end_s=args.end,
                target=args.target,
                sex=args.sex,
                read=read,
            )


def _report(path: str, error: VitalbandError, as_json: bool, progress: Progress) -> None:
    message = one_line(error)
    if as_json:
        print_json({"record": record_name(path), "error": {"type": type(error).__name__, "message": message}})
    progress.pause()
    print(f"vitalband replay: {message}", file=sys.stderr)
