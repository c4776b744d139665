"""The calendar: one range and one notification, whichever road sets it."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .drivers.wiring import Calendar

#: Ports start an RTC that was never set in 2000, or earlier; they count to the end of the century.
FIRST_YEAR = const(2001)
LAST_YEAR = const(2099)
_DAY_S = const(86_400)
_ERA_DAYS = const(146_097)  # days of 400 years
_EPOCH_DAYS = const(719_468)  # from 0000-03-01 to 1970-01-01
_MONTH_DAYS = b"\x1f\x1d\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"


class DeviceClock:
    """Date and time of day over the board's RTC.

    `on_set(handler)`: `handler(by)` is called whenever it was set, with the link that set it or None.
    """

    def __init__(self, rtc: "Calendar") -> None:
        self._rtc = rtc
        self._handlers: "list[Callable[[object], None]]" = []

    def on_set(self, handler: "Callable[[object], None]") -> None:
        """Have `handler(by)` called after each setting; it may run in the radio's interrupt."""
        self._handlers.append(handler)

    def datetime(self) -> "tuple[int, ...]":
        """(year, month, day, weekday 0 = Monday, hour, minute, second, microsecond)."""
        now: "tuple[int, ...]" = self._rtc.datetime()
        return now

    def set(self, datetime: "tuple[int, ...]", by: object = None) -> bool:
        """Set it to what `datetime()` gives, whatever its weekday; False: no date and time from 2001 to 2099.

        Nothing has changed then.
        """
        if not _is_datetime(datetime):
            return False
        fields = list(datetime)
        fields[3] = _weekday(fields[0], fields[1], fields[2])
        self._rtc.datetime(tuple(fields))
        for handler in self._handlers:
            handler(by)
        return True

    def set_unix_ms(self, unix_ms: int, by: object = None) -> bool:
        """Set it to a Unix time; False: not from 2001 to 2099."""
        return self.set(from_unix_ms(unix_ms), by)


def from_unix_ms(unix_ms: int) -> "tuple[int, int, int, int, int, int, int, int]":
    """A Unix time as `DeviceClock.datetime` has it (H. Hinnant, "chrono-compatible low-level date algorithms")."""
    seconds, ms = divmod(unix_ms, 1000)
    days, rest = divmod(seconds, _DAY_S)
    year, month, day = _civil(days)
    return year, month, day, (days + 3) % 7, rest // 3600, rest // 60 % 60, rest % 60, ms * 1000


def to_unix_s(datetime: "tuple[int, ...]") -> int:
    """Unix time in s of what `DeviceClock.datetime` gives."""
    year, month, day, _, hour, minute, second, _ = datetime
    shifted = year - (month < 3)
    era, yoe = divmod(shifted, 400)
    doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * _ERA_DAYS + yoe * 365 + yoe // 4 - yoe // 100 + doy - _EPOCH_DAYS
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _civil(days: int) -> "tuple[int, int, int]":
    """(year, month, day) so many days after 1970-01-01."""
    z = days + _EPOCH_DAYS
    era = z // _ERA_DAYS
    doe = z - era * _ERA_DAYS
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (1 if month <= 2 else 0), month, doy - (153 * mp + 2) // 5 + 1


def _weekday(year: int, month: int, day: int) -> int:
    """0 = Monday (T. Sakamoto's rule)."""
    shifted = year - (month < 3)
    month_offset = b"\x00\x03\x02\x05\x00\x03\x05\x01\x04\x06\x02\x04"[month - 1]
    return (shifted + shifted // 4 - shifted // 100 + shifted // 400 + month_offset + day - 1) % 7


def _is_datetime(datetime: "tuple[int, ...]") -> bool:
    year, month, day, _, hour, minute, second, us = datetime
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return False
    leap = year % 4 == 0  # no century among 2001 to 2099
    days = _MONTH_DAYS[month - 1] - (1 if month == 2 and not leap else 0)
    return 1 <= day <= days and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= us < 1_000_000
