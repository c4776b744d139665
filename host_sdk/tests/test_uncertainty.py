"""Expanded uncertainty of readings on its way from the wire to people."""

from __future__ import annotations

from host_sdk import wire_gen as wire
from host_sdk.cli.output import with_u95
from host_sdk.json_items import item_object
from host_sdk.models import Reading
from host_sdk.recording.tables import TABLES, row_of
from host_sdk.wire_gen import READINGS, ReadingKind, Unit


def _reading(value: int | None, u95: int | None) -> Reading:
    message = wire.Reading(ReadingKind.QT, Unit.MS, 20_000_000, 10_000, 90, value, None, u95, None)
    return Reading.of(wire.Reading.decode(message.encode()))


def test_u95_comes_in_the_unit_of_its_reading() -> None:
    reading = _reading(3822, 138)
    assert READINGS[ReadingKind.QT].scale == 10
    assert (reading.value, reading.u95) == (382.2, 13.8)
    assert item_object(reading)["u95"] == 13.8
    row = row_of(reading)
    assert row is not None
    assert row[TABLES[Reading][1].index("u95")] == 13.8


def test_a_reading_whose_uncertainty_is_unknown_says_none() -> None:
    assert _reading(3822, None).u95 is None
    assert _reading(None, None).u95 is None


def test_people_read_a_number_with_its_uncertainty() -> None:
    assert with_u95(382.2, 13.8, 0) == "382 ± 14"
    assert with_u95(72.04, 0.4, 0) == "72.0 ± 0.4"
    assert with_u95(97.0, None, 0) == "97"
