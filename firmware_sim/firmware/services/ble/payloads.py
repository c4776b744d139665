"""Values of the standard GATT characteristics, by their specifications (HRS 1.0, CTS 1.1, BAS 1.0); plx.py has PLXS."""

from struct import pack_into, unpack_from

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEART_RATE_BYTES = const(20)  # what fits the smallest MTU
CURRENT_TIME_BYTES = const(10)

# Heart Rate Measurement flags
_HR_16_BIT = const(0x01)
_HR_CONTACT = const(0x02)
_HR_CONTACT_SUPPORTED = const(0x04)
_HR_RR = const(0x10)

# Current Time adjust reasons
ADJUST_MANUAL = const(0x01)
_FIRST_YEAR = const(2001)  # clock: FIRST_YEAR


def heart_rate(buf: bytearray, bpm_x10: "int | None", rr_ms: "Iterable[int]", contact: bool) -> int:
    """Heart Rate Measurement with the RR intervals (ms, oldest first) that fit; returns its length.

    The characteristic has no "absent": without a rate it is 0, which is sent only to say that contact was lost.
    """
    bpm = 0 if bpm_x10 is None else (bpm_x10 + 5) // 10
    flags = _HR_CONTACT_SUPPORTED | (_HR_CONTACT if contact else 0)
    if bpm > 0xFF:
        flags |= _HR_16_BIT
        pack_into("<H", buf, 1, min(bpm, 0xFFFF))
        n = 3
    else:
        buf[1] = bpm
        n = 2
    for rr in rr_ms:
        if n + 2 > len(buf):
            break
        flags |= _HR_RR
        pack_into("<H", buf, n, min((rr * 1024 + 500) // 1000, 0xFFFF))
        n += 2
    buf[0] = flags
    return n


def battery_level(permille: int) -> int:
    """Battery Level in per cent, 0 to 100."""
    return min(100, max(0, (permille + 5) // 10))


def current_time(buf: bytearray, rtc: "tuple[int, ...]", reason: int) -> int:
    """Current Time from what machine.RTC().datetime() gives; returns its length. Year 0: not known."""
    year, month, day, weekday, hour, minute, second, us = rtc
    if year < _FIRST_YEAR:
        year = month = day = 0
        weekday = -1
    pack_into("<HBBBBBBBB", buf, 0, year, month, day, hour, minute, second, weekday + 1, us * 256 // 1000000, reason)
    return CURRENT_TIME_BYTES


def parse_current_time(data: bytes) -> "tuple[int, ...] | None":
    """Date and time as `DeviceClock.set` takes it, to be checked there; None where the layout is wrong."""
    if len(data) != CURRENT_TIME_BYTES:
        return None
    year, month, day, hour, minute, second, weekday, fraction = unpack_from("<HBBBBBBB", data)
    if weekday > 7:
        return None
    return year, month, day, 0, hour, minute, second, fraction * 1000000 // 256
