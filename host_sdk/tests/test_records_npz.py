"""NPZ files that are cut, lie or are bombs: the good part is read, the rest is one line."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from host_sdk.errors import RecordFormatError
from host_sdk.records import open_source

WAVE = np.sin(np.arange(5000) / 20)


def member(shape: str, dtype: str = "<f8", data: bytes = WAVE.tobytes(), version: tuple[int, int] = (1, 0)) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text = text.ljust(max(117, len(text) + 1)) + b"\n"
    return b"\x93NUMPY" + bytes(version) + len(text).to_bytes(2, "little") + text + data


def write(folder: Path, content: bytes, name: str = "ECG.npy") -> Path:
    path = folder / "r.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    path.with_suffix(".json").write_text(json.dumps({"fs": 250, "channels": [{"name": "ECG", "unit": "mV"}]}))
    return path


def test_a_member_without_the_ending_is_read(tmp_path: Path) -> None:
    source = open_source(write(tmp_path, member("(5000,)"), "ECG"))
    np.testing.assert_array_equal(source.read(0, 4000, 5000), WAVE[4000:])
    source.close()


@pytest.mark.parametrize(
    ("content", "held", "promised"),
    [
        (member("(100000,)"), 5000, 100000),
        (member("(10000000000000,)"), 5000, 10000000000000),
        (member("(5000,)", data=WAVE.tobytes()[:-3]), 4999, 5000),
    ],
)
def test_what_is_there_of_an_array_cut_short_is_read(tmp_path: Path, content: bytes, held: int, promised: int) -> None:
    source = open_source(write(tmp_path, content))
    assert f"array 'ECG' holds {held} of {promised} samples" in str(source.record_error)
    assert source.channels[0].length == held
    np.testing.assert_array_equal(source.read(0, held - 10, held), WAVE[held - 10 : held])
    source.close()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (member("(-5,)"), r"shape \(-5,\)"),
        (member("(0,)"), r"shape \(0,\)"),
        (member("(True,)"), r"shape \(True,\)"),
        (member("(5, 2)"), r"shape \(5, 2\)"),
        (member("(5,)", "|O"), "it is object"),
        (member("(5,)", "<c16"), "it is complex"),
        (member("(5,)", version=(9, 9)), "version 9.9"),
        (member("(" * 60), "damaged"),
        (member("(" * 9900), "damaged"),
        (member("-" * 9890 + "1"), "damaged"),
        (b"", "damaged"),
        (b"\x93NUMPY\x01\x00\xff", "damaged"),
        (b"no array at all", "damaged"),
    ],
)
def test_what_is_no_signal_is_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(RecordFormatError, match=rf"r\.npz: array 'ECG' .*{complaint}") as caught:
        open_source(write(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 250


def test_a_bomb_is_not_unpacked_and_an_array_that_nobody_wants_neither(tmp_path: Path) -> None:
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("ECG.npy", "w") as file:
            file.write(member("(40000000,)", data=b""))
            for _ in range(320):
                file.write(bytes(1 << 20))
        archive.writestr("II.npy", member("(5000,)"))
    path = write(tmp_path, b"")
    path.write_bytes(zeros.getvalue())
    tracemalloc.start()
    try:
        with pytest.raises(RecordFormatError, match=r"unpacks [0-9]+ bytes to 33[0-9]+, which no signal does"):
            open_source(path)
        path.with_suffix(".json").write_text(json.dumps({"fs": 250, "channels": [{"name": "II", "unit": "mV"}]}))
        source = open_source(path)
        assert (source.record_error, source.channels[0].length) == (None, 5000)
        source.close()
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
