"""`vitalband alarm carry`: this computer is the phone that sends alarms on, of a helmet or of a band by itself."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import shutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from ..band_alarm import BandAlarm
from ..connecting import connect
from ..connection_state import State
from ..errors import ConnectError, ConnectionLost, RequestRefused, ResponseTimeout, VitalbandError, WrongUse
from ..final_errors import is_final
from ..models import Alarm
from ..reconnect import ReconnectingClient
from ..wire_gen import AlarmState, Error, Results
from .alarm_carrier import Carrier, Control, Sender
from .choices import add_wait
from .output import one_line

_LOST = (ConnectError, ConnectionLost, ResponseTimeout)
_LEAST_LIMIT_S, _MOST_LIMIT_S = 1.0, 600.0
_EPILOG = (
    "A helmet counts down by itself, and offers an alarm that its modem did not get out in 10 s; without contacts of "
    "its own it is armed while this runs. For a band, which has no modem, this command counts down from each fall and "
    "accident. What is to be sent on is given to COMMAND as a JSON object on its input (`state` confirmed or "
    "retracted, `kind`, `latitude_deg`, `pulse_bpm` …; `repeated` where an attempt before may have arrived), until it "
    "ends with 0 within its limit. Enter cancels, also while it runs; Ctrl-C ends."
)


def add_carry(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the action."""
    parser = actions.add_parser("carry", help="send alarms on, as a phone does", epilog=_EPILOG)
    parser.add_argument("address", metavar="ADDRESS", help="sim:…, ble:…, serial:…")
    parser.add_argument("--run", required=True, type=_command, metavar="COMMAND", help="what sends an alarm on")
    parser.add_argument(
        "--countdown", type=float, default=15.0, metavar="S", help="of a band: time to cancel, 5 to 60 s (default: 15)"
    )
    parser.add_argument(
        "--kept", type=Path, metavar="FILE", help="of a band: keeps the alarm there, for the next start of this command"
    )
    parser.add_argument(
        "--limit", type=_limit, default=60.0, metavar="S", help="time that COMMAND has, 1 to 600 s (default: 60)"
    )
    parser.add_argument("--once", action="store_true", help="end once an alarm was sent on, or cancelled")
    add_wait(parser)
    parser.set_defaults(handler=lambda args: asyncio.run(_run(args)))


def _limit(text: str) -> float:
    try:
        limit_s = float(text)
    except ValueError:
        limit_s = 0.0
    if not _LEAST_LIMIT_S <= limit_s <= _MOST_LIMIT_S:
        raise argparse.ArgumentTypeError(f"{text!r}: {_LEAST_LIMIT_S:g} to {_MOST_LIMIT_S:g} s")
    return limit_s


def _command(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not words:
        raise argparse.ArgumentTypeError("no command")
    return words


_Change = tuple[Control, Alarm | None]


async def _run(args: argparse.Namespace) -> int:
    band = BandAlarm(args.countdown, kept=args.kept)  # first: its time may be none
    if shutil.which(args.run[0]) is None:
        raise WrongUse(f"{args.run[0]}: no such command")
    async with connect(args.address, reconnect=True, wait_s=args.wait) as client:
        has_alarm = await _has_alarm(client)
        if not has_alarm:
            client.listen(band.listen)
            await client.subscribe((), Results.READINGS | Results.EVENTS)
        words = "sends on what the helmet offers" if has_alarm else f"counts down {args.countdown:g} s from each fall"
        print(f"{client.info.model}: {words}; Enter cancels, Ctrl-C ends", flush=True)
        changes = _of_helmet(client) if has_alarm else _of_band(client, band)
        carrier = Carrier(Sender(args.run, args.limit))
        try:
            await _carry(changes, carrier, Enter(), args.once)
        finally:
            await carrier.stop()
    return 0


async def _carry(changes: AsyncIterator[_Change], carrier: Carrier, enter: Enter, is_once: bool) -> None:
    """Cancel before anything is sent on; the changes that follow are then of after the cancel."""
    async for control, alarm in changes:
        if await enter.cancels(control, alarm):
            continue
        await carrier.carry(control, alarm)
        if is_once and carrier.is_over and not enter.is_pressed():
            return


async def _has_alarm(client: ReconnectingClient) -> bool:
    try:
        await client.alarm.state()
    except RequestRefused as refusal:
        if refusal.code == Error.UNSUPPORTED:
            return False
        raise
    return True


async def _of_helmet(client: ReconnectingClient) -> AsyncIterator[_Change]:
    """Its alarm, over all connections; None while there is none."""
    is_lost = False
    control = client.alarm
    while True:
        alarm = None
        try:
            control = client.alarm
            await control.stand_by()
            alarm = await control.state()
            if is_lost:
                is_lost = False
                print("linked again", flush=True)
        except VitalbandError as error:
            if client.state is State.STOPPED or is_final(error):
                raise
            if not is_lost:
                print(f"the link is lost ({one_line(error)}); trying again", flush=True)
            is_lost = True
        yield control, alarm
        await asyncio.sleep(1.0)


async def _of_band(client: ReconnectingClient, band: BandAlarm) -> AsyncIterator[_Change]:
    """What its items make of it; an alarm outlives a link that is lost for good."""
    while True:
        alarm = await band.state()
        if client.state is State.STOPPED and alarm.state is AlarmState.ARMED:
            raise client.error or ConnectionLost("the link is lost")
        yield band, alarm
        await asyncio.sleep(0.25)


class Enter:
    """Lines on the program's input, each of which cancels; a cancel that is lost with the link is tried again."""

    def __init__(self) -> None:
        self._lines = 0
        #: The alarm whose cancel was lost, its number.
        self._lost_of: int | None = None
        self._last_number: int | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def is_pressed(self) -> bool:
        """Whether there is something to cancel yet."""
        return self._lines > 0 or self._lost_of is not None

    async def cancels(self, control: Control, alarm: Alarm | None) -> bool:
        """Cancel where somebody wants that; whether it was done."""
        lines, self._lines = self._lines, 0
        number, self._last_number = self._last_number, alarm.number if alarm else self._last_number
        if alarm is None:
            if lines:
                print("not cancelled yet: the link is lost; trying again", flush=True)
                self._lost_of = number or 0
            return False
        if self._lost_of not in (None, 0, alarm.number):
            print(f"not cancelled: alarm {self._lost_of} is over", flush=True)
            self._lost_of = None
        if not lines and self._lost_of is None:
            return False
        try:
            await control.cancel()
        except RequestRefused as refusal:
            if not (self._lost_of is not None and alarm.state in (AlarmState.CANCELLED, AlarmState.RETRACTED)):
                print(f"not cancelled: {one_line(refusal)}", flush=True)
            self._lost_of = None
            return False
        except _LOST as error:
            print(f"not cancelled yet: {one_line(error)}; trying again", flush=True)
            self._lost_of = alarm.number
            return False
        self._lost_of = None
        return True

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            for _ in sys.stdin:
                self._lines += 1
