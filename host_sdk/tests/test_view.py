"""What people see of a device."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from host_sdk import models_gen
from host_sdk.cli.view import View, _clock_words, _lines
from host_sdk.json_items import item_object
from host_sdk.models import Item, Rhythm
from host_sdk.transports.opening import make_transport
from host_sdk.wire_gen import Calibration, ReadingKind, Reason, RhythmFlags

from .fake_device import beat, ramp, reading
from .test_client import connected


def drawn(view: View, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(view.render(width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def pulse(value: int | None, tick_us: int, why: Reason | None = None) -> Item:
    item = models_gen.result(reading(ReadingKind.PULSE_RATE, value, tick_us, why))
    assert item is not None
    return item


@pytest.mark.parametrize(
    ("over", "words"), [(False, "pulse – 0 not worn"), (True, "pulse 72 bpm 80 at 9 s, then not worn")]
)
def test_the_last_number_stays_where_the_source_is_over(over: bool, words: str) -> None:
    view = View()
    view.update(pulse(715, 9_000_000))
    view.update(pulse(None, 10_000_000, Reason.NOT_WORN))
    view.over = over
    assert next(line for line in drawn(view) if "pulse" in line).split() == words.split()


@pytest.mark.parametrize(
    ("reason", "words"), [(None, "spo2 97 % 80 uncalibrated"), (Reason.MOTION, "spo2 97 % 80 motion, uncalibrated")]
)
def test_an_uncalibrated_number_says_so(reason: Reason | None, words: str) -> None:
    view = View()
    raw = replace(reading(ReadingKind.SPO2, 970, 9_000_000, reason), calibration=Calibration.UNCALIBRATED)
    item = models_gen.result(raw)
    assert item is not None
    assert item_object(item)["calibration"] == "uncalibrated"
    view.update(item)
    assert next(line for line in drawn(view) if "97" in line).lower().split() == words.split()


def test_evidence_for_fibrillation_in_the_pulse_has_the_name_of_the_wire() -> None:
    view = View()
    item = models_gen.result(reading(ReadingKind.PULSE_IRREGULARITY, 120, 9_000_000, None))
    assert item is not None
    view.update(item)
    assert item_object(item)["kind"] == "pulse_irregularity"
    assert next(line for line in drawn(view) if "12 %" in line).split()[:2] == ["pulse", "irregularity"]


def test_the_brief_is_lines_that_fit() -> None:
    view = View()
    assert view.brief(80) == ["waiting for the first reading"]
    for kind in ReadingKind:
        item = models_gen.result(reading(kind, 100, 9_000_000, None))
        assert item is not None
        view.update(item)
    for width in (80, 60, 40):
        lines = view.brief(width)
        assert max(map(len, lines)) <= width
        assert all(line.startswith("  ") for line in lines[1:])
        cells = " | ".join(line.strip() for line in lines).split(" | ")
        assert [cell.split()[0] for cell in cells][:4] == ["heart", "PR", "QRS", "QT"]


def test_the_brief_has_quality_and_reason_of_every_reading() -> None:
    """Where stdout is no terminal these lines are all that is said live."""
    view = View()
    raw = (
        reading(ReadingKind.HEART_RATE, 720, 9_000_000, None),
        reading(ReadingKind.PR, None, 9_000_000, Reason.NO_P_WAVE),
        reading(ReadingKind.PULSE_RATE, 715, 9_000_000, Reason.MOTION),
        replace(reading(ReadingKind.SPO2, 970, 9_000_000, Reason.MOTION), calibration=Calibration.UNCALIBRATED),
    )
    for each in raw:
        item = models_gen.result(each)
        assert item is not None
        view.update(item)
    cells = " | ".join(line.strip() for line in view.brief(80)).split(" | ")
    assert cells == [
        "heart rate 72 bpm q 80",
        "PR – q 0, no p wave",
        "pulse 72 bpm q 80, motion",
        "SpO2 97 % q 80, motion, uncalibrated",
    ]


def test_what_never_had_a_number_keeps_its_reason() -> None:
    view = View()
    view.over = True
    view.update(pulse(None, 10_000_000, Reason.NOT_WORN))
    assert next(line for line in drawn(view) if "pulse" in line).split() == ["pulse", "–", "0", "not", "worn"]


STANDSTILL = RhythmFlags.PAUSE | RhythmFlags.ASYSTOLE
FIBRILLATION = RhythmFlags.TACHYCARDIA | RhythmFlags.WIDE_COMPLEX_TACHYCARDIA | RhythmFlags.VENTRICULAR_FIBRILLATION


@pytest.mark.parametrize(
    ("flags", "reason", "words"),
    [
        (STANDSTILL, Reason.TOO_FEW_BEATS, "rhythm pause, asystole 92 too few beats"),
        (RhythmFlags(0), Reason.LEAD_OFF, "rhythm – 92 lead off"),
        (RhythmFlags(0), None, "rhythm nothing found 92"),
        (RhythmFlags.IRREGULAR, None, "rhythm irregular 92"),
    ],
)
def test_what_is_found_in_a_window_without_numbers_is_shown(
    flags: RhythmFlags, reason: Reason | None, words: str
) -> None:
    view = View()
    view.update(Rhythm(10_000_000, 5000, flags, 0, 92, reason))
    assert next(line for line in drawn(view) if "rhythm" in line).split() == words.split()


@pytest.mark.parametrize("width", [80, 60])
def test_findings_are_not_cut(width: int) -> None:
    view = View()
    view.update(Rhythm(10_000_000, 10_000, FIBRILLATION, 1, 0, Reason.IRREGULAR))
    lines = drawn(view, width)[1:]
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    for word in ("wide", "complex", "ventricular", "fibrillation", "irregular"):
        assert word in "\n".join(lines)


@pytest.mark.parametrize("width", [80, 40])
def test_the_brief_has_the_findings(width: int) -> None:
    view = View()
    view.update(Rhythm(10_000_000, 10_000, RhythmFlags(0), 12, 92))
    assert view.brief(width) == ["waiting for the first reading"]
    view.update(Rhythm(20_000_000, 10_000, FIBRILLATION, 1, 0, Reason.IRREGULAR))
    lines = view.brief(width)
    assert max(map(len, lines)) <= width
    cells = " | ".join(line.strip() for line in lines).split(" | ")
    assert cells == ["tachycardia", "wide complex tachycardia", "ventricular fibrillation"]


async def test_rates_are_not_torn_from_their_units() -> None:
    client, transport, items = await connected()
    view = View()
    view.client = client
    for stream in client.streams:
        transport.device.say(ramp(stream, 0, 20), ramp(stream, 20, 20, 1))
    transport.device.say(beat(1, 10))
    for item in items:
        view.update(item)
    for width in range(40, 100, 7):
        footer = [line for line in drawn(view, width) if " Hz" in line or "beats" in line]
        assert "".join(footer).count("Hz, 0 gaps") == len(client.streams)
        assert all(len(line) <= width for line in footer)
    await client.close()


def test_a_part_too_long_for_a_line_has_one_of_its_own() -> None:
    assert _lines(["a", "b" * 9, "c", "d"], 6) == ["a", "b" * 9, "c · d"]
    assert _lines([], 6) == []


@pytest.mark.parametrize(
    ("drift_ppm", "simulated", "words"),
    [
        (12.3, False, "clock +12 ppm"),
        (-9_900.0, False, "clock -9900 ppm"),
        (-340.0, True, "pace 0.9997"),
        (0.0, True, "pace 1"),
        (9e6, False, "pace 10"),  # a simulation at the end of a pseudo terminal
    ],
)
def test_what_a_simulation_gains_is_its_pace(drift_ppm: float, simulated: bool, words: str) -> None:
    assert _clock_words(drift_ppm, simulated) == words


@pytest.mark.parametrize(
    ("address", "simulated"),
    [
        ("sim:", True),
        ("sim:?link=serial", True),
        ("sim:tcp:127.0.0.1:1", True),
        ("sim:tcp:127.0.0.1:1?link=serial", True),
        ("ble:x", False),
        ("serial:/dev/ttyACM0", False),
    ],
)
def test_a_transport_says_whether_its_device_is_simulated(address: str, simulated: bool) -> None:
    assert make_transport(address).simulated is simulated
