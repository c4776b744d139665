"""The calendar: the range it takes, on every road, and what it then shows."""

from __future__ import annotations

import struct
from datetime import datetime, timezone

import pytest

from firmware_sim.firmware.clock import DeviceClock
from firmware_sim.firmware.services.ble import payloads as gatt

FIRST_MS = 978_307_200_000  # 2001-01-01
END_MS = 4_102_444_800_000  # 2100-01-01


class Rtc:
    """`machine.RTC`, standing still."""

    def __init__(self) -> None:
        self.now = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, datetimetuple: tuple[int, ...] | None = None) -> tuple[int, ...] | None:
        if datetimetuple is None:
            return self.now
        self.now = datetimetuple  # type: ignore[assignment]
        return None


def clock() -> tuple[DeviceClock, Rtc, list[object]]:
    rtc = Rtc()
    setters: list[object] = []
    made = DeviceClock(rtc)
    made.on_set(setters.append)
    return made, rtc, setters


@pytest.mark.parametrize("unix_ms", [FIRST_MS, 1_078_012_800_123, 1_709_164_800_000, 1_767_225_599_999, END_MS - 1])
def test_a_unix_time_is_what_the_calendar_then_shows(unix_ms: int) -> None:
    made, rtc, setters = clock()
    assert made.set_unix_ms(unix_ms, "cable")
    when = datetime.fromtimestamp(unix_ms // 1000, timezone.utc)
    expected = (when.year, when.month, when.day, when.weekday(), when.hour, when.minute, when.second)
    assert rtc.now == (*expected, unix_ms % 1000 * 1000)
    assert made.datetime() == rtc.now
    assert setters == ["cable"]


@pytest.mark.parametrize("unix_ms", [0, FIRST_MS - 1, END_MS, (1 << 64) - 1])
def test_refuses_unix_times_outside_2001_to_2099(unix_ms: int) -> None:
    made, rtc, setters = clock()
    assert not made.set_unix_ms(unix_ms)
    assert rtc.now[:3] == (2000, 1, 1)
    assert setters == []


@pytest.mark.parametrize(
    "wrong",
    [
        (1600, 2, 3, 0, 0, 0, 0, 0), (2000, 12, 31, 0, 23, 59, 59, 0), (9999, 12, 31, 0, 23, 59, 59, 0),
        (2026, 13, 1, 0, 0, 0, 0, 0),
        (2026, 0, 1, 0, 0, 0, 0, 0), (2026, 2, 29, 0, 0, 0, 0, 0), (2026, 4, 31, 0, 0, 0, 0, 0),
        (2026, 2, 0, 0, 0, 0, 0, 0), (2026, 2, 28, 0, 24, 0, 0, 0), (2026, 2, 28, 0, 0, 60, 0, 0),
        (2026, 2, 28, 0, 0, 0, 60, 0), (2026, 2, 28, 0, 0, 0, 0, 1_000_000),
    ],
)  # fmt: skip
def test_refuses_what_is_no_date_and_time(wrong: tuple[int, ...]) -> None:
    made, rtc, setters = clock()
    assert not made.set(wrong)
    assert rtc.now[:3] == (2000, 1, 1)
    assert setters == []


def test_the_weekday_is_the_calendar_s_own() -> None:
    made, rtc, _ = clock()
    assert made.set((2024, 2, 29, 6, 23, 59, 59, 996_093))
    assert rtc.now == (2024, 2, 29, 3, 23, 59, 59, 996_093)


@pytest.mark.parametrize(("year", "known"), [(2000, False), (2001, True), (2099, True), (2100, False)])
def test_both_roads_take_the_years_that_current_time_shows(year: int, known: bool) -> None:
    """By our own request, and as Current Time is written."""
    moment = datetime(year, 6, 15, 12, tzinfo=timezone.utc)
    written = gatt.parse_current_time(struct.pack("<HBBBBBBBB", year, 6, 15, 12, 0, 0, 0, 0, 0))
    assert written is not None
    for road in ("request", "write"):
        made, _, _ = clock()
        taken = made.set_unix_ms(round(moment.timestamp() * 1000)) if road == "request" else made.set(written)
        buf = bytearray(gatt.CURRENT_TIME_BYTES)
        gatt.current_time(buf, made.datetime(), 0)
        assert (taken, struct.unpack_from("<H", buf)[0]) == (known, year if known else 0)
