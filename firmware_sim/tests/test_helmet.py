"""The helmet's role on the simulated MCU: from the crash of a ride to the message as its modem sent it."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from firmware_sim.chips.gnss import Gnss
from firmware_sim.chips.helmet import HELMET
from firmware_sim.chips.reference import ADDRESS_IMU, REFERENCE
from firmware_sim.faults.registry import inject
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.chains.crash_chain import CrashChain
from firmware_sim.firmware.drivers.gnss import nmea
from firmware_sim.firmware.services.alarm import arming, incident, states
from firmware_sim.firmware.services.alarm.msd import LONGEST, Msd
from firmware_sim.firmware.services.alarm.vitals_data import OID, VitalsData
from firmware_sim.firmware.services.ble import band_link
from firmware_sim.mcu import Clock, Mcu, load_board
from firmware_sim.targets.pair import Pair
from firmware_sim.targets.sent_messages import sent_messages
from firmware_sim.testing.helmet_rig import From, LoneHelmet, owner_of, set_up, texts_of
from firmware_sim.world.base import World
from firmware_sim.world.rides import Ride
from firmware_sim.world.wearer import PRESETS, Wearer

CRASH = Ride("head_on", 5)
#: A crash ten seconds after the start: armed by then.
HIT_S = 10.0
CRASH_SOON = From(CRASH, CRASH.events[0].time_s - HIT_S)
_LIMIT_S = 60.0


@contextmanager
def helmet(ride: World = CRASH_SOON, contacts: bytes | None = None) -> Iterator[LoneHelmet]:
    """A helmet on a ride."""
    made = LoneHelmet(ride) if contacts is None else LoneHelmet(ride, contacts)
    try:
        yield made
    finally:
        made.close()


def test_wiring_of_the_helmet_is_said_the_same_on_both_sides() -> None:
    wiring = load_board(Mcu(Clock()), "helmet").Wiring
    assert {name: getattr(wiring, name) for name in vars(HELMET)} == vars(HELMET)


def test_a_crash_ends_in_a_message_to_each_contact() -> None:
    with helmet() as made:
        made.run_until(made.is_armed)
        began = made.reach(states.COUNTDOWN)
        assert began - HIT_S <= 2.5
        confirmed = made.reach(states.CONFIRMED)
        assert confirmed - began == pytest.approx(5.0, abs=0.2)
        made.run(8)
        texts = made.texts()
        assert [number for _, number, _ in texts] == ["49301234", "491701234567"]
        assert texts[0][0] - confirmed <= 3.0
        for _, _, text in texts:
            assert text.startswith("ALARM 1: Li may have had an accident (")
            assert "https://maps.google.com/?q=48.1" in text
            assert "pulse not known" in text, "there is no band"
            assert "\n30 Nov 12:0" in text
        made.run(3)
        assert made.owner.machine.incident.alarms[:2] == [states.DELIVERED] * 2
        assert [state for state, _ in made.times[-3:]] == [states.CANDIDATE, states.COUNTDOWN, states.CONFIRMED]


def test_an_emergency_centre_gets_a_minimum_set_of_data_and_the_others_texts() -> None:
    with helmet(contacts=b"Jo +49301234, msd +49 89 123") as made:
        made.reach(states.CONFIRMED)
        made.run(8)
        text, centre = sent_messages(made.simulation)
        assert text.text.startswith("ALARM 1: Li ")
        assert text.data is None
        assert centre.number == "+4989123"
        assert centre.data is not None
        assert len(centre.data) <= LONGEST
        msd, facts = Msd(), made.owner.machine.incident.facts
        msd.decode(centre.data)
        assert (msd.identifier, msd.automatic, msd.trusted, msd.oid) == (1, True, True, OID)
        assert msd.position == (facts[incident.LATITUDE_MAS], facts[incident.LONGITUDE_MAS])
        assert msd.time_s == facts[incident.HAPPENED_S]
        vitals = VitalsData().read(msd.data)
        assert vitals["severity"] == made.owner.machine.incident.severity
        assert (vitals["peak"], vitals["speed_before"]) == (facts[incident.PEAK_DG], facts[incident.SPEED_KMH])
        assert "pulse" not in vitals, "there is no band"
        press_twice(made)
        made.reach(states.CLOSED)
        assert [one.text[:19] for one in sent_messages(made.simulation)[2:]] == ["ALARM 1: cancelled "] * 2


def test_the_button_cancels_and_nobody_is_alarmed() -> None:
    with helmet() as made:
        made.reach(states.COUNTDOWN)
        made.run(1)
        made.press(0.4)
        assert made.state == states.CANCELLED
        made.run(20)
        assert made.texts() == []
        assert made.is_armed()


@pytest.mark.parametrize("state", [states.CANDIDATE, states.COUNTDOWN])
def test_a_crash_that_knocks_the_button_cancels_nothing(state: int) -> None:
    with helmet() as made:
        made.reach(state)
        made.press(0.2)
        made.reach(states.CONFIRMED)
        made.run(4)
        assert len(made.texts()) == 2


def test_a_call_within_the_countdown_keeps_what_is_known_of_the_accident() -> None:
    with helmet() as made:
        made.reach(states.COUNTDOWN)
        facts = made.owner.machine.incident.facts
        before = [facts[fact] for fact in (incident.PEAK_DG, incident.SPEED_KMH, incident.HAPPENED_S)]
        made.run(2)
        made.press(3.2)
        made.reach(states.CONFIRMED, 1)
        assert None not in before
        assert [facts[fact] for fact in (incident.PEAK_DG, incident.SPEED_KMH, incident.HAPPENED_S)] == before


def press_twice(made: LoneHelmet) -> None:
    """As who takes an alarm back does."""
    made.press(0.3)
    made.run(0.4)
    made.press(0.3)


def test_a_cancel_after_the_message_is_a_retraction() -> None:
    with helmet() as made:
        made.run_until(lambda: len(made.texts()) == 2)
        press_twice(made)
        made.reach(states.CLOSED)
        assert [text for _, _, text in made.texts()[2:]] == [
            "ALARM 1: cancelled with the button by Li. False alarm, no help is needed."
        ] * 2


def test_a_cancel_by_a_host_says_so() -> None:
    with helmet() as made:
        made.run_until(lambda: len(made.texts()) == 2)
        assert made.owner.machine.cancel(states.BY_HOST, made.owner.now_ms)
        made.run(0.3)
        made.fail_supply()
        made.run(30)
        for contact in ("49301234", "491701234567"):
            texts = [text for _, to, text in made.texts() if to == contact and "cancelled" in text]
            assert texts
            assert all("cancelled from the phone or computer of Li. " in text for text in texts)


def test_knocks_on_the_button_take_no_alarm_back() -> None:
    with helmet() as made:
        made.reach(states.CONFIRMED)
        for _ in range(5):
            made.press(0.3)
            made.run(2.5)
        assert made.state == states.CONFIRMED
        assert len(made.texts()) == 2


@pytest.mark.parametrize("after_s", [0.3, 2.2, 4.0, 6.9, 7.4, 12.0])
def test_a_supply_that_fails_loses_and_doubles_no_alarm(after_s: float) -> None:
    with helmet() as made:
        made.run_until(lambda: made.simulation.now_s >= HIT_S + after_s)
        number = made.owner.machine.incident.number
        made.fail_supply()
        made.run(25)
        assert made.owner.machine.incident.number == number == 1
        for contact in ("49301234", "491701234567"):
            texts = [text for _, to, text in made.texts() if to == contact]
            assert texts
            assert all(text.startswith("ALARM 1 (repeated): ") for text in texts[1:])


def latest_record(made: LoneHelmet) -> incident.Incident:
    """What the journal has of the alarm."""
    latest = made.owner.journal.latest
    assert latest is not None
    kept = incident.Incident()
    kept.unpack(latest)
    return kept


def test_a_supply_that_fails_keeps_the_position_of_the_accident_and_its_age() -> None:
    with helmet() as made:
        made.reach(states.COUNTDOWN)
        before = latest_record(made).facts[incident.LATITUDE_MAS]
        made.run(1)
        gnss_of(made).glitches.add("no_fix")
        made.fail_supply()
        made.run(1.5)
        assert before is not None
        assert made.owner.gnss.position[nmea.LATITUDE_MAS] is None
        assert made.owner.machine.incident.facts[incident.LATITUDE_MAS] == before
        made.run_until(lambda: len(made.texts()) == 2)
        for _, _, text in made.texts():
            found = re.search(r"\?q=48\.1\d+,11\.5\d+ (\d+) s ago", text)
            assert found, text
            assert 6 <= int(found[1]) <= 9, "two seconds before the supply failed, and the countdown"


@pytest.mark.parametrize("call", [False, True])
def test_the_first_record_has_what_is_known(call: bool) -> None:
    """Of a supply that fails before the next one."""
    with helmet() as made:
        if call:
            made.run(HIT_S - 5)
            made.press(3.05)
        else:
            made.reach(states.CANDIDATE)
        before = list(made.owner.machine.incident.facts)
        assert before[incident.LATITUDE_MAS] is not None
        kept = latest_record(made)
        assert kept.state == (states.COUNTDOWN if call else states.CANDIDATE)
        for fact in (incident.HAPPENED_S, incident.SPEED_KMH, incident.PEAK_DG):
            assert kept.facts[fact] == before[fact], fact
        assert kept.facts[incident.LATITUDE_MAS] is not None


def test_ages_are_those_of_the_message() -> None:
    with helmet() as made:
        modem = made.simulation.modem
        assert modem is not None
        modem.register(2)
        made.reach(states.CONFIRMED)
        made.run(150)
        modem.register(1)
        made.run_until(lambda: len(made.texts()) == 2)
        for _, _, text in made.texts():
            assert re.search(r"\?q=48\.1\d+,11\.5\d+ 2 min ago\n", text), text


def test_a_long_press_calls_for_help_at_rest() -> None:
    with helmet(Ride("helmet_on_table", 1)) as made:
        made.run(12)
        assert made.state == states.DISARMED
        made.press(3.5)
        assert made.state == states.COUNTDOWN
        made.reach(states.CONFIRMED, 6)
        made.run(4)
        assert len(made.texts()) == 2
        assert all("Li calls for help" in text for _, _, text in made.texts())


def test_no_contacts_disarms_and_says_so() -> None:
    with helmet(contacts=b"nobody") as made:
        made.run(HIT_S + 10)
        assert (made.state, made.owner.machine.reason) == (states.DISARMED, states.NO_CONTACTS)
        assert (made.owner.contacts(), made.owner.refused_contacts) == (0, 1)
        assert made.texts() == []


@pytest.mark.parametrize("restarts", [False, True])
def test_a_call_without_contacts_goes_out_to_the_one_that_is_written_later(restarts: bool) -> None:
    with helmet(Ride("helmet_on_table", 1), b"Mum") as made:
        made.run(10)
        made.press(3.5)
        made.reach(states.CONFIRMED)
        made.run(30)
        assert made.texts() == []
        if restarts:
            made.fail_supply()
            made.run(1)
        set_up(made.simulation, b"Mum, Dad +49999999999")
        made.run(15)
        assert [(number, text[:26]) for _, number, text in made.texts()] == [
            ("49999999999", "ALARM 1: Li calls for help")
        ]
        set_up(made.simulation, b"Mum, Dad +49999999999, Jo +49301234")
        made.run(30)
        assert [number for _, number, _ in made.texts()] == ["49999999999", "49301234"]
        press_twice(made)
        made.run(20)
        assert [number for _, number, text in made.texts() if "cancelled" in text] == ["49999999999", "49301234"]


def test_contacts_that_change_in_the_countdown_are_those_that_are_alarmed() -> None:
    with helmet() as made:
        made.reach(states.COUNTDOWN)
        set_up(made.simulation, b"Bo 112")
        made.run(20)
        assert {number for _, number, _ in made.texts()} == {"112"}


def test_contacts_that_change_once_messages_went_out_get_it_and_the_others_its_end() -> None:
    with helmet() as made:
        made.run_until(lambda: len(made.texts()) == 2)
        set_up(made.simulation, b"Bo 112, Li +491701234567")
        made.run(8)
        press_twice(made)
        made.reach(states.CLOSED)
        made.run(5)
        for cancelled in (False, True):
            found = [number for _, number, text in made.texts() if ("cancelled" in text) == cancelled]
            assert sorted(found) == ["112", "491701234567", "49301234"]
        assert made.owner.escalation.contacts == ("112", "+491701234567", "", "")


@pytest.mark.parametrize("kind", ["off", "stuck"])
def test_without_its_motion_sensor_it_is_at_fault(kind: str) -> None:
    with helmet(From(Ride("potholes", 1), 14.0)) as made:
        made.run_until(made.is_armed)
        now_s = made.simulation.clock.now / 1e6
        inject(made.simulation, "motion", kind, now_s + 0.1, now_s + 10)
        made.reach(states.FAULT, 15)
        assert made.owner.machine.reason == states.SENSOR_FAULT
        made.run_until(made.is_armed, 30)


def test_without_its_high_g_sensor_it_still_finds_a_crash() -> None:
    with helmet() as made:
        made.run(5)
        inject(made.simulation, "impact", "off", made.simulation.clock.now / 1e6 + 0.1, 60.0)
        made.run(5)
        assert made.simulation.device.faults() == 1
        assert made.reach(states.COUNTDOWN) - HIT_S <= 2.5


def test_a_high_g_sensor_that_sees_nothing_is_found_out() -> None:
    with helmet(From(Ride("potholes", 1), 14.0)) as made:
        chain = made.simulation.device.chains["impact"]
        chip = made.simulation.mcu.spi(HELMET.spi_impact)
        assert chip is not None
        made.run_until(made.is_armed)
        for _ in range(3):
            assert chain.works
            chain.compare(900, 5000, made.simulation.device.now_us())  # type: ignore[attr-defined]
        assert not chain.works
        made.run(3)
        assert chain.works, "it is set up anew"


def test_the_board_says_what_is_missing() -> None:
    mcu = Mcu(Clock())
    board = load_board(mcu, "helmet").Board()
    assert set(board.silent) == {"impact", "imu", "gauge", "flash"}
    assert not board.has_sensor("ecg")
    assert mcu.i2c(REFERENCE.i2c_sensors).chips.get(ADDRESS_IMU) is None


def with_pair(play: Callable[[Pair], Awaitable[None]]) -> None:
    """Helmet and band on one air, paired; the crash is half a minute after the start."""

    async def run() -> None:
        async with Pair(From(CRASH, CRASH.events[0].time_s - 30.0), Wearer(PRESETS["resting"], seed=3)) as pair:
            set_up(pair.helmet)
            await pair.pair()
            await play(pair)

    asyncio.run(asyncio.wait_for(run(), _LIMIT_S))


def test_the_message_has_the_vitals_of_the_band() -> None:
    async def play(pair: Pair) -> None:
        assert owner_of(pair.helmet).band is not None
        await pair.run(30 + 12 - pair.now_s)
        texts = texts_of(pair.helmet)
        assert len(texts) == 2
        assert all("\npulse 6" in text or "\npulse 7" in text for _, _, text in texts), texts
        assert all("SpO2 97%" in text or "SpO2 98%" in text for _, _, text in texts), texts

    with_pair(play)


def test_a_band_that_dies_leaves_its_last_vitals_with_their_age_and_comes_back() -> None:
    async def play(pair: Pair) -> None:
        await pair.run(15 - pair.now_s)
        link = owner_of(pair.helmet).band
        assert link is not None
        await pair.switch_off(pair.band)
        await pair.run(19)
        assert link.state != band_link.LINKED
        assert owner_of(pair.helmet).machine.state == states.COUNTDOWN, "it needs no band"
        await pair.run(7)
        (first, *_) = texts_of(pair.helmet)
        assert " s ago\n" in first[2].partition("pulse")[2]
        await pair.switch_on(pair.band)
        for _ in range(300):
            if link.state == band_link.LINKED:
                break
            await pair.run(0.1)
        assert link.state == band_link.LINKED
        assert pair.device_of(pair.band).vitals.battery_mv is not None

    with_pair(play)


def test_the_band_measures_on_where_its_helmet_dies() -> None:
    async def play(pair: Pair) -> None:
        await pair.switch_off(pair.helmet)
        seen = pair.device_of(pair.band).vitals.tick_us(wire.READING_KIND_SPO2)
        await pair.run(10)
        assert pair.device_of(pair.band).vitals.tick_us(wire.READING_KIND_SPO2) > seen

    with_pair(play)


@pytest.mark.parametrize("wrong", ["restarts", "has no network", "refuses", "has no SIM"])
def test_a_modem_that_is_at_fault_when_it_is_needed_sends_it_once_it_can(wrong: str) -> None:
    with helmet() as made:
        modem = made.simulation.modem
        assert modem is not None
        made.reach(states.COUNTDOWN)
        made.run(4.5)
        card = modem.sim
        if wrong == "has no network":
            modem.register(2)
        elif wrong == "refuses":
            modem.network.refuses = 38
        elif wrong == "has no SIM":
            modem.sim = None
            modem.restart()
        made.reach(states.CONFIRMED)
        if wrong == "restarts":
            made.run(0.1)
            modem.restart()
        made.run(12)
        if wrong != "restarts":
            assert made.texts() == []
            assert made.state == states.CONFIRMED, "it is latched"
            modem.network.refuses = None
            modem.sim = card
            modem.register(1)
            if wrong == "has no SIM":
                modem.restart()
        made.run_until(lambda: {number for _, number, _ in made.texts()} == {"49301234", "491701234567"}, 70)
        made.run(15)
        for contact in ("49301234", "491701234567"):
            texts = [text for _, to, text in made.texts() if to == contact]
            assert all(text.startswith("ALARM 1 (repeated): ") for text in texts[1:]), texts


def gnss_of(made: LoneHelmet) -> Gnss:
    """The receiver at its UART."""
    receiver = made.simulation.mcu.uart(HELMET.uart_gnss).chip
    assert isinstance(receiver, Gnss)
    return receiver


@pytest.mark.parametrize("glitch", ["jump", "old", "no_fix", "checksum", "truncated"])
def test_a_receiver_that_goes_wrong_in_the_crash_leaves_the_position_before_it(glitch: str) -> None:
    with helmet() as made:
        made.run(HIT_S - 1)
        gnss_of(made).glitches.add(glitch)
        made.run_until(lambda: len(made.texts()) == 2, 20)
        (_, _, text), _ = made.texts()
        found = re.search(r"\?q=(\d+\.\d+),(\d+\.\d+) (\d+) s ago", text)
        assert found, text
        assert float(found[1]) == pytest.approx(48.117, abs=0.01), "10 km are 0.09 degrees"
        assert int(found[3]) >= 3


def test_without_any_position_it_still_alarms_and_says_so() -> None:
    with helmet() as made:
        gnss_of(made).glitches.add("no_fix")
        made.run_until(lambda: len(made.texts()) == 2, 40)
        assert "position not known" in made.texts()[0][2]
        assert "km/h" not in made.texts()[0][2]


def test_a_button_that_is_stuck_is_one_call_and_no_more() -> None:
    with helmet(Ride("helmet_on_table", 1)) as made:
        made.run(12)
        made.simulation.mcu.pin(HELMET.button).drive(0)
        made.run(50)
        assert made.owner.machine.incident.number == 1
        assert len(made.texts()) == 2


def motion_of(made: LoneHelmet) -> CrashChain:
    """Its chain of motion."""
    chain = made.simulation.device.chains["imu"]
    assert isinstance(chain, CrashChain)
    return chain


def found(made: LoneHelmet, *events: tuple[int, int]) -> None:
    """Have the pipeline find events, kind and peak (mg) of each, at its latest sample."""
    chain = motion_of(made)
    for kind, peak_mg in events:
        chain._dsp._add_event(chain.segments.samples, kind, 1, peak_mg)


ACCIDENT = (wire.EVENT_KIND_ACCIDENT, 9000)
OTHERS = [
    (kind, 1000)
    for kind in (wire.EVENT_KIND_TIP_OVER, wire.EVENT_KIND_HARD_BRAKE, wire.EVENT_KIND_FALL, wire.EVENT_KIND_IMPACT)
]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("is_first", [False, True])
def test_an_accident_counts_whatever_else_the_same_poll_finds(other: tuple[int, int], is_first: bool) -> None:
    with helmet(Ride("commute", 1)) as made:
        made.run_until(made.is_armed)
        found(made, *((other, ACCIDENT) if is_first else (ACCIDENT, other)))
        made.run(0.5)
        assert made.state == states.COUNTDOWN
        assert made.owner.machine.incident.kind == wire.EVENT_KIND_ACCIDENT


def test_a_fall_counts_on_foot_whatever_else_the_same_poll_finds() -> None:
    with helmet(Ride("commute", 1)) as made:
        made.run_until(made.is_armed)
        made.owner.arming.profile = arming.ON_FOOT
        found(made, (wire.EVENT_KIND_FALL, 3000), *OTHERS[:2])
        made.run(0.5)
        assert made.state == states.COUNTDOWN
        assert made.owner.machine.incident.kind == wire.EVENT_KIND_FALL


@pytest.mark.parametrize(("after_s", "peak_dg"), [(16.0, 25), (6.0, 25), (0.3, 600)])
def test_the_peak_is_of_the_impact_that_the_alarm_is_of(after_s: float, peak_dg: int) -> None:
    """A knock of 60 g, and after so long what the pipeline found, of 2.5 g: only at once is it the same."""
    with helmet(Ride("commute", 1)) as made:
        made.run_until(made.is_armed)
        motion_of(made).crash.notice(60_000)
        made.run(after_s)
        found(made, (wire.EVENT_KIND_ACCIDENT, 2500))
        made.run(0.3)
        assert made.state == states.COUNTDOWN
        assert made.owner.machine.incident.facts[incident.PEAK_DG] == peak_dg


@pytest.mark.parametrize("begins_anew", [False, True])
def test_an_impact_in_any_segment_of_a_poll_is_noticed_without_the_high_g_sensor(begins_anew: bool) -> None:
    """Two segments end in one poll, the impact in the first: so it is after a gap, and in a batch of 16 samples."""
    with helmet(Ride("commute", 1)) as made:
        inject(made.simulation, "impact", "off", made.simulation.clock.now / 1e6 + 0.1, 60.0)
        made.run_until(made.is_armed)
        pipeline = motion_of(made)._dsp
        if begins_anew:
            pipeline.restart()
        accel = array("h", [0, 2049, 0] * 26)
        accel[1] = 28_000
        pipeline.push(accel, array("h", bytes(2 * len(accel))), 26)
        made.run(0.1)
        assert made.owner.machine.incident.number == 1
        assert (made.owner.machine.incident.facts[incident.PEAK_DG] or 0) > 130
