"""The alarms of a device's journal, out of its records."""

from __future__ import annotations

from dataclasses import replace

from host_sdk.alarm import AlarmControl
from host_sdk.band_alarm import BandAlarm
from host_sdk.errors import RequestRefused
from host_sdk.models import Alarm
from host_sdk.wire_gen import AlarmCause, AlarmState, AnyMessage, Error

_RECORDS = [
    (2, AlarmState.CANCELLED, AlarmCause.DETECTION),
    (2, AlarmState.CANDIDATE, AlarmCause.DETECTION),
    (1, AlarmState.CANCELLED, AlarmCause.WEARER),
    (1, AlarmState.COUNTDOWN, AlarmCause.DETECTION),
    (1, AlarmState.CANDIDATE, AlarmCause.DETECTION),
    (1, AlarmState.CANCELLED, AlarmCause.DETECTION),
]


class _Journal(AlarmControl):
    """A device with those records."""

    def __init__(self, records: list[Alarm]) -> None:
        super().__init__(self._none, self._nothing)
        self._records = records

    async def journal(self, limit: int = 256) -> list[Alarm]:
        """The records."""
        return self._records[:limit]

    async def _none(self, message: AnyMessage, is_answer: object) -> AnyMessage:
        raise RequestRefused("bad_value", Error.BAD_VALUE)

    async def _nothing(self, message: AnyMessage) -> None:
        raise RequestRefused("busy", Error.BUSY)


async def test_a_candidate_that_was_dropped_is_no_alarm() -> None:
    bare = await BandAlarm().state()
    records = [replace(bare, number=n, state=state, cause=cause) for n, state, cause in _RECORDS]
    found = await _Journal(records).alarms()
    assert [(alarm.number, alarm.state, alarm.cause) for alarm in found] == [
        (1, AlarmState.CANCELLED, AlarmCause.WEARER)
    ]
    judged = [replace(bare, number=2, state=AlarmState.CANDIDATE, cause=AlarmCause.DETECTION), *records]
    assert [alarm.number for alarm in await _Journal(judged).alarms()] == [2, 1], "it is not judged yet"
