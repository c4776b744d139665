"""Text files as apps and programs write them are read as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.errors import RecordError
from host_sdk.models import FloatArray
from host_sdk.records import Source, open_source
from host_sdk.records.csv_head import read_head
from host_sdk.records.exports import EXPORTS
from host_sdk.records.read_options import Column, ReadOptions

RAMP = np.arange(400) / 400 - 0.25

APPLE = (
    'Name,X Y\nDate of Birth,"1 Jan 1980"\nRecorded Date,2026-02-02 10:00:00 +0100\nClassification,Sinus Rhythm\n'
    'Symptoms,\nSoftware Version,2.0\nDevice,"Watch6,2"\nSample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n'
)
APPLE_GERMAN = (
    'Name,"X, Y"\nGeburtsdatum,01.01.1980\nAufzeichnungsdatum,02.02.2026\nKlassifizierung,Sinusrhythmus\n'
    'Softwareversion,2.0\nGerät,"Watch6,2"\nMessrate,"513,348 Hertz"\n\nAbleitung,Ableitung I\nEinheit,µV\n\n'
)


def lines(pattern: str, fs: float, values: FloatArray = RAMP) -> str:
    return "".join(
        pattern.format(v=v, t=n / fs, ms=1000 * n / fs, ns=599_616_000_000_000_000 + int(n / fs * 1e9), n=n) + "\n"
        for n, v in enumerate(values)
    )


def opensignals(pattern: str = "{n}\t0\t{v:.0f}\t3000\t", values: FloatArray = RAMP, **change: Any) -> str:
    device: dict[str, Any] = {
        "sensor": ["ECG", "XYZ"], "column": ["nSeq", "DI", "CH1", "CH2"], "sampling rate": 1000, "resolution": [16, 16],
        "device": "biosignalsplux", "label": ["CH1", "CH2"],
    }  # fmt: skip
    header = json.dumps({"00:07:80:00:00:00": device | change})
    return f"# OpenSignals Text File Format. Version 1\n# {header}\n# EndOfHeader\n{lines(pattern, 1000, values)}"


BITALINO = {"sensor": ["ECG"], "column": ["nSeq", "I1", "I2", "O1", "O2", "A3"], "resolution": [4, 1, 1, 1, 1, 10],
            "device": "bitalino_rev"}  # fmt: skip
ACQ = "made.acq\n{}\n2 channels\nECG100C\nmV\nRSP\nVolts\n"
LABCHART = (
    "Interval=\t0.004 s\nExcelDateTime=\t4.4e+004\t1/2/2026\nTimeFormat=\tStartOfBlock\nChannelTitle=\tECG\tResp\n"
)
POLAR = "Phone timestamp;sensor timestamp [ns];"
WHEN = "2026-02-02T10:00:00.000;{ns};"


@pytest.mark.parametrize(
    ("export", "name", "content", "channel", "scale"),
    [
        ("Apple Health ECG", "ecg.csv", APPLE + lines("{v:.3f}", 512), ("Lead I", "µV", 512.0), 1.0),
        (
            "Apple Health ECG",
            "ecg.csv",
            APPLE_GERMAN + lines("{v:.3f}", 512).replace(".", ","),
            ("ECG", "µV", 513.348),
            1.0,
        ),
        (
            "OpenSignals",
            "r.txt",
            opensignals(values=32768 + 20000 * RAMP),
            ("ECG", "mV", 1000.0),
            20000 * 3.0 / 65536,
        ),
        (
            "OpenSignals",
            "r.txt",
            opensignals("{n}\t0\t0\t0\t0\t{v:.0f}", 512 + 500 * RAMP, **BITALINO),
            ("ECG", "mV", 1000.0),
            500 * 3.0 / 1024,
        ),
        ("OpenSignals", "r.txt", opensignals("{n}\t0\t{v}\t0", convertedValues=1), ("ECG", "mV", 1000.0), 1.0),
        (
            "Polar Sensor Logger",
            "e.txt",
            f"{POLAR}timestamp [ms];ecg [uV]\n" + lines(WHEN + "{ms:.3f};{v:.4f}", 130),
            ("ECG", "uV", 130.0),
            1.0,
        ),
        (
            "Polar Sensor Logger",
            "a.txt",
            f"{POLAR}X [mg];Y [mg];Z [mg]\n" + lines(WHEN + "{v:.4f};0;1000", 50),
            ("ACC_X", "mg", 50.0),
            1.0,
        ),
        (
            "Polar Sensor Logger",
            "g.txt",
            f"{POLAR}X [dps];Y [dps];Z [dps]\n" + lines(WHEN + "{v:.4f};0;0", 52),
            ("GYR_X", "dps", 52.0),
            1.0,
        ),
        (
            "Polar Sensor Logger",
            "p.txt",
            f"{POLAR}channel 0;channel 1;channel 2;ambient\n" + lines(WHEN + "{v:.4f};1;1;0", 176),
            ("GREEN", "", 176.0),
            1.0,
        ),
        (
            "rdsamp -c",
            "s.csv",
            "'Elapsed time','MLII','V5'\n'hh:mm:ss.mmm','mV','mV'\n" + lines("'0:{t:06.3f}',{v:.4f},-0.1", 360),
            ("MLII", "mV", 360.0),
            1.0,
        ),
        (
            "rdsamp -c",
            "s.csv",
            "'Elapsed time','MLII','V5'\n'seconds','mV','mV'\n" + lines("      {t:.3f},{v:.4f},-0.1", 250),
            ("MLII", "mV", 250.0),
            1.0,
        ),
        (
            "rdsamp -c",
            "s.csv",
            "'sample interval','I'\n'0.00277778 sec','mV'\n" + lines("{n},{v:.4f}", 360),
            ("I", "mV", 360.0),
            1.0,
        ),
        (
            "Sensor Logger",
            "TotalAcceleration.csv",
            "time,seconds_elapsed,z,y,x\n" + lines("17{n:017d},{t:.6f},9.8,0,{v:.4f}", 100),
            ("Total acceleration x", "m/s2", 100.0),
            1.0,
        ),
        (
            "Sensor Logger",
            "Gyroscope.csv",
            "time,seconds_elapsed,z,y,x\n" + lines("17{n:017d},{t:.6f},0,0,{v:.4f}", 100),
            ("Gyroscope x", "rad/s", 100.0),
            1.0,
        ),
        (
            "Empatica E4",
            "ACC.csv",
            "1770000000.0, 1770000000.0, 1770000000.0\n32.0, 32.0, 32.0\n" + lines("{v},0,64", 32),
            ("ACC_X", "g", 32.0),
            1 / 64,
        ),
        (
            "AcqKnowledge",
            "r.txt",
            ACQ.format("1 msec/sample") + "min,CH1,CH2,\n,400,400,\n" + lines("{t:.7f},{v:.4f},0.1,", 60_000),
            ("ECG100C", "mV", 1000.0),
            1.0,
        ),
        (
            "AcqKnowledge",
            "r.txt",
            ACQ.format("4,0 msec/sample") + "sec\tCH1\tCH2\n" + lines("{t:.3f}\t{v:.4f}\t0.1", 250).replace(".", ","),
            ("ECG100C", "mV", 250.0),
            1.0,
        ),
        (
            "AcqKnowledge",
            "r.txt",
            ACQ.format("500 usec/sample") + "CH1\tCH40\n" + lines("{v:.4f}\t0.1", 1),
            ("ECG100C", "mV", 2000.0),
            1.0,
        ),
        (
            "LabChart",
            "r.txt",
            LABCHART + "Range=\t10.000 mV\t10.000 V\n" + lines("{t:.3f}\t{v:.4f}\t0.1", 250),
            ("ECG", "mV", 250.0),
            1.0,
        ),
        (
            "LabChart",
            "r.txt",
            LABCHART.replace("0.004 s", "0,5 ms")
            + "UnitName=\tmV\tV\n"
            + lines("{t:.4f}\t{v:.4f}\t", 2000).replace(".", ","),
            ("ECG", "mV", 2000.0),
            1.0,
        ),
        ("Empatica E4", "BVP.csv", "1770000000.0\n64.0\n" + lines("{v:.4f}", 64), ("BVP", "", 64.0), 1.0),
    ],
)
def test_an_export_says_channels_units_and_rate(
    tmp_path: Path, export: str, name: str, content: str, channel: tuple[str, str, float], scale: float
) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert [each.name for each in EXPORTS if each.recognises(read_head(path))] == [export]
    source = open_source(path)
    number = next(n for n, each in enumerate(source.channels) if each.name == channel[0])
    got = source.channels[number]
    assert (got.name, got.unit) == channel[:2]
    assert got.fs == pytest.approx(channel[2], rel=1e-6)
    assert source.record_error is None
    np.testing.assert_allclose(source.read(number, 0, got.length), scale * RAMP, atol=2e-3)


@pytest.mark.parametrize("unit", ["G", "µT", "uT"])
def test_a_magnetometer_is_no_accelerometer(tmp_path: Path, unit: str) -> None:
    (tmp_path / "m.txt").write_text(f"{POLAR}X [{unit}];Y [{unit}];Z [{unit}]\n" + lines(WHEN + "{v:.4f};0;1", 50))
    assert [each.name for each in open_source(tmp_path / "m.txt").channels] == ["MAG_X", "MAG_Y", "MAG_Z"]


def test_lost_packets_of_a_polar_sensor_are_a_gap(tmp_path: Path) -> None:
    content = lines(WHEN + "{v:.4f}", 130).splitlines()
    (tmp_path / "e.txt").write_text(f"{POLAR}ecg [uV]\n" + "\n".join(content[:100] + content[230:]) + "\n")
    source = open_source(tmp_path / "e.txt")
    got = source.read(0, 0, source.channels[0].length)
    assert len(got) == 400
    assert np.isnan(got[100:230]).all()
    np.testing.assert_allclose(got[230:], RAMP[230:], atol=1e-4)


def test_several_devices_of_opensignals_stand_side_by_side(tmp_path: Path) -> None:
    one = {"sensor": ["ECG"], "column": ["nSeq", "CH1"], "sampling rate": 100, "resolution": [16], "device": "plux"}
    header = json.dumps({"a": one, "b": one | {"sensor": ["BVP"]}})
    (tmp_path / "r.txt").write_text(
        f"# OpenSignals Text File Format\n# {header}\n# EndOfHeader\n"
        + "".join(f"{n}\t32768\t{n}\t{n}\n" for n in range(9))
    )
    source: Source = open_source(tmp_path / "r.txt")
    assert [(each.name, each.unit) for each in source.channels] == [("ECG", "mV"), ("BVP", "")]
    assert (source.read(0, 0, 9) == 0).all()
    assert list(source.read(1, 0, 9)) == list(range(9))


def test_a_sensor_of_an_export_may_be_called_otherwise(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(opensignals("{n}\t0\t{v}\t{n}", sensor=["RAW", "RAW"]))
    options = ReadOptions(columns=(Column("RAW#2", "ECG"),), units={"": "uV"}, scales={"": 2.0}, fs=500.0)
    (channel,) = open_source(tmp_path / "r.txt", options).channels
    assert (channel.name, channel.unit, channel.fs) == ("ECG", "uV", 500.0)
    assert open_source(tmp_path / "r.txt", options).read(0, 3, 5).tolist() == [6.0, 8.0]


def test_a_sidecar_comes_first(tmp_path: Path) -> None:
    (tmp_path / "ecg.csv").write_text(APPLE + lines("{v:.3f}", 512))
    (tmp_path / "ecg.json").write_text('{"fs": 100, "channels": [{"name": "V1", "unit": "mV", "column": 0}]}')
    assert [(each.name, each.fs) for each in open_source(tmp_path / "ecg.csv").channels] == [("V1", 100.0)]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("ecg.csv", APPLE.replace("512 hertz", "?") + "1.5\n" * 9, "of Apple's Health without its rate"),
        ("r.txt", "# OpenSignals Text File Format\n# {}\n# EndOfHeader\n1\t2\n", "without a sensor"),
        ("r.txt", "# OpenSignals Text File Format\n1\t2\n", "without the end of its header"),
        ("r.txt", "# OpenSignals Text File Format\n# {oh\n# EndOfHeader\n1\t2\n", "no JSON"),
        ("r.txt", "# OpenSignals Text File Format\n# " + '{"a":' * 20000 + "\n# EndOfHeader\n1\t2\n", "no JSON"),
        ("r.txt", opensignals(sensor="ECG"), "lacks"),
        ("r.txt", opensignals().replace(": 1000,", ": true,"), "lacks"),
        ("r.txt", opensignals().replace(": 1000,", ": 1e300,"), "lacks"),
        ("r.txt", opensignals(sensor=["ECG"] * 9), "more sensors than columns"),
        ("r.txt", opensignals(column=["nSeq"] * 9), "column 7, the file has 5"),
        ("s.csv", "'Elapsed time'\n'seconds'\n0.1\n0.2\n", "of rdsamp without a signal"),
        ("s.csv", "'sample interval','I'\n'0.003 sec','mV'\n" + "1,2\n" * 9, "--fs says it"),
        ("s.csv", "'sample #','I'\n'','mV'\n" + lines("{n},1", 1), "--fs says it"),
        ("r.txt", ACQ.format("1 msec/sample") + "min,CH1\n0,1\n", "do not name as many channels"),
        ("r.txt", ACQ.format("0 msec/sample") + "CH1,CH2\n0,1\n", "do not name as many channels"),
        ("r.txt", LABCHART.replace("0.004 s", "?") + "0\t1\t2\n", "lacks the interval"),
        ("r.txt", "Interval=\t0.004 s\n0\t1\t2\n", "lacks the interval or the channels"),
        ("r.txt", LABCHART.replace("0.004", "0") + "0\t1\t2\n", "with an interval of 0 s"),
        ("Accelerometer.csv", "time,seconds_elapsed,z,y,x\n", "no rows with numbers"),
    ],
)
def test_an_export_that_lacks_something_is_said_in_one_line(
    tmp_path: Path, name: str, content: str, complaint: str
) -> None:  # fmt: skip
    (tmp_path / name).write_text(content)
    with pytest.raises(RecordError, match=complaint) as caught:
        open_source(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 300
