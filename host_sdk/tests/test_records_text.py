"""Text as programs of other languages, ages and systems write it: blank lines, marks, numbers, times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import RecordError
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source, units
from host_sdk.records.clock import seconds_of
from host_sdk.records.csv_numbers import value_of
from host_sdk.records.csv_rows import ROWS
from host_sdk.records.csv_times import unit_of
from host_sdk.records.headings import heading_of
from host_sdk.records.read_options import ReadOptions

RAMP = np.round(np.arange(2000) / 2000 - 0.25, 4)
LONG = np.tile(RAMP, 9)


def opened(folder: Path, content: str, **said: str) -> Source:
    path = folder / "r.csv"
    path.write_bytes(content.encode())
    return open_source(path, ReadOptions.parse({name: value.split() for name, value in said.items()}))


def rows(pattern: str, fs: float = 250.0, values: FloatArray = RAMP) -> str:
    return "".join(pattern.format(t=n / fs, v=f"{v:.4f}") + "\n" for n, v in enumerate(values))


def check(source: Source, fs: float, values: FloatArray = RAMP) -> None:
    """That a source has one channel of `values` in mV, and nothing is wrong with it."""
    assert source.record_error is None
    assert [(each.unit, each.length) for each in source.channels] == [("mV", len(values))]
    assert source.channels[0].fs == pytest.approx(fs, rel=1e-6)
    np.testing.assert_allclose(source.read(0, 0, len(values)), values, atol=1e-9)


@pytest.mark.parametrize("fs", [100.0, 250.0, 512.0])
@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n", "\r\r\n", "\r\n\r\n", "\n \n", "\n\n\n", "\n# a note\n"])
def test_lines_that_hold_no_row_are_passed_over(tmp_path: Path, end: str, fs: float) -> None:
    table = "time,ECG [mV]\n" + rows("{t:.7f},{v}", fs, LONG)
    check(opened(tmp_path, table.replace("\n", end)), fs, LONG)


@pytest.mark.parametrize("heading", ["ECG [mV]\n", "ECG [mV]\n\n", ""])
def test_every_other_line_of_a_column_may_be_blank(tmp_path: Path, heading: str) -> None:
    content = heading + rows("{v}", values=LONG).replace("\n", "\n\n")
    check(opened(tmp_path, content, fs="250", unit="mV"), 250.0, LONG)


def test_a_blank_line_of_one_column_is_an_absent_value(tmp_path: Path) -> None:
    cells = [f"{v}" for v in LONG]
    cells[5], cells[9000:9003] = "", ["", " ", "\r"]
    source = opened(tmp_path, "ECG [mV]\n" + "\n".join(cells), fs="250")
    got = source.read(0, 0, len(LONG))
    assert list(np.flatnonzero(np.isnan(got))) == [5, 9000, 9001, 9002]
    np.testing.assert_allclose(got[9003:], LONG[9003:])


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_what_is_wrong_is_said_by_the_line_in_the_file(tmp_path: Path, between: str) -> None:
    table = ["time,ECG [mV]", *rows("{t:.3f},{v}", values=LONG).splitlines()]
    table[ROWS + 700] = "oh"
    source = opened(tmp_path, between.join(table))
    assert f"row {(ROWS + 700) * len(between) + 1} is not the numbers" in str(source.record_error)
    assert source.channels[0].length == ROWS + 699


def test_more_blank_lines_than_a_day_of_signal_end_a_record(tmp_path: Path) -> None:
    for count, error in ((200_000, None), (950_000, "nothing but absent values behind row 3")):
        source = opened(tmp_path, "ECG [mV]\n1\n2\n" + "\n" * count + "3\n", fs="10")
        assert (source.record_error is None) == (error is None)
        assert source.channels[0].length == (count + 3 if error is None else 2)
        assert error is None or str(source.record_error).endswith(error)


@pytest.mark.parametrize("end", ["\x1a", "\x1a\r\n", "\x1a" * 99, "\r\n\x1a"])
def test_dos_ended_a_text_with_a_mark(tmp_path: Path, end: str) -> None:
    check(opened(tmp_path, "time,ECG [mV]\n" + rows("{t:.3f},{v}") + end), 250.0)
    check(opened(tmp_path, "time,ECG [mV]\n" + rows("{t:.3f},{v}")[:-1] + end), 250.0)


def exponent(letter: str) -> Callable[[float], str]:
    return lambda v: f"{v:.6E}".replace("E", letter)


@pytest.mark.parametrize(
    "written",
    [
        exponent("E"),
        exponent("D"),
        exponent("d"),
        lambda v: f"{v:.6e}".replace("-", "\u2212"),
        lambda v: f"{v}".replace("-", "\u2013"),
        lambda v: f'" {v} "',
        lambda v: f"{v:+}",
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "  "])
def test_numbers_as_they_are_written(tmp_path: Path, written: Callable[[float], str], mark: str) -> None:
    lines = "".join(f"{n / 250:.3f}{mark}{written(v)}\n" for n, v in enumerate(RAMP))
    if mark == "  ":
        lines = lines.replace('" ', "").replace(' "', "")
    check(opened(tmp_path, lines, column="1=time 2=ECG", unit="mV"), 250.0)


@pytest.mark.parametrize("word", ["<NA>", "NaT", "#DIV/0!", "-1.#IND", "1.#QNAN", "-nan(ind)", "?", "--", "*****"])
def test_more_words_for_no_number(word: str) -> None:
    value = value_of(word, decimal_comma=False)
    assert value is not None
    assert np.isnan(value)


@pytest.mark.parametrize("word", ["1_000", "0x1F", "1 000", "1D", "D5", "e", "1,007", "12:00", "1..2", "٣"])
def test_what_is_no_number_is_none(word: str) -> None:
    assert value_of(word, decimal_comma=False) is None


@pytest.mark.parametrize("decimal", [{}, {"decimal": ","}])
def test_quotes_keep_decimal_commas_from_those_between_cells(tmp_path: Path, decimal: dict[str, str]) -> None:
    table = rows('"{t:.3f}","{v}"').replace(".", ",")
    check(opened(tmp_path, "time,ECG [mV]\n" + table, **decimal), 250.0)
    one = rows('"{v}"').replace(".", ",")
    check(opened(tmp_path, "ECG [mV]\n" + one, fs="250", **decimal), 250.0)


def test_a_comma_in_quotes_that_may_part_thousands_is_no_decimal_comma(tmp_path: Path) -> None:
    content = "ECG [uV]\n" + "".join(f'"{n + 1000:,}"\n' for n in range(600))
    with pytest.raises(RecordError, match="no column of numbers"):
        opened(tmp_path, content, fs="250")


def test_a_time_may_have_a_point_where_numbers_have_a_comma(tmp_path: Path) -> None:
    content = "time;ECG [mV]\n" + "".join(f"{n / 250:.3f};{f'{v}'.replace('.', ',')}\n" for n, v in enumerate(RAMP))
    check(opened(tmp_path, content), 250.0)


APPLE = (
    'Name,"X, Y"\nGeburtsdatum,01.01.1980\nAufzeichnungsdatum,02.02.2026\nKlassifizierung,Sinusrhythmus\n'
    'Softwareversion,2.0\nGerät,"Watch6,2"\nMessrate,512 Hertz\n\nAbleitung,Ableitung I\nEinheit,mV\n\n'
)


@pytest.mark.parametrize("written", ["{}", '"{}"'])
@pytest.mark.parametrize(("mark", "minus"), [(".", "-"), (",", "-"), (",", "\u2212")])
def test_apples_ecg_with_quotes_and_commas(tmp_path: Path, written: str, mark: str, minus: str) -> None:
    values = [written.format(f"{v:.4f}".replace(".", mark).replace("-", minus)) for v in RAMP]
    check(opened(tmp_path, APPLE + "\n".join(values)), 512.0)


def half_day(n: int, fs: float) -> str:
    """Twelve hours' clock, two seconds before noon or midnight at first."""
    hours, seconds = divmod(12 * 3600 - 2 + n / fs, 3600)
    return f"{(int(hours) - 1) % 12 + 1}:{int(seconds // 60):02}:{seconds % 60:09.6f}"


@pytest.mark.parametrize(("first", "then"), [("AM", "PM"), ("PM", "AM"), ("a.m.", "p.m."), ("pm", "am")])
@pytest.mark.parametrize("fs", [100.0, 250.0])
def test_a_clock_of_twelve_hours(tmp_path: Path, first: str, then: str, fs: float) -> None:
    times = [f"{half_day(n, fs)} {first if n < 2 * fs else then}" for n in range(len(RAMP))]
    content = "time,ECG [mV]\n" + "".join(f"{t},{v}\n" for t, v in zip(times, RAMP, strict=True))
    check(opened(tmp_path, content), fs)


def test_hours_of_half_a_day() -> None:
    assert [seconds_of(f"12:00:01 {half}") for half in ("AM", "PM", "p.m.", "\u202fPM")] == [
        1.0,
        43201.0,
        43201.0,
        None,
    ]
    assert [seconds_of(wrong) for wrong in ("0:00:01 AM", "13:00:01 PM", "1:00 XM", "1:00:01 A")] == [None] * 4


@pytest.mark.parametrize(
    "heading",
    ["Datum Zeit", "Datum/Zeit", "Datum und Uhrzeit", "Uhrzeit", "Zeitstempel", "Date/Time", "Date & Time", "date",
     "Date et heure", "Fecha y hora", "Data e ora", "Time, Date", "Время", "時間", "local time [UTC]"],
)  # fmt: skip
def test_a_column_of_dates_and_times_by_its_heading(tmp_path: Path, heading: str) -> None:
    stamps = [f"28.02.2026 23:59:{50 + n / 250:07.4f}" for n in range(len(RAMP))]
    lines = "".join(f"{t};{f'{v}'.replace('.', ',')}\n" for t, v in zip(stamps, RAMP, strict=True))
    check(opened(tmp_path, f"{heading};EKG [mV]\n" + lines), 250.0)


@pytest.mark.parametrize(
    "heading",
    ["Shimmer_Timestamp_Unix_CAL", "Timestamp (Formatted)", "packet timestamp", "LSL time stamp", "date_time"],
)
def test_a_column_of_stamps_by_its_heading(tmp_path: Path, heading: str) -> None:
    lines = "".join(f"{1_770_000_000 + n / 512:.6f},{v}\n" for n, v in enumerate(RAMP))
    check(opened(tmp_path, f"{heading},ECG [mV]\n" + lines), 512.0)


@pytest.mark.parametrize("fs", [50.0, 130.0, 250.0, 256.7])
@pytest.mark.parametrize(
    "written",
    [
        lambda t: f"10:{int(t / 60):02}:{int(t % 60):02}",
        lambda t: f"2026-02-28T23:{int(59 * 60 + t) // 60 % 60:02}:{int(t % 60):02}Z",
        lambda t: f"{int(t / 60):02}:{int(10 * t) / 10 % 60:04.1f}",
        lambda t: str(int(t)),
        lambda t: str(1_770_000_000 + int(t)),
    ],
)
def test_one_time_of_many_rows_says_the_rate(tmp_path: Path, written: Callable[[float], str], fs: float) -> None:
    lines = "".join(f"{written(n / fs)},{v}\n" for n, v in enumerate(LONG[: int(31 * fs)]))
    source = opened(tmp_path, "time,ECG [mV]\n" + lines)
    assert source.record_error is None
    assert source.channels[0].fs == pytest.approx(fs, rel=2e-3)
    assert source.channels[0].length == int(31 * fs)


@pytest.mark.parametrize("fs", [50.0, 250.0])
@pytest.mark.parametrize("gone_s", [3, 60])
def test_a_jump_of_one_time_of_many_rows_is_a_gap(tmp_path: Path, fs: float, gone_s: int) -> None:
    at = 20 * int(fs)
    seconds = [n / fs + (gone_s if n >= at else 0) for n in range(40 * int(fs))]
    lines = "".join(f"10:{int(t / 60):02}:{int(t % 60):02},{n % 7}\n" for n, t in enumerate(seconds))
    source = opened(tmp_path, "time,ECG [mV]\n" + lines)
    assert (source.record_error, source.channels[0].fs) == (None, fs)
    got = source.read(0, 0, source.channels[0].length)
    gone = np.flatnonzero(np.isnan(got))
    assert gone[0] == at
    assert len(gone) == pytest.approx(gone_s * fs, abs=1)
    np.testing.assert_array_equal(got[gone[-1] + 1 :], np.arange(at, 40 * int(fs)) % 7)


@pytest.mark.parametrize("times", [[0] * 300, [n // 7 * 7 for n in range(300)], [0] * 200 + [1, 2, 3, 4, 5, 6, 7] * 15])
def test_times_that_say_nothing_need_a_rate(tmp_path: Path, times: list[int]) -> None:
    with pytest.raises(RecordError, match="--fs says"):
        opened(tmp_path, "time,ECG [mV]\n" + "".join(f"{t},1\n" for t in times))


@pytest.mark.parametrize("empty", [",,\n", ' , ,"" \n', ",\n"])
def test_empty_rows_of_a_spreadsheet_are_none(tmp_path: Path, empty: str) -> None:
    content = "time,ECG [mV],\n" + rows("{t:.3f},{v},") + empty * 9000
    check(opened(tmp_path, content), 250.0)


def test_a_heading_may_have_lines(tmp_path: Path) -> None:
    check(opened(tmp_path, 'time,"ECG\n[mV]"\n' + rows("{t:.3f},{v}")), 250.0)
    check(opened(tmp_path, '"time\n(s)","EKG\n(mV)"\n' + rows("{t:.3f},{v}")), 250.0)


@pytest.mark.parametrize("comment", ["# time ECG_mV\n", "#time ECG_mV\n", "# made by x\n# y z\n# time ECG_mV\n"])
def test_a_comment_just_before_the_rows_may_be_their_headings(tmp_path: Path, comment: str) -> None:
    check(opened(tmp_path, comment + rows("{t:.5e} {v}")), 250.0)
    check(opened(tmp_path, comment.replace(" ECG", ",ECG") + rows("{t:.5e},{v}")), 250.0)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("mark", [" ", ",", ";", "\t"])
def test_numbers_of_rows_without_a_heading_are_no_signal(tmp_path: Path, mark: str, first: int) -> None:
    lines = "".join(f'"{n + first}"{mark}{n / 250:.3f}{mark}{v}\n' for n, v in enumerate(RAMP))
    source = opened(tmp_path, f'"time"{mark}"ECG_mV"\n{lines}', column="ECG")
    check(source, 250.0)


def test_a_column_that_counts_and_has_its_heading_is_a_signal(tmp_path: Path) -> None:
    source = opened(tmp_path, "ECG,other\n" + "".join(f"{n},5\n" for n in range(600)), fs="250")
    assert [channel.name for channel in source.channels] == ["ECG", "other"]
    np.testing.assert_array_equal(source.read(0, 0, 600), np.arange(600))


def test_times_that_go_back_in_the_first_rows_are_said_by_their_line(tmp_path: Path) -> None:
    table = rows("{t:.3f},{v}").splitlines()
    table[40], table[41] = table[41], table[40]
    with pytest.raises(RecordError, match=r"its column of times goes back at row 43$"):
        opened(tmp_path, "time,ECG [mV]\n" + "\n".join(table))


@pytest.mark.parametrize(
    ("heading", "factor"),
    [("ECG (millivolts)", 1.0), ("ECG [microvolt]", 1e-3), ("ECG（mV）", 1.0), ("ECG, MilliVolt", 1)],
)
def test_units_that_are_spelt_out(heading: str, factor: float) -> None:
    assert units.factor(heading_of(heading).unit, units.ECG_UNITS) == factor


def test_a_heading_that_comes_again_is_said_by_its_line(tmp_path: Path) -> None:
    part = "time,ECG [mV]\n" + rows("{t:.3f},{v}", values=RAMP[:100])
    source = opened(tmp_path, part + part)
    assert "row 102 is not the numbers its headings promise: 'time,ECG [mV]'" in str(source.record_error)
    assert source.channels[0].length == 100


def test_a_date_and_a_clock_in_columns_of_their_own(tmp_path: Path) -> None:
    content = "Date,Time,ECG [mV]\n" + rows("2026-02-28,23:59:{t:07.4f},{v}", 128.0)
    check(opened(tmp_path, content), 128.0)


@pytest.mark.parametrize(("unit", "seconds"), [("min", 60.0), ("minutes", 60.0), ("h", 3600.0), ("msec", 1e-3)])
@pytest.mark.parametrize("fs", [50.0, 250.0])
def test_times_in_other_units(tmp_path: Path, unit: str, seconds: float, fs: float) -> None:
    lines = "".join(f"{n / fs / seconds:.12g},{v}\n" for n, v in enumerate(RAMP))
    check(opened(tmp_path, f"Time ({unit}),ECG [mV]\n" + lines), fs)


def test_what_is_no_heading_of_times() -> None:
    assert [unit_of(text) for text in ("Data", "ecg time", "timer", "hr", "dates", "tempo rubato", "d")] == [None] * 7
