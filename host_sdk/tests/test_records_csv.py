"""CSV as the world writes it: read as it was meant, or refused in one line that names the way out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.errors import RecordFormatError
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source

RAMP = np.arange(600) / 1000 - 0.1


def write(folder: Path, text: str | bytes, columns: list[str | int | None] | None = None, **more: Any) -> Path:
    path = folder / "r.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    channels = [{"name": f"C{n}", "column": column} for n, column in enumerate(columns or ["ECG"])]
    path.with_suffix(".json").write_text(json.dumps({"fs": 250, "channels": channels} | more))
    return path


def read(path: Path, channel: int = 0) -> FloatArray:
    source = open_source(path)
    assert source.record_error is None
    return source.read(channel, 0, source.channels[channel].length)


def rows(pattern: str, decimal: str = ".") -> str:
    return "".join(pattern.format(f"{value:.4f}".replace(".", decimal)) + "\n" for value in RAMP)


@pytest.mark.parametrize(
    ("text", "columns", "more"),
    [
        (rows("{0};{0}", ","), [0, 1], {}),
        (rows("{0}\t{0}", ","), [1], {}),
        ("Zeit;ECG\n" + rows("x;{0}", ","), ["ECG"], {}),
        ("ECG;B\n" + rows("{0};1", ","), ["ECG"], {}),
        ("ECG\n" + rows("{0}", ","), ["ECG"], {}),
        (rows("{0}", ","), [0], {}),
        (rows("{0}", ","), [None], {}),
        (rows("{0}", ","), [0], {"decimal": ","}),
        (rows('"{0}","7"', ","), [0], {"decimal": ",", "delimiter": ";"}),
    ],
)
def test_decimal_commas_keep_their_fractions(
    tmp_path: Path, text: str, columns: list[str | int | None], more: dict[str, Any]
) -> None:
    if "delimiter" in more:
        text = text.replace('","', '";"')
    np.testing.assert_allclose(read(write(tmp_path, text, columns, **more)), RAMP, atol=1e-9)


def test_commas_that_may_be_either_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(f"1,0{n % 10}14,2,0{n % 7}07\n" for n in range(50)), [0, 1])
    with pytest.raises(RecordFormatError, match='say which by --decimal, or by "decimal"'):
        open_source(path)
    numbers = write(tmp_path, path.read_bytes(), [0, 1], decimal=".")
    np.testing.assert_allclose(read(numbers)[:3], 1.0)


@pytest.mark.parametrize("cell", ["0_1234", "٠.٥", "0x10", "1,007", "1.007,5", "1e", "--1", "1\r2", "1" * 200000 + "x"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_what_is_no_number_is_reported_with_its_row(tmp_path: Path, cell: str, delimiter: str) -> None:
    lines = ["ECG" + delimiter + "B"] + [f"0.1{delimiter}2"] * 20
    lines[11] = f'"{cell}"{delimiter}2'
    source = open_source(write(tmp_path, "\n".join(lines)))
    assert "row 12 is not the numbers" in str(source.record_error)
    assert source.channels[0].length == 10


@pytest.mark.parametrize(
    ("head", "pattern", "columns"),
    [
        ('"time, s","ECG, mV"\n', '"7","{0}"', ["ECG, mV"]),
        ("\ufeff", "{0}", [0]),
        ("\ufeffECG\n", "{0}", ["ECG"]),
        ("x,ECG\ns,mV\n", "1,{0}", ["ECG"]),
        ("# a\n# {}\n", "5\t{0}\t", [1]),
        ("# a\nECG\n# b\n", "{0}", ["ECG"]),
        ('Name,X\nVersion,2.0\nDevice,"W6,2"\n\nUnit,uV\n\n', "{0}", [0]),
        (" b , ECG \n", "1, {0}", ["ecg"]),
        ("b,ECG [mV]\n", "1,{0},", ["ECG"]),
        ("when;ECG\n", "2026-01-01T00:00:00;{0}", ["ECG"]),
    ],
)
def test_what_stands_before_and_beside_the_numbers(
    tmp_path: Path, head: str, pattern: str, columns: list[str | int | None]
) -> None:
    for end in ("\n", "\r\n"):
        text = (head + rows(pattern)).replace("\n", end)
        np.testing.assert_allclose(read(write(tmp_path, text, columns)), RAMP, atol=1e-9)


def test_other_endings(tmp_path: Path) -> None:
    text = write(tmp_path, rows("{0}"), [0]).rename(tmp_path / "r.txt")
    np.testing.assert_allclose(read(text), RAMP, atol=1e-9)
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(text.read_bytes()))
    with pytest.raises(RecordFormatError, match=r"r\.csv\.gz: is packed; unpack it first"):
        open_source(tmp_path / "r.csv.gz")


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (("ECG\n" + rows("{0}")).encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        (("ECG\n" + rows("{0}")).encode("utf-16-le"), "is in UTF-16"),
        (("ECG\n" + rows("{0}")).replace("\n", "\r").encode(), "end in CR alone"),
        (b"", "is empty"),
        (b"ECG\n", "no rows with numbers"),
        (b"ECG\n" + b"\n" * 20000, "no rows with numbers|row 2 "),
        (b"1" * (1 << 20), "has no line in its first"),
        (b"ECG\n" + b"0.1\n" * 100000 + b"1" * (3 << 20), "has a line of more than"),
    ],
)
def test_what_is_no_csv_is_said_in_one_short_line(tmp_path: Path, raw: bytes, complaint: str) -> None:
    with pytest.raises(RecordFormatError, match=rf"r\.csv: .*({complaint})") as caught:
        open_source(write(tmp_path, raw))
    assert len(str(caught.value)) < len(str(tmp_path)) + 200


@pytest.mark.parametrize(
    ("sidecar", "complaint"),
    [
        ("[" * 100000, "nested too deeply"),
        ('{"a":' * 100000, "nested too deeply"),
        ('{"fs": NaN, "channels": [{"name": "ECG"}]}', "NaN is no number"),
        ('{"fs": 1e-300, "channels": [{"name": "ECG"}]}', "from 0.001"),
        ('{"fs": 250, "delimiter": "\\n", "channels": [{"name": "ECG"}]}', "delimiter"),
        ('{"fs": 250, "delimiter": ".", "channels": [{"name": "ECG"}]}', "delimiter"),
        ('{"fs": 250, "delimiter": "5", "channels": [{"name": "ECG"}]}', "delimiter"),
        ('{"fs": 250, "decimal": "x", "channels": [{"name": "ECG"}]}', "decimal"),
        ('{"fs": 250, "time": [], "channels": [{"name": "ECG"}]}', "time"),
        ('{"fs": 250, "time": "t", "index": "i", "channels": [{"name": "ECG"}]}', "both"),
        (" " * (17 << 20), "more than 16 MB"),
        ("", r"what it says of r\.csv, but is empty; a result needs another name"),
        ("hello", r"what it says of r\.csv, but is not JSON"),
        ('{"record": "r", "ecg": {}}', r'what it says of r\.csv, .*"channels"; a result needs another name'),
        ("[1]", r'what it says of r\.csv, .*"channels"'),
    ],
)
def test_hostile_sidecars_are_one_line(tmp_path: Path, sidecar: str, complaint: str) -> None:
    path = write(tmp_path, "ECG\n0.1\n")
    path.with_suffix(".json").write_text(sidecar)
    with pytest.raises(RecordFormatError, match=rf"r\.json: .*{complaint}") as caught:
        open_source(path)
    assert "\n" not in str(caught.value)


def test_many_columns_and_control_characters_cost_little_and_do_no_harm(tmp_path: Path) -> None:
    names: list[str | int | None] = [f"c{n}" for n in range(20000)]
    text = ",".join(map(str, names)) + "\n" + ",".join(["1"] * 20000) + "\n"
    assert len(open_source(write(tmp_path, text, names)).channels) == 20000
    with pytest.raises(RecordFormatError, match=r"no column 'ECG'; the file has c0, c1.*and 19980 more") as caught:
        open_source(write(tmp_path, text))
    assert len(str(caught.value)) < 500
    with pytest.raises(RecordFormatError) as caught:
        open_source(write(tmp_path, "\x1b[2Jx,b\n" + "1,2\n" * 9))
    assert "\x1b" not in str(caught.value)


def timed(times: FloatArray, heading: str, digits: int = 3, ecg: FloatArray | None = None) -> str:
    values = np.arange(len(times)) / 1000 if ecg is None else ecg
    return f"{heading},ECG\n" + "".join(f"{t:.{digits}f},{v:.4f}\n" for t, v in zip(times, values, strict=True))


@pytest.mark.parametrize(
    ("heading", "unit_s"),
    [
        ("time", 1.0),
        ("time_s", 1.0),
        ("Time [ms]", 1e-3),
        ("timestamp", 1e-6),
        ("sensor timestamp [ns]", 1e-9),
        ("t", 1),
    ],
)
def test_a_jump_of_the_time_is_a_gap_of_that_length(tmp_path: Path, heading: str, unit_s: float) -> None:
    times = np.arange(500) / 250.0 + 1e5
    times[300:] += 2.0
    got = read(write(tmp_path, timed(times / unit_s, heading)))
    np.testing.assert_allclose(got[:300], np.arange(300) / 1000, atol=1e-9)
    assert np.isnan(got[300:800]).all()
    np.testing.assert_allclose(got[800:], np.arange(300, 500) / 1000, atol=1e-9)
    named = write(tmp_path, timed(times, "when"), time="when")
    assert len(read(named)) == 1000
    assert len(read(write(tmp_path, timed(times, heading), time=None))) == 500


def test_jitter_is_no_gap(tmp_path: Path) -> None:
    times = np.arange(9000) / 250.0 + np.random.default_rng(1).uniform(0, 0.003, 9000)
    assert len(read(write(tmp_path, timed(times, "time")))) == 9000
    assert len(read(write(tmp_path, timed(np.floor(times), "time")))) == 9000


def test_a_time_that_contradicts_the_rate_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, timed(np.arange(600) / 500.0, "time"))
    with pytest.raises(RecordFormatError, match="said to have 250 samples a second, but has 500 by its column"):
        open_source(path)


def test_a_time_that_goes_back_is_reported_with_its_row(tmp_path: Path) -> None:
    times = np.arange(600) / 250.0
    times[550:] -= 1.0
    source = open_source(write(tmp_path, timed(times, "time")))
    assert "row 552: its time is not after" in str(source.record_error)
    assert source.channels[0].length == 550
    with pytest.raises(RecordFormatError, match="does not hold times"):
        open_source(write(tmp_path, timed(-times, "when"), time="when"))


def _clocked(folder: Path, times: list[str]) -> Source:
    path = folder / "clock.csv"
    path.write_text("time,ECG [mV]\n" + "".join(f"{time},{n % 7}\n" for n, time in enumerate(times)))
    return open_source(path)


@pytest.mark.parametrize("before_s", [0.01, 1, 300])
def test_a_clock_may_pass_midnight(tmp_path: Path, before_s: float) -> None:
    def at(n: int) -> str:
        seconds, hundredths = divmod(8_640_000 - round(before_s * 100) + n, 100)
        return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{hundredths:02d}"

    source = _clocked(tmp_path, [at(n) for n in range(40_000)])
    assert source.record_error is None
    assert (source.channels[0].fs, source.channels[0].length) == (100, 40_000)


def test_dates_are_compared_in_utc(tmp_path: Path) -> None:
    summer = [f"2024-10-27T02:59:{n // 100:02d}.{n % 100:02d}+02:00" for n in range(6000)]
    winter = [f"2024-10-27T02:00:{n // 100:02d}.{n % 100:02d}+01:00" for n in range(6000)]
    source = _clocked(tmp_path, summer + winter)
    assert source.record_error is None
    assert source.channels[0].length == 12_000


@pytest.mark.parametrize("absent", ["", "-", "NA", "n/a", "#N/A", "null", "NaN"])
def test_the_words_for_no_number_may_stand_anywhere(tmp_path: Path, absent: str) -> None:
    path = tmp_path / "r.csv"
    cells = [absent if n % 50 == 0 else str(n % 7) for n in range(600)]
    path.write_text("time,ECG [mV]\n" + "".join(f"{n / 250:.3f},{cell}\n" for n, cell in enumerate(cells)))
    assert list(np.flatnonzero(np.isnan(read(path)))) == list(range(0, 600, 50))
