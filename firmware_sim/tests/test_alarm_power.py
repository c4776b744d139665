"""No alarm is lost or doubled: supply that fails in every write and moment, and every transfer to or from the modem.

What no device without a report of the network can know is whether a message that was handed over arrived: it goes
again, and says so. `pytest -s` prints how often that is.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware_sim.firmware.services.alarm import states
from firmware_sim.testing.alarm_rig import COUNTDOWN_S, FALL, NUMBERS, Alarm
from firmware_sim.testing.flash_rig import FRACTIONS, PowerCutError

ACCIDENT_S = 5.0
JUDGED_S = 6.0
CONFIRMED_S = JUDGED_S + COUNTDOWN_S
#: By story: whether it is a call for help, and when the wearer cancels, s.
STORIES: dict[str, tuple[bool, float | None]] = {
    "accident": (False, None),
    "call for help": (True, None),
    "cancelled in the countdown": (False, JUDGED_S + 2),
    "cancelled while the first message goes out": (False, CONFIRMED_S + 0.4),
    "cancelled while the second message goes out": (False, CONFIRMED_S + 0.9),
    "cancelled once all are alarmed": (False, CONFIRMED_S + 6),
}
_OVER = (states.ARMED, states.CANCELLED, states.RETRACTED, states.CLOSED)
_SETTLED_S = 180.0


class Story:
    """One accident and what the wearer does about it, whatever happens to the device meanwhile."""

    def __init__(self, name: str, seed: int = 0) -> None:
        self.is_call, self.cancels_s = STORIES[name]
        self.alarm = Alarm(seed)
        self.began = 0.0

    def play(self, at: Callable[[int], None] = lambda tick: None) -> Alarm:
        """Have it happen; `at(tick)` comes before each tenth of a second."""
        alarm = self.alarm
        for tick in range(round((CONFIRMED_S + 8) * 10)):
            at(tick)
            self._happen(tick / 10)
            alarm.run(0.1)
        alarm.run(_SETTLED_S, 500_000)
        return alarm

    def _happen(self, time_s: float) -> None:
        alarm = self.alarm
        machine = alarm.machine
        if time_s == ACCIDENT_S:
            if self.is_call:
                alarm.do(lambda: machine.call_help(alarm.now_ms))
            else:
                alarm.do(lambda: machine.suspect(FALL, 3, True, alarm.now_ms))
        elif time_s == JUDGED_S and machine.state == states.CANDIDATE:
            alarm.do(lambda: machine.begin_countdown(FALL, 3, alarm.now_ms))
        if self.cancels_s is not None and time_s >= self.cancels_s and machine.state not in _OVER:
            alarm.do(lambda: machine.cancel(states.BY_WEARER, alarm.now_ms))


def judge(alarm: Alarm, cancelled: bool, may_be_unknown: bool) -> tuple[int, int]:
    """(alarms that somebody got, repeated messages); asserts that none is lost or doubled.

    `may_be_unknown`: the supply failed before the first record was whole, so the device may know of no accident.
    """
    machine, repeated, reached = alarm.machine, 0, 0
    known = machine.incident.number == 1
    assert known or may_be_unknown
    for number in NUMBERS:
        got = alarm.received(number)
        assert {found for found, _, _ in got} <= {1}, "one accident is one alarm"
        alarms = [is_repeated for _, is_repeated, is_retracted in got if not is_retracted]
        retractions = [is_repeated for _, is_repeated, is_retracted in got if is_retracted]
        assert alarms.count(False) <= 1, "a second message says that it is repeated"
        assert retractions.count(False) <= 1
        assert [retracted for *_, retracted in got] == sorted(retracted for *_, retracted in got), "retracted last"
        if cancelled:
            assert machine.state in _OVER
            assert bool(retractions) or not alarms, "who was alarmed learns that it was none"
        else:
            assert bool(alarms) == known, "never lost"
            assert not retractions
        repeated += alarms.count(True) + retractions.count(True)
        reached += bool(alarms)
    return reached, repeated


@pytest.mark.parametrize("name", STORIES)
def test_each_story_ends_as_it_must(name: str) -> None:
    alarm = Story(name).play()
    reached, repeated = judge(alarm, STORIES[name][1] is not None, False)
    assert repeated == 0
    assert reached == {"cancelled in the countdown": 0, "cancelled while the first message goes out": 1}.get(name, 2)


@pytest.mark.parametrize("name", STORIES)
def test_a_cut_in_every_write(name: str, record_property: Callable[[str, object], None]) -> None:
    """Each operation of the flash chip from the accident on, at each fraction of it."""
    cuts = unknown = all_repeated = 0
    operation = 0
    while True:
        for number, fraction in enumerate(FRACTIONS):
            story = Story(name, 100 * operation + number)

            def cut() -> None:
                raise PowerCutError

            story.alarm.flash.chip.cut_power_in(operation, fraction, cut)
            alarm = story.play()
            if alarm.boots == 1:
                assert number == 0
                assert cuts == operation * len(FRACTIONS) >= 3 * len(FRACTIONS)
                print(f"{name}: {cuts} cuts in {operation} writes, {all_repeated} repeated, {unknown} before the first")
                record_property("cuts", cuts)
                return
            assert alarm.boots == 2
            _, repeated = judge(alarm, story.cancels_s is not None, operation == 0)
            cuts += 1
            unknown += alarm.machine.incident.number == 0
            all_repeated += repeated
        operation += 1


@pytest.mark.parametrize("modem_too", [False, True])
@pytest.mark.parametrize("name", STORIES)
def test_a_cut_in_every_moment(name: str, modem_too: bool) -> None:
    """Each tenth of a second from the accident on: every state, and every step of sending."""
    cuts = all_repeated = 0
    seen = set()
    for moment in range(round(ACCIDENT_S * 10) + 1, round((CONFIRMED_S + 7) * 10)):
        story = Story(name, moment)

        def cut(tick: int, story: Story = story, moment: int = moment) -> None:
            if tick == moment:
                seen.add(story.alarm.machine.state)
                if modem_too:
                    story.alarm.chip.restart()
                story.alarm.fail_supply()

        _, repeated = judge(story.play(cut), story.cancels_s is not None, False)
        cuts += 1
        all_repeated += repeated
    assert cuts == 119
    assert states.COUNTDOWN in seen
    print(f"{name}, modem cut too: {modem_too}: {cuts} cuts, states {sorted(seen)}, {all_repeated} repeated")


@pytest.mark.parametrize("name", ["accident", *list(STORIES)[-2:]])
def test_each_transfer_lost(name: str) -> None:
    """Each write to the modem, and each thing that it says, from the accident until all is over."""
    whole = Story(name)
    first: list[int] = []
    whole.play(lambda tick: first.append(whole.alarm.cable.transfers))
    begin, end = first[round(ACCIDENT_S * 10)], whole.alarm.cable.transfers
    all_repeated = 0
    for lost in range(begin, min(end, begin + 70)):
        story = Story(name)
        story.alarm.cable.loses = lambda number, lost=lost: number == lost  # type: ignore[misc]
        _, repeated = judge(story.play(), story.cancels_s is not None, False)
        all_repeated += repeated
    print(f"{name}: {min(end, begin + 70) - begin} transfers lost, {all_repeated} repeated")
    assert end - begin > 40


@pytest.mark.parametrize("name", ["accident", "cancelled while the second message goes out"])
def test_a_modem_that_starts_anew_in_every_moment(name: str) -> None:
    all_repeated = 0
    for moment in range(round(ACCIDENT_S * 10) + 1, round((CONFIRMED_S + 7) * 10)):
        story = Story(name)
        chip = story.alarm.chip
        _, repeated = judge(
            story.play(lambda tick, chip=chip, moment=moment: chip.restart() if tick == moment else None),  # type: ignore[misc]
            story.cancels_s is not None,
            False,
        )
        all_repeated += repeated
    print(f"{name}: {all_repeated} repeated")


def test_cuts_again_and_again_in_the_countdown_do_not_put_an_alarm_off_for_ever() -> None:
    story = Story("accident")

    def cut(tick: int) -> None:
        if tick >= round(JUDGED_S * 10) and tick % 10 == 0 and story.alarm.boots < 6:
            story.alarm.fail_supply()

    judge(story.play(cut), False, False)
    assert story.alarm.machine.state == states.CONFIRMED
