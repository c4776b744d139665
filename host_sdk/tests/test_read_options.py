"""What a user says of a record, from text."""

from __future__ import annotations

import pytest

from host_sdk.records.read_options import Column, ReadOptions
from host_sdk.transports.simulated_options import SimulatedOptions


def test_text_becomes_typed_options() -> None:
    said = {
        "fs": ["250"],
        "unit": ["mV", "ACC=m/s2"],
        "scale": ["0.5", "ACC=-2e-3"],
        "column": ["2=ECG", "ecg [uV]=II", "ax", "7"],
        "skip": ["3"],
        "decimal": [","],
    }
    got = ReadOptions.parse(said)
    assert (got.fs, got.skip, got.decimal) == (250.0, 3, ",")
    assert got.units == {"": "mV", "ACC": "m/s2"}
    assert got.scales == {"": 0.5, "ACC": -0.002}
    assert got.columns == (Column("2", "ECG"), Column("ecg [uV]", "II"), Column("ax"), Column("7"))
    assert got.picked == ("ax", "7")
    assert ReadOptions.parse({}) == ReadOptions()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("fs", "fast", "fs 'fast' is not a number"),
        ("fs", "0", "fs 0 is not between"),
        ("fs", "nan", "fs nan is not between"),
        ("scale", "0", "scale 0 leaves nothing"),
        ("scale", "ECG=inf", "scale inf is not between"),
        ("scale", "ECG=x", "scale 'x' is not a number"),
        ("skip", "-1", "skip -1 is not between"),
        ("skip", "1e9", "skip 1e9 is not between"),
        ("decimal", ";", "decimal ';' is neither"),
    ],
)
def test_what_cannot_be_is_named(name: str, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ReadOptions.parse({name: [text]})


def test_an_address_takes_the_same_with_commas_between() -> None:
    got = SimulatedOptions.parse({"record": "r.csv", "fs": "250", "column": "1=time,2=ECG", "unit": "mV"})
    assert got.read == ReadOptions(fs=250.0, columns=(Column("1", "time"), Column("2", "ECG")), units={"": "mV"})
    assert got.extra == {}
    with pytest.raises(ValueError, match="is of a record, and there is none"):
        SimulatedOptions.parse({"fs": "250"})
    with pytest.raises(ValueError, match="fs 'x'"):
        SimulatedOptions.parse({"record": "r.csv", "fs": "x"})
