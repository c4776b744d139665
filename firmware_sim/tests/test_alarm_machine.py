"""States of an alarm, whom it reaches, and what it says to them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from firmware_sim.firmware.services.alarm import incident as facts
from firmware_sim.firmware.services.alarm import states
from firmware_sim.firmware.services.alarm.contacts import numbers_in
from firmware_sim.firmware.services.alarm.escalation import GIVE_UP_MS
from firmware_sim.firmware.services.alarm.gsm7 import septets_of
from firmware_sim.firmware.services.alarm.incident import PHONE, Incident
from firmware_sim.firmware.services.alarm.journal import AlarmJournal
from firmware_sim.firmware.services.alarm.machine import AlarmMachine
from firmware_sim.firmware.services.alarm.message import alarm_text, retraction_text
from firmware_sim.testing.alarm_rig import COUNTDOWN_S, FALL, NUMBERS, UNIX_S, Alarm


def machine(reason: int = states.READY) -> AlarmMachine:
    """One at rest, without a chip."""
    made = AlarmMachine(AlarmJournal(None), lambda: UNIX_S, COUNTDOWN_S, 0)
    made.allow(reason, 0)
    return made


def confirmed(contacts: tuple[str, ...] = NUMBERS) -> Alarm:
    """A device whose alarm is confirmed now."""
    alarm = Alarm(contacts=contacts)
    alarm.run(6)
    assert alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run_until(lambda: alarm.machine.state == states.CONFIRMED)
    return alarm


def retracting() -> Alarm:
    """A device whose alarm both contacts have, and of whose retraction they do not know: there is no network."""
    alarm = confirmed()
    alarm.run_until(lambda: len(alarm.chip.sent) == 2)
    alarm.run(1)
    alarm.chip.register(2)
    alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    alarm.run(5)
    assert alarm.machine.state == states.RETRACTED
    return alarm


# ---------------------------------------------------------------------- at rest


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (states.READY, states.ARMED),
        (states.NO_CONTACTS, states.DISARMED),
        (states.NOT_MOVING, states.DISARMED),
        (states.SENSOR_FAULT, states.FAULT),
        (states.NO_POWER, states.FAULT),
    ],
)
def test_it_is_armed_or_says_why_not(reason: int, state: int) -> None:
    made = machine(reason)
    assert (made.state, made.reason) == (state, reason)
    assert made.suspect(FALL, 3, True, 0) is (state == states.ARMED)
    assert made.call_help(0) is True, "the wearer can always call"


def test_it_starts_disarmed() -> None:
    made = AlarmMachine(AlarmJournal(None), lambda: 0, COUNTDOWN_S, 0)
    assert (made.state, made.reason) == (states.DISARMED, states.STARTING)


def test_muted_ends_by_itself_and_never_lasts_longer_than_an_hour() -> None:
    made = machine()
    assert made.mute(600, 0)
    assert not made.suspect(FALL, 3, True, 1000)
    assert not made.begin_countdown(FALL, 3, 1000)
    made.poll(3_599_999)
    assert made.state == states.MUTED
    made.poll(3_600_000)
    assert made.state == states.ARMED
    assert made.mute(5, 0)
    assert made.mute(0, 1)
    assert made.state == states.ARMED
    assert made.mute(5, 0)
    assert made.call_help(1), "the wearer can call all the same"


# ---------------------------------------------------------------------- candidate and countdown


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("hard", [False, True])
def test_a_candidate_that_is_dropped_takes_no_number(hard: bool, restarts: bool) -> None:
    journal = AlarmJournal(None)
    made = AlarmMachine(journal, lambda: UNIX_S, COUNTDOWN_S, 0)
    made.allow(states.READY, 0)
    for number in (1, 2):
        for _ in range(3):
            assert made.suspect(FALL, 1, hard, 0)
            assert (made.state, made.incident.number) == (states.CANDIDATE, number)
            assert made.drop(0)
            assert (made.state, made.incident.number) == (states.ARMED, number - 1)
            assert not made.drop(0)
            if restarts:
                made = AlarmMachine(journal, lambda: UNIX_S, COUNTDOWN_S, 0)
                made.allow(states.READY, 0)
        assert made.suspect(FALL, 1, hard, 0)
        assert made.begin_countdown(FALL, 1, 0)
        assert made.incident.number == number, "its contacts' first alarm is number 1"
        assert made.cancel(states.BY_WEARER, 1)
        made.poll(10_000)


def test_a_candidate_that_nobody_judges_is_an_accident() -> None:
    made = machine()
    made.suspect(FALL, 1, False, 0)
    made.poll(9_999)
    assert made.state == states.CANDIDATE
    made.poll(10_000)
    assert made.state == states.COUNTDOWN


def test_the_countdown_ends_in_an_alarm_and_says_what_is_left() -> None:
    made = machine()
    assert made.seconds_left(0) is None
    made.begin_countdown(FALL, 3, 500)
    assert [made.seconds_left(now) for now in (500, 501, 1500, 4499)] == [4, 4, 3, 1]
    made.poll(4_499)
    assert made.state == states.COUNTDOWN
    made.poll(4_500)
    assert (made.state, made.incident.cause) == (states.CONFIRMED, states.BY_TIME)


@pytest.mark.parametrize("by", [states.BY_WEARER, states.BY_HOST])
def test_a_cancelled_countdown_alarms_nobody_and_is_on_guard_again(by: int) -> None:
    made = machine()
    made.begin_countdown(FALL, 3, 0)
    assert made.cancel(by, 1000)
    assert (made.state, made.incident.cause) == (states.CANCELLED, by)
    assert not made.cancel(by, 1001)
    made.poll(4_000)
    assert made.state == states.ARMED


@pytest.mark.parametrize("reason", [states.NO_CONTACTS, states.NOT_MOVING, states.SENSOR_FAULT, states.SWITCHED_OFF])
def test_nothing_that_disarms_ends_an_alarm(reason: int) -> None:
    made = machine()
    made.begin_countdown(FALL, 3, 0)
    made.allow(reason, 1)
    assert not made.mute(60, 2)
    assert made.state == states.COUNTDOWN
    made.poll(COUNTDOWN_S * 1000)
    made.allow(reason, 5_000)
    assert not made.mute(60, 6_000)
    made.poll(10 * 86_400_000)
    assert made.state == states.CONFIRMED


def test_a_call_for_help_ends_a_countdown_and_has_a_short_one_of_its_own() -> None:
    made = machine()
    made.begin_countdown(FALL, 3, 0)
    assert made.call_help(100)
    assert (made.state, made.incident.kind) == (states.CONFIRMED, FALL)
    assert not made.call_help(200)
    other = machine(states.SWITCHED_OFF)
    assert other.call_help(0)
    assert (other.state, other.incident.kind, other.seconds_left(0)) == (states.COUNTDOWN, states.SOS, 5)


def test_a_chip_that_takes_nothing_does_not_keep_an_alarm_from_coming() -> None:
    alarm = Alarm()
    alarm.run(6)
    alarm.flash.chip.power_off()
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(20)
    assert not alarm.machine.is_kept
    assert alarm.received(NUMBERS[0]) == [(1, False, False)]


# ---------------------------------------------------------------------- whom it reaches


def test_contacts_get_it_one_after_the_other_soon() -> None:
    alarm = confirmed()
    since = alarm.clock.now
    alarm.run_until(lambda: len(alarm.chip.sent) == 2)
    assert alarm.chip.sent[0].at_us - since < 1_500_000
    assert alarm.chip.sent[1].at_us - since < 3_000_000
    alarm.run(6)
    assert alarm.machine.incident.alarms[:2] == [states.DELIVERED] * 2
    assert alarm.machine.state == states.CONFIRMED, "it is latched"
    alarm.run(3600, 500_000)
    assert len(alarm.chip.sent) == 2
    assert alarm.machine.close(states.BY_HOST, alarm.now_ms)
    alarm.run(5)
    assert alarm.machine.state == states.ARMED


def test_it_cannot_be_closed_before_it_has_reached_somebody() -> None:
    alarm = Alarm()
    alarm.chip.register(2)
    alarm.run(6)
    alarm.machine.call_help(alarm.now_ms)
    alarm.run(30)
    assert not alarm.machine.close(states.BY_HOST, alarm.now_ms)
    assert alarm.machine.state == states.CONFIRMED


def test_no_network_for_ten_minutes_and_no_phone() -> None:
    alarm = Alarm()
    alarm.run(6)
    alarm.chip.register(2)
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(600)
    assert alarm.chip.sent == []
    assert alarm.machine.incident.alarms == [states.PENDING] * 5
    alarm.chip.register(5)
    alarm.run(5)
    assert [alarm.received(number) for number in NUMBERS] == [[(1, False, False)]] * 2


def test_the_phone_alarms_where_the_modem_has_reached_nobody_in_ten_seconds() -> None:
    alarm = Alarm()
    alarm.chip.register(2)
    alarm.phone.up = True
    alarm.run(6)
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 9)
    assert alarm.phone.acted == []
    alarm.run(3)
    assert alarm.phone.acted == [(1, False)]
    assert alarm.machine.incident.alarms[PHONE] == states.DELIVERED
    alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    alarm.run(2)
    assert alarm.phone.acted == [(1, False), (1, True)]
    assert alarm.machine.state == states.CLOSED
    assert alarm.chip.sent == [], "who was not alarmed need not learn that it was none"


def test_a_phone_that_comes_later_and_loses_its_link_gets_it_once() -> None:
    alarm = confirmed(())
    alarm.run(60)
    assert alarm.phone.acted == []
    for up in (True, False, True):
        alarm.phone.up = up
        alarm.run(4)
    assert alarm.phone.acted == [(1, False)]
    assert alarm.machine.has_reached_somebody()


def test_a_refused_message_goes_again_later_and_later_and_the_others_at_once() -> None:
    alarm = Alarm()
    alarm.run(6)
    alarm.chip.network.refuses = 1  # unassigned number
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 6)
    assert alarm.machine.incident.alarms[:2] == [states.REFUSED] * 2
    before = len(alarm.chip.commands)
    alarm.run(1000, 200_000)
    tries = [command for command in alarm.chip.commands[before:] if command.startswith("AT+CMGS")]
    assert len(tries) == 2 * 5  # after 30, 60, 120, 240 and 480 s
    assert alarm.machine.incident.attempts == 12
    alarm.chip.network.refuses = None
    alarm.run(700, 200_000)
    assert [alarm.received(number) for number in NUMBERS] == [[(1, False, False)]] * 2


def test_each_attempt_is_in_the_journal_with_its_time() -> None:
    alarm = confirmed()
    alarm.run(6)
    seen = []
    back = 0
    while (record := alarm.journal.read(back)) is not None:
        found = Incident()
        found.unpack(record)
        seen.append((found.state, found.cause, found.attempts, found.at_s - UNIX_S))
        back += 1
    seen.reverse()
    assert [entry[:3] for entry in seen[:3]] == [
        (states.COUNTDOWN, states.BY_DETECTION, 0),
        (states.CONFIRMED, states.BY_TIME, 0),
        (states.CONFIRMED, states.BY_ATTEMPT, 1),
    ]
    assert seen[-1][2] == 2
    assert [entry[3] for entry in seen] == sorted(entry[3] for entry in seen)


def test_a_delivery_report_that_says_no_sends_it_again_later() -> None:
    alarm = Alarm()
    alarm.chip.network.report = 0x41  # incompatible destination
    alarm.run(6)
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 4)
    alarm.chip.network.report = 0
    alarm.run(36)
    assert {alarm.machine.incident.alarms[i] for i in range(2)} == {states.DELIVERED}
    assert [len(alarm.received(number)) for number in NUMBERS] == [2, 2]


@pytest.mark.parametrize("report", [0x41, 0x46, 0x60])
def test_delivery_reports_that_go_on_saying_no_are_no_flood(report: int) -> None:
    alarm = confirmed()
    alarm.chip.network.report = report
    alarm.run(1000, 200_000)
    for number in NUMBERS:
        times = [
            sent.at_us / 1e6 for sent, (to, _) in zip(alarm.chip.sent, alarm.texts(), strict=True) if "+" + to == number
        ]
        waits = [after - before for before, after in pairwise(times)]
        assert waits == pytest.approx([30, 60, 120, 240, 480], abs=5), "a report comes some seconds after its message"


def test_a_message_that_may_have_arrived_goes_again_later_and_later() -> None:
    alarm = Alarm(contacts=NUMBERS[:1])
    alarm.run(6)
    alarm.chip.network.refuses = 332  # network timeout
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 1)
    before = len(alarm.chip.commands)
    alarm.run(700, 200_000)
    tries = [command for command in alarm.chip.commands[before:] if command.startswith("AT+CMGS")]
    assert len(tries) == 6  # after 10, 20, 40, 80, 160 and 320 s
    alarm.chip.network.refuses = None
    alarm.run(600, 200_000)
    assert alarm.received(NUMBERS[0]) == [(1, True, False)]


@pytest.mark.parametrize("retracted", [False, True])
@pytest.mark.parametrize("code", [-1, 38, 42, 302, 332, 500, 1])
@pytest.mark.parametrize("refused", [0, 1, 2])
def test_one_contact_that_is_refused_does_not_hold_up_the_others(
    refused: int, code: int, retracted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = ("+49301234", "+491701234567", "+49309977")
    inside = (b"94032143", b"947110325476", b"94039977")[refused]
    alarm = confirmed(numbers)
    others = [number for number in numbers if number != numbers[refused]]
    if retracted:
        alarm.run_until(lambda: len(alarm.chip.sent) == 3)
        alarm.run(6)
        alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    takes_all = alarm.chip._why_refused
    refuses = True

    def why_refused(what: str, body: bytes) -> int | None:
        return code if refuses and inside in body.upper() else takes_all(what, body)

    monkeypatch.setattr(alarm.chip, "_why_refused", why_refused)
    alarm.run(10)
    for number in others:
        assert alarm.received(number)[-1] == (1, False, retracted)
    assert len(alarm.received(numbers[refused])) == retracted
    assert alarm.machine.state == (states.RETRACTED if retracted else states.CONFIRMED)
    refuses = False
    alarm.run(62)
    got = [alarm.received(number) for number in numbers]
    assert [[is_retraction for *_, is_retraction in each] for each in got] == [[False] + [True] * retracted] * 3
    assert got[refused][-1] == (1, code == 332, retracted)


@pytest.mark.parametrize("contacts", [NUMBERS, NUMBERS[:1]])
@pytest.mark.parametrize("why", ["refused", "searching", "hangs", "starts anew"])
def test_a_message_that_waited_has_the_ages_of_its_own_attempt(why: str, contacts: tuple[str, ...]) -> None:
    alarm = confirmed(contacts)
    for fact, value in ((facts.LATITUDE_MAS, 0), (facts.LONGITUDE_MAS, 0), (facts.PULSE_BPM, 88)):
        alarm.machine.incident.set_fact(fact, value)
    for fact in facts.AGES:
        alarm.machine.incident.set_fact(fact, 0)
    known_us = alarm.clock.now
    if why == "refused":
        alarm.chip.network.refuses = 38
    alarm.run_until(lambda: alarm.escalation._flying[0] >= 0)  # it is handed over, and then:
    if why == "searching":
        alarm.chip.register(2)
    alarm.chip.hangs = why == "hangs"
    if why == "starts anew":
        alarm.chip.restart(250)
    alarm.run(250)
    assert alarm.chip.sent == []
    alarm.chip.network.refuses, alarm.chip.hangs = None, False
    alarm.chip.register(1)
    alarm.run(130)
    assert len(alarm.chip.sent) == len(contacts)
    for sent, (_, text) in zip(alarm.chip.sent, alarm.texts(), strict=True):
        minutes = (sent.at_us - known_us) // 60_000_000
        assert minutes >= 4
        assert text.split("\n")[1:3] == [
            f"https://maps.google.com/?q=0.00000,0.00000 {minutes} min ago",
            f"pulse 88/min {minutes} min ago",
        ]


def test_a_number_that_is_refused_gives_way_to_another_one_at_once() -> None:
    alarm = Alarm(contacts=("+4911", "+4922", "+4933", "+4944"))
    alarm.run(6)
    alarm.chip.network.refuses = 1
    alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 12)
    assert alarm.machine.incident.alarms[:4] == [states.REFUSED] * 4
    alarm.chip.network.refuses = None
    alarm.escalation.take_contacts(("+4955", "+4922", "+4933"), alarm.now_ms)
    alarm.run(5)
    assert [number for number, _ in alarm.texts()] == ["4955"]
    alarm.run(60)
    assert sorted(number for number, _ in alarm.texts()) == ["4922", "4933", "4955"]


# ---------------------------------------------------------------------- retraction, and accidents after it


def test_an_accident_while_an_alarm_is_retracted_is_an_alarm_of_its_own() -> None:
    alarm = confirmed()
    alarm.run_until(lambda: len(alarm.chip.sent) == 2)
    alarm.run(1)
    alarm.chip.register(2)
    alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    alarm.run(60)
    assert alarm.machine.state == states.RETRACTED
    assert alarm.machine.begin_countdown(FALL, 4, alarm.now_ms)
    alarm.run(COUNTDOWN_S + 1)
    alarm.chip.register(1)
    alarm.run(8)
    for number in NUMBERS:
        assert alarm.received(number) == [(1, False, False), (2, False, False)]


@pytest.mark.parametrize("restarts", [False, True])
def test_who_was_owed_a_retraction_gets_it_when_the_next_countdown_is_cancelled(restarts: bool) -> None:
    alarm = confirmed()
    alarm.run_until(lambda: len(alarm.chip.sent) == 2)
    alarm.run(1)
    alarm.chip.register(2)
    alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    alarm.run(5)
    alarm.machine.begin_countdown(FALL, 4, alarm.now_ms)
    alarm.run(1)
    if restarts:
        alarm.fail_supply()
        alarm.run(1)
    assert alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
    alarm.chip.register(1)
    alarm.run(30)
    for number in NUMBERS:
        assert alarm.received(number) == [(1, False, False), (1, False, True)]
    assert alarm.machine.state == states.ARMED


@pytest.mark.parametrize("becomes", ["nothing", "nothing, and who was owed it learnt it meanwhile", "an accident"])
def test_an_impact_while_an_alarm_is_retracted_is_a_candidate(becomes: str) -> None:
    alarm = retracting()
    before = alarm.machine.incident.number
    if "meanwhile" in becomes:
        alarm.chip.register(1)
        alarm.run_until(lambda: states.ATTEMPTED in alarm.machine.incident.retractions)
    assert alarm.machine.suspect(FALL, 3, True, alarm.now_ms)
    assert (alarm.machine.state, alarm.machine.incident.number) == (states.CANDIDATE, before + 1)
    alarm.run(2)
    if becomes == "an accident":
        alarm.fail_supply()
        assert alarm.machine.state == states.COUNTDOWN, "nobody judged it"
        alarm.run(COUNTDOWN_S + 1)
        alarm.chip.register(1)
        alarm.run(30)
        assert [alarm.received(number)[-1] for number in NUMBERS] == [(2, False, False)] * 2
        return
    assert alarm.machine.drop(alarm.now_ms)
    assert (alarm.machine.state, alarm.machine.incident.number) == (states.RETRACTED, before)
    alarm.fail_supply()
    assert (alarm.machine.state, alarm.machine.incident.number) == (states.RETRACTED, before)
    alarm.chip.register(1)
    alarm.run(60)
    for number in NUMBERS:
        assert [(of, retracted) for of, _, retracted in alarm.received(number)] == [(1, False), (1, True)]
    assert alarm.machine.state == states.ARMED


def test_what_disarms_disarms_while_an_alarm_is_retracted() -> None:
    made = retracting().machine
    made.allow(states.NOT_MOVING, 0)
    assert not made.suspect(FALL, 3, True, 0)
    assert not made.begin_countdown(FALL, 3, 0)
    made.allow(states.READY, 0)
    assert made.mute(5, 0)
    assert made.state == states.RETRACTED
    assert not made.suspect(FALL, 3, True, 299_999)
    assert not made.begin_countdown(FALL, 3, 299_999)
    assert made.suspect(FALL, 3, True, 300_000)


def test_a_phone_that_never_comes_back_is_given_up_and_one_that_does_is_not() -> None:
    for comes_back in (False, True):
        alarm = Alarm(contacts=())
        alarm.phone.up = True
        alarm.run(6)
        alarm.machine.begin_countdown(FALL, 3, alarm.now_ms)
        alarm.run(COUNTDOWN_S + 1)
        assert alarm.phone.acted == [(1, False)]
        alarm.phone.up = False
        alarm.machine.cancel(states.BY_WEARER, alarm.now_ms)
        alarm.run(GIVE_UP_MS // 1000 - 10, 1_000_000)
        assert alarm.machine.state == states.RETRACTED
        alarm.phone.up = comes_back
        alarm.run(20, 1_000_000)
        assert alarm.machine.state == states.ARMED
        assert alarm.phone.acted == [(1, False), (1, True)][: 1 + comes_back]
        assert alarm.machine.incident.cause == (states.BY_DELIVERY if comes_back else states.BY_TIME)


# ---------------------------------------------------------------------- contacts and texts


@pytest.mark.parametrize(
    ("text", "numbers", "refused"),
    [
        ("", (), 0),
        ("Jörg +49 30 1234, Dr. Li +49 (30) 99-77", ("+49301234", "+49309977"), 0),
        ("112", ("112",), 0),
        ("Li 2nd 0170/1234567; Bo", ("01701234567",), 1),
        ("nobody, , 12, +, Li +4930123456789012345678901", (), 4),
        ("a 1111, b 2222, c 3333, d 4444, e 5555, f 1111", ("1111", "2222", "3333", "4444"), 1),
        ("Mum +49\u00a030\u00a01234567, Ann\u2013Lee +49\u201130\u20119977", ("+49301234567", "+49309977"), 0),
        ("Jo +49 (0)30 1234567, Jo (030) 1234567, 0049 30 1", ("+49301234567", "0301234567", "0049301"), 0),
        ("Bo 202-555-0100, O2 +49301234,+1 (202) 555-0100", ("2025550100", "+49301234", "+12025550100"), 0),
        ("Li 0170 1234567 ext 123, Li 0170l234567, Handy 2 0170 1234567", (), 3),
        ("+49 30 12o34 0567, Bo +49 30 1 +49 31 22, 2+49301234", (), 3),
    ],
)
def test_contacts(text: str, numbers: tuple[str, ...], refused: int) -> None:
    assert numbers_in(text) == (numbers, refused)


def known(**values: int) -> Incident:
    made = Incident()
    made.begin(FALL, 3)
    for name, value in values.items():
        made.set_fact(getattr(facts, name), value)
    return made


def test_an_alarm_says_who_where_when_and_how() -> None:
    made = known(
        LATITUDE_MAS=173_222_280,
        LONGITUDE_MAS=-41_460_120,
        POSITION_AGE_S=5,
        HAPPENED_S=UNIX_S,
        PULSE_BPM=88,
        SPO2_PERCENT=97,
        TREND=-12,
        VITALS_AGE_S=9,
    )
    assert alarm_text(made, "Li", False) == (
        "ALARM 1: Li may have had an accident (very hard impact)\n"
        "https://maps.google.com/?q=48.11730,-11.51670 5 s ago\n"
        "pulse 88/min falling, SpO2 97%\n"
        "30 Nov 12:00 UTC"
    )
    assert alarm_text(known(PULSE_BPM=88, SPEED_KMH=54, TREND=2, VITALS_AGE_S=70), "", True) == (
        "ALARM 1 (repeated): The wearer may have had an accident (very hard impact)\n"
        "position not known\n"
        "pulse 88/min 70 s ago\n"
        "time not known\n"
        "54 km/h before"
    )
    made.begin(states.SOS, 0)
    assert alarm_text(made, "Мария", False).startswith("ALARM 2: Mariya calls for help\nposition not known\n")


@pytest.mark.parametrize(
    ("by", "name", "text"),
    [
        (states.BY_WEARER, "Łukasz", "with the button by Lukasz"),
        (states.BY_HOST, "Li", "from the phone or computer of Li"),
        (states.BY_HOST, "", "from the phone or computer of the wearer"),
    ],
)
def test_a_retraction_says_by_whom(by: int, name: str, text: str) -> None:
    made = machine()
    made.begin_countdown(FALL, 3, 0)
    made.poll(4_000)
    assert made.cancel(by, 5_000)
    made.note(states.BY_ATTEMPT)
    said = f"ALARM 1: cancelled {text}. False alarm, no help is needed."
    assert retraction_text(made.incident, name, False) == said


@pytest.mark.parametrize(
    ("age_s", "text"),
    [
        (0, "0 s ago"),
        (119, "119 s ago"),
        (120, "2 min ago"),
        (7199, "119 min ago"),
        (7200, "2 h ago"),
        (65_534, "18 h ago"),
        (65_535, "over 18 h ago"),
        (10**9, "over 18 h ago"),
        (None, "at an unknown time"),
        (-1, "at an unknown time"),
    ],
)
def test_what_is_old_never_reads_as_of_now(age_s: int | None, text: str) -> None:
    made = known(LATITUDE_MAS=0, LONGITUDE_MAS=0, PULSE_BPM=88)
    for fact in facts.AGES:
        made.set_fact(fact, age_s)
    lines = alarm_text(made, "Li", False).split("\n")
    assert lines[1].endswith(f"?q=0.00000,0.00000 {text}")
    assert lines[2] == ("pulse 88/min" if age_s == 0 else f"pulse 88/min {text}")


def test_ages_grow_until_the_message_and_over_a_restart() -> None:
    made = machine()
    made.begin_countdown(FALL, 3, 0)
    made.incident.set_fact(facts.POSITION_AGE_S, 7)
    made.incident.set_fact(facts.VITALS_AGE_S, 65_530)
    for now_ms in range(0, 30_001, 100):
        made.poll(now_ms)
    assert [made.incident.facts[fact] for fact in facts.AGES] == [37, 65_535]


@pytest.mark.parametrize(
    ("then_s", "now_s", "age_s"), [(UNIX_S, UNIX_S + 60, 67), (0, UNIX_S, None), (UNIX_S, 0, None), (UNIX_S, 9, None)]
)
def test_ages_after_a_restart_are_by_the_calendar_or_not_known(then_s: int, now_s: int, age_s: int | None) -> None:
    journal = AlarmJournal(None)
    made = AlarmMachine(journal, lambda: then_s, COUNTDOWN_S, 0)
    made.allow(states.READY, 0)
    made.gather = lambda now_ms: made.incident.set_fact(facts.POSITION_AGE_S, 7)
    made.begin_countdown(FALL, 3, 0)
    again = AlarmMachine(journal, lambda: now_s, COUNTDOWN_S, 0)
    assert again.state == states.COUNTDOWN
    assert again.incident.facts[facts.POSITION_AGE_S] == age_s


@pytest.mark.parametrize("name", ["", "Li", "Jörg Müller-Lüdenscheidt von und zu", "李小龍", "{}[]€" * 8, "\x1b\r\n"])
@pytest.mark.parametrize("value", [0, 1])
def test_any_text_is_one_message_of_gsm7(name: str, value: int) -> None:
    made = Incident()
    made.begin(value and FALL, 4)
    made.number = (1, 65535)[value]
    for fact, limits in enumerate(facts.LIMITS):
        made.set_fact(fact, limits[value] if fact != facts.HAPPENED_S else UNIX_S)
    for text in (alarm_text(made, name, True), retraction_text(made, name, True)):
        assert len(text) <= 160
        assert all(0 <= septets_of(character) < 128 for character in text)


@pytest.mark.parametrize(("mas", "text"), [(0, "0.00000"), (-1, "0.00000"), (-18, "-0.00001"), (17, "0.00000")])
def test_degrees_are_rounded_and_keep_their_sign(mas: int, text: str) -> None:
    made = known(LATITUDE_MAS=mas, LONGITUDE_MAS=mas)
    assert f"?q={text},{text} " in alarm_text(made, "Li", False)
