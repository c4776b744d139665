"""What carries alarms on: a lost cancel, an alarm sent on without a link, a command's time."""

from __future__ import annotations

import asyncio
import io
import sys
from dataclasses import replace

import pytest

from host_sdk.alarm import AlarmControl
from host_sdk.band_alarm import BandAlarm
from host_sdk.cli.alarm_carrier import Carrier, Sender
from host_sdk.cli.alarm_carry import Enter
from host_sdk.errors import ConnectionLost, RequestRefused
from host_sdk.models import Alarm
from host_sdk.wire_gen import ActOnAlarm, AlarmAction, AlarmState, AnyMessage, Error


class Device(AlarmControl):
    """Does what it is asked; `errors` come before that, one at each."""

    def __init__(self, *errors: Exception | None) -> None:
        super().__init__(self._get_of, self._act_on)
        self.errors = list(errors)
        self.did: list[tuple[AlarmAction, int]] = []

    async def _get_of(self, message: AnyMessage, is_answer: object) -> AnyMessage:
        raise AssertionError("nothing is asked")

    async def _act_on(self, message: AnyMessage) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        assert isinstance(message, ActOnAlarm)
        self.did.append((AlarmAction(message.action), message.value))


async def alarm_in(state: AlarmState, number: int = 1) -> Alarm:
    """One that is offered."""
    return replace(await BandAlarm().state(), state=state, number=number, is_offered=1)


@pytest.fixture
async def enter(monkeypatch: pytest.MonkeyPatch) -> Enter:
    """It was pressed once."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    pressed = Enter()
    for _ in range(2000):  # a thread reads
        if pressed.is_pressed():
            return pressed
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was read")


async def test_a_cancel_that_is_lost_is_said_and_tried_again(enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    device = Device(ConnectionLost("gone"))
    alarm = await alarm_in(AlarmState.CONFIRMED)
    assert not await enter.cancels(device, alarm)
    assert "not cancelled yet: gone; trying again" in capsys.readouterr().out
    assert enter.is_pressed()
    assert not await enter.cancels(device, None)
    assert await enter.cancels(device, alarm)
    assert device.did == [(AlarmAction.CANCEL, 0)]
    assert not enter.is_pressed()
    assert not await enter.cancels(device, alarm)


async def test_enter_while_the_link_is_lost_cancels_once_it_is_back(
    enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    device = Device()
    assert not await enter.cancels(device, None)
    assert "the link is lost; trying again" in capsys.readouterr().out
    assert await enter.cancels(device, await alarm_in(AlarmState.COUNTDOWN))
    assert device.did == [(AlarmAction.CANCEL, 0)]


async def test_a_cancel_that_was_lost_is_of_its_own_alarm(enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    device = Device(ConnectionLost("gone"))
    await enter.cancels(device, await alarm_in(AlarmState.CONFIRMED, 1))
    assert not await enter.cancels(device, await alarm_in(AlarmState.COUNTDOWN, 2))
    assert "not cancelled: alarm 1 is over" in capsys.readouterr().out
    assert device.did == []


async def test_a_cancel_that_is_refused_is_said(enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    device = Device(RequestRefused("busy: armed", Error.BUSY))
    assert not await enter.cancels(device, await alarm_in(AlarmState.ARMED))
    assert "not cancelled: busy: armed" in capsys.readouterr().out
    assert not enter.is_pressed()


async def carried(carrier: Carrier, device: Device, alarm: Alarm | None, until: str, out: list[str],
                  capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Carry until something was printed."""
    for _ in range(3000):
        await carrier.carry(device, alarm)
        out.append("".join(capsys.readouterr()))
        if until in "".join(out):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never {until!r}: {out}")


async def test_what_was_sent_on_while_the_link_was_away_is_taken_later_and_not_sent_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    device = Device(ConnectionLost("gone"), ConnectionLost("gone"))
    carrier = Carrier(Sender([sys.executable, "-c", "print('x')"], 30.0))
    alarm = await alarm_in(AlarmState.CONFIRMED)
    out: list[str] = []
    await carrier.carry(device, alarm)
    await carried(carrier, device, None, "sent on: alarm 1, confirmed", out, capsys)
    for _ in range(3):
        assert not carrier.is_over
        await carrier.carry(device, alarm)
    assert carrier.is_over
    assert device.did == [(AlarmAction.TAKEN, 1)]


async def test_an_alarm_that_was_sent_on_and_is_retracted_is_not_over(capsys: pytest.CaptureFixture[str]) -> None:
    device = Device()
    carrier = Carrier(Sender([sys.executable, "-c", "import time; time.sleep(0.3)"], 30.0))
    out: list[str] = []
    await carrier.carry(device, await alarm_in(AlarmState.CONFIRMED))
    retracted = await alarm_in(AlarmState.RETRACTED)
    await carried(carrier, device, retracted, "sent on: alarm 1, confirmed", out, capsys)
    was_over = carrier.is_over
    await carried(carrier, device, retracted, "sent on: alarm 1, retracted", out, capsys)
    await carrier.carry(device, retracted)
    assert (was_over, carrier.is_over) == (False, True)
    assert device.did == [(AlarmAction.TAKEN, 1), (AlarmAction.RETRACTION_TAKEN, 1)]


async def test_a_command_and_what_it_began_end_with_its_time_and_with_the_carrier(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not await Sender(["sh", "-c", "sleep 1000"], 0.2).send(await alarm_in(AlarmState.CONFIRMED), False)
    assert "sh: not done in 0.2 s, and ended; again later" in capsys.readouterr().err
    carrier = Carrier(Sender(["sleep", "1000"], 600.0))
    await carrier.carry(Device(), await alarm_in(AlarmState.CONFIRMED))
    await asyncio.sleep(0)
    await asyncio.wait_for(carrier.stop(), 60)
