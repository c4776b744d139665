"""The alarm over a link: what a host is given and may do, and that the wire's words are the firmware's."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import pytest

from firmware_sim.chips.modem import SimCard
from firmware_sim.faults.registry import inject
from firmware_sim.firmware.drivers.gnss import receiver
from firmware_sim.firmware.drivers.modem import modem
from firmware_sim.firmware.services.alarm import arming, incident, states
from firmware_sim.firmware.services.ble import band_link
from firmware_sim.targets.pair import Pair
from firmware_sim.testing.helmet_rig import CONTACTS, LoneHelmet, set_up
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
from host_sdk.cli.alarm import _show as alarm_words
from host_sdk.cli.main import main
from host_sdk.models import Alarm
from host_sdk.wire_gen import AlarmAction, AlarmCause, AlarmKind, AlarmReason, AlarmWarning, BandState, Error

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


async def test_a_host_that_stands_by_is_the_phone_that_sends_an_alarm_on() -> None:
    """Nobody has a number, so that no modem is of use."""
    async with await Client.open(FASTER) as client:
        await client.alarm.call_help()
        seen = []
        async for alarm in client.alarm.watch(every_s=0.1):
            seen.append(alarm.state)
            if alarm.is_offered:
                assert alarm.reached == 0
                await client.alarm.take(alarm)
                break
        assert seen[-1] is AlarmState.CONFIRMED
        while not (await client.alarm.state()).reached:
            pass
        assert (await client.alarm.state()).reached == 1 << 4
        await client.alarm.cancel()
        async for alarm in client.alarm.watch(every_s=0.1):
            if alarm.is_offered:
                assert alarm.state is AlarmState.RETRACTED
                await client.alarm.take(alarm)
                break
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
        with pytest.raises(WrongUse, match="0 to 60"):
            await client.alarm.stand_by(61)
        with pytest.raises(WrongUse, match="over 0 to 30"):
            await anext(client.alarm.watch(every_s=0))
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
    assert out.startswith(
        "disarmed (no contacts)\n  nobody can be reached: no contact has a number, and no phone stands by\n"
    )
    assert "  no contact, band unpaired, modem ready, position fix\n" in out
    called = run(capsys, "call", HELMET)
    assert re.match(r"countdown, [1-5] s left\n  nobody .*\n  call for help; 0 messages, reached nobody\n", called)
    assert run(capsys, "mute", HELMET, "--for", "3").startswith("muted for another 3 minutes\n")
    assert run(capsys, "mute", HELMET, "--for", "1").startswith("muted for another 1 minute\n")
    found = json.loads(run(capsys, "show", HELMET, "--json"))
    assert (found["state"], found["reason"], found["seconds_left"]) == ("disarmed", "no_contacts", None)
    assert run(capsys, "list", HELMET) == "no alarm in the journal\n"
    assert run(capsys, "list", HELMET, "--json") == ""


def test_pairing_without_a_band_ends_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarm", "pair", FASTER]) == 1
    got = capsys.readouterr()
    assert got.out == "looking for the nearest band, up to 10 s\n"
    assert "no band is near" in got.err


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"attempts": 1, "reached": 0}, "1 message, reached nobody"),
        ({"attempts": 3, "reached": 0b10001}, "3 messages, reached contact 1, the phone"),
        ({"latitude_deg": 48.1, "longitude_deg": 11.5}, "48.10000, 11.50000 at an unknown time"),
        ({"latitude_deg": 48.1, "longitude_deg": 11.5, "position_age_s": 65_535}, "11.50000 over 18 h ago"),
        ({"pulse_bpm": 70}, "pulse 70/min, SpO2 not known, at an unknown time"),
        (
            {"warning": AlarmWarning.REFUSED_CONTACTS, "refused_contacts": 2},
            "not all can be reached: 2 refused",
        ),
        ({"warning": AlarmWarning.NO_CARD}, "nobody can be reached: the modem has no SIM card"),
    ],
)
async def test_what_is_known_of_an_alarm_in_words(
    facts: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Control:
        async def state(self) -> Alarm:
            return Alarm(
                **{"back": 0, "tick_us": 0, "number": 1, "state": AlarmState.CONFIRMED, "reason": AlarmReason.READY}
                | {"cause": AlarmCause.TIME, "kind": AlarmKind.ACCIDENT, "severity": 0, "attempts": 0, "reached": 0}
                | {"retracted": 0, "band": BandState.UNPAIRED, "modem": ModemState.READY, "is_offered": 0}
                | {"position": PositionState.FIX, "warning": AlarmWarning.NONE, "contacts": 2, "refused_contacts": 0}
                | facts
            )

    await alarm_words(Control(), Namespace(json=False))  # type: ignore[arg-type]
    assert said in capsys.readouterr().out


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
    [
        ("sim:?ride=moon", "ride"),
        ("sim:?ride=kerbs&wearer=af", "not both"),
        ("sim:?ride=kerbs&target=unix-c", "not on unix-c"),
    ],
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


def stand_by(helmet: LoneHelmet, times: int, every_s: float = 1.0) -> None:
    """A phone is there, again and again."""
    for _ in range(times):
        assert act(helmet, AlarmAction.STAND_BY, 5) == Error.NONE
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
    stand_by(made, 20)
    facts = made.owner.machine.incident
    phone = facts.alarms[incident.PHONE]
    assert (made.state, phone, made.owner.machine.has_reached_somebody()) == (states.CONFIRMED, states.ATTEMPTED, False)
    assert [act(made, AlarmAction.TAKEN, number) for number in (0, 2, 60_000)] == [Error.BAD_VALUE] * 3
    assert act(made, AlarmAction.RETRACTION_TAKEN, 1) == Error.BUSY, "it may yet be one"
    stand_by(made, 2)
    assert not made.owner.machine.has_reached_somebody()
    assert act(made, AlarmAction.TAKEN, 1) == Error.NONE
    stand_by(made, 1)
    assert facts.alarms[incident.PHONE] == states.DELIVERED
    act(made, AlarmAction.CANCEL)
    stand_by(made, 8)
    assert (made.state, facts.retractions[incident.PHONE]) == (states.RETRACTED, states.ATTEMPTED)
    assert act(made, AlarmAction.RETRACTION_TAKEN, 2) == Error.BAD_VALUE
    assert act(made, AlarmAction.RETRACTION_TAKEN, 1) == Error.NONE
    stand_by(made, 1)
    assert made.state == states.CLOSED
    assert act(made, AlarmAction.TAKEN, 1) == Error.BUSY


def test_a_phone_that_dies_with_an_alarm_is_in_the_way_of_nothing(contactless: LoneHelmet) -> None:
    made = contactless
    made.run(2)
    act(made, AlarmAction.CALL_HELP)
    stand_by(made, 20)
    assert act(made, AlarmAction.STAND_BY, 0) == act(made, AlarmAction.CANCEL) == Error.NONE
    made.run(8)
    assert made.state == states.RETRACTED
    set_up(made.simulation, b"Jo +49301234")
    made.run(2)
    assert (made.owner.contacts(), made.owner.warning(), made.texts()) == (1, AlarmWarning.NONE, [])
    assert act(made, AlarmAction.MUTE, 5) == act(made, AlarmAction.MUTE, 0) == Error.NONE
    assert Pair.device_of(made.simulation).may_restart()
    made.fail_supply()
    made.run(2)
    assert (made.state, made.owner.contacts()) == (states.RETRACTED, 1)
    act(made, AlarmAction.CALL_HELP)
    made.run_until(made.texts)
    (sent,) = made.texts()
    assert sent[1] == "49301234"
    assert sent[2].startswith("ALARM 2: Li")


def test_a_look_at_the_alarm_is_no_phone_and_arms_nothing(contactless: LoneHelmet) -> None:
    contactless.run(20)
    device = contactless.simulation.device
    assert device.alarm_requests is not None
    for _ in range(60):
        device.alarm_requests.write(bytearray(300), 0, device.now_us())
        contactless.run(0.5)
    assert {state for state, _ in contactless.times} == {states.DISARMED}
    assert contactless.owner.machine.reason == states.NO_CONTACTS


def test_a_phone_is_there_while_it_stands_by(contactless: LoneHelmet) -> None:
    contactless.run(20)
    assert contactless.owner.warning() == AlarmWarning.NO_CONTACTS
    stand_by(contactless, 3, 4.5)
    assert contactless.owner.phone.is_up()
    assert contactless.owner.warning() == AlarmWarning.NONE
    assert contactless.is_armed()
    contactless.run(2)
    assert not contactless.owner.phone.is_up()
    assert contactless.state == states.DISARMED
    assert act(contactless, AlarmAction.STAND_BY, 61) == Error.BAD_VALUE
    contactless.run(1)
    assert not contactless.owner.phone.is_up()
    assert act(contactless, AlarmAction.STAND_BY, 60) == Error.NONE
    contactless.run(2)
    assert contactless.owner.phone.is_up()
    assert act(contactless, AlarmAction.STAND_BY, 0) == Error.NONE
    assert not contactless.owner.phone.is_up()


@pytest.mark.parametrize(
    ("wrong", "warning"),
    [
        ("nothing", AlarmWarning.NONE),
        ("modem off", AlarmWarning.NO_MODEM),
        ("no card", AlarmWarning.NO_CARD),
        ("PIN", AlarmWarning.PIN_WANTED),
        ("no network", AlarmWarning.NO_NETWORK),
        ("denied", AlarmWarning.NETWORK_REFUSES),
        ("contact", AlarmWarning.REFUSED_CONTACTS),
    ],
)
def test_it_is_armed_and_says_that_nobody_could_be_reached(wrong: str, warning: AlarmWarning) -> None:
    made = LoneHelmet(Ride("commute", 1), b"Jo +49301234, Bo" if wrong == "contact" else CONTACTS)
    modem = made.simulation.modem
    assert modem is not None
    if wrong == "modem off":
        inject(made.simulation, "modem", "off", 0.0, 9000.0)
    elif wrong == "no card":
        modem.sim = None
    elif wrong == "PIN":
        modem.sim = SimCard(pin="4711")
    elif wrong in ("no network", "denied"):
        modem.register(3 if wrong == "denied" else 2)
    made.run_until(made.is_armed)
    made.run(8)
    assert made.is_armed()
    assert made.owner.warning() == warning
    if warning is not AlarmWarning.REFUSED_CONTACTS:
        stand_by(made, 1)
        assert made.owner.warning() == AlarmWarning.NONE
    made.close()
