"""`vitalband replay`: records through the simulated sensors and the device's own signal processing."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..client import Client
from ..errors import ProtocolError, VitalbandError
from ..models import Item, Status
from ..transports.sim_serial import SimSerialTransport
from ..transports.simulated import DEFAULT_TARGET, find_provider
from ..wire_gen import Results, Sex
from .as_json import print_json
from .choices import sex
from .progress import Progress
from .replay_result import ReplayResult, record_name
from .replay_table import print_table

SIGNALS = ("auto", "ecg", "ppg", "imu")
OnProgress = Callable[[float], None]


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "replay",
        help="run records through the simulated sensors and the device's own processing",
        description="Run WFDB, EDF, CSV or NPZ records through the simulated sensors and the device's own processing, "
        "as fast as they will go. A record that cannot be used is reported and the others go on.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="record, with or without its ending")
    parser.add_argument(
        "--signal", choices=SIGNALS, default="auto", help="which signals to use (default: all there are)"
    )
    parser.add_argument(
        "--channel",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="channel at the electrodes; several: one result each",
    )
    parser.add_argument("--start", type=_seconds, metavar="S", help="begin S seconds into the record")
    parser.add_argument("--end", type=_seconds, metavar="S", help="stop S seconds into the record")
    parser.add_argument(
        "--sex", type=sex, default=Sex.UNKNOWN, metavar="SEX", help="female or male: limits of QTc (default: unknown)"
    )
    parser.add_argument("--target", default=DEFAULT_TARGET, help=f"where the firmware runs (default: {DEFAULT_TARGET})")
    parser.add_argument("--json", action="store_true", help="one JSON object a record and line")
    parser.set_defaults(handler=run)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when every record gave a result."""
    if args.start is not None and args.end is not None and args.end <= args.start:
        raise VitalbandError(f"--end {args.end:g} must be after --start {args.start:g}")
    find_provider(args.target)
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    jobs = list(_jobs(args))
    results, failed = [], False
    with Progress(len(jobs)) as progress:
        for path, options in jobs:
            progress.begin(record_name(path))
            try:
                result = await replay(options, progress.advance, args.sex)
            except VitalbandError as error:
                failed = True
                _report(path, error, args.json, progress)
                continue
            if "error" in result:
                failed = True
                progress.pause()
                print(f"vitalband replay: {result['error']['message']}", file=sys.stderr)
            if args.json:
                print_json(result)
            results.append(result)
    if not args.json and results:
        print_table(results)
    return 1 if failed else 0


def _jobs(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, str]]]:
    """Path and provider's options of each run."""
    common = {"target": args.target, "signal": args.signal, "pace": "max"}
    for name, value in (("start", args.start), ("end", args.end)):
        if value is not None:
            common[name] = repr(value)
    for path in args.paths:
        for channel in args.channel or [None]:
            yield path, {**common, "record": path, **({} if channel is None else {"channel": channel})}


def _report(path: str, error: VitalbandError, as_json: bool, progress: Progress) -> None:
    message = " ".join(str(error).split())
    if as_json:
        print_json({"record": record_name(path), "error": {"type": type(error).__name__, "message": message}})
    progress.pause()
    print(f"vitalband replay: {message}", file=sys.stderr)


async def replay(
    options: dict[str, str], on_progress: OnProgress | None = None, wearer: Sex = Sex.UNKNOWN
) -> dict[str, Any]:
    """Result of one record as DESIGN's JSON object; raises VitalbandError naming what is wrong with it.

    Of a damaged record the good part is replayed and `error` says what is wrong with the rest.
    """
    transport = SimSerialTransport(options)
    async with Client(transport) as client:
        await client.connect()
        device = transport.device
        if device is None:
            raise ProtocolError(f"{transport.description}: is gone")
        result = ReplayResult(client.streams, float(options.get("start", "0")))

        def take(item: Item) -> None:
            if isinstance(item, Status) and on_progress is not None and device.info.duration_s:
                done_us = item.tick_us - device.info.record_start_us
                on_progress((done_us / 1e6 - result.start_s) / device.info.duration_s)
            result.take(item)

        client.listen(take)
        if wearer is not Sex.UNKNOWN:
            await client.set_wearer(wearer)
        await client.subscribe((), Results.ALL)
        await client.play()
        answer = result.as_object(device.info)
        if device.info.damage is not None:
            answer["error"] = {"type": "RecordError", "message": device.info.damage}
        return answer
