"""Fields of NMEA 0183 sentences as integers; None where a field is empty, ValueError where it is malformed."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

_DOT = const(0x2E)
_MINUS = const(0x2D)
_ZERO = const(0x30)
_LONGEST = const(9)  # digits of a number at most, so that it stays within 30 bits
_MALFORMED = "malformed field"
#: Days before each month of a common year.
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


def digits(buffer: bytearray, start: int, end: int) -> int:
    """The unsigned number in buffer[start:end], all of it digits."""
    if not start < end <= start + _LONGEST:
        raise ValueError(_MALFORMED)
    value = 0
    while start < end:
        digit = buffer[start] - _ZERO
        if not 0 <= digit <= 9:
            raise ValueError(_MALFORMED)
        value = value * 10 + digit
        start += 1
    return value


def fixed(buffer: bytearray, start: int, end: int, decimals: int, largest: int) -> "int | None":
    """A decimal number times 10**decimals, at most `largest` either way; further decimals are cut."""
    if start == end:
        return None
    negative = buffer[start] == _MINUS
    start += negative
    dot = start
    while dot < end and buffer[dot] != _DOT:
        dot += 1
    value = digits(buffer, start, dot)
    dot += 1
    if dot < end:
        fraction_digits(buffer, dot, end)
    for _ in range(decimals):
        if value > largest // 10:
            raise ValueError(_MALFORMED)
        value *= 10
        if dot < end:
            value += buffer[dot] - _ZERO
        dot += 1
    if value > largest:
        raise ValueError(_MALFORMED)
    return -value if negative else value


def fraction_digits(buffer: bytearray, start: int, end: int) -> None:
    """Check that buffer[start:end] are digits, of which there may be any number."""
    while start < end:
        if not _ZERO <= buffer[start] <= _ZERO + 9:
            raise ValueError(_MALFORMED)
        start += 1


def angle_mas(buffer: bytearray, start: int, end: int, degree_digits: int, largest_deg: int) -> "int | None":
    """ddmm.mmmm or dddmm.mmmm in milliarcseconds (mas), rounded."""
    if start == end:
        return None
    split = start + degree_digits
    degrees = digits(buffer, start, min(split, end))
    if split + 2 > end or (split + 2 < end and buffer[split + 2] != _DOT):
        raise ValueError(_MALFORMED)
    minutes = fixed(buffer, split, end, 6, 59_999_999)
    if minutes is None:
        raise ValueError(_MALFORMED)
    mas = degrees * 3_600_000 + (minutes * 3 + 25) // 50
    if mas > largest_deg * 3_600_000:
        raise ValueError(_MALFORMED)
    return mas


def time_ms(buffer: bytearray, start: int, end: int) -> "int | None":
    """hhmmss or hhmmss.sss in ms of the day (UTC)."""
    if start == end:
        return None
    if end < start + 6:
        raise ValueError(_MALFORMED)
    hours = digits(buffer, start, start + 2)
    minutes = digits(buffer, start + 2, start + 4)
    ms = fixed(buffer, start + 4, end, 3, 60_999)
    if hours > 23 or minutes > 59 or ms is None:
        raise ValueError(_MALFORMED)
    return (hours * 60 + minutes) * 60_000 + ms


def day_number(buffer: bytearray, start: int, end: int) -> "int | None":
    """ddmmyy in days since 2000-01-01; the year is one of 2000 to 2099."""
    if start == end:
        return None
    if end != start + 6:
        raise ValueError(_MALFORMED)
    day = digits(buffer, start, start + 2)
    month = digits(buffer, start + 2, start + 4)
    year = digits(buffer, start + 4, end)
    if not 1 <= month <= 12:
        raise ValueError(_MALFORMED)
    leap = year % 4 == 0
    length = _BEFORE_MONTH[month] - _BEFORE_MONTH[month - 1] + (leap and month == 2)
    if not 1 <= day <= length:
        raise ValueError(_MALFORMED)
    return year * 365 + (year + 3) // 4 + _BEFORE_MONTH[month - 1] + (leap and month > 2) + day - 1
