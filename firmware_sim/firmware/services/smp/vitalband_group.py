"""Group 100, this device's own: the latest readings, for whoever has a management tool in the hand."""

from micropython import const

from ... import wire_gen as wire
from .server import Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...vitals import Vitals

_ID = const(100)


class VitalbandGroup(Group):
    """Reads `vitals`; `now_ms` is device time."""

    def __init__(self, vitals: "Vitals", now_ms: "Callable[[], int]") -> None:
        self._vitals = vitals
        self._now_ms = now_ms
        super().__init__(_ID, "vitalband", (0, "_readings", None))

    def _readings(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Of each kind that was measured: its number, the value as on the wire or null, quality, reason, age in ms."""
        vitals = self._vitals
        now_ms = self._now_ms()
        found = []
        for kind in range(len(wire.READING_SLOTS)):
            if not wire.READING_SLOTS[kind] and kind != wire.READING_KIND_HEART_RATE:
                continue
            tick_us = vitals.tick_us(kind)
            if tick_us:
                age_ms = max(now_ms - tick_us // 1000, 0)
                found.append((kind, vitals.value(kind), vitals.quality(kind), vitals.reason(kind), age_ms))
        return {"readings": found}
