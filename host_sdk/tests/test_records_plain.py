"""Text and NPZ that nothing describes but their headings and what the user says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import ChannelNotFound, RecordError, RecordFormatError
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source
from host_sdk.records.clock import seconds_of
from host_sdk.records.finding import position_of
from host_sdk.records.headings import Heading, heading_of
from host_sdk.records.read_options import ReadOptions

RAMP = np.arange(600) / 1000 - 0.1


def text(folder: Path, content: str, name: str = "r.csv") -> Path:
    (folder / name).write_text(content)
    return folder / name


def opened(path: Path, **said: str) -> Source:
    """A record with options as a command line has them; several values have blanks between."""
    return open_source(path, ReadOptions.parse({name: value.split() for name, value in said.items()}))


def values(source: Source, channel: int = 0) -> FloatArray:
    assert source.record_error is None
    return source.read(channel, 0, source.channels[channel].length)


def rows(pattern: str, fs: float = 250.0) -> str:
    return "".join(pattern.format(t=n / fs, n=n, v=f"{v:.4f}") + "\n" for n, v in enumerate(RAMP))


@pytest.mark.parametrize(
    ("content", "fs"),
    [
        ("time,ECG [mV]\n" + rows("{t:.3f},{v}"), 250.0),
        ("time (s);ECG (mV)\n" + rows("{t:.3f};{v}"), 250.0),
        ("Time [ms]\tecg_mV\n" + rows("{n}\t{v}", 1.0), 1000.0),
        ("elapsed time,ECG\ns,mV\n" + rows("{t:.6f},{v}", 130.0), 130.0),
        ("'Elapsed time','ECG'\n'seconds','mV'\n" + rows("{t:.3f},{v}"), 250.0),
        ("note,t,ECG mV\n" + rows("a,{t:.4f},{v}", 128.0), 128.0),
        ("timestamp,ECG [mV]\n" + rows("2026-02-28 23:59:{t:09.6f},{v}", 250.0), 250.0),
        ("time,ECG [mV]\n" + rows("0:{t:06.3f},{v}", 250.0), 250.0),
    ],
)
def test_headings_say_channel_unit_and_rate(tmp_path: Path, content: str, fs: float) -> None:
    source = opened(text(tmp_path, content))
    ecg = next(n for n, channel in enumerate(source.channels) if channel.unit == "mV")
    assert source.channels[ecg].fs == pytest.approx(fs, rel=1e-6)
    np.testing.assert_allclose(values(source, ecg), RAMP, atol=1e-9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rows("{v}"), {"fs": "250"}),
        (rows("{n},{v}"), {"fs": "250", "column": "2"}),
        (rows("{n} {v}"), {"fs": "250", "column": "2=II"}),
        (rows("{t:.3f},{v}"), {"column": "1=time 2=ECG"}),
        (rows("{t:.3f}   {v}"), {"column": "1=time 2=ECG"}),
        ("a,b,c\n" + rows("{n},x,{v}"), {"fs": "250", "column": "c=ECG"}),
        ("when,what\n" + rows("{t:.3f},{v}"), {"column": "when=time what=ECG"}),
        ("what\n" + rows("{v}").replace(".", ","), {"fs": "250", "decimal": ","}),
        ("Made by X\nVersion,2\nn,ECG\n" + rows("{n},{v}"), {"fs": "250", "skip": "2", "column": "ECG"}),
        ("7\n8\n" + rows("{v}"), {"fs": "250", "skip": "2"}),
    ],
)
def test_what_the_file_does_not_say_the_user_says(tmp_path: Path, content: str, said: dict[str, str]) -> None:
    source = opened(text(tmp_path, content), **said, unit="mV")
    (channel,) = source.channels
    assert (channel.unit, channel.fs) == ("mV", 250.0)
    np.testing.assert_allclose(values(source), RAMP, atol=1e-9)


def test_rows_may_be_numbered_and_scaled(tmp_path: Path) -> None:
    content = "".join(f"{n + 5 * (n > 99)};{n % 7}\n" for n in range(200))
    source = opened(text(tmp_path, content), column="1=index 2=ECG", fs="100", scale="0.5", unit="mV")
    got = values(source)
    assert len(got) == 205
    assert np.isnan(got[100:105]).all()
    np.testing.assert_array_equal(got[105:108], [0.5 * (n % 7) for n in (100, 101, 102)])


@pytest.mark.parametrize(
    ("content", "said", "complaint"),
    [
        (rows("{v}"), {}, "does not say how many samples a second it has; --fs says it"),
        ("time,ECG\n" + rows("{n},{v}"), {}, "its times go on by 1 a row without a unit; --fs says"),
        ("time,ECG\n" + rows("{t:.3f},{v}"), {"fs": "500"}, "said to have 500 samples a second, but has 250 by"),
        ("a,ECG\n" + rows("x,{v}"), {"column": "b"}, "no column 'b'; the record has 'a', 'ECG'"),
        ("a,ECG\n" + rows("x,{v}"), {"column": "3"}, "no column '3'"),
        ("a,b\n" + rows("{n},{v}"), {"column": "a=ECG b=ECG"}, "two columns are called 'ECG'"),
        ("a,b\n" + rows("{n},{v}"), {"column": "a=time"}, "has no signal"),
        ("time,ECG\n" + rows("2/8/2026 10:00:0{n},{v}"), {}, "begins with '2/8/2026 10:00:00', no time known here"),
        ("ECG\n" + rows("{v}"), {"fs": "250", "unit": "furlong"}, "unit 'furlong' is none of mV"),
        ("ECG\n" + rows("{v}"), {"fs": "250", "unit": "II=mV"}, "no channel 'II'"),
        (rows("{v}"), {"fs": "250", "skip": "700"}, "has no line behind the 700"),
        ("a,b\n" + "x,y\n" * 30, {"fs": "250"}, "has no column of numbers"),
        (
            ",".join("abcdefgh" * 20) + "\n" + ",".join("1" * 160) + "\n",
            {"fs": "250"},
            "160 columns of numbers; --column",
        ),
    ],
)
def test_what_is_missing_or_contradicts_is_said(
    tmp_path: Path, content: str, said: dict[str, str], complaint: str
) -> None:  # fmt: skip
    with pytest.raises(RecordError, match=complaint) as caught:
        opened(text(tmp_path, content), **said)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 400


def test_letters_of_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(("Zeit [ms];EKG [µV]\n" + "".join(f"{4 * n};{n % 9},5\n" for n in range(600))).encode("latin-1"))
    (channel,) = opened(path).channels
    assert (channel.name, channel.unit, channel.fs) == ("EKG", "µV", 250.0)


def test_times_since_1970_show_their_unit(tmp_path: Path) -> None:
    for digits in (0, 3, 6, 9):
        stamps = (1_770_000_000 + np.arange(600) / 50) * 10.0**digits
        content = "time,ECG [mV]\n" + "".join(f"{t:.3f},0.5\n" for t in stamps)
        assert opened(text(tmp_path, content)).channels[0].fs == pytest.approx(50, rel=1e-4)


def test_the_rate_is_the_measured_one_not_the_nearest_round_one(tmp_path: Path) -> None:
    content = "time,ECG [mV]\n" + "".join(f"{n / 106.1:.6f},0.5\n" for n in range(2000))
    assert opened(text(tmp_path, content)).channels[0].fs == pytest.approx(106.1, rel=1e-6)
    jittered = np.arange(4000) / 130 + np.random.default_rng(1).uniform(0, 2e-3, 4000)
    content = "time,ECG [mV]\n" + "".join(f"{t:.3f},0.5\n" for t in jittered)
    assert opened(text(tmp_path, content)).channels[0].fs == 130.0


def test_text_in_a_column_that_nobody_wants_harms_no_other(tmp_path: Path) -> None:
    lines = [f"{n / 250:.3f},0.5," for n in range(300)]
    lines[0], lines[200] = "0.000,0.5,3", "0.800,0.5,button pressed"
    source = opened(text(tmp_path, "time,ECG [mV],marker\n" + "\n".join(lines)))
    assert (values(source, 0) == 0.5).all()
    assert [channel.name for channel in source.channels] == ["ECG", "marker"]
    lines[200] = "0.800,off,"
    source = opened(text(tmp_path, "time,ECG [mV],marker\n" + "\n".join(lines)))
    said = "row 202 is not the numbers its headings promise: '0.800,off,'"
    assert str(source.record_error).endswith(said)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("(" * 250000 + ",ECG\n" + "1,2\n" * 50, "--fs says it"),
        ("[" * 120000 + "," + "[(" * 60000 + "\n" + "1,2\n" * 50, "--fs says it"),
        ("x," * 60000 + "_ " * 60000 + "\n" + "1,2\n" * 50, "--fs says it"),
        ('"' * 200000 + "\n" + '"1,2\n' * 50, "no column of numbers"),
        ("time,ECG [mV]\n" + "".join(f"{n}e300,1\n" for n in range(600)), "--fs says"),
        ("time,ECG [mV]\n" + "".join(f"{n * 1e-320},1\n" for n in range(600)), "--fs says"),
        ("time,ECG [mV]\n" + "".join(f"1e{n % 308},1\n" for n in range(600)), "--fs says"),
        ("time,ECG [mV]\n" + "".join(f"{n}e12,1\n" for n in range(600)), "--fs says"),
        ("Name,X\n" * 30 + '"' + "a" * 200000 + "\nRate,512 hertz\nUnit,uV\n" + "1.0\n" * 50, "--fs says it"),
        (" " * (1 << 20) + "\n" * 1000, "has no line in its first"),
    ],
)
def test_text_that_would_take_long_is_refused_in_one_line(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint) as caught:
        opened(text(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 400


def test_a_column_of_times_that_is_called_otherwise_is_a_signal(tmp_path: Path) -> None:
    path = text(tmp_path, "time,ECG\n" + "".join(f"{n % 50},{n}\n" for n in range(200)))
    source = opened(path, column="time=counter ECG", fs="250")
    assert [(each.name, each.length) for each in source.channels] == [("counter", 200), ("ECG", 200)]
    assert source.record_error is None
    jumping = text(tmp_path, "time,ECG\n" + "".join(f"{n / 250 - (n > 550)},{n}\n" for n in range(600)))
    assert "(--column C=x)" in str(opened(jumping, column="ECG").record_error)


def test_values_beyond_all_numbers_are_absent(tmp_path: Path) -> None:
    source = opened(text(tmp_path, "ECG\n1e308\n-1e308\n1\n"), fs="250", scale="1e15")
    np.testing.assert_array_equal(values(source), [np.nan, np.nan, 1e15])


def test_arrays_of_an_npz_are_channels(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, ecg=RAMP, fs=250, beats=np.array([[1, 2], [3, 4]]), note=np.array("x"), column=RAMP[:, None])
    source = opened(path, unit="ecg=uV")
    assert [(c.name, c.unit, c.fs, c.length) for c in source.channels] == [
        ("ecg", "uV", 250.0, 600),
        ("column", "", 250.0, 600),
    ]
    np.testing.assert_array_equal(values(source, 1), RAMP)
    (only,) = opened(path, column="4=ECG", fs="100", scale="2").channels
    assert (only.name, only.fs) == ("ECG", 100.0)
    with pytest.raises(RecordFormatError, match=r"it must be one row of numbers.*each of its columns"):
        opened(path, column="beats")
    with pytest.raises(ChannelNotFound, match="'V1'"):
        opened(path, column="V1")


@pytest.mark.parametrize("rate", [None, 0, np.array([1, 2]), np.array("x"), np.nan])
def test_an_npz_without_a_rate_says_how_to_say_it(tmp_path: Path, rate: object) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, ecg=RAMP, **({} if rate is None else {"fs": np.asarray(rate)}))
    with pytest.raises(RecordFormatError, match="--fs says it"):
        opened(path)
    assert opened(path, fs="250").channels[0].fs == 250.0


def test_names_numbers_and_repetitions_are_found() -> None:
    names = ["time", "ECG", "ecg", "ECG", "3"]
    assert [position_of(names, wanted) for wanted in ("ECG", "ecg", "Ecg", "ECG#2", "ecg#1", "3", "2", "4")] == [
        1, 2, 1, 3, 2, 4, 1, 3,
    ]  # fmt: skip
    assert [position_of(names, wanted) for wanted in ("", "0", "6", "ECG#3", "ECG#0", "-1", "V1", "9" * 99)] == [
        None
    ] * 8


@pytest.mark.parametrize(
    ("heading", "name", "unit"),
    [
        ("ECG [mV]", "ECG", "mV"),
        (" 'ECG, µV' ", "ECG", "µV"),
        ("acc_x_g", "acc_x", "g"),
        ("X [mg]", "X", "mg"),
        ("Gyroscope x (rad/s)", "Gyroscope x", "rad/s"),
        ("ecg_uV", "ecg", "uV"),
        ("skin_temp_C", "skin_temp", "C"),
        ("acc_x", "acc_x", ""),
        ("ECG V5", "ECG V5", ""),
        ("PPG_G", "PPG_G", ""),
    ],
)
def test_headings_are_split_into_name_and_unit(heading: str, name: str, unit: str) -> None:
    assert heading_of(heading) == Heading(name, unit)


def test_times_as_text() -> None:
    assert seconds_of("0:03.250") == 3.25
    assert seconds_of("'1:02:03.5'") == 3723.5
    begin = seconds_of("2026-02-28T23:59:59.500Z")
    assert begin is not None
    assert seconds_of("2026-03-01 00:00:00,25") == begin + 0.75
    assert seconds_of("[00:00:01.250 01/03/2026]") == begin + 1.75
    assert seconds_of("1.3.2026 00:00:01,250") == begin + 1.75
    assert seconds_of("03/01/2026 12:00:01.250 AM") == begin + 1.75
    assert seconds_of("2/28/2026, 11:59:59.5 pm") == begin
    no_days = ("2026-02-30 00:00:00", "30.2.2026 00:00:00", "2/30/2026 1:00:00 AM", "2/28/2026 13:00:00 PM")
    for wrong in (*no_days, "", "12", "a:b", "1:2:3:4", "9" * 100 + ":00", "2026-02-28", "2/28/2026 10:00:00"):
        assert seconds_of(wrong) is None
