from __future__ import annotations

from datetime import datetime, timezone

import pytest

from firmware_sim.firmware.clock import DeviceClock

FIRST_MS = 946_684_800_000  # 2000-01-01
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


@pytest.mark.parametrize("unix_ms", [FIRST_MS, 951_782_400_123, 1_709_164_800_000, 1_767_225_599_999, END_MS - 1])
def test_a_unix_time_is_what_the_calendar_then_shows(unix_ms: int) -> None:
    made, rtc, setters = clock()
    assert made.set_unix_ms(unix_ms, "cable")
    when = datetime.fromtimestamp(unix_ms // 1000, timezone.utc)
    expected = (when.year, when.month, when.day, when.weekday(), when.hour, when.minute, when.second)
    assert rtc.now == (*expected, unix_ms % 1000 * 1000)
    assert made.datetime() == rtc.now
    assert setters == ["cable"]


@pytest.mark.parametrize("unix_ms", [0, FIRST_MS - 1, END_MS, (1 << 64) - 1])
def test_refuses_unix_times_outside_2000_to_2099(unix_ms: int) -> None:
    made, rtc, setters = clock()
    assert not made.set_unix_ms(unix_ms)
    assert rtc.now[:3] == (2000, 1, 1)
    assert setters == []


@pytest.mark.parametrize(
    "wrong",
    [
        (1600, 2, 3, 0, 0, 0, 0, 0), (9999, 12, 31, 0, 23, 59, 59, 0), (2026, 13, 1, 0, 0, 0, 0, 0),
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
