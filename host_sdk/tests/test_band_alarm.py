"""The alarm of a band by itself, as a phone runs it: countdown, cancel, what is offered, and what is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from host_sdk.band_alarm import CALL_S, BandAlarm
from host_sdk.errors import RequestRefused, WrongUse
from host_sdk.models import Event, LinkError, LinkErrorKind, Reading
from host_sdk.wire_gen import (
    AlarmCause,
    AlarmKind,
    AlarmState,
    BandState,
    EventKind,
    PositionState,
    ReadingKind,
    Unit,
)

FALL = Event(number=1, tick_us=5, kind=EventKind.FALL, severity=2, peak_g=8.0)


class Band:
    """A band alarm whose time is set by hand."""

    def __init__(self, countdown_s: float = 15.0) -> None:
        self.time_s = 100.0
        self.alarm = BandAlarm(countdown_s, lambda: self.time_s)

    def event(self, kind: EventKind, severity: int = 1) -> None:
        """Something happens."""
        self.alarm.listen(Event(number=1, tick_us=5, kind=kind, severity=severity, peak_g=4.0 * severity))

    def reading(self, kind: ReadingKind, value: float | None) -> None:
        """The band measures."""
        self.alarm.listen(Reading(kind=kind, unit=Unit.BPM, tick_us=0, span_ms=1000, quality=90, value=value))

    async def after(self, seconds: float) -> AlarmState:
        """The state after so long."""
        self.time_s += seconds
        return (await self.alarm.state()).state


@pytest.mark.parametrize(("kind", "named"), [(EventKind.FALL, "FALL"), (EventKind.ACCIDENT, "ACCIDENT")])
async def test_a_fall_is_counted_down_and_offered_until_it_is_taken(kind: EventKind, named: str) -> None:
    band = Band(20.0)
    band.event(kind, 2)
    alarm = await band.alarm.state()
    assert (alarm.state, alarm.number, alarm.kind.name, alarm.seconds_left) == (AlarmState.COUNTDOWN, 1, named, 20)
    assert not alarm.is_offered
    assert await band.after(19.9) is AlarmState.COUNTDOWN
    assert await band.after(0.2) is AlarmState.CONFIRMED
    assert await band.after(86_400) is AlarmState.CONFIRMED, "it is latched"
    alarm = await band.alarm.state()
    assert (alarm.is_offered, alarm.reached, alarm.severity, alarm.peak_g) == (1, 0, 2, 8.0)
    with pytest.raises(RequestRefused, match="busy"):
        await band.alarm.close()
    await band.alarm.take(alarm)
    alarm = await band.alarm.state()
    assert (alarm.is_offered, alarm.reached, alarm.attempts) == (0, 1 << 4, 1)
    await band.alarm.close()
    assert await band.after(3.1) is AlarmState.ARMED


@pytest.mark.parametrize("kind", [EventKind.IMPACT])
async def test_what_is_no_fall_alarms_nobody(kind: EventKind) -> None:
    band = Band()
    band.event(kind)
    assert await band.after(30) is AlarmState.ARMED


async def test_a_cancel_in_the_countdown_is_the_end_and_later_it_is_a_retraction() -> None:
    band = Band()
    band.event(EventKind.FALL)
    await band.alarm.cancel()
    assert await band.after(2) is AlarmState.CANCELLED
    assert await band.after(2) is AlarmState.ARMED
    with pytest.raises(RequestRefused, match="cannot cancel while the alarm is armed"):
        await band.alarm.cancel()
    band.event(EventKind.FALL)
    await band.after(16)
    confirmed = await band.alarm.state()
    assert confirmed.number == 2
    await band.alarm.cancel()
    retracted = await band.alarm.state()
    assert (retracted.state, retracted.is_offered) == (AlarmState.RETRACTED, 1)
    await band.alarm.take(confirmed)
    assert (await band.alarm.state()).state is AlarmState.RETRACTED, "that is to be sent on, too"
    await band.alarm.take(retracted)
    assert (await band.alarm.state()).state is AlarmState.CLOSED
    with pytest.raises(RequestRefused, match="busy"):
        await band.alarm.take(retracted)


async def test_an_alarm_that_nobody_was_offered_is_cancelled_without_a_word() -> None:
    band = Band()
    band.event(EventKind.FALL)
    band.time_s += 15.1
    await band.alarm.cancel()
    alarm = await band.alarm.state()
    assert (alarm.state, alarm.is_offered) == (AlarmState.CANCELLED, 0)


async def test_a_call_for_help_has_a_short_countdown_and_ends_a_longer_one() -> None:
    band = Band()
    await band.alarm.call_help()
    assert (await band.alarm.state()).seconds_left == CALL_S
    await band.alarm.call_help()
    alarm = await band.alarm.state()
    assert (alarm.state, alarm.kind) == (AlarmState.CONFIRMED, AlarmKind.CALL_FOR_HELP)
    with pytest.raises(RequestRefused, match="busy"):
        await band.alarm.call_help()


async def test_the_events_of_one_fall_are_one_alarm_and_an_alarm_of_before_cannot_be_taken() -> None:
    band = Band()
    band.event(EventKind.FALL, 1)
    band.event(EventKind.ACCIDENT, 3)
    alarm = await band.alarm.state()
    assert (alarm.number, alarm.severity, alarm.peak_g) == (1, 3, 12.0)
    await band.after(16)
    first = await band.alarm.state()
    await band.alarm.take(first)
    await band.alarm.close()
    band.event(EventKind.FALL)
    with pytest.raises(RequestRefused, match="alarm 1 is over"):
        await band.alarm.take(first)
    with pytest.raises(WrongUse, match="countdown is nothing to send on"):
        await band.alarm.take(await band.alarm.state())


async def test_what_is_known_of_the_wearer_has_its_age_and_a_lost_link_ends_no_alarm() -> None:
    band = Band()
    alarm = await band.alarm.state()
    assert (alarm.pulse_bpm, alarm.spo2_percent, alarm.vitals_age_s, alarm.latitude_deg) == (None, None, None, None)
    band.reading(ReadingKind.HEART_RATE, 80.4)
    band.reading(ReadingKind.SPO2, 96.6)
    band.event(EventKind.FALL)
    band.alarm.listen(LinkError(LinkErrorKind.LINK_LOST, ""))
    band.alarm.set_position(48.1, 11.5)
    await band.after(16)
    alarm = await band.alarm.state()
    assert (alarm.state, alarm.band) == (AlarmState.CONFIRMED, BandState.WAITING)
    assert (alarm.pulse_bpm, alarm.spo2_percent, alarm.vitals_age_s) == (80, 97, 16)
    assert (alarm.position, alarm.latitude_deg, alarm.position_age_s) == (PositionState.FIX, 48.1, 16)
    band.reading(ReadingKind.PULSE_RATE, 90.0)
    band.reading(ReadingKind.PULSE_RATE, None)
    alarm = await band.alarm.state()
    assert (alarm.band, alarm.pulse_bpm, alarm.vitals_age_s) == (BandState.LINKED, 90, 16), "the age of the older"
    with pytest.raises(WrongUse, match="no position"):
        band.alarm.set_position(float("nan"), 0)


@pytest.mark.parametrize("countdown_s", [4.9, 60.1, float("nan")])
def test_a_countdown_is_within_its_limits(countdown_s: float) -> None:
    with pytest.raises(WrongUse, match="5 to 60"):
        BandAlarm(countdown_s)


@pytest.mark.parametrize("state", ["countdown", "offered", "taken", "retracted"])
async def test_an_alarm_that_is_kept_goes_on_in_the_next_program(state: str, tmp_path: Path) -> None:
    kept = tmp_path / "alarm.json"
    clock = [100.0]
    first = BandAlarm(20.0, lambda: clock[0], kept)
    first.listen(Event(number=1, tick_us=5, kind=EventKind.FALL, severity=2, peak_g=8.0))
    if state != "countdown":
        clock[0] += 21
    if state in ("offered", "taken", "retracted"):
        offered = await first.state()
        if state == "taken":
            await first.take(offered)
        elif state == "retracted":
            await first.cancel()
    before = await first.state()
    again = await BandAlarm(20.0, lambda: 5.0, kept).state()
    for name in ("number", "state", "kind", "severity", "peak_g", "reached", "happened_s", "is_offered"):
        assert getattr(again, name) == getattr(before, name), name
    if state == "countdown":
        assert 15 <= (again.seconds_left or 0) <= 20


async def test_a_countdown_that_ended_meanwhile_is_an_alarm(tmp_path: Path) -> None:
    kept = tmp_path / "alarm.json"
    BandAlarm(20.0, kept=kept).listen(Event(number=1, tick_us=5, kind=EventKind.FALL, severity=2, peak_g=8.0))
    found = json.loads(kept.read_text())
    kept.write_text(json.dumps({**found, "until_s": found["until_s"] - 3600}))
    alarm = await BandAlarm(20.0, kept=kept).state()
    assert (alarm.state, alarm.is_offered) == (AlarmState.CONFIRMED, 1)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"vitalband_band_alarm": 1, "state": 99}', "null", "\xff"])
async def test_a_file_that_is_no_kept_alarm_is_set_aside_and_said(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = tmp_path / "notes.txt"
    for name in ("notes.txt.bad", "notes.txt.bad1"):
        kept.write_text(text, encoding="latin-1")
        alarm = BandAlarm(kept=kept)
        assert f"notes.txt: no alarm that was kept; it is {name} now" in caplog.text
        assert (tmp_path / name).read_text(encoding="latin-1") == text
        assert (await alarm.state()).state is AlarmState.ARMED
        alarm.listen(FALL)
        assert (await BandAlarm(kept=kept).state()).number == 1


async def test_a_countdown_of_days_ago_is_said_to_be_old_and_alarms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = tmp_path / "alarm.json"
    BandAlarm(20.0, kept=kept).listen(FALL)
    found = json.loads(kept.read_text())
    kept.write_text(json.dumps({**found, "until_s": found["until_s"] - 3 * 86_400}))
    alarm = BandAlarm(20.0, kept=kept)
    assert "the countdown of alarm 1 ended 3.0 days ago: nobody is alarmed" in caplog.text
    state = await alarm.state()
    assert (state.state, state.cause, state.is_offered) == (AlarmState.CANCELLED, AlarmCause.RESTART, 0)
    assert (await BandAlarm(20.0, kept=kept).state()).state is not AlarmState.CONFIRMED, "nor is it the next time"


@pytest.mark.parametrize("after_s", [25.0, 3000.0, 86_400.0])
@pytest.mark.parametrize("severity", [1, 4])
async def test_a_fall_after_an_alarm_was_taken_is_an_alarm_of_its_own(after_s: float, severity: int) -> None:
    band = Band(5.0)
    band.event(EventKind.FALL, 2)
    await band.after(6)
    await band.alarm.take(await band.alarm.state())
    band.event(EventKind.ACCIDENT, 3)
    first = await band.alarm.state()
    assert (first.number, first.severity, first.state) == (1, 3, AlarmState.CONFIRMED), "of the same fall"
    await band.after(after_s)
    band.event(EventKind.FALL, severity)
    second = await band.alarm.state()
    assert (second.number, second.severity, second.state) == (2, severity, AlarmState.COUNTDOWN)
    await band.after(6)
    second = await band.alarm.state()
    assert (second.is_offered, second.reached, second.attempts) == (1, 0, 0)


async def test_an_alarm_that_was_taken_is_closed_after_an_hour_and_one_that_was_not_never(tmp_path: Path) -> None:
    band = Band(5.0)
    band.event(EventKind.FALL)
    await band.after(6)
    await band.alarm.take(await band.alarm.state())
    assert await band.after(3599) is AlarmState.CONFIRMED
    assert await band.after(1) is AlarmState.CLOSED
    assert await band.after(4) is AlarmState.ARMED
    with pytest.raises(RequestRefused, match="cannot cancel while the alarm is armed"):
        await band.alarm.cancel()


@pytest.mark.parametrize("is_retracted", [True, False])
@pytest.mark.parametrize("restarts", [False, True])
async def test_who_may_believe_in_an_earlier_alarm_learns_that_it_was_none(
    is_retracted: bool, restarts: bool, tmp_path: Path
) -> None:
    kept = tmp_path / "alarm.json"
    clock = [100.0]
    alarm = BandAlarm(20.0, lambda: clock[0], kept)
    alarm.listen(FALL)
    clock[0] += 21
    await alarm.take(await alarm.state())
    if is_retracted:
        await alarm.cancel()
    clock[0] += 60
    alarm.listen(FALL)
    assert ((await alarm.state()).state, (await alarm.state()).number) == (AlarmState.COUNTDOWN, 2)
    if restarts:
        alarm = BandAlarm(20.0, lambda: clock[0], kept)
    await alarm.cancel()
    owed = await alarm.state()
    assert (owed.number, owed.state, owed.is_offered, owed.reached) == (1, AlarmState.RETRACTED, 1, 1 << 4)
    await alarm.take(owed)
    clock[0] += 4
    assert (await alarm.state()).state is AlarmState.ARMED
    alarm.listen(FALL)
    assert (await alarm.state()).number == 3, "a number is never of two falls"


async def test_who_gets_the_new_alarm_need_not_learn_that_the_one_before_was_none() -> None:
    band = Band(5.0)
    band.event(EventKind.FALL)
    await band.after(6)
    first = await band.alarm.state()
    await band.alarm.take(first)
    await band.alarm.cancel()
    retraction = await band.alarm.state()
    band.event(EventKind.FALL)
    await band.alarm.take(retraction)  # its command ended meanwhile
    await band.alarm.cancel()
    assert (await band.alarm.state()).state is AlarmState.CANCELLED, "that one arrived"
    band.event(EventKind.FALL)
    await band.after(6)
    third = await band.alarm.state()
    assert (third.number, third.is_offered) == (3, 1)
    await band.alarm.cancel()
    assert ((await band.alarm.state()).number, (await band.alarm.state()).is_offered) == (3, 1)
    with pytest.raises(RequestRefused, match="alarm 1 is over"):
        await band.alarm.take(first)


async def test_an_attempt_is_kept_before_it_is_made_and_the_next_one_is_repeated(tmp_path: Path) -> None:
    kept = tmp_path / "alarm.json"
    clock = [100.0]
    alarm = BandAlarm(20.0, lambda: clock[0], kept)
    alarm.listen(FALL)
    with pytest.raises(WrongUse, match="nothing to send on"):
        await alarm.attempt(await alarm.state())
    clock[0] += 21
    assert not await alarm.attempt(await alarm.state())
    again = BandAlarm(20.0, lambda: 5.0, kept)
    offered = await again.state()
    assert (offered.is_offered, offered.attempts) == (1, 1)
    assert await again.attempt(offered)
    await again.take(offered)
    assert (await again.state()).attempts == 2
    await again.cancel()
    retraction = await again.state()
    with pytest.raises(RequestRefused, match="cannot send it on while the alarm is retracted"):
        await again.attempt(offered)
    assert not await again.attempt(retraction), "that is another message"
    await again.take(retraction)
    with pytest.raises(RequestRefused, match="busy"):
        await again.attempt(retraction)


async def test_a_file_that_cannot_be_written_keeps_no_alarm_from_coming(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    alarm = BandAlarm(20.0, lambda: clock[0], tmp_path / "no" / "folder.json")
    alarm.listen(Event(number=1, tick_us=5, kind=EventKind.FALL, severity=2, peak_g=8.0))
    clock[0] = 21.0
    assert (await alarm.state()).is_offered
    assert "the alarm is not kept" in caplog.text
