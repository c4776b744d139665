"""`vitalband alarm`: the alarm of a helmet."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..alarm import MOST_MUTED_MIN, AlarmControl
from ..client import Client
from ..errors import RequestRefused, WrongUse
from ..wire_gen import AlarmState, BandState, Error
from .alarm_carry import add_carry
from .alarm_export import add_export
from .alarm_setup import add_setup
from .alarm_words import alarm_line, alarm_object, counted, vitals, warning_of, what_of, when, where, word
from .choices import add_wait
from .output import print_json

_AT_REST = (AlarmState.DISARMED, AlarmState.ARMED, AlarmState.FAULT, AlarmState.MUTED)
#: For looking, bonding, and finding out what the band measures, s.
_PAIRING_S = 40.0
_Run = Callable[[AlarmControl, argparse.Namespace], Coroutine[Any, Any, None]]


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "alarm",
        help="the alarm of a helmet: show, setup, carry, list, export, cancel, call for help, close, mute, pair",
        description="The alarm of a helmet: what it does, the alarms of its journal, and what it is to do.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add(actions, "show", "what it does, and what it knows of the wearer", _show)
    listing = _add(actions, "list", "alarms of its journal, the newest first", _list)
    listing.add_argument("--changes", action="store_true", help="each change and attempt, not only the last")
    add_export(actions)
    add_setup(actions)
    add_carry(actions)
    _add(actions, "cancel", "the wearer is well: whoever was alarmed learns it", _cancel)
    _add(actions, "call", "call for help", lambda alarm, args: alarm.call_help())
    _add(actions, "close", "somebody takes over: no more messages", lambda alarm, args: alarm.close())
    muting = _add(actions, "mute", "no automatic alarm for a while", lambda alarm, args: alarm.mute(args.minutes))
    words = f"minutes, {MOST_MUTED_MIN} at most (default: 10); 0 ends it"
    muting.add_argument("--for", dest="minutes", type=_minutes, default=10, metavar="MIN", help=words)
    _add(actions, "pair", "look for the nearest band, and keep to that one", _pair)


def _minutes(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_MUTED_MIN:
        raise argparse.ArgumentTypeError(f"{text!r}: 0 to {MOST_MUTED_MIN} minutes")
    return int(text)


def _add(actions: Any, name: str, words: str, run: _Run) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words)
    parser.add_argument("address", metavar="ADDRESS", help="sim:tcp:…, ble:…, serial:…")
    add_wait(parser)
    parser.add_argument("--json", action="store_true", help="print JSON objects")
    parser.set_defaults(handler=lambda args: asyncio.run(_on_device(args, run)))
    return parser


async def _on_device(args: argparse.Namespace, run: _Run) -> int:
    """Run it, and show what the alarm does then."""
    async with await Client.open(args.address, wait_s=args.wait) as client:
        try:
            await run(client.alarm, args)
            if args.action not in ("show", "list"):
                await _show(client.alarm, args)
        except RequestRefused as refusal:
            if refusal.code == Error.UNSUPPORTED:
                raise WrongUse(f"{args.address}: {client.info.model} has no alarm") from refusal
            if refusal.code == Error.BUSY:
                state = word((await client.alarm.state()).state)
                raise WrongUse(f"{args.address}: cannot {args.action} while the alarm is {state}") from refusal
            raise
    return 0


async def _pair(alarm: AlarmControl, args: argparse.Namespace) -> None:
    """Have it look for a band, and wait for what comes of it; WrongUse where it finds none."""
    await alarm.pair_band()
    if not args.json:
        print("looking for the nearest band, up to 10 s", flush=True)
    loop = asyncio.get_running_loop()
    until = loop.time() + _PAIRING_S
    while (found := (await alarm.state()).band) is not BandState.LINKED:
        if found is BandState.UNPAIRED:
            raise WrongUse(f"{args.address}: no band is near that would be paired; is it switched on?")
        if found is BandState.NO_RADIO:
            raise WrongUse(f"{args.address}: the device has no radio")
        if loop.time() > until:
            raise WrongUse(f"{args.address}: a band was found, and no link came of it in {_PAIRING_S:g} s")
        await asyncio.sleep(0.5)


async def _cancel(alarm: AlarmControl, args: argparse.Namespace) -> None:
    await alarm.cancel()


async def _show(alarm: AlarmControl, args: argparse.Namespace) -> None:
    now = await alarm.state()
    if args.json:
        print_json(alarm_object(now))
        return
    print(alarm_line(now))
    warning = warning_of(now)
    if warning:
        print(f"  {warning}")
    if now.state not in _AT_REST:
        print(f"  {what_of(now)}")
    print(f"  {where(now)}; {vitals(now)}")
    whom = "no contact" if not now.contacts else counted(now.contacts, "contact")
    print(f"  {whom}, band {word(now.band)}, modem {word(now.modem)}, position {word(now.position)}")


async def _list(alarm: AlarmControl, args: argparse.Namespace) -> None:
    records = await (alarm.journal() if args.changes else alarm.alarms())
    if not records and not args.json:
        print("no alarm in the journal")
    for record in records:
        if args.json:
            print_json(alarm_object(record))
            continue
        print(f"{record.number:4}  {when(record.happened_s or record.at_s)}  {word(record.state)}: {what_of(record)}")
        if args.changes:
            print(f"      by {word(record.cause)} at {when(record.at_s)}")
        else:
            print(f"      {where(record)}; {vitals(record)}")
