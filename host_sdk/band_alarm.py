"""The alarm of a band by itself, which has no modem: this program counts down and alarms, as a phone does.

band_alarm = BandAlarm(countdown_s=15)
client.listen(band_alarm.listen)
await client.subscribe((), Results.READINGS | Results.EVENTS)
async for alarm in band_alarm.watch():
    if alarm.is_offered:
        is_repeated = await band_alarm.attempt(alarm)
        await send(alarm, is_repeated)
        await band_alarm.take(alarm)
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import math
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import RequestRefused, WrongUse
from .models import Alarm, Event, Item, LinkError, LinkErrorKind, Reading
from .wire_gen import (
    AlarmCause,
    AlarmKind,
    AlarmReason,
    AlarmState,
    AlarmWarning,
    BandState,
    Error,
    EventKind,
    ModemState,
    PositionState,
    ReadingKind,
)

_log = logging.getLogger(__name__)
#: Time to cancel a call for help, s; how long an alarm that is over is shown.
CALL_S = 5.0
_SHOWN_S = 3.0
_LEAST_S, _MOST_S = 5.0, 60.0
_PHONE = 1 << 4
_LOST = (LinkErrorKind.SILENT, LinkErrorKind.LINK_LOST)
#: Of an alarm what outlives the program.
_KEPT = (
    *("number", "state", "cause", "kind", "severity", "attempts", "reached", "retracted", "at_s", "happened_s"),
    "peak_g",
)
_KINDS = {EventKind.FALL: AlarmKind.FALL, EventKind.ACCIDENT: AlarmKind.ACCIDENT}
#: Readings that are the pulse, the better one first, and how old one may be before the next is taken, s.
_PULSES = (ReadingKind.PULSE_RATE, ReadingKind.HEART_RATE)
_OLD_S = 30.0
#: What comes so soon after an alarm began is of the same fall, s.
_SAME_FALL_S = 30.0
#: So long an alarm that was sent on can be cancelled; a countdown that is kept and ended earlier alarms nobody; s.
_OPEN_S, _STALE_S = 3600.0, 86_400.0


@dataclass(frozen=True)
class _Known:
    value: float
    at_s: float


class BandAlarm:
    """Takes a band's items (`listen`), and makes an alarm of a fall or an accident.

    It is latched: a link that is lost ends neither the countdown nor the alarm, only `cancel` and `close` do. One that
    was sent on is closed an hour later; a fall from half a minute after it began is an alarm of its own, and so is one
    while a retraction waits. With a file `kept` it outlives this program: a countdown goes on by the calendar; one that
    ended over a day ago is a warning. `countdown_s`: 5 to 60 s; `now_s` is a clock that never goes back. Raises
    WrongUse; OSError where the file cannot be read, or set aside, as one that is none of its own is with a warning. One
    that cannot be written is a warning, and the alarm goes on.
    """

    def __init__(
        self, countdown_s: float = 15.0, now_s: Callable[[], float] = time.monotonic, kept: Path | None = None
    ) -> None:
        if not _LEAST_S <= countdown_s <= _MOST_S:
            raise WrongUse(f"{countdown_s!r} s to cancel: {_LEAST_S:g} to {_MOST_S:g}")
        self._countdown_s = countdown_s
        self._now_s = now_s
        self._deadline_s = math.inf
        self._known: dict[ReadingKind, _Known] = {}
        self._position: tuple[float, float, float] | None = None
        self._is_linked = True
        self._was_offered = False
        self._kept = kept
        self._began_s = -math.inf
        self._last_number = 0
        #: Whose contacts may believe in it while a later one counts down: it was sent on, or its retraction waits.
        self._earlier: Alarm | None = None
        #: What this program began to send: numbers and states.
        self._tried: set[tuple[int, AlarmState]] = set()
        self._alarm = Alarm(
            back=0,
            tick_us=0,
            number=0,
            state=AlarmState.ARMED,
            reason=AlarmReason.READY,
            cause=AlarmCause.NONE,
            kind=AlarmKind.CALL_FOR_HELP,
            severity=0,
            attempts=0,
            reached=0,
            retracted=0,
            band=BandState.LINKED,
            modem=ModemState.ABSENT,
            position=PositionState.SILENT,
            warning=AlarmWarning.NONE,
            contacts=0,
            refused_contacts=0,
            is_offered=0,
        )
        if kept is not None and kept.exists():
            self._resume(kept)

    # ------------------------------------------------------------------ what comes

    def listen(self, item: Item) -> None:
        """Take what the band sends: events begin an alarm, readings are what is known of the wearer."""
        if isinstance(item, LinkError):
            self._is_linked = self._is_linked and item.kind not in _LOST
            return
        self._is_linked = True
        if isinstance(item, Reading) and item.value is not None:
            self._known[item.kind] = _Known(item.value, self._now_s())
        elif isinstance(item, Event) and item.kind in _KINDS:
            self._begin(_KINDS[item.kind], self._countdown_s, AlarmCause.DETECTION, item)

    def set_position(self, latitude_deg: float, longitude_deg: float) -> None:
        """Where the phone is, now. Raises WrongUse where that is nowhere."""
        if not (abs(latitude_deg) <= 90 and abs(longitude_deg) <= 180):
            raise WrongUse(f"{latitude_deg!r}, {longitude_deg!r} is no position in degrees")
        self._position = (latitude_deg, longitude_deg, self._now_s())

    # ------------------------------------------------------------------ what it is, and what can be done

    async def state(self) -> Alarm:
        """The alarm as it is, with what is known of the wearer now."""
        self._pass()
        alarm = self._with_facts()
        if alarm.is_offered and not self._was_offered:
            self._was_offered = True
            self._earlier = None  # who learns of this alarm need not learn that an earlier one was none
            self._keep()
        return alarm

    async def call_help(self) -> None:
        """Call for help: a countdown of 5 s, or the end of the one that there is. RequestRefused while there is one."""
        self._pass()
        if self._alarm.state is AlarmState.COUNTDOWN:
            self._change(AlarmState.CONFIRMED, AlarmCause.CALL)
        elif not self._begin(AlarmKind.CALL_FOR_HELP, CALL_S, AlarmCause.CALL, None):
            raise self._busy("call for help")

    async def cancel(self) -> None:
        """The wearer is well: before anybody was alarmed it ends, afterwards they learn it. RequestRefused."""
        self._pass()
        state = self._alarm.state
        is_unknown = state is AlarmState.COUNTDOWN or (state is AlarmState.CONFIRMED and not self._was_offered)
        if is_unknown and self._earlier is not None:
            self._alarm, self._earlier, self._was_offered = self._earlier, None, True
            self._change(AlarmState.RETRACTED, AlarmCause.HOST)
        elif is_unknown:
            self._change(AlarmState.CANCELLED, AlarmCause.HOST, _SHOWN_S)
        elif state is AlarmState.CONFIRMED:
            self._change(AlarmState.RETRACTED, AlarmCause.HOST)
        else:
            raise self._busy("cancel")

    async def close(self) -> None:
        """Somebody takes over: nothing more is offered. RequestRefused before somebody was reached."""
        self._pass()
        alarm = self._alarm
        if alarm.state is not AlarmState.RETRACTED and not (alarm.state is AlarmState.CONFIRMED and alarm.reached):
            raise self._busy("close")
        self._change(AlarmState.CLOSED, AlarmCause.HOST, _SHOWN_S)

    async def attempt(self, alarm: Alarm) -> bool:
        """Say that this program begins to send an alarm on, or its retraction: it counts as an attempt, and is kept.

        True where it did so before, and nothing says that it arrived: it may have. RequestRefused where it is over.
        """
        self._pass()
        self._check_can_be_sent(alarm)
        if alarm.state is not self._alarm.state:  # it was cancelled meanwhile
            raise self._busy("send it on")
        what = (alarm.number, alarm.state)
        was_tried = what in self._tried
        self._tried.add(what)
        self._alarm = replace(self._alarm, attempts=self._alarm.attempts + 1)
        self._keep()
        return was_tried

    async def take(self, alarm: Alarm) -> None:
        """Say that an alarm was sent on to the contacts, or its retraction. RequestRefused where it is another one."""
        self._pass()
        if self._earlier is not None and alarm.number == self._earlier.number:
            is_retracted = alarm.state is AlarmState.RETRACTED
            self._earlier = None if is_retracted else replace(self._earlier, reached=_PHONE)
            self._keep()
            return
        self._check_can_be_sent(alarm)
        mine = self._alarm
        attempts = mine.attempts + ((alarm.number, alarm.state) not in self._tried)
        if alarm.state is AlarmState.RETRACTED:
            self._alarm = replace(mine, retracted=_PHONE, attempts=attempts)
            self._change(AlarmState.CLOSED, AlarmCause.DELIVERY, _SHOWN_S)
            return
        self._alarm = replace(mine, reached=_PHONE, attempts=attempts)
        if mine.state is AlarmState.CONFIRMED:
            self._deadline_s = self._now_s() + _OPEN_S
        self._keep()

    async def watch(self, every_s: float = 0.25) -> AsyncIterator[Alarm]:
        """The alarm each time that its state or countdown has changed, and again and again while it is offered."""
        last = None
        while True:
            alarm = await self.state()
            now = (alarm.number, alarm.state, alarm.seconds_left)
            if now != last or alarm.is_offered:
                yield alarm
            last = now
            await asyncio.sleep(every_s)

    # ------------------------------------------------------------------ changes

    def _check_can_be_sent(self, alarm: Alarm) -> None:
        """Raises WrongUse, RequestRefused for what is not to be sent on."""
        state = self._alarm.state
        if alarm.state not in (AlarmState.CONFIRMED, AlarmState.RETRACTED):
            raise WrongUse(f"an alarm that is {alarm.state.name.lower()} is nothing to send on")
        if alarm.number != self._alarm.number:
            raise RequestRefused(f"bad_value: alarm {alarm.number} is over", Error.BAD_VALUE)
        if state is not AlarmState.RETRACTED and not (state is alarm.state is AlarmState.CONFIRMED):
            raise self._busy("take")

    def _is_going_on(self, event: Event | None) -> bool:
        """Whether what happens is of the alarm that there is; one that was sent on takes the events of its own fall."""
        mine = self._alarm
        if mine.state is AlarmState.CONFIRMED and mine.reached:
            return event is not None and self._now_s() - self._began_s < _SAME_FALL_S
        return mine.state in (AlarmState.COUNTDOWN, AlarmState.CONFIRMED)

    def _begin(self, kind: AlarmKind, seconds: float, cause: AlarmCause, event: Event | None) -> bool:
        """Begin a countdown; False where there is an alarm already."""
        self._pass()
        mine = self._alarm
        if self._is_going_on(event):
            if event is not None and event.severity > mine.severity:  # of the same fall
                self._alarm = replace(mine, severity=event.severity, peak_g=event.peak_g)
            return False
        self._earlier = mine if mine.state in (AlarmState.CONFIRMED, AlarmState.RETRACTED) else None
        self._was_offered = False
        self._began_s = self._now_s()
        self._last_number += 1
        self._alarm = replace(
            mine,
            number=self._last_number,
            kind=kind,
            severity=event.severity if event else 0,
            peak_g=event.peak_g if event else None,
            tick_us=event.tick_us if event else 0,
            happened_s=round(time.time()),
            attempts=0,
            reached=0,
            retracted=0,
        )
        self._change(AlarmState.COUNTDOWN, cause, seconds)
        return True

    def _busy(self, what: str) -> RequestRefused:
        return RequestRefused(f"busy: cannot {what} while the alarm is {self._alarm.state.name.lower()}", Error.BUSY)

    def _change(self, state: AlarmState, cause: AlarmCause, for_s: float = math.inf) -> None:
        self._alarm = replace(self._alarm, state=state, cause=cause, at_s=round(time.time()))
        self._deadline_s = self._now_s() + for_s
        self._keep()

    def _keep(self) -> None:
        """Write what must outlive this program, in one step: what was there, or this."""
        if self._kept is None:
            return
        left_s = self._deadline_s - self._now_s()
        numbers = {self._alarm.number, self._earlier.number if self._earlier else 0}
        self._tried = {tried for tried in self._tried if tried[0] in numbers}
        found: dict[str, Any] = _kept_of(self._alarm)
        found["was_offered"] = self._was_offered
        found["until_s"] = None if math.isinf(left_s) else time.time() + left_s
        found["last_number"] = self._last_number
        found["earlier"] = None if self._earlier is None else _kept_of(self._earlier)
        found["tried"] = sorted(self._tried)
        part = self._kept.with_name(f"{self._kept.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(json.dumps({"vitalband_band_alarm": 1, **found}))
                file.flush()
                os.fsync(file.fileno())  # else a loss of power leaves the new name with nothing in it
            part.replace(self._kept)
        except OSError as error:  # the alarm goes on without
            _log.warning("the alarm is not kept: %s: %s", self._kept, error.strerror or error)

    def _resume(self, kept: Path) -> None:
        """Go on with what a program before left."""
        try:
            found = json.loads(kept.read_text(encoding="utf-8"))
            if found["vitalband_band_alarm"] != 1:
                raise ValueError
            alarm = _resumed(self._alarm, found)
            earlier = found.get("earlier")
            before = None if earlier is None else _resumed(self._alarm, earlier)
            tried = {(int(number), AlarmState(state)) for number, state in found.get("tried", [])}
            last_number = int(found.get("last_number", alarm.number))
            until_s = math.inf if found["until_s"] is None else float(found["until_s"])
            was_offered = bool(found["was_offered"])
        except (ValueError, KeyError, TypeError, AttributeError):
            aside = _free_name(kept)
            kept.replace(aside)
            _log.warning("%s: no alarm that was kept; it is %s now, and there is no alarm", kept, aside.name)
            return
        self._alarm, self._earlier, self._tried, self._was_offered = alarm, before, tried, was_offered
        self._last_number = last_number
        left_s = until_s - time.time()
        if alarm.state is AlarmState.COUNTDOWN and left_s < -_STALE_S:
            days = f"{-left_s / 86_400:.1f} days"
            _log.warning("%s: the countdown of alarm %d ended %s ago: nobody is alarmed", kept, alarm.number, days)
            self._change(AlarmState.CANCELLED, AlarmCause.RESTART, _SHOWN_S)
            return
        most_s = _OPEN_S if alarm.state is AlarmState.CONFIRMED else _MOST_S
        self._deadline_s = math.inf if math.isinf(left_s) else self._now_s() + min(max(0.0, left_s), most_s)

    def _pass(self) -> None:
        """What time has done meanwhile."""
        if self._now_s() < self._deadline_s:
            return
        if self._alarm.state is AlarmState.COUNTDOWN:
            self._change(AlarmState.CONFIRMED, AlarmCause.TIME)
        elif self._alarm.state is AlarmState.CONFIRMED:  # it was sent on
            self._change(AlarmState.CLOSED, AlarmCause.TIME, _SHOWN_S)
        else:
            self._change(AlarmState.ARMED, self._alarm.cause)

    def _with_facts(self) -> Alarm:
        alarm, now_s = self._alarm, self._now_s()
        is_offered = (alarm.state is AlarmState.CONFIRMED and not alarm.reached) or (
            alarm.state is AlarmState.RETRACTED and not alarm.retracted
        )
        left = math.ceil(self._deadline_s - now_s) if alarm.state is AlarmState.COUNTDOWN else None
        pulses = [self._known[kind] for kind in _PULSES if kind in self._known]
        pulse = next((each for each in pulses if now_s - each.at_s < _OLD_S), None)
        pulse = pulse or max(pulses, key=lambda each: each.at_s, default=None)
        spo2 = self._known.get(ReadingKind.SPO2)
        times = [each.at_s for each in (pulse, spo2) if each is not None]
        where = self._position
        return replace(
            alarm,
            is_offered=int(is_offered),
            seconds_left=left,
            band=BandState.LINKED if self._is_linked else BandState.WAITING,
            position=PositionState.FIX if where else PositionState.SILENT,
            latitude_deg=where[0] if where else None,
            longitude_deg=where[1] if where else None,
            position_age_s=round(now_s - where[2]) if where else None,
            pulse_bpm=None if pulse is None else round(pulse.value),
            spo2_percent=None if spo2 is None else round(spo2.value),
            vitals_age_s=round(now_s - min(times)) if times else None,
        )


def _kept_of(alarm: Alarm) -> dict[str, Any]:
    return {name: getattr(alarm, name) for name in _KEPT}


def _resumed(bare: Alarm, found: dict[str, Any]) -> Alarm:
    """An alarm that was kept; KeyError, TypeError, ValueError."""
    known = {name: found[name] for name in _KEPT}
    known |= {"state": AlarmState(found["state"]), "cause": AlarmCause(found["cause"])}
    return replace(bare, **{**known, "kind": AlarmKind(found["kind"]), "number": int(found["number"])})


def _free_name(path: Path) -> Path:
    """A name beside it that nothing has."""
    names = (path.with_name(f"{path.name}.bad{n or ''}") for n in itertools.count())
    return next(name for name in names if not name.exists())
