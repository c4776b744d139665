"""EDF as it is found: gaps, other bytes, other letters, ranges that say nothing; and files that lie."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from numpy.typing import NDArray

from host_sdk.errors import RecordError, RecordFormatError
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source

WAVE = np.rint(20000 * np.sin(np.arange(2500) / 20)).astype(np.int64)
#: Width of the fields of a signal, and what stands in them unless a test says otherwise.
FIELDS: dict[str, tuple[int, Any]] = {
    "label": (16, "ECG"), "transducer": (80, ""), "unit": (8, "mV"), "pmin": (8, -3.2768), "pmax": (8, 3.2767),
    "dmin": (8, -32768), "dmax": (8, 32767), "filter": (80, ""), "samples": (8, 250), "reserved": (32, ""),
}  # fmt: skip


def pad(value: Any, width: int) -> bytes:
    raw = value if isinstance(value, bytes) else str(value).encode("latin-1")
    return raw.ljust(width)[:width]


def write(
    folder: Path,
    *signals: dict[str, Any],
    name: str = "r.edf",
    onsets: list[float] | None = None,
    extra: bytes = b"",
    bdf: bool = False,
    counts: NDArray[np.int64] = WAVE,
    **fixed: Any,
) -> Path:
    """Ten records of a second; `signals` change fields, `fixed` those of the file, `onsets` make it EDF+D."""
    given = [
        *(signals or ({},)),
        *([{"label": "EDF Annotations", "samples": 20, "pmin": -1, "pmax": 1}] if onsets else []),
    ]
    records = len(onsets) if onsets else 10
    head = pad(b"\xffBIOSEMI" if bdf else "0", 8) + pad("X X X X", 80) + pad("Startdate X X X X", 80)
    head += pad("02.02.26", 8) + pad("10.00.00", 8) + pad(fixed.get("length", 256 * (len(given) + 1)), 8)
    head += pad("EDF+D" if onsets else "", 44) + pad(fixed.get("records", records), 8)
    head += pad(fixed.get("duration", 1), 8) + pad(fixed.get("signals", len(given)), 4)
    head += b"".join(
        pad(signal.get(field, usual), width) for field, (width, usual) in FIELDS.items() for signal in given
    )
    body = b""
    width = 3 if bdf else 2
    for record in range(records):
        part = b"".join(
            int(v).to_bytes(width, "little", signed=True) for v in counts[250 * record : 250 * record + 250]
        )
        body += part * (len(given) - bool(onsets))
        if onsets:
            body += f"+{onsets[record]:.3f}\x14\x14\0".encode().ljust(40, b"\0")
    path = folder / name
    path.write_bytes(head + body + extra)
    return path


def whole(source: Source, channel: int = 0) -> FloatArray:
    return source.read(channel, 0, source.channels[channel].length)


@pytest.mark.parametrize(
    "changes",
    [
        {"pmin": "-3,2768", "pmax": "3,2767"},
        {"label": b"ECG\0\0\0\0", "unit": b"mV\0"},
        {"unit": b"mV", "pmin": "-3.2768\0"},
        {"pmin": "-3.2768", "pmax": "+3.2767"},
        {"pmin": "-3.277mV", "pmax": "3.277 mV"},
        {"pmin": "-3.277mV", "pmax": "3,277 mV", "unit": ""},
        {"pmin": "-3.277mV", "pmax": "3,277 mv"},
        {"dmin": "-32768\0"},
        {"samples": "250.0"},
        {"samples": "250,", "unit": "mV\t"},
    ],
)
@pytest.mark.parametrize("duration", [1, "1,0", "1.000\0"])
def test_odd_spellings_of_the_same(tmp_path: Path, changes: dict[str, Any], duration: object) -> None:
    source = open_source(write(tmp_path, changes, duration=duration))
    assert source.channels[0].fs == 250.0
    assert (source.record_error, source.channels[0].name, source.channels[0].unit) == (None, "ECG", "mV")
    np.testing.assert_allclose(whole(source), WAVE / 1e4, atol=3e-4 if "pmin" in changes else 1e-9)


@pytest.mark.parametrize(("raw", "text"), [(b"\xb5V", "µV"), ("µV".encode(), "µV")])
def test_letters_of_latin_1_and_utf_8(tmp_path: Path, raw: bytes, text: str) -> None:
    channel = open_source(write(tmp_path, {"unit": raw, "label": b"\xe9lectrode"})).channels[0]
    assert (channel.unit, channel.name) == (text, "électrode")


def test_as_edfio_reads_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    signals = [
        edfio.EdfSignal(rng.standard_normal(1000) * 3, 100, label="ECG", physical_dimension="mV"),
        edfio.EdfSignal(rng.standard_normal(70), 7, label="TEMP", physical_dimension="degC"),
    ]
    edfio.Edf(signals, data_record_duration=2, annotations=[edfio.EdfAnnotation(1, None, "x")]).write(
        tmp_path / "r.edf"
    )
    expected = edfio.read_edf(tmp_path / "r.edf").signals
    source = open_source(tmp_path / "r.edf")
    assert [channel.name for channel in source.channels] == ["ECG", "TEMP"]
    for number, signal in enumerate(expected):
        assert source.channels[number].fs == signal.sampling_frequency
        np.testing.assert_array_equal(whole(source, number), signal.data)
        np.testing.assert_array_equal(source.read(number, 13, 37), signal.data[13:37])


@pytest.mark.parametrize(
    "changes",
    [
        {"pmin": 0, "pmax": 0},
        {"dmin": 5, "dmax": 5},
        {"pmin": "x"},
        {"pmax": "1e999"},
        {"pmin": "-5 V", "pmax": "5 V"},
        {"pmin": "-5 V", "pmax": "5 uV", "unit": ""},
        {"dmin": "-32768 V"},
    ],
)
def test_a_channel_without_a_scale_is_refused_where_it_is_used(tmp_path: Path, changes: dict[str, Any]) -> None:
    source = open_source(write(tmp_path, {"label": "II"}, changes))
    np.testing.assert_allclose(whole(source), WAVE / 1e4, atol=1e-9)
    said = "channel 'ECG' has no scale: its limits are physical '.*' to '.*', digital '.*' to '.*'"
    with pytest.raises(RecordFormatError, match=said):
        whole(source, 1)


def test_24_bits_and_other_endings(tmp_path: Path) -> None:
    changes = {"dmin": -8388608, "dmax": 8388607, "pmin": -838860, "pmax": 838860, "unit": "uV"}
    source = open_source(write(tmp_path, changes, name="r.bdf", bdf=True, counts=WAVE * 300))
    np.testing.assert_allclose(whole(source), WAVE * 30, atol=1.0)
    for name in ("r.REC", "night.x", "night"):
        np.testing.assert_allclose(whole(open_source(write(tmp_path, name=name))), WAVE / 1e4, atol=1e-9)


def test_a_signal_without_samples_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    raw = path.read_bytes()
    fields = [
        raw[256 + start : 256 + start + width]
        for start, (width, _) in zip(
            np.cumsum([0] + [w for w, _ in FIELDS.values()]).tolist(), FIELDS.values(), strict=False
        )
    ]
    both = b"".join(
        field * 2 if name != "samples" else pad(0, 8) + field for name, field in zip(FIELDS, fields, strict=True)
    )
    path.write_bytes(raw[:184] + pad(768, 8) + raw[192:252] + pad(2, 4) + both + raw[512:])
    source = open_source(path)
    assert [(channel.name, channel.length) for channel in source.channels] == [("ECG", 2500)]
    np.testing.assert_allclose(whole(source), WAVE / 1e4, atol=1e-9)


def test_a_second_channel_of_one_name_can_be_named(tmp_path: Path) -> None:
    source = open_source(write(tmp_path, {}, {}, {"label": "II"}))
    assert [channel.name for channel in source.channels] == ["ECG", "ECG#2", "II"]


def test_gaps_of_a_discontinuous_file_are_absent(tmp_path: Path) -> None:
    onsets = [3.0, 4.0, 5.0, 65.0, 66.0, 67.5, 68.5, 69.5, 70.5, 71.5]
    source = open_source(write(tmp_path, onsets=onsets))
    assert (source.record_error, source.channels[0].length) == (None, round(69.5 * 250))
    got = whole(source)
    np.testing.assert_allclose(got[:750], WAVE[:750] / 1e4, atol=1e-9)
    assert np.isnan(got[750:15500]).all()
    np.testing.assert_allclose(got[15500:16000], WAVE[750:1250] / 1e4, atol=1e-9)
    assert np.isnan(got[16000:16125]).all()
    np.testing.assert_allclose(got[16125:], WAVE[1250:] / 1e4, atol=1e-9)
    np.testing.assert_allclose(source.read(0, 740, 760)[:10], WAVE[740:750] / 1e4, atol=1e-9)
    assert open_source(write(tmp_path, onsets=[float(n) for n in range(10)])).channels[0].length == 2500


def test_without_any_onset_a_discontinuous_file_is_one_piece_with_a_word_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, onsets=[float(n) for n in range(10)])
    raw = path.read_bytes()
    path.write_bytes(raw[: 256 * 3] + raw[256 * 3 :].replace(b"\x14\x14", b"\0\0"))
    source = open_source(path)
    assert (source.record_error, source.channels[0].length) == (None, 2500)
    assert "no record says when it began" in caplog.text
    path.write_bytes(raw.replace(b"EDF Annotations", b"EDF annotations"))
    assert [channel.name for channel in open_source(path).channels] == ["ECG"]


def test_onsets_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(RecordFormatError, match="record 2 does not say when it began"):
        open_source(write(tmp_path, onsets=[0.0, 1.0, 0.5, 3.0]))
    source = open_source(write(tmp_path, onsets=[0.0, 1.0, 1e9, 1e9 + 1]))
    assert "record 2 begins 1e+09 s after" in str(source.record_error)
    np.testing.assert_allclose(whole(source), WAVE[:500] / 1e4, atol=1e-9)


def test_more_than_the_header_says_is_a_warning_and_less_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for more in ({"extra": b"x" * 77}, {"records": 7}):
        caplog.clear()
        source = open_source(write(tmp_path, **more))
        assert (source.record_error, source.channels[0].length) == (None, 2500)
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
    for unknown in ({"records": -1}, {"records": ""}, {"records": "10.0"}, {"length": ""}):
        source = open_source(write(tmp_path, **unknown))
        assert (source.record_error, source.channels[0].length) == (None, 2500)
    for less in ({"records": 12}, {"records": -1, "extra": b"x"}):
        source = open_source(write(tmp_path, **less))
        assert "truncated" in str(source.record_error)
        np.testing.assert_allclose(whole(source), WAVE / 1e4, atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "fixed", "complaint"),
    [
        ({}, {"duration": 0}, "its records last 0 s"),
        ({}, {"duration": "x"}, "its duration of a record is 'x'"),
        ({}, {"signals": 0}, "has 0 signals"),
        ({}, {"signals": 9999}, "its header ends before"),
        ({}, {"records": "1.5"}, "number of records is '1.5'"),
        ({"samples": 0}, {}, "'ECG' has 0 samples"),
        ({"samples": 99999999}, {}, "truncated: it holds 0 of 10 records"),
        ({"samples": "many"}, {}, "samples a record of 'ECG' is 'many'"),
        ({"label": "EDF Annotations"}, {}, "has no signals"),
        ({}, {"length": 99999999}, "truncated: it holds 0 of 10 records"),
    ],
)
def test_headers_that_lie_are_one_line(
    tmp_path: Path, changes: dict[str, Any], fixed: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(RecordFormatError, match=rf"r\.edf: .*{complaint}") as caught:
        open_source(write(tmp_path, changes, **fixed))
    assert "\n" not in str(caught.value)


def test_mutated_files_are_read_or_refused_by_an_error_of_ours(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    path = write(tmp_path, {}, {}, onsets=[0.0, 1.0, 2.0, 5.0])
    raw = path.read_bytes()
    for _ in range(200):
        changed = bytearray(raw)
        for at in rng.integers(0, 256 * 4 + 100, rng.integers(1, 6)):
            changed[at] = int(rng.choice([0, 32, 43, 45, 46, 48, 57, 69, 255]))
        path.write_bytes(changed[: int(rng.integers(200, len(raw)))] if rng.random() < 0.3 else changed)
        try:
            source = open_source(path)
            for number, channel in enumerate(source.channels):
                source.read(number, max(0, channel.length - 100), channel.length)
        except RecordError as error:
            assert "\n" not in str(error)
