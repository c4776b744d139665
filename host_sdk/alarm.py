"""The alarm of a device that has one, a helmet: what it does, its journal, and what a host can have it do.

async with connect("ble:helmet-12AB") as device:
    alarm = await device.alarm.state()
    if alarm.state is AlarmState.COUNTDOWN:
        await device.alarm.cancel()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from . import wire_gen as wire
from .errors import ProtocolError, RequestRefused, WrongUse
from .models import Alarm
from .wire_gen import AlarmAction, AlarmCause, AlarmState, Error

MOST_MUTED_MIN = 60
MOST_STAND_BY_S = 60
#: An age that is that, or more, s.
OLDEST_S = 65535
_Request = Callable[[wire.AnyMessage, Callable[[wire.AnyMessage], bool]], Awaitable[wire.AnyMessage]]
_Command = Callable[[wire.AnyMessage], Awaitable[None]]


class AlarmControl:
    """`device.alarm`. All raise RequestRefused: `unsupported` by a device without an alarm, `busy` in a state where it
    cannot be done; ResponseTimeout, ConnectionLost."""

    def __init__(self, request: _Request, command: _Command) -> None:
        self._request = request
        self._command = command

    async def state(self) -> Alarm:
        """The alarm as it is; a look changes nothing."""
        return await self._get(0)

    async def journal(self, limit: int = 256) -> list[Alarm]:
        """Records of the alarm's journal, each change of an alarm, the newest first; `limit` of them at most."""
        if not isinstance(limit, int) or limit < 0:
            raise WrongUse(f"{limit!r} is no number of records")
        records: list[Alarm] = []
        while len(records) < limit:
            try:
                records.append(await self._get(len(records) + 1))
            except RequestRefused as refusal:
                if refusal.code == Error.BAD_VALUE:
                    break
                raise
        return records

    async def alarms(self) -> list[Alarm]:
        """The alarms of the journal, the newest first, each as its newest record has it.

        A candidate that detection dropped was none: its number is the next alarm's.
        """
        found: dict[int, Alarm] = {}
        for record in await self.journal():
            found.setdefault(record.number, record)
        dropped = (AlarmState.CANCELLED, AlarmCause.DETECTION)
        return [alarm for alarm in found.values() if (alarm.state, alarm.cause) != dropped]

    async def cancel(self) -> None:
        """The wearer is well: before anybody was alarmed it ends, afterwards they learn it."""
        await self._act(AlarmAction.CANCEL)

    async def call_help(self) -> None:
        """Call for help: a countdown of 5 s, or the end of the one that there is."""
        await self._act(AlarmAction.CALL_HELP)

    async def close(self) -> None:
        """Somebody takes over: no more messages. Only once somebody was reached."""
        await self._act(AlarmAction.CLOSE)

    async def mute(self, minutes: int) -> None:
        """No automatic alarm for so many minutes, 60 at most; 0: again from now on. Raises WrongUse."""
        if not isinstance(minutes, int) or not 0 <= minutes <= MOST_MUTED_MIN:
            raise WrongUse(f"{minutes!r} min: 0 to {MOST_MUTED_MIN}")
        await self._act(AlarmAction.MUTE, minutes)

    async def pair_band(self) -> None:
        """Have it look ten seconds for the nearest band, and keep to that one; `Alarm.band` says what comes of it."""
        await self._act(AlarmAction.PAIR_BAND)

    async def stand_by(self, seconds: int = MOST_STAND_BY_S) -> None:
        """Say that this program sends alarms on for so many seconds, 60 at most; 0: no more. Raises WrongUse.

        A device without contacts of its own is armed meanwhile. What it offers (`Alarm.is_offered`) is to be sent to
        the contacts, and `take` says that it was. `watch` does both.
        """
        if not isinstance(seconds, int) or not 0 <= seconds <= MOST_STAND_BY_S:
            raise WrongUse(f"{seconds!r} s: 0 to {MOST_STAND_BY_S}")
        await self._act(AlarmAction.STAND_BY, seconds)

    async def watch(self, every_s: float = 1.0) -> AsyncIterator[Alarm]:
        """Stand by, and give the alarm each time that its state, countdown or offer has changed; for ever.

        Send what `is_offered` on, and say so by `take`: it is given again in each round until then. Raises WrongUse for
        no time, or more than half of what one can stand by for.
        """
        if not 0 < every_s <= MOST_STAND_BY_S / 2:
            raise WrongUse(f"{every_s!r} s: over 0 to {MOST_STAND_BY_S // 2}")
        last = None
        while True:
            await self.stand_by()
            alarm = await self.state()
            now = (alarm.number, alarm.state, alarm.seconds_left)
            if now != last or alarm.is_offered:
                yield alarm
            last = now
            await asyncio.sleep(every_s)

    async def take(self, alarm: Alarm) -> None:
        """Say that this program has sent an alarm on to the contacts, or its retraction.

        Raises WrongUse for an alarm in other states; RequestRefused where the device's alarm is by now in another
        state (`busy`) or another alarm (`bad_value`).
        """
        if alarm.state not in (AlarmState.CONFIRMED, AlarmState.RETRACTED):
            raise WrongUse(f"an alarm that is {alarm.state.name.lower()} is nothing to send on")
        retracted = alarm.state is AlarmState.RETRACTED
        await self._act(AlarmAction.RETRACTION_TAKEN if retracted else AlarmAction.TAKEN, alarm.number)

    async def _get(self, back: int) -> Alarm:
        answer = await self._request(wire.GetAlarm(back), lambda got: isinstance(got, wire.Alarm) and got.back == back)
        if not isinstance(answer, wire.Alarm):
            raise ProtocolError(f"an answer without the alarm: {type(answer).__name__}")
        return Alarm.of(answer)

    async def _act(self, action: AlarmAction, value: int = 0) -> None:
        await self._command(wire.ActOnAlarm(action, value))
