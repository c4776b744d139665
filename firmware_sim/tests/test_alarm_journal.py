"""The journal of alarms: a ring of records of which power loss at any moment leaves the old or the new."""

from __future__ import annotations

import pytest

from firmware_sim.firmware.flash_regions import ALARM_AT, ALARM_SECTORS, FILES_AT, SECTOR, STARTS_AT
from firmware_sim.firmware.services.alarm.incident import AGES, FACTS, LIMITS, Incident
from firmware_sim.firmware.services.alarm.journal import BODY_AT, BODY_END, RECORD_BYTES, AlarmJournal
from firmware_sim.testing.flash_rig import FRACTIONS, FlashRig
from firmware_sim.testing.misreading import MISREADINGS, misread

SLOTS = SECTOR // RECORD_BYTES


def record(number: int) -> bytearray:
    return bytearray(4) + bytearray([number & 0xFF, number >> 8 & 0xFF] * ((BODY_END - BODY_AT) // 2)) + bytearray(4)


def newest(journal: AlarmJournal) -> int | None:
    """The number of the record that counts."""
    latest = journal.latest
    return None if latest is None else int.from_bytes(latest[BODY_AT : BODY_AT + 2], "little")


def test_its_region_is_its_own() -> None:
    assert STARTS_AT + 2 * SECTOR <= ALARM_AT
    assert ALARM_AT + ALARM_SECTORS * SECTOR <= FILES_AT


def test_records_are_kept_and_the_ring_goes_round() -> None:
    flash = FlashRig()
    assert AlarmJournal(flash.driver).latest is None
    journal = AlarmJournal(flash.driver)
    for number in range(ALARM_SECTORS * SLOTS + 90):
        journal.append(record(number))
        if number % 50 == 3:
            journal = AlarmJournal(flash.driver)
        assert newest(journal) == number
    again = AlarmJournal(flash.driver)
    assert newest(again) == number
    kept = 0
    while (found := again.read(kept)) is not None:
        assert int.from_bytes(found[BODY_AT : BODY_AT + 2], "little") == number - kept
        kept += 1
    assert (ALARM_SECTORS - 1) * SLOTS - 10 < kept <= ALARM_SECTORS * SLOTS
    wear = flash.chip.cells.wear[ALARM_AT // SECTOR :][:ALARM_SECTORS]
    assert max(wear) - min(wear) <= 1


@pytest.mark.parametrize("before", [0, 1, 2, 3, 4, 61, 62, 63, 64, 255, 256, 257])
def test_a_cut_in_every_operation_leaves_the_old_record_or_the_new(before: int) -> None:
    """From then on the same at each start, whatever the bits read that the supply left near the threshold."""
    operation = cuts = 0
    while True:
        for number, fraction in enumerate(FRACTIONS):
            flash = FlashRig(100 * operation + number)
            journal = AlarmJournal(flash.driver)
            for earlier in range(before):
                journal.append(record(earlier))
            if not flash.cut(operation, fraction, lambda journal=journal: journal.append(record(before))):  # type: ignore[misc]
                assert cuts == operation * len(FRACTIONS) > 0
                return
            cuts += 1
            found = newest(AlarmJournal(flash.driver))
            assert found in (before, before - 1 if before else None)
            for _ in range(3):
                assert newest(AlarmJournal(flash.driver)) == found
            again = AlarmJournal(flash.driver)
            for later in range(1000, 1004):
                again.append(record(later))
                assert newest(AlarmJournal(flash.driver)) == later
        operation += 1


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_a_cut_in_the_start_after_a_cut_leaves_it_as_well(fraction: float) -> None:
    for operation in range(3):
        for before in (1, 63):
            flash = FlashRig(10 * operation + before)
            journal = AlarmJournal(flash.driver)
            for earlier in range(before + 1):
                journal.append(record(earlier))
            assert flash.cut(0, 0.6, lambda journal=journal: journal.append(record(99)))  # type: ignore[misc]
            flash.cut(operation, fraction, lambda flash=flash: AlarmJournal(flash.driver))  # type: ignore[misc]
            found = newest(AlarmJournal(flash.driver))
            assert found in (before, 99)
            assert all(newest(AlarmJournal(flash.driver)) == found for _ in range(4))


def test_a_chip_that_takes_nothing_is_an_error_and_the_newest_record_stays() -> None:
    flash = FlashRig()
    journal = AlarmJournal(flash.driver)
    journal.append(record(1))
    flash.mcu.clock.run_until(flash.mcu.clock.now + 10_000)
    flash.chip.cells.program(ALARM_AT + SECTOR // 2, bytes(SECTOR // 2))
    for number in range(2, SLOTS // 2):
        journal.append(record(number))
    before = newest(journal)
    with pytest.raises(OSError, match="5"):
        journal.append(record(77))
    assert newest(journal) == before == newest(AlarmJournal(flash.driver))


def test_without_a_chip_it_is_kept_until_the_end() -> None:
    journal = AlarmJournal(None)
    assert journal.read(0) is None
    journal.append(record(7))
    assert newest(journal) == 7
    assert journal.read(0) is not None
    assert journal.read(1) is None


def test_an_incident_is_what_its_record_says() -> None:
    incident, again = Incident(), Incident()
    incident.begin(3, 4)
    for fact in range(FACTS):
        least, most = LIMITS[fact]
        incident.set_fact(fact, (least, most)[fact & 1])
    for i in range(5):
        incident.alarms[i], incident.retractions[i] = i, 5 - i
        incident.alarm_references[i], incident.retraction_references[i] = 200 + i, 255 - i
    incident.cancelled_by = 35
    incident.state, incident.cause, incident.restarts, incident.at_s, incident.owed = 7, 34, 2, 1_800_000_000, 21
    packed = record(0)
    incident.pack(packed)
    again.unpack(packed)
    assert vars(again) == vars(incident)
    for fact in range(FACTS):
        incident.set_fact(fact, LIMITS[fact][1] + 1)
        longest = LIMITS[fact][1] if fact in AGES else None
        assert incident.facts[fact] == longest, "out of its range is not known, but an age that is too old"
        incident.set_fact(fact, LIMITS[fact][0] - 1)
        assert incident.facts[fact] is None
    incident.pack(packed)
    again.unpack(packed)
    assert again.facts == [None] * FACTS


@pytest.mark.parametrize("how", ["bit 4 of byte 0/2", "bit 0 of byte 1/2", "ones", "zeros"])
def test_one_wrong_reading_of_a_start_loses_no_record(how: str) -> None:
    for number in range(8):
        flash = FlashRig()
        journal = AlarmJournal(flash.driver)
        for each in range(4):
            journal.append(record(each))
        end = misread(flash.driver, number, MISREADINGS[how])
        again = AlarmJournal(flash.driver)
        assert end()
        assert (newest(again), again.damaged) == (3, 0)
        again.append(record(4))
        last = AlarmJournal(flash.driver)
        kept = [bytes(found[BODY_AT:BODY_END]) for back in range(5) if (found := last.read(back))]
        assert kept == [bytes(record(each)[BODY_AT:BODY_END]) for each in (4, 3, 2, 1, 0)]
