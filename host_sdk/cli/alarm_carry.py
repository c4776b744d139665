"""`vitalband alarm carry`: this computer is the phone that sends alarms on, of a helmet or of a band by itself."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import shutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from ..alarm import AlarmControl
from ..band_alarm import BandAlarm
from ..connecting import connect
from ..connection_state import State
from ..errors import ConnectError, ConnectionLost, RequestRefused, ResponseTimeout, VitalbandError, WrongUse
from ..final_errors import is_final
from ..models import Alarm
from ..reconnect import ReconnectingClient
from ..wire_gen import AlarmState, BandState, Error, Results
from .alarm_words import alarm_line, alarm_object, what_of, word
from .choices import add_wait
from .output import one_line

_LOST = (ConnectError, ConnectionLost, ResponseTimeout)
#: Between two tries of a command that failed, s: at first, and at most.
_FIRST_WAIT_S, _LAST_WAIT_S = 5.0, 60.0
_EPILOG = (
    "A helmet counts down by itself, and offers an alarm that its modem did not get out in 10 s; without contacts of "
    "its own it is armed while this runs. For a band, which has no modem, this command counts down from each fall and "
    "accident. What is to be sent on is given to COMMAND as a JSON object on its input (`state` confirmed or "
    "retracted, `kind`, `latitude_deg`, `pulse_bpm` …), until it ends with 0. Enter cancels; Ctrl-C ends."
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
    parser.add_argument("--once", action="store_true", help="end once an alarm was sent on, or cancelled")
    add_wait(parser)
    parser.set_defaults(handler=lambda args: asyncio.run(_run(args)))


def _command(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not words:
        raise argparse.ArgumentTypeError("no command")
    return words


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
        carrier = _Carrier(args.run)
        typed = _Lines()
        changes = _of_helmet(client) if has_alarm else _of_band(client, band)
        async for control, alarm in changes:
            if typed.wants_cancel():
                with suppress(RequestRefused, *_LOST):
                    await control.cancel()
            if await carrier.carry(control, alarm) and args.once:
                return 0
    return 0


async def _has_alarm(client: ReconnectingClient) -> bool:
    try:
        await client.alarm.state()
    except RequestRefused as refusal:
        if refusal.code == Error.UNSUPPORTED:
            return False
        raise
    return True


async def _of_helmet(client: ReconnectingClient) -> AsyncIterator[tuple[AlarmControl | BandAlarm, Alarm]]:
    """Its alarm, over all connections."""
    is_lost = False
    while True:
        try:
            control = client.alarm
            await control.stand_by()
            alarm = await control.state()
            if is_lost:
                is_lost = False
                print("linked again", flush=True)
            yield control, alarm
        except VitalbandError as error:
            if client.state is State.STOPPED or is_final(error):
                raise
            if not is_lost:
                print(f"the link is lost ({one_line(error)}); trying again", flush=True)
            is_lost = True
        await asyncio.sleep(1.0)


async def _of_band(
    client: ReconnectingClient, band: BandAlarm
) -> AsyncIterator[tuple[AlarmControl | BandAlarm, Alarm]]:
    """What its items make of it; an alarm outlives a link that is lost for good."""
    while True:
        alarm = await band.state()
        if client.state is State.STOPPED and alarm.state is AlarmState.ARMED:
            raise client.error or ConnectionLost("the link is lost")
        yield band, alarm
        await asyncio.sleep(0.25)


class _Carrier:
    """Shows what the alarm does, and has the command send it on; later and later where that fails."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._shown: tuple[int, AlarmState, int | None] | None = None
        self._band: BandState | None = None
        self._due_s = 0.0
        self._wait_s = _FIRST_WAIT_S

    async def carry(self, control: AlarmControl | BandAlarm, alarm: Alarm) -> bool:
        """Whether an alarm is over now, as far as this program is concerned."""
        now = (alarm.number, alarm.state, alarm.seconds_left)
        is_new = self._shown is None or self._shown[:2] != now[:2]
        if now != self._shown:
            self._shown = now
            about = f": {what_of(alarm)}" if alarm.state is AlarmState.CONFIRMED else ""
            print(one_line(f"{alarm_line(alarm)}{about}"), flush=True)
        if alarm.band is not self._band:
            self._band = alarm.band
            print(f"band {word(alarm.band)}", flush=True)
        if is_new:
            self._due_s, self._wait_s = 0.0, _FIRST_WAIT_S
        loop = asyncio.get_running_loop()
        if alarm.is_offered and loop.time() >= self._due_s:
            if await self._send(alarm):
                with suppress(RequestRefused, *_LOST):  # it is offered again
                    await control.take(alarm)
                    return True
            self._due_s = loop.time() + self._wait_s
            self._wait_s = min(2 * self._wait_s, _LAST_WAIT_S)
        return is_new and alarm.state is AlarmState.CANCELLED

    async def _send(self, alarm: Alarm) -> bool:
        """Whether the command says that it did it."""
        words = json.dumps(alarm_object(alarm))
        try:
            running = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.PIPE)
            await running.communicate(words.encode())
        except OSError as error:  # gone meanwhile: it may come back, and the alarm has to go out
            print(f"vitalband alarm: {self._command[0]}: {error.strerror or error}; again later", file=sys.stderr)
            return False
        if running.returncode:
            print(f"vitalband alarm: {self._command[0]} ended with {running.returncode}; again later", file=sys.stderr)
        else:
            print(f"sent on: alarm {alarm.number}, {alarm.state.name.lower()}", flush=True)
        return running.returncode == 0


class _Lines:
    """Lines on the program's input, each of which cancels."""

    def __init__(self) -> None:
        self._lines = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            for _ in sys.stdin:
                self._lines += 1

    def wants_cancel(self) -> bool:
        """Whether somebody pressed Enter since it was asked last."""
        lines, self._lines = self._lines, 0
        return lines > 0
