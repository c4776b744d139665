"""Times written as text: clock times, dates with times."""

from __future__ import annotations

import re
from datetime import date

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,12})?)")
_ZONE = r"(?:\s?(Z|UTC|[+-]\d\d:?\d\d))?"
_ISO = re.compile(rf"(\d{{4}})[-/](\d\d)[-/](\d\d)[T\s](\d\d):(\d\d):(\d\d(?:[.,]\d{{1,12}})?){_ZONE}")
_DAY_BEHIND = re.compile(r"(\d{1,2}):(\d\d):(\d\d(?:\.\d{1,12})?)\s(\d\d)/(\d\d)/(\d{4})")
_OF_DAY = r"(\d{1,2}):(\d\d):(\d\d(?:[.,]\d{1,12})?)"
#: Days with points are those of a day, a month and a year, days with AM or PM of a month, a day and a year.
_POINTS = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}),?\s{_OF_DAY}")
_AM_PM = re.compile(rf"(?:(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}),?\s)?{_OF_DAY}[\s\u202f]?([AP])\.?M\.?", re.IGNORECASE)
_LONGEST = 60


def seconds_of(text: str) -> float | None:
    """Seconds of `0:03.250`, `14:23:11`, `2026-02-02T10:00:00.008Z`, `[14:23:11.004 23/07/1990]`; None: no such time.

    Also of `23.07.1990 14:23:11,004`, `7/23/1990 2:23:11.004 PM` and `2:23:11 p.m.`
    Those of a date count from year 1 on; where it names a zone, in UTC.
    """
    plain = text.strip().strip("\"'[]").strip()
    if len(plain) > _LONGEST:
        return None
    clock = _CLOCK.fullmatch(plain)
    if clock:
        return _clock(clock[1] or "0", clock[2], clock[3])
    iso = _ISO.fullmatch(plain)
    if iso:
        day = _day(iso[1], iso[2], iso[3])
        return None if day is None else day * 86400.0 + _clock(iso[4], iso[5], iso[6]) - _offset_s(iso[7])
    behind = _DAY_BEHIND.fullmatch(plain)
    if behind:
        day = _day(behind[6], behind[5], behind[4])
        return None if day is None else day * 86400.0 + _clock(behind[1], behind[2], behind[3])
    return _with_points(plain) or _with_am_pm(plain)


def _with_points(text: str) -> float | None:
    found = _POINTS.fullmatch(text)
    day = _day(found[3], found[2], found[1]) if found else None
    return None if found is None or day is None else day * 86400.0 + _clock(found[4], found[5], found[6])


def _with_am_pm(text: str) -> float | None:
    found = _AM_PM.fullmatch(text)
    if found is None or not 1 <= int(found[4]) <= 12:
        return None
    day = _day(found[3], found[1], found[2]) if found[1] else 0
    hours = int(found[4]) % 12 + (12 if found[7].upper() == "P" else 0)
    return None if day is None else day * 86400.0 + _clock(str(hours), found[5], found[6])


def _clock(hours: str, minutes: str, seconds: str) -> float:
    return int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds.replace(",", "."))


def _offset_s(zone: str | None) -> float:
    """Seconds that a zone (`+02:00`, `-0530`, `Z`) is ahead of UTC."""
    if not zone or zone[0] not in "+-":
        return 0.0
    return float(f"{zone[0]}1") * (int(zone[1:3]) * 3600.0 + int(zone[-2:]) * 60.0)


def _day(year: str, month: str, day: str) -> int | None:
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return None
