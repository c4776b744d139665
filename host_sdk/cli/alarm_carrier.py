"""Sends alarms on by a command, beside the watch of the alarm that goes on meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress

from ..alarm import AlarmControl
from ..band_alarm import BandAlarm
from ..errors import ConnectError, ConnectionLost, RequestRefused, ResponseTimeout
from ..models import Alarm
from ..wire_gen import AlarmState, BandState
from .alarm_words import alarm_line, alarm_object, what_of, word
from .output import one_line

_LOST = (ConnectError, ConnectionLost, ResponseTimeout)
#: Between two tries of a command that failed, s: at first, and at most.
_FIRST_WAIT_S, _LAST_WAIT_S = 5.0, 60.0
Control = AlarmControl | BandAlarm


class Sender:
    """A command that gets an alarm as JSON on its input, and has `limit_s` to send it on."""

    def __init__(self, command: list[str], limit_s: float) -> None:
        self._command = command
        self._limit_s = limit_s

    async def send(self, alarm: Alarm, is_repeated: bool) -> bool:
        """Whether the command says that it did it; it is ended after its time, and where this is cancelled."""
        words = json.dumps({**alarm_object(alarm), "repeated": is_repeated})
        try:
            # of a session of its own: what it started can be ended with it, and Ctrl-C is for this program
            starting = asyncio.ensure_future(
                asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
            )
            try:
                running = await asyncio.shield(starting)
            except asyncio.CancelledError:
                await _ended(await starting)
                raise
        except OSError as error:  # gone meanwhile: it may come back, and the alarm has to go out
            return self._failed(error.strerror or str(error))
        try:
            await asyncio.wait_for(running.communicate(words.encode()), self._limit_s)
        except asyncio.TimeoutError:
            return self._failed(f"not done in {self._limit_s:g} s, and ended")
        finally:
            await _ended(running)
        if running.returncode:
            return self._failed(f"ended with {running.returncode}")
        print(f"sent on: alarm {alarm.number}, {alarm.state.name.lower()}", flush=True)
        return True

    def _failed(self, why: str) -> bool:
        print(f"vitalband alarm: {self._command[0]}: {why}; again later", file=sys.stderr, flush=True)
        return False


class Carrier:
    """Shows what the alarm does, and has a sender send it on; later and later where that fails."""

    def __init__(self, sender: Sender) -> None:
        #: Whether an alarm is over, as far as this program is concerned.
        self.is_over = False
        self._sender = sender
        self._shown: tuple[int, AlarmState, int | None] | None = None
        self._band: BandState | None = None
        self._due_s = 0.0
        self._wait_s = _FIRST_WAIT_S
        self._task: asyncio.Task[bool] | None = None
        #: What the task sends, and what it has sent that the device does not know of yet.
        self._sending: Alarm | None = None
        self._sent: Alarm | None = None
        self._tried: set[tuple[int, AlarmState]] = set()

    async def carry(self, control: Control, alarm: Alarm | None) -> None:
        """Do what is due; it never waits for the command. `alarm` is None while the link is lost."""
        self._collect()
        if alarm is None:
            return
        self._show(alarm)
        if self._sent is not None:
            await self._take(control, alarm, self._sent)
        elif alarm.is_offered and self._task is None and asyncio.get_running_loop().time() >= self._due_s:
            with suppress(RequestRefused):  # cancelled since
                is_repeated = await self._begin(control, alarm)
                self._sending = alarm
                self._task = asyncio.create_task(self._sender.send(alarm, is_repeated))

    async def stop(self) -> None:
        """End the command where it runs."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _show(self, alarm: Alarm) -> None:
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
            self.is_over = alarm.state is AlarmState.CANCELLED or (self.is_over and not alarm.is_offered)

    async def _begin(self, control: Control, alarm: Alarm) -> bool:
        """Whether an attempt before this one may have arrived; a band's alarm keeps that over a restart."""
        if isinstance(control, BandAlarm):
            return await control.attempt(alarm)
        what = (alarm.number, alarm.state)
        is_repeated = what in self._tried
        self._tried.add(what)
        return is_repeated

    def _collect(self) -> None:
        """What has become of the command."""
        if self._task is None or not self._task.done():
            return
        if self._task.result():
            self._sent = self._sending
        else:
            self._due_s = asyncio.get_running_loop().time() + self._wait_s
            self._wait_s = min(2 * self._wait_s, _LAST_WAIT_S)
        self._task = self._sending = None

    async def _take(self, control: Control, alarm: Alarm, sent: Alarm) -> None:
        """Say that it was sent on: the next time where the link is lost meanwhile, and never where it is over."""
        try:
            await control.take(sent)
        except _LOST:
            return
        except RequestRefused as refusal:
            self._sent = None
            print(f"alarm {sent.number} was sent on, and not taken: {one_line(refusal)}", flush=True)
            if (sent.number, sent.state) == (alarm.number, alarm.state):
                self._due_s = asyncio.get_running_loop().time() + self._wait_s
            return
        self._sent = None
        self.is_over = (sent.number, sent.state) == (alarm.number, alarm.state)


async def _ended(running: asyncio.subprocess.Process) -> None:
    """End it, and what it began, where it still runs."""
    if running.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            running.kill()
        else:
            os.killpg(running.pid, signal.SIGKILL)
    if running.stdin is not None:
        running.stdin.close()
    await running.wait()
