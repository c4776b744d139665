"""The alarm's state machine: from at rest to an alarm that is closed. It waits for nothing and knows no hardware.

Each change of an alarm is in the journal before anything follows from it, so that an alarm is where it was after a
restart in any moment. An alarm is latched: nothing but the wearer, or somebody whom it reached, ends it, and nothing
that would disarm the device does. What arms, disarms or mutes is not kept: after a restart the device is on guard.
"""

from micropython import const

from .incident import Incident
from .journal import RECORD_BYTES, AlarmJournal
from .states import (
    ARMED,
    ATTEMPTED,
    BY_DETECTION,
    BY_RESTART,
    BY_SOS,
    BY_TIME,
    CANCELLED,
    CANDIDATE,
    CLOSED,
    CONFIRMED,
    COUNTDOWN,
    DELIVERED,
    DISARMED,
    FAULT,
    MUTED,
    PENDING,
    READY,
    REFUSED,
    RETRACTED,
    SENSOR_FAULT,
    SENT,
    SOS,
    STARTING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

#: The wearer's time to cancel when he called for help himself, s.
SOS_COUNTDOWN_S = const(5)
#: Longest time without automatic alarms, min.
MOST_MUTED_MIN = const(60)
_SHOWN_MS = const(3000)  # an alarm that is over
_CANDIDATE_MS = const(10_000)  # a candidate that nobody judges is an accident
_RESTARTS = const(3)  # so many in a countdown, and there is no more of it
_NEVER = const(-1)


class AlarmMachine:
    """`poll` it every step; the other calls say what happened and return whether it changed anything.

    `unix_s()` is the time, 0 where the clock was never set; `countdown_s` is the wearer's time to cancel.
    """

    def __init__(self, journal: AlarmJournal, unix_s: "Callable[[], int]", countdown_s: int, now_ms: int) -> None:
        self.incident = Incident()
        self.state = DISARMED
        #: Why it is at rest (`states.READY` …).
        self.reason = STARTING
        self.countdown_s = countdown_s
        #: Whether the journal took the latest change: else it would not outlive a restart.
        self.is_kept = True
        #: Sets what is known (`Incident.facts`) of an alarm that begins, so that it is in its first record.
        self.gather: "Callable[[int], None] | None" = None
        self._journal = journal
        self._unix_s = unix_s
        self._record = bytearray(RECORD_BYTES)
        # the alarm that was being retracted when a candidate came: it goes on where that is none
        self._retracted = bytearray(RECORD_BYTES)
        self._deadline_ms = _NEVER
        self._muted_until_ms = 0
        self._is_noted = self._is_after_retraction = False
        self._aged_ms = now_ms
        if journal.latest:
            self.incident.unpack(journal.latest)
            self._resume(now_ms)

    # ------------------------------------------------------------------ what it is

    def seconds_left(self, now_ms: int) -> "int | None":
        """Of the countdown; None where there is none."""
        return max(0, (self._deadline_ms - now_ms + 999) // 1000) if self.state == COUNTDOWN else None

    def muted_s(self, now_ms: int) -> "int | None":
        """Until it looks for accidents again; None where it is not muted."""
        return max(0, (self._muted_until_ms - now_ms + 999) // 1000) if self.state == MUTED else None

    def has_reached_somebody(self) -> bool:
        """Whether a network or a phone has the alarm."""
        return SENT in self.incident.alarms or DELIVERED in self.incident.alarms

    # ------------------------------------------------------------------ what happens

    def allow(self, reason: int, now_ms: int) -> None:
        """What detection may do: `READY` arms, anything else is why not. An alarm goes on, whatever it is."""
        self.reason = reason
        if self.state <= MUTED:
            self._rest(now_ms)

    def mute(self, minutes: int, now_ms: int) -> bool:
        """No automatic alarm for up to an hour; 0: again from now on. Not while there is one; a retraction goes on."""
        if self.state > MUTED and self.state != RETRACTED:
            return False
        self._muted_until_ms = now_ms + min(minutes, MOST_MUTED_MIN) * 60_000
        if self.state != RETRACTED:
            self._rest(now_ms)
        return True

    def suspect(self, kind: int, severity: int, hard: bool, now_ms: int) -> bool:
        """A candidate: `begin_countdown` or `drop` follows. One that is `hard` outlives a loss of power."""
        if not self._is_on_guard(now_ms):
            return False
        if self.state == RETRACTED:
            self.incident.pack(self._retracted)
        self._begin(kind, severity, now_ms)
        self.state = self.incident.state = CANDIDATE
        self._deadline_ms = now_ms + _CANDIDATE_MS
        self._is_noted = hard
        if hard:
            self.note(BY_DETECTION)
        return True

    def drop(self, now_ms: int) -> bool:
        """The candidate was none, and takes no number: nobody knows of it. A retraction before it goes on."""
        if self.state != CANDIDATE:
            return False
        if self._is_after_retraction:
            self._go_on_retracting(now_ms)
            return True
        if self._is_noted:
            self._change(CANCELLED, BY_DETECTION)
        self.incident.state = CANCELLED
        self.incident.number -= 1
        self._rest(now_ms)
        return True

    def begin_countdown(self, kind: int, severity: int, now_ms: int) -> bool:
        """Detection is sure, of a candidate or at once; an accident while an earlier alarm is retracted counts too."""
        if self.state == CANDIDATE:
            self.incident.kind, self.incident.severity = kind, severity
            self._gather(now_ms)
        elif self._is_on_guard(now_ms):
            self._begin(kind, severity, now_ms)
        else:
            return False
        self._count_down(self.countdown_s, BY_DETECTION, now_ms)
        return True

    def call_help(self, now_ms: int) -> bool:
        """The wearer's call, in any state: within a countdown it ends that; else there is one of five seconds."""
        if self.state == CONFIRMED:
            return False
        if self.state in (CANDIDATE, COUNTDOWN):
            self._confirm(BY_SOS)
            return True
        self._begin(SOS, 0, now_ms)
        self._count_down(SOS_COUNTDOWN_S, BY_SOS, now_ms)
        return True

    def cancel(self, by: int, now_ms: int) -> bool:
        """The wearer is well: before anybody was alarmed it ends, afterwards they learn it."""
        if self.state in (CANDIDATE, COUNTDOWN, CONFIRMED):
            self.incident.cancelled_by = by
        if self.state in (CANDIDATE, COUNTDOWN):
            if self.incident.owed:
                self._change(RETRACTED, by)
            else:
                self._end(CANCELLED, by, now_ms)
        elif self.state == CONFIRMED:
            self._change(RETRACTED, by)
        else:
            return False
        return True

    def close(self, by: int, now_ms: int) -> bool:
        """Somebody takes over: no more messages. Not before the alarm has reached somebody."""
        if self.state != RETRACTED and not (self.state == CONFIRMED and self.has_reached_somebody()):
            return False
        self.incident.owed = 0
        self._end(CLOSED, by, now_ms)
        return True

    def poll(self, now_ms: int) -> None:
        """Do what is due."""
        seconds = (now_ms - self._aged_ms) // 1000
        if seconds > 0:
            self._aged_ms += seconds * 1000
            self.incident.grow_older(seconds)
        if self.state == MUTED and now_ms >= self._muted_until_ms:
            self._rest(now_ms)
        if self._deadline_ms == _NEVER or now_ms < self._deadline_ms:
            return
        self._deadline_ms = _NEVER
        if self.state == CANDIDATE:
            self._count_down(self.countdown_s, BY_TIME, now_ms)
        elif self.state == COUNTDOWN:
            self._confirm(BY_TIME)
        elif self.state in (CANCELLED, CLOSED):
            self._rest(now_ms)

    def note(self, cause: int) -> None:
        """Keep the alarm as it is now; where the chip does not take it, it goes on without."""
        incident = self.incident
        incident.cause = cause
        incident.at_s = self._unix_s()
        incident.pack(self._record)
        try:
            self._journal.append(self._record)
            self.is_kept = True
        except OSError:
            self.is_kept = False

    # ------------------------------------------------------------------ changes

    def _is_on_guard(self, now_ms: int) -> bool:
        """Whether an accident begins an alarm: also while an earlier one is retracted, unless something disarms."""
        is_guarding = self.state == RETRACTED and self.reason == READY and now_ms >= self._muted_until_ms
        return is_guarding or self.state == ARMED

    def _begin(self, kind: int, severity: int, now_ms: int) -> None:
        self._is_after_retraction = self.state == RETRACTED
        self.incident.begin(kind, severity, self._owed() if self._is_after_retraction else 0)
        self._gather(now_ms)

    def _go_on_retracting(self, now_ms: int) -> None:
        """Be the alarm before the candidate again; whom its retraction reached meanwhile has it."""
        incident, owed = self.incident, self.incident.owed
        incident.unpack(self._retracted)
        incident.grow_older((now_ms - self._deadline_ms + _CANDIDATE_MS) // 1000)
        reached = self._owed() & ~owed
        for i in range(len(incident.retractions)):
            if reached >> i & 1:
                incident.retractions[i] = SENT
        self.state, self._deadline_ms = RETRACTED, _NEVER
        if self._is_noted:
            self.note(BY_DETECTION)

    def _gather(self, now_ms: int) -> None:
        if self.gather:
            self.gather(now_ms)

    def _resume(self, now_ms: int) -> None:
        """Go on with an alarm after a restart; one that was a candidate is an accident: what took the power?"""
        incident, now_s = self.incident, self._unix_s()
        incident.grow_older(now_s - incident.at_s if now_s and incident.at_s else None)
        if incident.state in (CANDIDATE, COUNTDOWN):
            incident.restarts += 1
            left_s = SOS_COUNTDOWN_S if incident.kind == SOS else self.countdown_s
            if incident.restarts > _RESTARTS:  # a supply that fails again and again must not put it off for ever
                self._confirm(BY_RESTART)
            else:
                self._count_down(left_s >> incident.restarts - 1, BY_RESTART, now_ms)
        elif incident.state in (CONFIRMED, RETRACTED):
            self.state = incident.state
        elif incident.state == CANCELLED and incident.cause == BY_DETECTION:
            incident.number -= 1

    def _rest(self, now_ms: int) -> None:
        self._deadline_ms = _NEVER
        if now_ms < self._muted_until_ms:
            self.state = MUTED
        elif self.reason >= SENSOR_FAULT:
            self.state = FAULT
        else:
            self.state = ARMED if self.reason == READY else DISARMED

    def _count_down(self, seconds: int, cause: int, now_ms: int) -> None:
        self._change(COUNTDOWN, cause)
        self._deadline_ms = now_ms + seconds * 1000

    def _confirm(self, cause: int) -> None:
        self.incident.owed = 0  # who learns of this alarm need not learn that an earlier one was none
        self._change(CONFIRMED, cause)

    def _end(self, state: int, cause: int, now_ms: int) -> None:
        self._change(state, cause)
        self._deadline_ms = now_ms + _SHOWN_MS

    def _change(self, state: int, cause: int) -> None:
        self._deadline_ms = _NEVER
        self.state = self.incident.state = state
        self.note(cause)

    def _owed(self) -> int:
        """Who may believe in an alarm that is being retracted: bit n for contact n."""
        incident, owed = self.incident, 0
        for i, alarm in enumerate(incident.alarms):
            is_owed = alarm in (ATTEMPTED, SENT, DELIVERED) or incident.owed >> i & 1
            if is_owed and incident.retractions[i] in (PENDING, ATTEMPTED, REFUSED):
                owed |= 1 << i
        return owed

    def owes_retraction(self, i: int) -> bool:
        """Whether contact i is to learn that there is no alarm."""
        return bool(self._owed() >> i & 1)
