"""`vitalband alarm`: the alarm of a helmet."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import datetime, timezone
from enum import IntEnum
from typing import Any

from ..alarm import MOST_MUTED_MIN, AlarmControl
from ..client import Client
from ..errors import RequestRefused, WrongUse
from ..models import Alarm
from ..wire_gen import AlarmState, AlarmWarning, BandState, Error
from .alarm_setup import add_setup
from .choices import add_wait
from .output import print_json

_AT_REST = (AlarmState.DISARMED, AlarmState.ARMED, AlarmState.FAULT, AlarmState.MUTED)
_PHONE = 4
_OLDEST_S = 65535
#: For looking, bonding, and finding out what the band measures, s.
_PAIRING_S = 40.0
_WARNINGS = {
    AlarmWarning.NO_CONTACTS: "nobody can be reached: no contact has a number, and no phone stands by",
    AlarmWarning.NO_MODEM: "nobody can be reached: the modem does not answer",
    AlarmWarning.NO_CARD: "nobody can be reached: the modem has no SIM card",
    AlarmWarning.PIN_WANTED: "nobody can be reached: the SIM card wants a PIN",
    AlarmWarning.NO_NETWORK: "nobody can be reached: there is no network",
    AlarmWarning.NETWORK_REFUSES: "nobody can be reached: no network takes the SIM card",
    AlarmWarning.REFUSED_CONTACTS: "not all can be reached: {} refused, without a number that is sure, or one too many",
}
_Run = Callable[[AlarmControl, argparse.Namespace], Coroutine[Any, Any, None]]


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "alarm",
        help="the alarm of a helmet: show, setup, list, cancel, call for help, close, mute, pair",
        description="The alarm of a helmet: what it does, the alarms of its journal, and what it is to do.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add(actions, "show", "what it does, and what it knows of the wearer", _show)
    listing = _add(actions, "list", "alarms of its journal, the newest first", _list)
    listing.add_argument("--changes", action="store_true", help="each change and attempt, not only the last")
    add_setup(actions)
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
                state = _word((await client.alarm.state()).state)
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
    print(_line(now))
    warning = _WARNINGS.get(now.warning)
    if warning:
        print(f"  {warning.format(now.refused_contacts)}")
    if now.state not in _AT_REST:
        print(f"  {_what(now)}")
    print(f"  {_where(now)}; {_vitals(now)}")
    whom = "no contact" if not now.contacts else _counted(now.contacts, "contact")
    print(f"  {whom}, band {_word(now.band)}, modem {_word(now.modem)}, position {_word(now.position)}")


def _line(now: Alarm) -> str:
    """The state, why, and for how long."""
    if now.state in (AlarmState.DISARMED, AlarmState.FAULT):
        return f"{_word(now.state)} ({_word(now.reason)})"
    if now.muted_s is not None:
        return f"muted for another {_counted((now.muted_s + 59) // 60, 'minute')}"
    return _word(now.state) + ("" if now.seconds_left is None else f", {now.seconds_left} s left")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


async def _list(alarm: AlarmControl, args: argparse.Namespace) -> None:
    records = await (alarm.journal() if args.changes else alarm.alarms())
    if not records and not args.json:
        print("no alarm in the journal")
    for record in records:
        if args.json:
            print_json(alarm_object(record))
            continue
        print(f"{record.number:4}  {_when(record.happened_s or record.at_s)}  {_word(record.state)}: {_what(record)}")
        if args.changes:
            print(f"      by {_word(record.cause)} at {_when(record.at_s)}")
        else:
            print(f"      {_where(record)}; {_vitals(record)}")


def alarm_object(alarm: Alarm) -> dict[str, Any]:
    """An alarm as JSON has it; names of states in lower case, absent numbers are null."""
    return {name: _word(each, "_") if isinstance(each, IntEnum) else each for name, each in asdict(alarm).items()}


def _word(member: IntEnum, gap: str = " ") -> str:
    return member.name.lower().replace("_", gap)


def _what(alarm: Alarm) -> str:
    """Of an alarm what it is of, and whom it reached."""
    peak = "" if alarm.peak_g is None else f" of {alarm.peak_g:.0f} g"
    severity = f", severity {alarm.severity} of 4" if alarm.severity else ""
    reached = [f"contact {n + 1}" for n in range(_PHONE) if alarm.reached >> n & 1]
    reached += ["the phone"] if alarm.reached >> _PHONE & 1 else []
    whom = ", ".join(reached) or "nobody"
    return f"{_word(alarm.kind)}{peak}{severity}; {_counted(alarm.attempts, 'message')}, reached {whom}"


def _when(unix_s: int | None) -> str:
    if unix_s is None:
        return "time not known     "
    return f"{datetime.fromtimestamp(unix_s, timezone.utc):%Y-%m-%d %H:%M:%S}"


def _where(alarm: Alarm) -> str:
    if alarm.latitude_deg is None or alarm.longitude_deg is None:
        return "position not known"
    age = f" {_ago(alarm.position_age_s)}" if alarm.position_age_s != 0 else ""
    speed = "" if alarm.speed_kmh is None else f", {alarm.speed_kmh} km/h"
    return f"{alarm.latitude_deg:.5f}, {alarm.longitude_deg:.5f}{age}{speed}"


def _vitals(alarm: Alarm) -> str:
    if alarm.pulse_bpm is None and alarm.spo2_percent is None:
        return "vitals not known"
    pulse = "not known" if alarm.pulse_bpm is None else f"{alarm.pulse_bpm}/min"
    spo2 = "not known" if alarm.spo2_percent is None else f"{alarm.spo2_percent} %"
    return f"pulse {pulse}, SpO2 {spo2}, {_ago(alarm.vitals_age_s)}"


def _ago(age_s: int | None) -> str:
    """An age; the longest that the device knows is that, or more."""
    if age_s is None:
        return "at an unknown time"
    return "over 18 h ago" if age_s >= _OLDEST_S else f"{age_s} s ago"
