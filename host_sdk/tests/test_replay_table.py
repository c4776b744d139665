"""The table of `vitalband replay`."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from host_sdk.cli.replay_table import print_table
from host_sdk.replay import (
    EcgResult,
    EcgWindow,
    ImuResult,
    Intervals,
    PpgResult,
    ReplayResult,
    SeriesPoint,
    SkinResult,
    WindowReading,
)
from host_sdk.replay.result import SENSOR_STATES
from host_sdk.wire_gen import READINGS, ReadingKind, Reason


def drawn(*results: ReplayResult, width: int = 80) -> list[str]:
    out = io.StringIO()
    print_table(list(results), Console(file=out, width=width))
    lines = out.getvalue().splitlines()
    assert lines == [line.rstrip() for line in lines]
    assert max(map(len, lines)) <= width
    assert "…" not in out.getvalue()
    return lines


def window(u95: float | None) -> EcgWindow:
    values = {"hr_bpm": 102.0, "pr_ms": 163.0, "qrs_ms": 104.0, "qt_ms": 382.0, "qtc_fridericia_ms": 403.0}
    readings = {name: WindowReading(value, 90, None, u95) for name, value in values.items()}
    return EcgWindow(10.0, 10.0, 12, 90, None, (), 3, readings)


def ecg(*u95: float | None) -> ReplayResult:
    intervals = Intervals(163.0, 104.0, 382.0, {"fridericia": 403.0}, 102.0, 90, None)
    result = EcgResult(250.0, (), intervals, (), None, None, tuple(map(window, u95)))
    return ReplayResult("cinc2017/A00001", "MLII", 1800.0, ecg=result)


def test_numbers_have_their_uncertainty_within_eighty_columns() -> None:
    row = drawn(ecg(13.6, 14.2, None))[1]
    assert "102 ± 14 163 ± 14 104 ± 14 382 ± 14 403 ± 14 90" in row
    assert "cinc2017/A00001" in row
    assert drawn(ecg(None))[1].split()[4:] == ["102", "163", "104", "382", "403", "90"]


def span(seconds: float, reason: str | None, *flags: str, **values: float | None) -> EcgWindow:
    """A window with numbers, but for those that `values` have otherwise, or, with a reason, without any."""
    numbers = {"hr_bpm": 72.0, "pr_ms": 160.0, "qrs_ms": 90.0, "qt_ms": 390.0} | values
    readings = {
        name: WindowReading(None if reason else value, 90, reason or (None if value else "no_p_wave"))
        for name, value in numbers.items()
    }
    return EcgWindow(10.0, seconds, 12, 90, reason, flags, 0, readings)


def notes(intervals: Intervals, *windows: EcgWindow, flags: tuple[str, ...] = ()) -> list[str]:
    result = EcgResult(250.0, (), intervals, flags, None, None, windows)
    lines = drawn(ReplayResult("r", "II", 60.0, ecg=result), width=120)
    return [line for line in lines if line.startswith("r: ")]


GOOD = Intervals(160.0, 90.0, 390.0, {"fridericia": 415.0}, 72.0, 90, None)
NONE = Intervals(None, None, None, {"fridericia": None}, None, 0, "lead_off")


def test_for_how_long_there_were_no_numbers_is_said() -> None:
    measured = span(10, None)
    assert notes(GOOD, measured, measured) == []
    assert notes(GOOD, measured, span(10, "lead_off"), span(2.4, "lead_off"), measured) == [
        "r: no numbers for 12 s: lead off"
    ]
    several = (span(2, "noise"), span(5, "too_few_beats", "asystole"), measured)
    assert notes(GOOD, measured, *several, flags=("asystole",)) == [
        "r: asystole",
        "r: no numbers for 5 s: too few beats, 2 s: noise",
    ]


def test_the_short_rest_of_a_record_is_no_stretch_without_numbers() -> None:
    assert notes(GOOD, span(10, None), span(1.5, "too_few_beats")) == []
    assert notes(GOOD, span(10, None), span(5, "too_few_beats", "asystole")) == ["r: no numbers for 5 s: too few beats"]


def test_absent_numbers_are_named() -> None:
    assert notes(replace(GOOD, pr_ms=None, reason="no_p_wave"), span(10, None, pr_ms=None)) == ["r: no PR: no p wave"]
    assert notes(NONE, span(10, "lead_off"), span(10, "lead_off")) == ["r: no HR, PR, QRS, QT: lead off"]
    assert notes(NONE) == ["r: no HR, PR, QRS, QT: lead off"]


def test_notes_name_the_channel_where_a_record_has_several() -> None:
    def lead(name: str) -> ReplayResult:
        return ReplayResult("r", name, 60.0, ecg=EcgResult(250.0, (), GOOD, ("wide_qrs",), None, None, ()))

    assert "r: wide qrs" in drawn(lead("II"))
    assert [line for line in drawn(lead("II"), lead("V5")) if "qrs" in line] == ["r, II: wide qrs", "r, V5: wide qrs"]


def everything(record: str) -> ReplayResult:
    """All that a record can give, in numbers that are long."""
    points = {name: (SeriesPoint(1.0, value, 90, None, None, u95),) for name, value, u95 in (
        ("pulse", 210.5, 12.3), ("spo2", 100.0, 10.4), ("resp", 21.6, 13.4), ("perfusion", 17.65, 10.21))}  # fmt: skip
    light = PpgResult(**points)
    motion = ImuResult(
        (), *((SeriesPoint(1.0, None, 90, None, choice),) for choice in ("in_vehicle", "lying_on_the_side"))
    )
    skin = SkinResult((SeriesPoint(1.0, 33.125, 90, None, None, 0.25),))
    window = WindowReading(198.7, 90, None, 123.4)
    readings = dict.fromkeys(("hr_bpm", "pr_ms", "qrs_ms", "qt_ms", "qtc_fridericia_ms"), window)
    windows = (EcgWindow(10.0, 10.0, 12, 90, None, (), 3, readings),)
    intervals = Intervals(163.0, 104.0, 382.0, {"fridericia": 403.0}, 102.0, 100, None)
    ecg = EcgResult(250.0, (), intervals, (), None, None, windows)
    return ReplayResult(record, "ECG electrode 12", 86400.0, ecg=ecg, ppg=light, imu=motion, skin=skin)


@pytest.mark.parametrize("width", [80, 60, 40])
def test_no_number_is_cut_however_much_there_is(width: int) -> None:
    names = ("mitdb/100", "a_folder_with_a_long_name/and_a_record_with_a_longer_one", "bidmc/bidmc01")
    lines = drawn(*map(everything, names), width=width)
    text = "\n".join(lines)
    of_ecg = ("86400", "102 ± 123", "163 ± 123", "104 ± 123", "382 ± 123", "403 ± 123", "ECG electrode 12")
    others = ("210 ± 12", "100 ± 10", "22 ± 13", "17.6 ± 10.2", "33.1 ± 0.2", "in vehicle", "lying on the side")
    assert [cell for cell in of_ecg + others if text.count(cell) != len(names)] == []
    assert all(part in text for part in ("a_folder_wit", "and_a_record"))


@pytest.mark.parametrize("width", [80, 50])
def test_a_long_name_is_broken_between_its_words(width: int) -> None:
    name = "Aufzeichnung vom 28. Februar, linkes_Handgelenk-nach-dem/Laufen心電図心電図心電図.edf"
    lines = drawn(everything(name), width=width)
    parts = [line.partition("  ")[0] for line in lines[1 : lines.index(next(x for x in lines[1:] if "record" in x))]]
    assert "".join(parts).replace(" ", "") == name.replace(" ", "")
    assert all(part[-1] in "_-/,." or part.endswith(("vom", ".edf", "図", "心", "電")) for part in parts)


def test_records_are_listed_where_they_have_something() -> None:
    lines = drawn(ecg(None), ReplayResult("db/motion", None, 10.0, imu=everything("x").imu))
    assert [line.split()[0] for line in lines[:4]] == ["record", "cinc2017/A00001", "record", "db/motion"]


def test_series_have_theirs() -> None:
    points = tuple(SeriesPoint(float(t), 72.0, 90, None, None, 0.4) for t in range(3))
    lines = drawn(ReplayResult("r", None, 10.0, ppg=PpgResult(pulse=points, spo2=(), resp=())))
    assert lines[:2] == ["record      pulse", "r      72.0 ± 0.4"]


def test_readings_that_never_came_are_said_with_the_reason() -> None:
    def absent(*reasons: str | None) -> tuple[SeriesPoint, ...]:
        return tuple(SeriesPoint(float(t), None, 0, reason) for t, reason in enumerate(reasons, 1))

    light = PpgResult(
        pulse=absent("warming_up", "warming_up", "no_pulse_wave"),
        spo2=absent("warming_up", "warming_up", "no_pulse_wave"),
        resp=absent("warming_up", "warming_up", "warming_up"),
    )
    assert drawn(ReplayResult("r", None, 10.0, ppg=light)) == [
        "r: no pulse, SpO2: no pulse wave",
        "r: no resp: warming up",
    ]


def test_of_how_much_of_a_record_a_number_is_is_said() -> None:
    def series(given: int, *reasons: str) -> tuple[SeriesPoint, ...]:
        points = [SeriesPoint(float(t), 43.0, 90, None) for t in range(given)]
        return tuple(points + [SeriesPoint(float(given + t), None, 0, reason) for t, reason in enumerate(reasons)])

    waiting = ("warming_up",) * 6
    light = PpgResult(
        pulse=series(7, *waiting, *("no_pulse_wave",) * 14, *("low_perfusion",) * 93),
        spo2=series(80, *waiting),
        resp=series(1, *waiting, *("uncertain",) * 400),
    )
    text = " ".join(line.strip() for line in drawn(ReplayResult("r", None, 120.0, ppg=light), width=200))
    assert "pulse 6 % (low perfusion), resp 1 % (uncertain)" in text
    assert "SpO2 100" not in text


def test_a_reading_has_its_own_name_in_every_table() -> None:
    """Evidence for fibrillation in the pulse is `pulse_irregularity` on the wire, and nothing else anywhere."""
    points = (SeriesPoint(1.0, 12.0, 90, None), SeriesPoint(2.0, None, 0, "motion"))
    result = ReplayResult("r", None, 10.0, ppg=PpgResult((), (), (), pulse_irregularity=points))
    assert drawn(result)[0].split() == ["record", "pulse", "irregularity"]
    assert any("pulse irregularity 50 % (motion)" in line for line in drawn(result))
    assert [point["percent"] for point in result.as_object()["ppg"]["pulse_irregularity"]] == [12.0, None]
    assert READINGS[ReadingKind.PULSE_IRREGULARITY].short == "pulse_irregularity"


def test_a_saturation_by_an_unconfirmed_curve_is_said_to_be_uncalibrated() -> None:
    def light(calibration: str | None) -> ReplayResult:
        points = (SeriesPoint(1.0, 97.0, 90, None, None, 5.8, calibration), SeriesPoint(2.0, None, 0, "motion"))
        return ReplayResult("r", None, 10.0, ppg=PpgResult(pulse=(), spo2=points, resp=()))

    assert "r: SpO2 is uncalibrated" in drawn(light("uncalibrated"))
    assert not any("uncalibrated" in line for line in drawn(light(None)))
    assert light("uncalibrated").as_object()["ppg"]["spo2"][0]["calibration"] == "uncalibrated"


@pytest.mark.parametrize(("back", "words"), [(True, "over at 51 s"), (False, "not over at 79 s")])
def test_a_desaturation_is_said_with_onset_and_nadir(back: bool, words: str) -> None:
    def percent(t: int) -> float:
        return 97.0 if t < 30 or (back and t >= 50) else 84.0 if t == 41 else 88.0

    points = tuple(SeriesPoint(float(t + 1), percent(t), 90, None, None, 5.8, "uncalibrated") for t in range(79))
    result = ReplayResult("r", None, 80.0, ppg=PpgResult((), points, ()))
    assert f"r: desaturation from 30 s on: 97 to 84 % at 42 s, {words}" in drawn(result)
    (found,) = result.as_object()["ppg"]["desaturations"]
    assert (found["onset_s"], found["nadir_s"], found["nadir"], found["recovered"]) == (30.0, 42.0, 84.0, back)
    steady = ReplayResult("r", None, 80.0, ppg=PpgResult((), points[:29], ()))
    assert not any("desaturation" in line for line in drawn(steady))


def test_columns_are_explained_where_there_are_any() -> None:
    assert not any("Medians" in line for line in drawn(ReplayResult("r", None, 10.0, imu=ImuResult(()))))
    assert any("Medians" in line for line in drawn(ecg(None)))


def test_that_no_event_was_found_is_said() -> None:
    assert "r: no event of motion (fall, accident, braking)" in drawn(ReplayResult("r", None, 10.0, imu=ImuResult(())))


def imu(*reasons: str | None) -> ImuResult:
    """A second of activity for each reason."""
    return ImuResult((), tuple(SeriesPoint(float(t), None, 0, reason) for t, reason in enumerate(reasons, 1)))


def test_words_end_with_their_lines() -> None:
    out = io.StringIO()
    light = PpgResult(pulse=(SeriesPoint(1.0, 72.0, 90, None),), spo2=(), resp=())
    print_table([ReplayResult("r", None, 10.0, ppg=light, imu=ImuResult(()))], Console(file=out, width=40))
    lines = out.getvalue().splitlines()
    assert len(lines) > 5
    assert [line for line in lines if line.endswith(" ")] == []


def test_a_name_that_looks_like_markup_is_whole() -> None:
    found = replace(ecg(13.6), record="db[bold]/[/x]1", channel="[i]", imu=ImuResult(()))
    lines = drawn(found)
    assert lines[1].startswith("db[bold]/[/x]1 [i] 1800 ")
    assert "db[bold]/[/x]1: no event of motion (fall, accident, braking)" in lines


def test_a_motion_sensor_that_cannot_be_trusted_is_said_instead() -> None:
    found = imu("warming_up", None, "stuck", "stuck", "stuck", None, "motion", "wrong_scale")
    text = " ".join(drawn(ReplayResult("r", None, 10.0, imu=found)))
    assert "r: 3 to 5 s: no motion can be told, the accelerometer or an axis of it repeats one value (stuck)" in text
    assert "r: 8 to 8 s: no motion can be told, rest is not near 1 g" in text
    assert "no event of motion" not in text


def test_stretches_of_the_motion_sensor_are_in_the_object() -> None:
    whole = ReplayResult("r", None, 10.0, imu=imu(None, "no_gravity", "no_gravity", "no_signal", None)).as_object()
    assert whole["imu"]["sensor"] == [
        {"t_on": 2.0, "t_off": 3.0, "reason": "no_gravity"},
        {"t_on": 4.0, "t_off": 4.0, "reason": "no_signal"},
    ]
    assert imu("warming_up", None, "motion").sensor == ()


def test_every_state_of_the_motion_sensor_is_a_reason() -> None:
    assert SENSOR_STATES.keys() <= {reason.name.lower() for reason in Reason}
