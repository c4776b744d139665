"""Gets an alarm, and its retraction, to the contacts: by the modem, else by the phone, again and again until it is out.

What is handed over is in the journal before that. So after a restart, or where the modem said nothing, a message may
have arrived or not: it goes again after ten seconds without a delivery report, and says that it is repeated, with the
number of the same alarm. Nobody gets two alarms of one accident, or none.
"""

from micropython import const

from .incident import MOST_CONTACTS, PHONE
from .machine import AlarmMachine
from .message import alarm_text, retraction_text
from .msd_message import MsdMessage
from .states import (
    ATTEMPTED,
    BY_ATTEMPT,
    BY_DELIVERY,
    BY_TIME,
    CONFIRMED,
    DELIVERED,
    MUTED,
    PENDING,
    REFUSED,
    RETRACTED,
    SENT,
    WITHDRAWN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Carrier(Protocol):
        """Takes one message at a time to a number."""

        @property
        def attempts(self) -> int:
            """With the message that it has."""
            ...

        @property
        def reference(self) -> int:
            """What the network calls the message that it took last."""
            ...

        def is_ready(self) -> bool:
            """Whether there is a network."""

        def send(self, number: str, text: str) -> None:
            """Take a message."""

        def send_data(self, number: str, data: bytes) -> None:
            """Take a message of 8-bit data, 140 octets at most."""

        def outcome(self) -> int:
            """`PENDING` while it has a message, then once `SENT`, `REFUSED` or `ATTEMPTED`."""

        def withdraw(self) -> bool:
            """Take the message back; False where it may be on its way."""

        def next_report(self) -> "tuple[str, int, bool] | None":
            """A delivery report: number, reference, whether it arrived; `False` for what never will."""

    class Phone(Protocol):
        """The wearer's phone, which alarms the contacts instead."""

        def is_up(self) -> bool:
            """Whether there is a link."""

        def offer(self, number: int, retracted: bool) -> None:
            """Hand over an alarm, or that there is none: again does no harm."""

        def has_taken(self, number: int, retracted: bool) -> bool:
            """Whether the phone said that it did it."""


#: After so long a message that may have arrived goes again.
REPEAT_MS = const(10_000)
#: The phone, when nobody was reached by then.
ESCALATE_MS = const(10_000)
_PHONE_MS = const(5_000)
#: By what became of a message: how long its contact waits for the next one at first, and at most.
_WAITS_MS = {WITHDRAWN: (2_000, 60_000), ATTEMPTED: (REPEAT_MS, 600_000), REFUSED: (30_000, 600_000)}
#: After so long without a phone its retraction is given up: it must not be in the way of what comes next.
GIVE_UP_MS = const(600_000)
_NOBODY = const(-1)
# what the modem has: contact, whether it is a retraction, of which alarm, whether one before it may have arrived
_CONTACT = const(0)
_IS_RETRACTION = const(1)
_NUMBER = const(2)
_IS_REPEATED = const(3)


class Escalation:
    """`poll` it every step; `contacts` are numbers, empty where there is none."""

    def __init__(
        self,
        machine: AlarmMachine,
        modem: "Carrier",
        phone: "Phone",
        contacts: "tuple[str, ...]",
        name: str,
        now_ms: int,
    ) -> None:
        self.contacts = contacts + ("",) * (MOST_CONTACTS - len(contacts))
        self.name = name
        #: That of the contacts which gets a minimum set of data instead of a text; empty: none does.
        self.data_number = ""
        self._msd = MsdMessage()
        self._machine = machine
        self._modem = modem
        self._phone = phone
        self._flying = [_NOBODY, 0, 0, 0]
        # by contact: not before, and how long to wait after the next failure, as far as that may wait so long
        self._due_ms = [now_ms] * (MOST_CONTACTS + 1)
        self._retry_ms = [0] * (MOST_CONTACTS + 1)
        # state and number of the alarm that these are for, and when it came to that
        self._of = [machine.state, machine.incident.number, now_ms]
        #: When a phone was there last, while a retraction is owed to it.
        self._phone_ms = now_ms
        for i in range(MOST_CONTACTS):
            if ATTEMPTED in (machine.incident.alarms[i], machine.incident.retractions[i]):
                self._due_ms[i] = now_ms + REPEAT_MS

    def poll(self, now_ms: int) -> None:
        """Go on with what is to be sent."""
        machine = self._machine
        if self._flying[_CONTACT] != _NOBODY:
            self._follow(now_ms)
        self._take_reports(now_ms)
        if machine.state not in (CONFIRMED, RETRACTED):
            self._of[0] = machine.state
            return
        if self._of[0] != machine.state or self._of[1] != machine.incident.number:
            self._restart_waits(now_ms)
        if self._flying[_CONTACT] == _NOBODY and self._modem.is_ready():
            self._send_next(now_ms)
        self._turn_to_phone(now_ms)
        if machine.state == RETRACTED and self._flying[_CONTACT] == _NOBODY and not self._has_to_retract():
            is_given_up = machine.incident.retractions[PHONE] == WITHDRAWN
            machine.close(BY_TIME if is_given_up else BY_DELIVERY, now_ms)

    def has_contacts(self) -> bool:
        """Whether anybody has a number."""
        return any(self.contacts)

    def take_contacts(self, contacts: "tuple[str, ...]", now_ms: int) -> None:
        """Whom to alarm from now on; who may have a message of the alarm that there is keeps its number until its end.

        The others stand in their order as far as that can be: after a restart it is by that who got what.
        """
        numbers = [self.contacts[i] if self._is_bound(i) else "" for i in range(MOST_CONTACTS)]
        left = ["" if number in numbers else number for number in contacts]
        for i in range(min(MOST_CONTACTS, len(left))):
            if not numbers[i]:
                numbers[i], left[i] = left[i], ""
        for number in left:
            if number and "" in numbers:
                numbers[numbers.index("")] = number
        for i in range(MOST_CONTACTS):
            if i >= len(self.contacts) or numbers[i] != self.contacts[i]:
                self._begin_anew(i, now_ms)
        self.contacts = tuple(numbers)

    def _is_bound(self, i: int) -> bool:
        """Whether contact i may have had a message of the alarm that there is."""
        machine = self._machine
        incident = machine.incident
        if machine.state <= MUTED or i >= len(self.contacts):
            return False
        tried = (incident.alarms[i], incident.retractions[i])
        is_owed = incident.owed >> i & 1 or self._flying[_CONTACT] == i
        return bool(is_owed) or ATTEMPTED in tried or SENT in tried or DELIVERED in tried

    def _begin_anew(self, i: int, now_ms: int) -> None:
        """Somebody else is contact i: that another one was refused is nothing to him."""
        self._due_ms[i], self._retry_ms[i] = now_ms, 0
        if self._machine.incident.alarms[i] == REFUSED:
            self._machine.incident.alarms[i] = PENDING

    def _restart_waits(self, now_ms: int) -> None:
        """Another alarm, or now its retraction: nothing has been tried yet."""
        self._of[0], self._of[1], self._of[2] = self._machine.state, self._machine.incident.number, now_ms
        self._phone_ms = now_ms
        for i in range(MOST_CONTACTS + 1):
            self._due_ms[i] = now_ms
            self._retry_ms[i] = 0

    # ------------------------------------------------------------------ the modem

    def _results(self) -> "list[int]":
        """What became of that which is being sent, by contact."""
        incident = self._machine.incident
        return incident.retractions if self._machine.state == RETRACTED else incident.alarms

    def _wants(self, i: int) -> bool:
        """Whether contact i is to get something, at some time."""
        if self._machine.state == RETRACTED:
            return self._machine.owes_retraction(i)
        return self._machine.incident.alarms[i] in (PENDING, ATTEMPTED, REFUSED)

    def _has_to_retract(self) -> bool:
        return any([self._wants(i) for i in range(MOST_CONTACTS + 1)])

    def _send_next(self, now_ms: int) -> None:
        """Hand over the next message: to whoever has waited longest, so that nobody's failures hold up the others."""
        due_ms, first = self._due_ms, _NOBODY
        for i in range(MOST_CONTACTS):
            is_due = now_ms >= due_ms[i] and self.contacts[i] and self._wants(i)
            if is_due and (first == _NOBODY or due_ms[i] < due_ms[first]):
                first = i
        if first != _NOBODY:
            self._send(first, self._results())

    def _send(self, i: int, results: "list[int]") -> None:
        machine, flying = self._machine, self._flying
        repeated = results[i] == ATTEMPTED
        is_retraction = machine.state == RETRACTED
        results[i] = ATTEMPTED
        machine.incident.count_attempt()
        machine.note(BY_ATTEMPT)
        flying[_CONTACT], flying[_IS_RETRACTION], flying[_NUMBER] = i, int(is_retraction), machine.incident.number
        flying[_IS_REPEATED] = int(repeated)
        number = self.contacts[i]
        if is_retraction:
            self._modem.send(number, retraction_text(machine.incident, self.name, repeated))
        elif number == self.data_number:
            self._modem.send_data(number, self._msd.octets(machine.incident, repeated))
        else:
            self._modem.send(number, alarm_text(machine.incident, self.name, repeated))

    def _follow(self, now_ms: int) -> None:
        """What becomes of the message that the modem has.

        One whose attempt failed, or that has to wait for a network, is taken back: the others go meanwhile, and its
        next attempt has a text of its own, with the ages of then.
        """
        flying, machine, modem = self._flying, self._machine, self._modem
        outcome = modem.outcome()
        if outcome == PENDING:
            is_stuck = modem.attempts > 0 or not modem.is_ready()
            if not ((is_stuck or self._is_late()) and modem.withdraw()):
                return
            outcome = WITHDRAWN
        i, flying[_CONTACT] = flying[_CONTACT], _NOBODY
        if flying[_NUMBER] == machine.incident.number:
            self._take_outcome(i, outcome, now_ms)
        elif flying[_IS_RETRACTION] and outcome == SENT:
            machine.incident.owed &= ~(1 << i)
            machine.note(BY_ATTEMPT)

    def _is_late(self) -> bool:
        """Whether what the modem has is not to go any more."""
        flying, machine = self._flying, self._machine
        is_old = flying[_NUMBER] != machine.incident.number
        return is_old or (not flying[_IS_RETRACTION] and machine.state != CONFIRMED)

    def _take_outcome(self, i: int, outcome: int, now_ms: int) -> None:
        """What became of a message to contact i; one that may have arrived may have, whatever becomes of the next."""
        incident, flying = self._machine.incident, self._flying
        results, references = incident.alarms, incident.alarm_references
        if flying[_IS_RETRACTION]:
            results, references = incident.retractions, incident.retraction_references
        if outcome == SENT:
            references[i] = self._modem.reference & 0xFF
        else:
            self._put_off(i, bool(flying[_IS_RETRACTION]), outcome, now_ms)
            if flying[_IS_REPEATED]:
                outcome = ATTEMPTED
            elif outcome == WITHDRAWN and not self._is_late():
                outcome = PENDING
        results[i] = outcome
        self._machine.note(BY_ATTEMPT)

    def _put_off(self, i: int, is_retraction: bool, outcome: int, now_ms: int) -> None:
        """Contact i gets the next one later, and later each time; what failed of an alarm puts off no retraction."""
        if is_retraction == (self._machine.state == RETRACTED):
            first_ms, last_ms = _WAITS_MS[outcome]
            wait_ms = max(first_ms, min(self._retry_ms[i], last_ms))
            self._due_ms[i] = now_ms + wait_ms
            self._retry_ms[i] = 2 * wait_ms

    def _take_reports(self, now_ms: int) -> None:
        report = self._modem.next_report()
        while report is not None:
            number, reference, arrived = report
            for i, contact in enumerate(self.contacts):
                if contact == number and i != self._flying[_CONTACT]:
                    self._take_report(i, reference, arrived, now_ms)
            report = self._modem.next_report()

    def _take_report(self, i: int, reference: int, arrived: bool, now_ms: int) -> None:
        """Only of a message that the network is known to have: others may be of an earlier one."""
        incident = self._machine.incident
        for results, references in (
            (incident.alarms, incident.alarm_references),
            (incident.retractions, incident.retraction_references),
        ):
            if results[i] == SENT and references[i] == reference:
                results[i] = DELIVERED if arrived else REFUSED
                if not arrived:
                    self._put_off(i, results is incident.retractions, REFUSED, now_ms)
                self._machine.note(BY_DELIVERY)
                return

    # ------------------------------------------------------------------ the phone

    def _turn_to_phone(self, now_ms: int) -> None:
        """Have the phone do it where nobody was reached in ten seconds, or the modem has no network."""
        machine, results = self._machine, self._results()
        if not self._wants(PHONE):
            return
        is_retraction = machine.state == RETRACTED
        number = machine.incident.number
        if results[PHONE] == ATTEMPTED and self._phone.has_taken(number, is_retraction):
            results[PHONE] = DELIVERED
            machine.note(BY_DELIVERY)
            return
        late = now_ms - self._of[2] >= ESCALATE_MS or not self.has_contacts()
        if now_ms < self._due_ms[PHONE] or not (is_retraction or (late and not machine.has_reached_somebody())):
            return
        self._due_ms[PHONE] = now_ms + _PHONE_MS
        if not self._phone.is_up():
            if is_retraction and now_ms - self._phone_ms >= GIVE_UP_MS:
                results[PHONE] = WITHDRAWN
            return
        self._phone_ms = now_ms
        if results[PHONE] != ATTEMPTED:
            results[PHONE] = ATTEMPTED
            machine.incident.count_attempt()
            machine.note(BY_ATTEMPT)
        self._phone.offer(number, is_retraction)
