"""`vitalband stream`: what a device measures, live."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from rich.console import Console
from rich.live import Live

from ..attach import AttachOptions, attach
from ..client import Client
from ..errors import ConnectionLost
from ..json_items import item_object
from ..models import Item
from ..transports.address import parse_address
from .choices import add_wait, duration, streams
from .output import end_output, one_line, print_json
from .view import View

_REFRESH_S = 0.125
_LINE_EVERY_S = 2.0


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "stream",
        help="show what a device measures, live",
        description="Show what a device measures, live, until Ctrl-C, --duration, or the source's end. "
        "A lost link is taken up again. A record (replay:PATH) is replayed as fast as it will go: "
        "replay:PATH?pace=real takes its own time, &start=S and &end=S a part of it.",
    )
    parser.add_argument("address", metavar="ADDRESS", help="sim:, sim:tcp:…, ble:…, serial:…, replay:…, log:…")
    add_wait(parser)
    parser.add_argument("--duration", type=duration, metavar="S", help="stop after S seconds by the clock")
    parser.add_argument(
        "--signals", type=streams, metavar="NAMES", help="samples of these only, as ecg,ppg (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object an item and line")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when data came for as long as was asked."""
    view = View()
    asyncio.run(_run_json(args, view) if args.json else _run_view(args, view))
    if not view.state.samples and not view.state.readings:
        raise ConnectionLost(f"{args.address}: connected, but no data came")
    return 0


async def _run_json(args: argparse.Namespace, view: View) -> None:
    def on_item(item: Item) -> None:
        view.update(item)
        print_json(item_object(item))

    def begin(client: Client) -> None:
        info = client.info
        head = {"model": info.model, "serial_number": info.serial_number, "firmware": info.firmware}
        names = [stream.name.lower() for stream in client.streams]
        # seconds since 1970 are `t` plus this
        offset_s = None if client.clock is None else round(client.clock.offset_us / 1e6, 6)
        start = {"boot_id": info.boot_id, "offset_s": offset_s}
        print_json({"type": "device", **head, **start, "streams": names, "link": client.transport.description})

    await attach(args.address, _options(args, on_item, begin))


async def _run_view(args: argparse.Namespace, view: View) -> None:
    ends = parse_address(args.address).scheme == "replay"

    def begin(client: Client) -> None:
        view.client = client

    options = _options(args, view.update, begin)
    console = Console()
    showing = asyncio.ensure_future(_show(view, console) if console.is_terminal else _report(view, console))
    attached = asyncio.ensure_future(attach(args.address, options))
    try:
        # a picture that cannot be drawn ends the command, too
        await asyncio.wait([attached, showing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        view.over = attached.done() and ends
        for task in (attached, showing):
            task.cancel()
        _, shown = await asyncio.gather(attached, showing, return_exceptions=True)
        if view.client is not None and not console.is_terminal:
            console.print(view.render(console.width))
    if isinstance(shown, Exception):
        raise shown
    attached.result()


def _options(args: argparse.Namespace, on_item: Any, on_client: Any) -> AttachOptions:
    return AttachOptions(
        on_item=on_item,
        on_client=on_client,
        on_trouble=lambda text: print(f"vitalband stream: {one_line(text)}", file=sys.stderr),
        streams=args.signals,
        duration_s=args.duration,
        wait_s=args.wait,
    )


async def _show(view: View, console: Console) -> None:
    """Redraw the table in place."""
    with Live(view.render(console.width), console=console, auto_refresh=False) as live:
        try:
            while True:
                await asyncio.sleep(_REFRESH_S)
                live.update(view.render(console.width), refresh=True)
        finally:
            live.update(view.render(console.width), refresh=True)


async def _report(view: View, console: Console) -> None:
    """The main readings now and then, where stdout is no terminal."""
    while True:
        await asyncio.sleep(_LINE_EVERY_S)
        if view.client is None:
            continue
        try:
            for line in view.brief(console.width):
                console.print(line, highlight=False, soft_wrap=True)
            sys.stdout.flush()
        except OSError as error:
            end_output(error)
