"""The alarm over a link: what a host is given and may do, and that the wire's words are the firmware's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from firmware_sim.firmware.drivers.gnss import receiver
from firmware_sim.firmware.drivers.modem import modem
from firmware_sim.firmware.services.alarm import arming, incident, states
from firmware_sim.firmware.services.ble import band_link
from firmware_sim.testing.helmet_rig import CONTACTS, LoneHelmet
from firmware_sim.world.rides import Ride
from host_sdk import (
    AlarmState,
    Client,
    ModemState,
    PositionState,
    RequestRefused,
    WrongUse,
    blocking,
    wire_gen,
)
from host_sdk.cli.main import main
from host_sdk.wire_gen import AlarmAction, AlarmCause, AlarmKind, AlarmReason, BandState, Error

HELMET = "sim:?ride=helmet_on_table&warm=8"
FASTER = f"{HELMET}&pace=10"


@pytest.mark.parametrize(
    ("words", "module", "names"),
    [
        (AlarmState, states, {}),
        (AlarmReason, states, {}),
        (AlarmKind, states, {"CALL_FOR_HELP": "SOS"}),
        (BandState, band_link, {}),
        (ModemState, modem, {}),
        (PositionState, receiver, {}),
        (wire_gen.AlarmProfile, arming, {}),
        (AlarmCause, states, {"CALL": "BY_SOS", **{w.name: f"BY_{w.name}" for w in AlarmCause if w.name != "CALL"}}),
    ],
)
def test_the_wire_s_words_are_the_firmware_s(words: type[AlarmState], module: object, names: dict[str, str]) -> None:
    of_the_wire_only = {"NONE", "BY_NONE", "NO_RADIO", "IMPACT", "FALL", "ACCIDENT"}
    for word in words:
        name = names.get(word.name, word.name)
        if name not in of_the_wire_only:
            assert getattr(module, name) == word, name


def test_kinds_of_alarms_are_those_of_events() -> None:
    for kind in AlarmKind:
        if kind is not AlarmKind.CALL_FOR_HELP:
            assert wire_gen.EventKind[kind.name].value == kind.value


async def until(client: Client, state: AlarmState) -> None:
    """Wait for a state; a minute of device time at most."""
    began = (await client.alarm.state()).tick_us
    while True:
        now = await client.alarm.state()
        if now.state is state:
            return
        assert now.tick_us - began < 60_000_000, now


async def test_a_host_calls_for_help_and_cancels_and_the_journal_has_it() -> None:
    async with await Client.open(HELMET) as client:
        rest = await client.alarm.state()
        assert (rest.state, rest.number) == (AlarmState.DISARMED, 0)
        assert (rest.modem, rest.position) == (ModemState.READY, PositionState.FIX)
        assert rest.latitude_deg == pytest.approx(48.117, abs=0.01)
        assert rest.longitude_deg == pytest.approx(11.517, abs=0.01)
        assert (rest.pulse_bpm, rest.spo2_percent, rest.vitals_age_s) == (None, None, None)
        assert await client.alarm.journal() == []
        with pytest.raises(RequestRefused, match="busy"):
            await client.alarm.cancel()
        await client.alarm.call_help()
        calling = await client.alarm.state()
        assert (calling.state, calling.kind, calling.number) == (AlarmState.COUNTDOWN, AlarmKind.CALL_FOR_HELP, 1)
        assert 1 <= (calling.seconds_left or 0) <= 5
        await client.alarm.cancel()
        await until(client, AlarmState.DISARMED)
        causes = [(record.state, record.cause) for record in await client.alarm.journal()]
        assert causes == [(AlarmState.CANCELLED, AlarmCause.HOST), (AlarmState.COUNTDOWN, AlarmCause.CALL)]
        (alarm,) = await client.alarm.alarms()
        assert (alarm.number, alarm.state) == (1, AlarmState.CANCELLED)
        assert len(await client.alarm.journal(limit=1)) == 1


async def test_a_host_that_requests_it_is_the_phone_that_sends_an_alarm_on() -> None:
    """Nobody has a number, so that no modem is of use."""
    async with await Client.open(FASTER) as client:
        await client.alarm.call_help()
        await until(client, AlarmState.CONFIRMED)
        while not (alarm := await client.alarm.state()).attempts:
            pass
        assert alarm.reached == 0
        await client.alarm.take(alarm)
        while not (await client.alarm.state()).reached:
            pass
        assert (await client.alarm.state()).reached == 1 << 4
        await client.alarm.cancel()
        await until(client, AlarmState.RETRACTED)
        await client.alarm.take(await client.alarm.state())
        await until(client, AlarmState.DISARMED)
        (alarm,) = await client.alarm.alarms()
        assert (alarm.state, alarm.reached, alarm.retracted) == (AlarmState.CLOSED, 16, 16)
        with pytest.raises(WrongUse, match="closed is nothing to send on"):
            await client.alarm.take(alarm)


async def test_muting_and_what_is_wrong_use() -> None:
    async with await Client.open(HELMET) as client:
        await client.alarm.mute(5)
        assert (await client.alarm.state()).state is AlarmState.MUTED
        await client.alarm.mute(0)
        assert (await client.alarm.state()).state is AlarmState.DISARMED
        for minutes in (-1, 61, 1.5):
            with pytest.raises(WrongUse, match="0 to 60"):
                await client.alarm.mute(minutes)  # type: ignore[arg-type]
        assert (await client.alarm.state()).band is BandState.UNPAIRED
        await client.alarm.pair_band()
        assert (await client.alarm.state()).band is BandState.SCANNING


async def test_a_band_has_no_alarm() -> None:
    async with await Client.open("sim:") as client:
        for attempt in (client.alarm.state(), client.alarm.cancel(), client.alarm.journal()):
            with pytest.raises(RequestRefused, match="unsupported"):
                await attempt


def test_programs_without_an_event_loop() -> None:
    with blocking.connect(HELMET) as device:
        device.alarm.call_help()
        assert device.alarm.state().state is AlarmState.COUNTDOWN
        device.alarm.cancel()
        assert [record.state for record in device.alarm.journal()] == [AlarmState.CANCELLED, AlarmState.COUNTDOWN]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    assert main(["alarm", *words]) == 0
    return capsys.readouterr().out


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "show", HELMET)
    assert out.startswith("disarmed (no contacts)\n")
    assert "modem ready, position fix" in out
    called = run(capsys, "call", HELMET)
    assert re.match(r"countdown, [1-5] s left\n  call for help; 0 messages, reached nobody\n", called)
    assert run(capsys, "mute", HELMET, "--for", "3").startswith("muted\n")
    found = json.loads(run(capsys, "show", HELMET, "--json"))
    assert (found["state"], found["reason"], found["seconds_left"]) == ("disarmed", "no_contacts", None)
    assert run(capsys, "list", HELMET) == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["cancel", HELMET], "cannot cancel while the alarm is disarmed"),
        (["show", "sim:"], "vitalband-ref has no alarm"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarm", *words]) == 1
    assert complaint in capsys.readouterr().err


def test_minutes_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["alarm", "mute", HELMET, "--for", "61"])
    assert "0 to 60 minutes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "complaint"),
    [("sim:?ride=moon", "ride"), ("sim:?ride=kerbs&wearer=af", "not both"), ("sim:?ride=kerbs&target=unix", "cpython")],
)
async def test_a_helmet_that_cannot_be(address: str, complaint: str) -> None:
    with pytest.raises(Exception, match=complaint):
        await Client.open(address)


@pytest.fixture
def helmet() -> Iterator[LoneHelmet]:
    made = LoneHelmet(Ride("helmet_on_table", 1), CONTACTS)
    yield made
    made.close()


def test_a_record_that_is_not_there_is_none(helmet: LoneHelmet) -> None:
    requests = helmet.simulation.device.alarm_requests
    assert requests is not None
    buf = helmet.simulation.device.frame
    now_us = helmet.simulation.device.now_us()
    assert requests.write(buf, 1, now_us) == requests.write(buf, 0xFFFF, now_us) == 0
    assert requests.write(buf, 0, now_us) > 0
    assert requests.act(99, 0, now_us) == wire_gen.Error.BAD_VALUE


def request(helmet: LoneHelmet, times: int, every_s: float = 1.0) -> None:
    """Ask for the alarm as it is, again and again."""
    device = helmet.simulation.device
    assert device.alarm_requests is not None
    for _ in range(times):
        device.alarm_requests.write(bytearray(300), 0, device.now_us())
        helmet.run(every_s)


def act(helmet: LoneHelmet, action: AlarmAction, value: int = 0) -> int:
    """Have the alarm do something; the error code."""
    device = helmet.simulation.device
    assert device.alarm_requests is not None
    return device.alarm_requests.act(action, value, device.now_us())


@pytest.fixture
def contactless() -> Iterator[LoneHelmet]:
    made = LoneHelmet(Ride("commute", 1), b"")
    yield made
    made.close()


def test_an_alarm_that_there_is_not_cannot_be_taken(contactless: LoneHelmet) -> None:
    made = contactless
    made.run(2)
    for action in (AlarmAction.TAKEN, AlarmAction.RETRACTION_TAKEN):
        for number in (0, 1, 60_000):
            assert act(made, action, number) == Error.BUSY
    act(made, AlarmAction.CALL_HELP)
    assert act(made, AlarmAction.TAKEN, 1) == Error.BUSY, "nobody is to be alarmed yet"
    request(made, 20)
    facts = made.owner.machine.incident
    phone = facts.alarms[incident.PHONE]
    assert (made.state, phone, made.owner.machine.has_reached_somebody()) == (states.CONFIRMED, states.ATTEMPTED, False)
    assert [act(made, AlarmAction.TAKEN, number) for number in (0, 2, 60_000)] == [Error.BAD_VALUE] * 3
    assert act(made, AlarmAction.RETRACTION_TAKEN, 1) == Error.BUSY, "it may yet be one"
    request(made, 2)
    assert not made.owner.machine.has_reached_somebody()
    assert act(made, AlarmAction.TAKEN, 1) == Error.NONE
    request(made, 1)
    assert facts.alarms[incident.PHONE] == states.DELIVERED
    act(made, AlarmAction.CANCEL)
    request(made, 8)
    assert (made.state, facts.retractions[incident.PHONE]) == (states.RETRACTED, states.ATTEMPTED)
    assert act(made, AlarmAction.RETRACTION_TAKEN, 2) == Error.BAD_VALUE
    assert act(made, AlarmAction.RETRACTION_TAKEN, 1) == Error.NONE
    request(made, 1)
    assert made.state == states.CLOSED
    assert act(made, AlarmAction.TAKEN, 1) == Error.BUSY


@pytest.mark.parametrize(("times", "every_s"), [(1, 1.0), (3, 5.5)])
def test_a_look_at_the_alarm_is_no_phone_and_arms_nothing(contactless: LoneHelmet, times: int, every_s: float) -> None:
    contactless.run(20)
    request(contactless, times, every_s)
    contactless.run(6)
    assert {state for state, _ in contactless.times} == {states.DISARMED}
    assert contactless.owner.machine.reason == states.NO_CONTACTS


def test_a_phone_is_there_while_it_requests(contactless: LoneHelmet) -> None:
    contactless.run(20)
    request(contactless, 3, 4.5)
    assert contactless.owner.phone.is_up()
    assert contactless.is_armed()
    contactless.run(2)
    assert not contactless.owner.phone.is_up()
    assert contactless.state == states.DISARMED
    request(contactless, 1)
    assert not contactless.owner.phone.is_up(), "it begins anew"
