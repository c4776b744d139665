"""`--when` of `vitalband log start`: at what times a device records."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from ..wire_gen import LogMode

_DAY_MIN = 1440
_MOST_TIMES = 4
_MODES = {"always": LogMode.ALWAYS, "worn": LogMode.WORN, "alarm": LogMode.ALARM}
_WORDS = {LogMode.ALWAYS: "from now on", LogMode.WORN: "while it is worn", LogMode.ALARM: "around alarms"}


@dataclass(frozen=True)
class When:
    """A mode and, of a schedule, its minutes: between two, and of the day in UTC."""

    mode: LogMode
    every_min: int = 0
    times: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """For people."""
        if self.every_min:
            return f"every {self.every_min} min"
        times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in self.times]
        return _WORDS.get(self.mode) or f"at {', '.join(times)} UTC"


def when(text: str) -> When:
    """`always`, `worn`, `alarm`, `every:MIN`, or times of day of this computer, joined by commas."""
    if text in _MODES:
        return When(_MODES[text])
    every = re.fullmatch(r"every:([0-9]{1,4})", text)
    if every and 1 <= int(every[1]) <= _DAY_MIN:
        return When(LogMode.SCHEDULE, int(every[1]))
    if every:
        raise argparse.ArgumentTypeError(f"{text!r}: 1 to {_DAY_MIN} minutes")
    times = text.split(",")
    if not all(re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", time) for time in times):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(_MODES)}, every:MIN, or times as 07:30,22:00")
    if len(times) > _MOST_TIMES:
        raise argparse.ArgumentTypeError(f"{len(times)} times of day: a device keeps {_MOST_TIMES} at most")
    return When(LogMode.SCHEDULE, 0, tuple(_minute_utc(time) for time in times))


def _minute_utc(time: str) -> int:
    """Minute of the day in UTC of a time of day here, today."""
    hour, minute = map(int, time.split(":"))
    moment = datetime.now().astimezone().replace(hour=hour, minute=minute).astimezone(timezone.utc)
    return 60 * moment.hour + moment.minute
