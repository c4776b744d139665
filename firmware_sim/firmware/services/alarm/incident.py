"""An alarm: what is known of the accident, and whom it reached, as the journal's records keep it."""

from struct import pack_into, unpack_from

from micropython import const

from .journal import BODY_AT, RECORD_BYTES
from .states import CLOSED, PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable

#: Contacts by SMS; behind them the phone.
MOST_CONTACTS = const(4)
PHONE = const(4)
_RECIPIENTS = const(5)
#: Facts by number: Unix time in s, position in milliarcseconds, its age in s, speed before in km/h, greatest
#: acceleration in 0.1 g, pulse in bpm, SpO2 in %, change of the pulse in bpm/min, age of these in s.
HAPPENED_S = const(0)
LATITUDE_MAS = const(1)
LONGITUDE_MAS = const(2)
POSITION_AGE_S = const(3)
SPEED_KMH = const(4)
PEAK_DG = const(5)
PULSE_BPM = const(6)
SPO2_PERCENT = const(7)
TREND = const(8)
VITALS_AGE_S = const(9)
FACTS = const(10)
#: These grow while the alarm lasts.
AGES = (POSITION_AGE_S, VITALS_AGE_S)
#: Least and most of each; an age over its most is that.
LIMITS = (
    (1, 0xFFFFFFFF), (-324_000_000, 324_000_000), (-648_000_000, 648_000_000), (0, 0xFFFF), (0, 0xFFFF), (0, 0xFFFF),
    (0, 0xFFFF), (0, 100), (-128, 127), (0, 0xFFFF),
)  # fmt: skip
_FORM = "<HHBBBBBBBBIIiiHHHHBbH"
_RESULTS_AT = const(44)  # behind what _FORM has
_CANCELLED_BY_AT = const(59)
_MOST_ATTEMPTS = const(255)


class Incident:
    """The one alarm that there is, or the last that there was."""

    def __init__(self) -> None:
        #: Counts alarms; 0: there was none.
        self.number = 0
        self.state = CLOSED
        self.cause = 0
        self.kind = 0
        self.severity = 0
        #: How often the device has started since the countdown began.
        self.restarts = 0
        self.attempts = 0
        #: Who cancelled it (`states.BY_WEARER` or `BY_HOST`), 0 while nobody has.
        self.cancelled_by = 0
        #: Bit n: contact n was not reached by the retraction of an alarm before this one, the `owed_back`th before.
        self.owed = 0
        self.owed_back = 0
        #: Unix time of the record, 0 where the clock was never set.
        self.at_s = 0
        self.facts: "list[int | None]" = [None] * FACTS
        #: What became of the alarm, and of its retraction, by contact, with the network's references of both.
        self.alarms = [PENDING] * _RECIPIENTS
        self.retractions = [PENDING] * _RECIPIENTS
        self.alarm_references = [0] * _RECIPIENTS
        self.retraction_references = [0] * _RECIPIENTS

    def begin(self, kind: int, severity: int, owed: int = 0) -> None:
        """Be the next one, of which nothing else is known; `owed` by the one before."""
        self.number = self.number % 0xFFFF + 1
        self.kind, self.severity = kind, severity
        self.owed_back = min(self.owed_back + 1 if self.owed else 1, 255) if owed else 0
        self.owed = owed
        self.restarts = self.attempts = self.cancelled_by = 0
        for fact in range(FACTS):
            self.facts[fact] = None
        for i in range(_RECIPIENTS):
            self.alarms[i] = self.retractions[i] = PENDING

    def follow(self, other: "Incident") -> None:
        """Be as another one, of which nothing else is known."""
        self.number, self.state, self.cause = other.number, other.state, other.cause
        self.kind, self.severity, self.attempts = other.kind, other.severity, other.attempts
        self.at_s = other.at_s
        for fact in range(FACTS):
            self.facts[fact] = None
        for i in range(_RECIPIENTS):
            self.alarms[i], self.retractions[i] = other.alarms[i], other.retractions[i]

    def set_fact(self, fact: int, value: "int | None") -> None:
        """What is known; what is out of its range is not, but an age over the longest is that: never as of now."""
        least, most = LIMITS[fact]
        if value is not None and fact in AGES:
            value = min(value, most)
        self.facts[fact] = value if value is not None and least <= value <= most else None

    def grow_older(self, seconds: "int | None") -> None:
        """So much time has passed since the ages were set; None: nobody knows how much, nor the ages from now on."""
        for fact in AGES:
            age = self.facts[fact]
            self.set_fact(fact, None if age is None or seconds is None or seconds < 0 else age + seconds)

    def count_attempt(self) -> None:
        """One more try to reach somebody."""
        self.attempts = min(self.attempts + 1, _MOST_ATTEMPTS)

    def pack(self, record: bytearray) -> None:
        """Write it as the body of a record."""
        known = 0
        values = [0] * FACTS
        for fact, value in enumerate(self.facts):
            if value is not None:
                known |= 1 << fact
                values[fact] = value
        pack_into(
            _FORM, record, BODY_AT, self.number, known, self.state, self.cause, self.kind, self.severity,
            self.restarts, self.attempts, self.owed, self.owed_back, self.at_s, *values,
        )  # fmt: skip
        for i in range(_RECIPIENTS):
            record[_RESULTS_AT + i] = self.alarms[i] << 4 | self.retractions[i]
            record[_RESULTS_AT + _RECIPIENTS + i] = self.alarm_references[i]
            record[_RESULTS_AT + 2 * _RECIPIENTS + i] = self.retraction_references[i]
        record[_CANCELLED_BY_AT] = self.cancelled_by

    def unpack(self, record: "Readable") -> None:
        """Be what a record says."""
        assert len(record) == RECORD_BYTES
        found = unpack_from(_FORM, record, BODY_AT)
        self.number, known, self.state, self.cause, self.kind, self.severity = found[:6]
        self.restarts, self.attempts, self.owed, self.owed_back, self.at_s = found[6:11]
        self.cancelled_by = record[_CANCELLED_BY_AT]
        for fact in range(FACTS):
            self.facts[fact] = found[11 + fact] if known >> fact & 1 else None
        for i in range(_RECIPIENTS):
            self.alarms[i] = record[_RESULTS_AT + i] >> 4
            self.retractions[i] = record[_RESULTS_AT + i] & 15
            self.alarm_references[i] = record[_RESULTS_AT + _RECIPIENTS + i]
            self.retraction_references[i] = record[_RESULTS_AT + 2 * _RECIPIENTS + i]
