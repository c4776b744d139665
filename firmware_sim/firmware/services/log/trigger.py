"""When the log records: all the time, while worn, by a schedule, around alarms, or because a host asked for it."""

from array import array

from micropython import const

from ... import wire_gen as wire
from ...clock import FIRST_YEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ...clock import DeviceClock
    from ...settings import Settings
    from ...vitals import Vitals

    class Host(Protocol):
        """Whose alarms they are."""

        vitals: Vitals
        clock: DeviceClock


_ALWAYS = const(1)  # wire: LOG_MODE_ALWAYS
_WORN = const(2)  # wire: LOG_MODE_WORN
_SCHEDULE = const(4)  # wire: LOG_MODE_SCHEDULE
_NOT_WORN = const(1)  # wire: WEAR_NOT_WORN
_EVENT = const(7)
# Where a frame of an event has its kind, and one of a rhythm its flags; those that are alarms, by bit.
_KIND_AT = const(15)
_FLAGS_AT = const(15)
#: wire: EVENT_KIND_IMPACT, EVENT_KIND_FALL, EVENT_KIND_ACCIDENT, EVENT_KIND_TIP_OVER
_EVENTS = const(0b11110)
#: In the flags' second byte, wire: RHYTHM_FLAGS_WIDE_COMPLEX_TACHYCARDIA, _ASYSTOLE, _AV_BLOCK_COMPLETE.
_FINDINGS = const(0b1010100)
#: In their first byte, wire: RHYTHM_FLAGS_PAUSE, and in the third: RHYTHM_FLAGS_VENTRICULAR_FIBRILLATION.
_PAUSE = const(0x80)
_FIBRILLATION = const(0x02)
_AFTER_US = const(10_000_000)
_DAY_S = const(86400)
_NO_TIME = const(1440)
# What `_plan` holds: minutes from one to the next, seconds of each, and from there on minutes of the day.
_EVERY = const(0)
_FOR = const(1)
_TIMES = const(2)
#: Settings of the schedule, in the order of `schedule_log`.
PLAN = (
    wire.SETTING_LOG_EVERY,
    wire.SETTING_LOG_FOR,
    wire.SETTING_LOG_TIME_1,
    wire.SETTING_LOG_TIME_2,
    wire.SETTING_LOG_TIME_3,
    wire.SETTING_LOG_TIME_4,
)


class Trigger:
    """`holds` says whether to record now; `notice` each result, so that alarms are known."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._plan = array("H", bytes(2 * len(PLAN)))
        # device time before which it holds, whatever the mode; 0: none
        self._until = [0]

    def apply_settings(self, settings: "Settings") -> None:
        """Go by the schedule as it is set now."""
        for i in range(len(PLAN)):
            self._plan[i] = settings.get(PLAN[i])

    def hold(self, until_us: int) -> None:
        """A host wants a recording until then; an earlier time than now ends it."""
        self._until[0] = until_us

    def is_held(self) -> bool:
        """Whether an alarm or a host had it hold, lately or still."""
        return self._until[0] > 0

    def notice(self, frame: bytearray, now_us: int) -> None:
        """An event or a rhythm was recorded: an alarm holds for ten seconds."""
        kind = frame[0]
        if kind == _EVENT:
            is_alarm = _EVENTS >> frame[_KIND_AT] & 1
        else:
            at = _FLAGS_AT
            is_alarm = frame[at] & _PAUSE or frame[at + 1] & _FINDINGS or frame[at + 2] & _FIBRILLATION
        if is_alarm:
            self._until[0] = max(self._until[0], now_us + _AFTER_US)

    def holds(self, mode: int, now_us: int) -> bool:
        """Whether to record at this device time."""
        until = self._until
        if until[0]:
            if now_us < until[0]:
                return True
            until[0] = 0
        if mode == _WORN:
            wear = self._host.vitals.value(wire.READING_KIND_WEAR)
            return wear is not None and wear != _NOT_WORN
        return mode == _ALWAYS or (mode == _SCHEDULE and self._is_time(now_us))

    def _is_time(self, now_us: int) -> bool:
        """By the calendar; where nobody has set that, by the time since start."""
        plan = self._plan
        year, _, _, _, hour, minute, second, _ = self._host.clock.datetime()
        is_set = year >= FIRST_YEAR
        now_s = (hour * 60 + minute) * 60 + second if is_set else now_us // 1_000_000
        length_s = plan[_FOR]
        if plan[_EVERY] and now_s % (60 * plan[_EVERY]) < length_s:
            return True
        for i in range(_TIMES, len(plan) if is_set else 0):
            if plan[i] != _NO_TIME and (now_s - 60 * plan[i]) % _DAY_S < length_s:
                return True
        return False
