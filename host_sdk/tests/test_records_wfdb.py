"""WFDB records as their format allows them: differences, skew, segments of any kind; and those that lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from numpy.typing import NDArray

from host_sdk.errors import RecordError, RecordFormatError, RecordNotFound
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source
from host_sdk.records.wfdb_record import _PIECE_FRAMES

Ints = NDArray[np.int64]
WAVE: Ints = np.rint(100 * np.sin(np.arange(5000) / 20)).astype(np.int64)


def write(folder: Path, name: str, header: str, counts: Ints | None = None, dtype: str = "<i2") -> Path:
    """A record by the text of its header, and its signal file of the same name."""
    path = folder / f"{name}.hea"
    path.write_text(header)
    if counts is not None:
        path.with_suffix(".dat").write_bytes(counts.astype(dtype).tobytes())
    return path


def one(folder: Path, name: str = "a", length: int = 5000, counts: Ints = WAVE) -> Path:
    return write(folder, name, f"{name} 1 250 {length}\n{name}.dat 16 100/mV 16 0 0 0 0 II\n", counts)


def whole(source: Source, channel: int = 0) -> FloatArray:
    return source.read(channel, 0, source.channels[channel].length)


def differences(folder: Path, values: Ints, per_frame: int = 1, checksum: int = 0) -> Path:
    """Two signals in differences, the second one half of the first."""
    both = np.stack([values, values // 2], axis=1)
    steps = np.diff(both, axis=0, prepend=[[7, 0]])
    assert abs(steps).max() < 128
    line = "d.dat 8{} 50/mV 8 0 {} {} 0 {}\n"
    frames = steps.reshape(-1, per_frame, 2).transpose(0, 2, 1)
    spf = f"x{per_frame}" if per_frame > 1 else ""
    text = line.format(spf, 7, checksum, "II") + line.format(spf, 0, int((values // 2).sum()) & 0xFFFF, "V5")
    return write(folder, "d", f"d 2 250 {len(frames)}\n" + text, frames, "i1")


@pytest.mark.parametrize("per_frame", [1, 4])
def test_differences_are_summed_from_the_beginning(tmp_path: Path, per_frame: int) -> None:
    drifting = (np.arange(400000) // 10 + np.resize(WAVE, 400000)).astype(np.int64)
    checksum = int(drifting.sum()) & 0xFFFF
    source = open_source(differences(tmp_path, drifting, per_frame, checksum))
    assert source.record_error is None
    np.testing.assert_allclose(whole(source), drifting / 50)
    edge = _PIECE_FRAMES * per_frame
    for start, stop in ((150001, 150003), (1, 9), (edge - 1, edge + 1), (edge, edge + 5), (399990, 400000)):
        np.testing.assert_allclose(source.read(0, start, stop), drifting[start:stop] / 50)
        np.testing.assert_allclose(source.read(1, start, stop), drifting[start:stop] // 2 / 50)
    assert "checksum" in str(open_source(differences(tmp_path, drifting, per_frame, checksum + 1)).record_error)


def test_a_skewed_signal_lies_further_on_in_its_file_and_ends_early(tmp_path: Path) -> None:
    both = np.stack([np.roll(WAVE, 100), WAVE], axis=1)
    header = "s 2 250 5000\ns.dat 16:100 100/mV 16 0 0 {} 0 II\ns.dat 16 100/mV 16 0 0 {} 0 V1\n"
    checksum = int(WAVE.sum()) & 0xFFFF
    source = open_source(write(tmp_path, "s", header.format(checksum, checksum), both))
    assert source.record_error is None
    assert [channel.length for channel in source.channels] == [5000, 5000]
    np.testing.assert_allclose(whole(source)[:4900], WAVE[:4900] / 100)
    assert np.isnan(whole(source)[4900:]).all()
    np.testing.assert_allclose(whole(source, 1), WAVE / 100)
    np.testing.assert_allclose(source.read(0, 4890, 4895), WAVE[4890:4895] / 100)


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "160", "212", "310", "311", "61"])
def test_every_format_as_wfdb_itself_reads_it(tmp_path: Path, fmt: str) -> None:
    header = f"w 2 250 2000\nw.dat {fmt} 100(3)/mV 16 0 0 0 0 II\nw.dat {fmt} 7/mV 16 5 0 0 0 V5\n"
    write(tmp_path, "w", header, np.random.default_rng(5).integers(-128, 128, 16000), "i1")
    expected = wfdb.rdrecord(str(tmp_path / "w")).p_signal
    source = open_source(tmp_path / "w.hea")
    for channel in (0, 1):
        np.testing.assert_array_equal(whole(source, channel), expected[:, channel])
        np.testing.assert_array_equal(source.read(channel, 1001, 1004), expected[1001:1004, channel])


@pytest.mark.parametrize("header", ["m/3 1 250 15000\na 5000\n~ 5000\na 5000\n", "m/3 1 250\na 5000\n~ 5000\na 5000\n"])
def test_a_fixed_layout_with_a_null_segment(tmp_path: Path, header: str) -> None:
    one(tmp_path)
    source = open_source(write(tmp_path, "m", header))
    assert (source.record_error, source.channels[0].length, source.channels[0].unit) == (None, 15000, "mV")
    got = whole(source)
    np.testing.assert_allclose(got[[*range(5000), *range(10000, 15000)]], np.tile(WAVE, 2) / 100)
    assert np.isnan(got[5000:10000]).all()
    np.testing.assert_allclose(source.read(0, 9999, 10002)[1:], WAVE[:2] / 100)


def variable(folder: Path, segments: str, total: int) -> Path:
    """A record with a layout of II and V5; segment `a` has II alone, `b` V5 first."""
    write(folder, "lay", "lay 2 250 0\n~ 0 100/mV 12 0 0 0 0 II\n~ 0 100/mV 12 0 0 0 0 V5\n")
    one(folder)
    line = "b.dat 16 100/mV 16 0 0 0 0 {}\n"
    write(folder, "b", "b 2 250 5000\n" + line.format("V5") + line.format("II"), np.stack([WAVE * 2, WAVE * 3], axis=1))
    return write(folder, "v", f"v/{segments.count(chr(10)) + 1} 2 250 {total}\nlay 0\n{segments}")


def test_a_layout_names_the_signals_also_before_a_null_segment(tmp_path: Path) -> None:
    source = open_source(variable(tmp_path, "~ 1250\na 5000\nb 5000\n", 11250))
    assert [(channel.name, channel.unit) for channel in source.channels] == [("II", "mV"), ("V5", "mV")]
    absent = np.full(1250, np.nan)
    np.testing.assert_allclose(whole(source), np.concatenate([absent, WAVE / 100, WAVE * 0.03]))
    np.testing.assert_allclose(whole(source, 1), np.concatenate([absent, np.full(5000, np.nan), WAVE * 0.02]))


def test_segments_of_several_samples_a_frame_are_read_at_their_full_rate(tmp_path: Path) -> None:
    write(tmp_path, "n", "n 1 62.5 1250\nn.dat 16x4 100/mV 16 0 0 0 0 II\n", WAVE)
    source = open_source(write(tmp_path, "m", "m/2 1 62.5 2500\nn 1250\nn 1250\n"))
    assert (source.channels[0].fs, source.channels[0].length) == (250.0, 10000)
    np.testing.assert_allclose(whole(source), np.tile(WAVE, 2) / 100)


@pytest.mark.parametrize(
    ("segments", "total", "complaint"),
    [
        ("a 5000\nb 5000\ngone 5000\n", 15000, "without its segment 'gone': .*no such WFDB header"),
        ("a 5000\nb 5000\ncut 5000\n", 15000, "truncated: the signal file holds 1000 of 5000"),
        ("a 5000\nb 5000\na 9000\n", 19000, "segment 'a' holds 5000 of the 9000"),
        ("a 5000\nb 5000\na 5000\n", 20000, "says 20000 samples, its segments have 15000"),
        ("a 5000\nb 5000\nslow 5000\n", 15000, "slow.*has 100 frames a second, not 250"),
        ("a 5000\nb 5000\nuv 5000\n", 15000, "signal 'II' has another rate or unit in segment 'uv'"),
        ("a 5000\nb 5000\nv 5000\n", 15000, "without its segment 'v': .*itself of several segments"),
        (
            "a 5000\nb 5000\n~ 99999999999\na 5000\n",
            99999999999 + 15000,
            "nothing is there for 4e[+]08 s",
        ),
    ],
)
def test_good_segments_are_read_whatever_is_wrong_with_the_others(
    tmp_path: Path, segments: str, total: int, complaint: str
) -> None:
    one(tmp_path, "cut", counts=WAVE[:1000])
    write(tmp_path, "slow", "slow 1 100 5000\nslow.dat 16 100/mV 16 0 0 0 0 II\n", WAVE)
    write(tmp_path, "uv", "uv 1 250 5000\nuv.dat 16 100/uV 16 0 0 0 0 II\n", WAVE)
    source = open_source(variable(tmp_path, segments, total))
    with pytest.raises(RecordFormatError, match=complaint):
        raise source.record_error or AssertionError("nothing is wrong")
    assert 10000 <= source.channels[0].length <= 19000
    np.testing.assert_allclose(source.read(0, 0, 10000), np.concatenate([WAVE / 100, WAVE * 0.03]))


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("r/2147483647 1 250 2000\na 1000\n", "says 2147483647 segments but lists 1"),
        ("r/1099511627776 1 250 2000\na 1000\n", "but lists 1"),
        ("r/ 1 250 2000\nnone.dat 16\n", "signal file none.dat is missing"),
        ("r/1 1 250\nnone 2000\n", "without its segment 'none'"),
        ("r/2 1 250\n~ 5\n~ 5\n", "has no segment with samples"),
        ("r/2 1 250 10\nr 5\nr 5\n", "itself of several segments"),
        ("r 1 250 5000\na.dat 16x0 100/mV 16 0 0 0 0 II\n", "signal 0 has no samples in a frame"),
        ("r 1 250 5000\na.dat 16:-5 100/mV 16 0 0 0 0 II\n", "format '16:-5'"),
        ("r 1 250 5000\na.dat 16+999999 100/mV 16 0 0 0 0 II\n", "begins at byte 999999 of a.dat, which has 10000"),
        ("r 1 250 5000\na.dat 16 1e-320/mV 16 0 0 0 0 II\n", "which no converter has"),
        ("r 1 250 5000\n../a.dat 16 100/mV 16 0 0 0 0 II\n", "lies beside its header"),
        ("r 1 250 5000\na.dat 516 100/mV 16 0 0 0 0 II\n", "is no FLAC file"),
        ("r 1 250 5000\na.dat 99 100/mV 16 0 0 0 0 II\n", "unknown signal format '99'"),
        ("r 1 250 0\n~ 0 100/mV 12 0 0 0 0 II\n", "is the layout of a record"),
        ("r 5000 250 5000\n" + "a.dat 16 100/mV 16 0 0 0 0 II\n" * 5000, "more than 1024"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("#" * (17 << 20), "no header has"),
    ],
)
def test_headers_that_lie_are_one_line(tmp_path: Path, header: str, complaint: str) -> None:
    one(tmp_path)
    with pytest.raises(RecordError, match=rf"r\.hea: .*{complaint}") as caught:
        open_source(write(tmp_path, "r", header))
    assert len(str(caught.value)) < 2 * len(str(tmp_path)) + 200


def test_a_length_that_cannot_be_is_cut_to_what_is_there(tmp_path: Path) -> None:
    source = open_source(one(tmp_path, length=99999999999999))
    assert "holds 5000 of 99999999999999" in str(source.record_error)
    np.testing.assert_allclose(whole(source), WAVE / 100)


def test_a_signal_file_that_is_packed_is_named(tmp_path: Path) -> None:
    header = one(tmp_path)
    (tmp_path / "a.dat").rename(tmp_path / "a.dat.gz")
    with pytest.raises(RecordNotFound, match=r"a\.dat\.gz is there: unpack it"):
        open_source(header)


@pytest.mark.parametrize("name", ["a", "a.hea", "a.dat", "a.mat", "b.2026.v1"])
def test_a_record_is_found_by_its_name_and_by_any_signal_file(tmp_path: Path, name: str) -> None:
    header = one(tmp_path)
    if name == "a.mat":
        header.with_suffix(".dat").rename(tmp_path / name)
        header.write_text(header.read_text().replace("a.dat", name))
    if name == "b.2026.v1":
        header.rename(tmp_path / f"{name}.hea")
    source = open_source(tmp_path / name)
    np.testing.assert_allclose(whole(source), WAVE / 100)


def test_mutated_headers_are_read_or_refused_by_an_error_of_ours(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    parts: list[Any] = ["0", "-1", "99999999999999999999", "~", "/", "x", ":", "+", " ", "\n", "(", "e9", "nan", ""]
    one(tmp_path)
    base = variable(tmp_path, "a 5000\n~ 100\nb 5000\n", 10100).read_text(), (tmp_path / "b.hea").read_text()
    for trial in range(150):
        text = base[trial % 2]
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(text)))
            text = text[:at] + str(rng.choice(parts)) + text[at + int(rng.integers(3)) :]
        path = write(tmp_path, "v" if trial % 2 == 0 else "b", text)
        try:
            source = open_source(path)
            for number, channel in enumerate(source.channels):
                if channel.length:
                    source.read(number, max(0, channel.length - 100), channel.length)
        except RecordError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("behind", ["2006", "2020-01-01 00:00:00", "00:00:00 31/02/2020", "25:61:61", "0:0:0 1/1/199"])
def test_a_date_that_is_none_costs_no_record(tmp_path: Path, behind: str) -> None:
    path = write(tmp_path, "a", f"a 1 250 5000 {behind}\na.dat 16 100/mV 16 0 0 0 0 II\n", WAVE)
    source = open_source(path)
    assert (source.channels[0].fs, source.channels[0].length) == (250, 5000)
    np.testing.assert_allclose(whole(source), WAVE / 100)


@pytest.mark.parametrize("rate", ["-250", "nan", "inf", "250,5", "2.5e2", "1e400", "0x10"])
def test_a_rate_that_is_none_is_not_taken_for_250_hz(tmp_path: Path, rate: str) -> None:
    path = write(tmp_path, "a", f"a 1 {rate} 5000\na.dat 16 100/mV 16 0 0 0 0 II\n", WAVE)
    with pytest.raises(RecordFormatError, match="has no valid rate"):
        open_source(path)


@pytest.mark.parametrize("name", ["db/r", "mitdb/100", "db/1", "a/b/r", "db\\r", "r.v1", "ä", "r.hea"])
@pytest.mark.parametrize("file", ["a.dat", "./a.dat", "sub/a.dat", "sub\\a.dat", "sub/ä b.dat".replace(" ", "_")])
def test_a_record_may_be_called_by_its_folder_and_have_files_in_one(tmp_path: Path, name: str, file: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / file.replace("\\", "/")).write_bytes(WAVE.astype("<i2").tobytes())
    source = open_source(write(tmp_path, "r", f"{name} 1 250 5000\n{file} 16 100/mV 16 0 0 0 0 II\n"))
    assert (source.record_error, source.channels[0].name) == (None, "II")
    np.testing.assert_allclose(whole(source), WAVE / 100)


@pytest.mark.parametrize("name", ["m/2", "db/m/2", "a/b/m/2"])
@pytest.mark.parametrize("segments", ["a 5000\na 5000\n", "sub/a 5000\na 5000\n", "a 5000\n./sub/a 5000\n"])
def test_segments_may_lie_in_a_folder(tmp_path: Path, name: str, segments: str) -> None:
    (tmp_path / "sub").mkdir()
    one(tmp_path)
    one(tmp_path / "sub")
    source = open_source(write(tmp_path, "m", f"{name} 1 250 10000\n{segments}"))
    assert source.record_error is None
    np.testing.assert_allclose(whole(source), np.tile(WAVE, 2) / 100)


@pytest.mark.parametrize("where", ["../", "/", "sub/../../", "C:/", "C:\\", "..\\"])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, where: str) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    one(tmp_path)
    for header in (
        f"r 1 250 5000\n{where}a.dat 16 100/mV 16 0 0 0 0 II\n",
        f"r/1 1 250 5000\n{where}a 5000\n",
        f"r/2 1 250 5000\n{where}a 0\n~ 5000\n",
    ):
        with pytest.raises(RecordFormatError, match="lies beside its header or in a folder there"):
            open_source(write(tmp_path / "in", "r", header))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("\ufeff# made by x\nr 1 250 5000\n{}", "II"),
        ("\ufeffr 1 250 5000\n{}", "II"),
        ("r 1 250 5000\n{}".replace("{}", "a.dat 16 100/mV 16 0 0 0 0 Ableitung Ü\n"), "Ableitung Ü"),
        ("r 1 250 5000\n{}".replace("{}", "A.DAT 16 100/mV 16 0 0 0 0 II\n"), "II"),
    ],
)
@pytest.mark.parametrize("file", ["r.hea", "R.HEA"])
def test_letters_of_any_kind_in_headers_and_names(tmp_path: Path, header: str, name: str, file: str) -> None:
    (tmp_path / "a.dat").write_bytes(WAVE.astype("<i2").tobytes())
    (tmp_path / file).write_bytes(header.format("a.dat 16 100/mV 16 0 0 0 0 II\n").encode())
    source = open_source(tmp_path / file)
    assert (source.record_error, source.channels[0].name) == (None, name)
    np.testing.assert_allclose(whole(source), WAVE / 100)
