"""Calendar dates from Unix time, in integers (H. Hinnant, "chrono-compatible low-level date algorithms")."""

from micropython import const

_DAY_S = const(86_400)
_ERA_DAYS = const(146_097)  # days of 400 years
_EPOCH_DAYS = const(719_468)  # from 0000-03-01 to 1970-01-01


def rtc_datetime(unix_ms: int) -> "tuple[int, int, int, int, int, int, int, int]":
    """(year, month, day, weekday 0 = Monday, hour, minute, second, microsecond), as `machine.RTC` takes it."""
    seconds, ms = divmod(unix_ms, 1000)
    days, rest = divmod(seconds, _DAY_S)
    z = days + _EPOCH_DAYS
    era = z // _ERA_DAYS
    doe = z - era * _ERA_DAYS
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    day = doy - (153 * mp + 2) // 5 + 1
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (1 if month <= 2 else 0)
    return year, month, day, (days + 3) % 7, rest // 3600, rest // 60 % 60, rest % 60, ms * 1000
