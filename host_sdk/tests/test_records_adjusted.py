"""Records that describe themselves, with what the user says of them."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest
import wfdb

from host_sdk.errors import RecordError
from host_sdk.records import Source, open_source
from host_sdk.records.read_options import ReadOptions

WAVE = np.round(np.sin(np.arange(500) / 9), 3)


def edf(folder: Path) -> Path:
    signals = [
        edfio.EdfSignal(WAVE, 250, label="ECG", physical_dimension=""),
        edfio.EdfSignal(-WAVE, 250, label="ECG", physical_dimension="mV"),
        *(edfio.EdfSignal(WAVE[:100], 50, label=axis, physical_dimension="") for axis in "XYZ"),
        edfio.EdfSignal(WAVE[:100], 50, label="Chest T", physical_dimension="degC"),
    ]
    edfio.Edf(signals).write(folder / "r.edf")
    return folder / "r.edf"


def mit(folder: Path) -> Path:
    signal = np.stack([WAVE, -WAVE], axis=1)
    wfdb.wrsamp("r", 250, ["adu", "mV"], ["II", "x"], p_signal=signal, fmt=["16", "16"], write_dir=str(folder))
    return folder / "r.hea"


def opened(path: Path, **said: str) -> Source:
    return open_source(path, ReadOptions.parse({name: value.split(",") for name, value in said.items()}))


def test_channels_are_picked_and_called_otherwise_by_name_and_number(tmp_path: Path) -> None:
    source = opened(edf(tmp_path), column="ECG#2=II,4=ACC_Y,Chest T")
    assert [(each.name, each.fs) for each in source.channels] == [("II", 250.0), ("ACC_Y", 50.0), ("Chest T", 50.0)]
    np.testing.assert_allclose(source.read(0, 0, 500), -WAVE, atol=1e-3)
    source.close()
    assert [each.name for each in opened(mit(tmp_path), column="2=ECG").channels] == ["ECG"]


def test_a_unit_is_of_the_channels_that_can_have_it(tmp_path: Path) -> None:
    path = edf(tmp_path)
    units = [each.unit for each in opened(path, unit="uV").channels]
    assert units == ["uV", "uV", "", "", "", "uV"]
    assert [each.unit for each in opened(path, unit="m/s2").channels] == ["", "mV", "m/s2", "m/s2", "m/s2", "degC"]
    assert [each.unit for each in opened(path, unit="uV,ECG#2=V,X=g").channels][:3] == ["uV", "V", "g"]
    assert opened(mit(tmp_path), unit="mV").channels[0].unit == "mV"


def test_values_are_multiplied(tmp_path: Path) -> None:
    path = edf(tmp_path)
    whole = open_source(path)
    scaled = opened(path, unit="uV", scale="0.5,ECG#2=-1")
    for number, factor in enumerate((0.5, -1.0, 1.0)):
        length = whole.channels[number].length
        np.testing.assert_array_equal(scaled.read(number, 0, length), factor * whole.read(number, 0, length))
    everything = opened(path, scale="2")
    assert everything.read(2, 7, 8) == 2 * whole.read(2, 7, 8)


def test_a_rate_that_the_record_says_itself_may_only_be_confirmed(tmp_path: Path) -> None:
    assert len(opened(edf(tmp_path), fs="50").channels) == 6
    with pytest.raises(RecordError, match=r"says its rates itself \(50, 250 Hz\); --fs 360 contradicts it"):
        opened(edf(tmp_path), fs="360")
    with pytest.raises(RecordError, match="--fs 360 contradicts it"):
        opened(mit(tmp_path), fs="360")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"column": "V1"}, "no column 'V1'; the record has 'ECG', 'ECG#2', 'X'"),
        ({"column": "7"}, "no column '7'"),
        ({"column": "1=II,2=II"}, "two columns are called 'II'"),
        ({"unit": "V1=mV"}, "no channel 'V1'"),
        ({"scale": "V1=2"}, "no channel 'V1'"),
        ({"unit": "bananas"}, "unit 'bananas' is none of"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, said: dict[str, str], complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        opened(edf(tmp_path), **said)


def test_double_names_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_source(edf(tmp_path))
    assert "has 2 channels called 'ECG'; --channel ECG#2 names the second" in caplog.text
