from __future__ import annotations

import gc
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
import wfdb

from firmware_sim.world.base import ECG, MOTION, PPG, SKIN, FloatArray
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.records import RecordWorld, open_record
from host_sdk.errors import ChannelNotFound, RecordFormatError, RecordNotFound
from host_sdk.records import open_source
from host_sdk.records.read_options import Column, ReadOptions

T = np.arange(2500) / 250.0


def tone(fs: float, frequency: float = 5.0, seconds: float = 10.0) -> FloatArray:
    wave: FloatArray = np.sin(2 * np.pi * frequency * np.arange(round(fs * seconds)) / fs)
    return wave


def write_wfdb(folder: Path, name: str = "r1", **change: Any) -> Path:
    options: dict[str, Any] = {
        "fs": 250, "units": ["mV", "uV"], "sig_name": ["V5", "MLII"], "fmt": ["16", "16"],
        "p_signal": np.stack([tone(250.0), 1000.0 * tone(250.0, 7.0)], axis=1),
    }  # fmt: skip
    wfdb.wrsamp(name, write_dir=str(folder), **(options | change))
    return folder / f"{name}.hea"


def write_edf(folder: Path, name: str = "r.edf") -> Path:
    path = folder / name
    edfio.Edf([
        edfio.EdfSignal(tone(250.0), 250, label="ECG II", physical_dimension="mV"),
        edfio.EdfSignal(tone(50.0, 2.0), 50, label="ACC_X", physical_dimension="m/s2"),
        edfio.EdfSignal(tone(50.0, 2.0), 50, label="ACC_Y", physical_dimension="m/s2"),
        edfio.EdfSignal(9.80665 * np.ones(500) + 0.1 * tone(50.0), 50, label="ACC_Z", physical_dimension="m/s2"),
    ]).write(path)  # fmt: skip
    return path


def describe(data: Path, channels: list[dict[str, Any]], **more: Any) -> Path:
    data.with_suffix(".json").write_text(json.dumps({"fs": 250, "channels": channels} | more))
    return data


def write_csv(folder: Path, text: str | None = None) -> Path:
    path = folder / "r.csv"
    columns = zip(np.arange(2500) / 250.0, tone(250.0), tone(250.0, 7.0), strict=True)
    rows = "".join(f"{t:.3f}, {v:.6f}, {w:.6f}\n" for t, v, w in columns)
    path.write_text("time, II, V\n" + rows if text is None else text)
    return describe(path, [{"name": "II", "unit": "mV"}, {"name": "V", "unit": "mV"}])


def write_npz(folder: Path, **arrays: Any) -> Path:
    path = folder / "r.npz"
    np.savez_compressed(path, **({"II": tone(250.0)} | arrays))
    return describe(path, [{"name": "II", "unit": "mV"}])


WRITERS: list[Callable[[Path], Path]] = [write_wfdb, write_edf, write_csv, write_npz]


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_gives_back_what_was_written(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    world = open_record(write(tmp_path), signals=["ecg"])
    expected = tone(250.0, 7.0) if write is write_wfdb else tone(250.0)
    np.testing.assert_allclose(world.sample(ECG, T)[:, 0], expected, atol=1e-3)
    assert world.duration_s == 10.0
    assert world.t0_s == 0.0
    assert world.groups == {ECG}
    assert np.isnan(world.sample(ECG, np.array([10.0, 11.0]))).all()
    world.close()


def test_wfdb_by_name_header_or_data_file_and_by_channel(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    for path in (header, header.with_suffix(""), header.with_suffix(".dat"), str(header)):
        world = open_record(path)
        assert world.channel == "MLII"
        assert world.name == f"{tmp_path.name}/r1"
    other = open_record(header, channel="v5")
    assert other.channels == {ECG: ("V5",)}
    np.testing.assert_allclose(other.sample(ECG, T)[:, 0], tone(250.0), atol=1e-3)


def test_start_end_and_lead_in(tmp_path: Path) -> None:
    world = open_record(write_wfdb(tmp_path), channel="V5", start_s=2.0, end_s=6.0, lead_in_s=1.0)
    assert world.t0_s == -1.0
    assert world.duration_s == 5.0
    values = world.sample(ECG, np.arange(-100, 1600) / 250.0)[:, 0]
    assert np.isnan(values[:350]).all()
    np.testing.assert_allclose(values[350:1350], tone(250.0)[500:1500], atol=1e-3)
    assert np.isnan(values[1350:]).all()


@pytest.mark.parametrize(("start_s", "end_s"), [(10.0, None), (-1.0, None), (5.0, 4.0)])
def test_a_part_that_is_not_there_is_refused(tmp_path: Path, start_s: float, end_s: float | None) -> None:
    with pytest.raises(SettingsError, match="lasts 10 s"):
        open_record(write_wfdb(tmp_path), start_s=start_s, end_s=end_s)


def test_wfdb_of_several_rates(tmp_path: Path) -> None:
    wfdb.wrsamp(
        "multi", fs=100, units=["mV", "NU"], sig_name=["II", "PLETH"], fmt=["16", "16"], write_dir=str(tmp_path),
        e_p_signal=[tone(400.0), tone(100.0, 1.2)], samps_per_frame=[4, 1],
        e_d_signal=None,
    )  # fmt: skip
    world = open_record(tmp_path / "multi")
    assert world.groups == {ECG, PPG}
    np.testing.assert_allclose(world.sample(ECG, T)[20:-20, 0], np.sin(2 * np.pi * 5.0 * T)[20:-20], atol=2e-3)
    light = world.sample(PPG, np.arange(1000) / 100.0)
    assert np.corrcoef(light[:, 1], tone(100.0, 1.2))[0, 1] < -0.999
    assert (light[:, 0] == 0.0).all()
    assert 0.015 < np.ptp(light[:, 1]) / light[:, 1].mean() < 0.03


def test_wfdb_of_several_segments(tmp_path: Path) -> None:
    for number in (1, 2):
        write_wfdb(tmp_path, f"seg{number}")
    (tmp_path / "whole.hea").write_text("whole/2 2 250 5000\nseg1 2500\nseg2 2500\n")
    world = open_record(tmp_path / "whole", channel="V5")
    assert world.duration_s == 20.0
    values = world.sample(ECG, np.arange(5000) / 250.0)[:, 0]
    np.testing.assert_allclose(values, np.tile(tone(250.0), 2), atol=1e-3)


def test_wfdb_channels_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 1 250 100\nr.dat 16 200/mV 12 0\n")
    (tmp_path / "r.dat").write_bytes(bytes(200))
    with pytest.raises(ChannelNotFound, match="'signal 0'"):
        open_record(tmp_path / "r")
    assert open_record(tmp_path / "r", channel="signal 0").groups == {ECG}


@pytest.mark.parametrize("fs", [1, 40, 100000])
def test_rates_that_cannot_be_an_ecg(tmp_path: Path, fs: int) -> None:
    path = describe(write_npz(tmp_path), [{"name": "II", "unit": "mV"}], fs=fs)
    with pytest.raises(RecordFormatError, match=f"'II' has {fs:g} "):
        open_record(path)


def test_motion_in_other_units_and_without_gyroscope(tmp_path: Path) -> None:
    world = open_record(write_edf(tmp_path), signals=["imu"])
    motion = world.sample(MOTION, np.arange(100, 900) / 104.0)
    assert motion[:, 2].mean() == pytest.approx(1.0, abs=1e-3)
    assert motion[:, 0].max() == pytest.approx(1 / 9.80665, abs=1e-3)
    assert (motion[:, 3:] == 0.0).all()


def test_skin_temperature_is_replayed_in_celsius(tmp_path: Path) -> None:
    path = write_npz(tmp_path, II=np.zeros(2500), SKIN_TEMP=np.linspace(33.0, 34.0, 2500))
    units = [{"name": "II", "unit": "mV"}, {"name": "SKIN_TEMP", "unit": "°C"}]
    world = open_record(describe(path, units))
    assert world.groups == {ECG, SKIN}
    assert world.sample(SKIN, np.array([2.0, 5.0])).ravel() == pytest.approx([33.2, 33.5], abs=0.01)


def test_skin_temperature_in_another_unit_is_an_error_where_it_is_requested(tmp_path: Path) -> None:
    path = write_npz(tmp_path, II=np.zeros(2500), SKIN_TEMP=np.full(2500, 92.0))
    described = describe(path, [{"name": "II", "unit": "mV"}, {"name": "SKIN_TEMP", "unit": "degF"}])
    assert open_record(described).groups == {ECG}
    with pytest.raises(RecordFormatError, match=r"'SKIN_TEMP' is in 'degF', which is none of degc"):
        open_record(described, signals=["skin"])


def test_gyroscope_in_radians(tmp_path: Path) -> None:
    axes = {f"{kind}_{axis}": np.full(500, value) for kind, value in (("ACC", 1.0), ("GYR", 2.0)) for axis in "XYZ"}
    path = write_npz(tmp_path, **axes)
    channels = [{"name": name, "unit": "g" if name.startswith("A") else "rad/s", "fs": 50} for name in axes]
    world = open_record(describe(path, channels))
    np.testing.assert_allclose(world.sample(MOTION, T[:10])[0], [1, 1, 1, *[np.degrees(2.0)] * 3])


def test_raw_red_and_infrared_keep_their_ratio_of_ratios(tmp_path: Path) -> None:
    pulse = tone(100.0, 1.2)
    arrays = {"RED": 90000.0 * (1 - 0.005 * pulse), "IR": 120000.0 * (1 - 0.01 * pulse)}
    path = write_npz(tmp_path, **arrays)
    world = open_record(describe(path, [{"name": name} for name in arrays], fs=100))
    light = world.sample(PPG, np.arange(1000) / 100.0)
    modulation = np.ptp(light[:, :2], axis=0) / light[:, :2].mean(axis=0)
    assert modulation[0] / modulation[1] == pytest.approx(0.5, rel=1e-3)
    assert modulation[1] == pytest.approx(0.02, rel=0.01)
    np.testing.assert_allclose(light[:, :2].mean(axis=0), 220.0, rtol=0.02)


def red_and_infrared(seconds: float = 60.0) -> FloatArray:
    """Counts of a finger at 100 samples a second: pulses that breathe, noise; ratio of ratios 0.5."""
    t = np.arange(round(100 * seconds)) / 100
    pulse = np.sin(2 * np.pi * 1.2 * t) + 0.5 * np.sin(2 * np.pi * 0.25 * t)
    noise = np.random.default_rng(4).normal(0, 8, (len(t), 2))
    light: FloatArray = np.column_stack((90000 * (1 - 0.005 * pulse), 120000 * (1 - 0.01 * pulse))) + noise
    return light


def light_world(folder: Path, light: FloatArray) -> RecordWorld:
    path = write_npz(folder, RED=light[:, 0], IR=light[:, 1])
    return open_record(describe(path, [{"name": "RED"}, {"name": "IR"}], fs=100))


def _wandering(light: FloatArray) -> FloatArray:
    level = light.mean(axis=0)
    wandering: FloatArray = light - level + 0.2 * level * np.sin(np.arange(len(light)) / 1000.0)[:, None]
    return wandering


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(lambda light: light - light.mean(axis=0), id="zero mean"),
        pytest.param(lambda light: 50 + light.mean(axis=0) - light, id="inverted, near zero"),
        pytest.param(lambda light: light[1:] - light[:-1], id="high-passed"),
        pytest.param(_wandering, id="zero mean, wandering"),
        pytest.param(lambda light: (light - light.mean(axis=0)) / light.std(axis=0), id="z-scores"),
        pytest.param(lambda light: (light - light.min(axis=0)) / np.ptp(light, axis=0), id="0 to 1"),
        pytest.param(lambda light: 255 * (light - light.min(axis=0)) / np.ptp(light, axis=0), id="0 to 255"),
        pytest.param(lambda light: light - light.mean(axis=0) * (1, 0), id="red only"),
    ],
)
def test_light_that_lost_its_level_is_replayed_without_red(
    tmp_path: Path, lost: Callable[[FloatArray], FloatArray]
) -> None:
    world = light_world(tmp_path, lost(red_and_infrared()))
    assert not world.has_light_level
    light = world.sample(PPG, np.arange(5900) / 100.0)
    assert (light[:, 0] == 0.0).all()
    assert 100 < light[:, 1].mean() < 300
    assert np.std(light[:, 1]) > 0.5


def _dark_at_first(light: FloatArray, seconds: float, level: float = 500.0) -> FloatArray:
    dark = light.copy()
    dark[: round(100 * seconds)] = level + np.random.default_rng(1).normal(0, 5, (round(100 * seconds), 2))
    return dark


def _moved_at_first(light: FloatArray, depth: float) -> FloatArray:
    moved = light.copy()
    moved[:1500] *= 1 + depth * np.sin(2 * np.pi * 0.7 * np.arange(1500) / 100)[:, None]
    return moved


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(lambda light: light, id="counts"),
        pytest.param(lambda light: light / 131072, id="volts"),
        pytest.param(lambda light: light * 64, id="24 bits"),
        pytest.param(lambda light: _dark_at_first(light, 3), id="dark for 3 s"),
        pytest.param(lambda light: _dark_at_first(light, 10), id="dark for 10 s"),
        pytest.param(lambda light: _dark_at_first(light, 38, 0.0), id="dark for 38 s"),
        pytest.param(lambda light: _dark_at_first(light, 8, 200000.0), id="a lamp for 8 s"),
        pytest.param(lambda light: _moved_at_first(light, 0.3), id="moved by 30 %"),
        pytest.param(lambda light: _moved_at_first(light, 0.6), id="moved by 60 %"),
    ],
)
def test_light_with_its_level_keeps_it_whatever_it_begins_with(
    tmp_path: Path, kept: Callable[[FloatArray], FloatArray]
) -> None:
    world = light_world(tmp_path, kept(red_and_infrared()))
    assert world.has_light_level
    light = world.sample(PPG, np.arange(4000, 5900) / 100.0)
    np.testing.assert_allclose(light.mean(axis=0), (220.0, 220.0, 0.0), rtol=0.02)
    modulation = np.std(light[:, :2], axis=0) / light[:, :2].mean(axis=0)
    assert modulation[0] / modulation[1] == pytest.approx(0.5, rel=0.01)


def test_csv_without_headings_with_gaps_and_several_rates(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    slow = [f"{value}" for value in range(100)] + [""] * 900
    rows = [f"{k};{'' if 100 <= k < 110 else 0.5};{s}" for k, s in enumerate(slow)]
    path.write_text("\n".join(rows))
    describe(path, [{"name": "II", "unit": "mV", "column": 1}, {"name": "PLETH", "fs": 25, "column": 2}])
    world = open_record(path)
    assert [channel.length for channel in world.source.channels] == [1000, 100]
    ecg = world.sample(ECG, np.arange(1000) / 250.0)[:, 0]
    np.testing.assert_array_equal(np.isnan(ecg), (np.arange(1000) >= 100) & (np.arange(1000) < 110))
    assert np.isfinite(world.sample(PPG, np.arange(400) / 100.0)).all()


def test_csv_headings_may_carry_their_unit(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "time_s,V [mV],II [mV]\n" + "0,0.2,0.5\n" * 250)
    np.testing.assert_allclose(open_record(path).sample(ECG, T[:200]), 0.5)


def test_csv_longer_than_a_chunk(tmp_path: Path) -> None:
    values = np.random.default_rng(1).standard_normal(30000)
    path = tmp_path / "r.csv"
    np.savetxt(path, values, header="II", comments="", fmt="%.9f")
    world = open_record(describe(path, [{"name": "II", "unit": "mV"}]))
    np.testing.assert_allclose(world.sample(ECG, np.arange(30000) / 250.0)[:, 0], values, atol=1e-8)
    np.testing.assert_allclose(world.sample(ECG, np.arange(100) / 250.0)[:, 0], values[:100], atol=1e-8)


def test_a_missing_channel_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    with pytest.raises(ChannelNotFound, match=r"'aVR'.*'V5', 'MLII'"):
        open_record(header, channel="aVR")
    with pytest.raises(ChannelNotFound, match="ppg"):
        open_record(header, signals=["ecg", "ppg"])
    with pytest.raises(SettingsError, match="one ECG lead"):
        open_record(header, channel=["V5", "MLII"])
    with pytest.raises(SettingsError, match="eeg"):
        open_record(header, signals=["eeg"])
    nameless = write_wfdb(tmp_path, "r2", sig_name=["RESP", "CO2"], units=["NU", "mmHg"])
    with pytest.raises(ChannelNotFound, match="'RESP', 'CO2'"):
        open_record(nameless)
    with pytest.raises(SettingsError, match="RESP"):
        open_record(nameless, channel="RESP")
    with pytest.raises(RecordFormatError, match="'NU'"):
        open_record(nameless, channel="RESP", signals=["ecg"])
    assert open_record(nameless, channel="RESP", signals=["ppg"]).groups == {PPG}


def test_a_named_channel_decides_what_is_sensed(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path, "r3", sig_name=["PLETH", "II"], units=["NU", "mV"])
    assert open_record(header).groups == {ECG, PPG}
    assert open_record(header, channel="II").groups == {ECG, PPG}
    light = open_record(header, channel="PLETH")
    assert light.groups == {PPG}
    assert light.channel == "PLETH"
    with pytest.raises(SettingsError, match="'PLETH' is no ecg channel"):
        open_record(header, signals=["ecg"], channel="PLETH")
    with pytest.raises(ChannelNotFound, match="channel ''"):
        open_record(header, channel="")


def test_axes_without_another_name_are_what_their_unit_says(tmp_path: Path) -> None:
    def axes(unit: str, *names: str) -> Path:
        units = [unit] * len(names)
        signal = np.tile([0.0, 0.1, 0.9], (500, 2))[:, : len(names)]
        fmt = ["16"] * len(names)
        return write_wfdb(tmp_path, "axes", units=units, sig_name=list(names), fmt=fmt, p_signal=signal, fs=50)

    world = open_record(axes("g", "x", "Y-axis", "z"))
    assert world.groups == {MOTION}
    np.testing.assert_allclose(world.sample(MOTION, np.array([5.0]))[0, :3], [0.0, 0.1, 0.9], atol=1e-3)
    for unit, names in (("G", "xyz"), ("mT", "xyz"), ("g", "xy"), ("deg/s", "xyz")):
        with pytest.raises(ChannelNotFound, match="--column NAME=ACC_X"):
            open_record(axes(unit, *names))
    both = open_record(axes("m/s2", "lin acc x", "lin acc y", "lin acc z", "Acc X", "Acc Y", "Acc Z"))
    assert both.channels[MOTION] == ("Acc X", "Acc Y", "Acc Z")


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        (
            '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)","Absolute"\n'
            + "".join(f"{n / 50:.9E},{0:.9E},{0.980665:.9E},{9.80665:.9E},9.8\n" for n in range(500)),
            {},
        ),
        (
            "time,gFx,gFy,gFz,TgF\n"
            + "".join(f"2026-02-02 10:00:{n / 50:07.4f},0,0.1,1,1\n" for n in range(500)),
            {"": "g"},
        ),
        (
            "epoc (ms),timestamp (+0100),elapsed (s),x-axis (g),y-axis (g),z-axis (g)\n"
            + "".join(f"{1_770_000_000_000 + 20 * n},2026-02-02T10.00.00,{n / 50:.3f},0,0.1,1\n" for n in range(500)),
            {},
        ),
    ],
    ids=["phyphox", "physics_toolbox", "metawear"],
)  # fmt: skip
def test_headings_of_apps_say_enough(tmp_path: Path, content: str, unit: dict[str, str]) -> None:
    path = tmp_path / "r.csv"
    path.write_text(content)
    world = open_record(path, read=ReadOptions(units=unit))
    assert world.groups == {MOTION}
    assert world.source.channels[0].fs == pytest.approx(50.0)
    np.testing.assert_allclose(world.sample(MOTION, np.array([5.0]))[0, :3], [0.0, 0.1, 1.0], atol=1e-3)


def test_a_channel_may_be_named_by_its_number(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    assert open_record(header, channel="2").channel == "MLII"
    assert open_record(header, channel="1").channel == "V5"
    with pytest.raises(ChannelNotFound, match="channel '3'"):
        open_record(header, channel="3")
    numbered = write_wfdb(tmp_path, "r4", sig_name=["V1", "1"])
    assert open_record(numbered, channel="1").channel == "1"


def test_one_channel_without_a_name_is_the_ecg_where_one_is_wanted(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path, "r5", sig_name=["signal 0", "RESP"], units=["mV", "mV"])
    assert open_record(header, signals=["ecg"]).channel == "signal 0"
    with pytest.raises(ChannelNotFound, match="--channel NAME takes another one"):
        open_record(header)
    several = write_wfdb(tmp_path, "r6", sig_name=["channel 1", "channel 2"], units=["mV", "mV"])
    with pytest.raises(ChannelNotFound, match="--channel NAME takes one of them"):
        open_record(several, signals=["ecg"])


def test_what_a_record_does_not_say_is_taken_from_the_options(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path, "r7", sig_name=["a", "b"], units=["adu", "adu"])
    with pytest.raises(SettingsError, match="'b' in 'adu' could be anything"):
        open_record(header, channel="b")
    with pytest.raises(RecordFormatError, match=r"is in .adu., which is none of mV.*; --unit says"):
        open_record(header, channel="b", signals=["ecg"])
    said = ReadOptions(columns=(Column("b"),), units={"": "mV"}, scales={"": 0.5})
    world = open_record(header, read=said)
    assert world.channel == "b"
    np.testing.assert_allclose(world.sample(ECG, T)[:, 0], 500.0 * tone(250.0, 7.0), rtol=1e-3, atol=0.5)
    axes = ReadOptions(columns=(Column("1", "ACC_X"), Column("a", "ACC_Y"), Column("b", "ACC_Z")), units={"": "g"})
    assert open_record(header, read=axes).groups == {MOTION}


def test_a_header_may_leave_the_length_out(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    whole = open_record(header)
    expected = whole.sample(ECG, T)
    lines = header.read_text().splitlines(keepends=True)
    first = lines[0].split()
    header.write_text(" ".join(first[:3]) + "\n" + "".join(lines[1:]))
    unsized = open_record(header)
    assert unsized.duration_s == whole.duration_s
    np.testing.assert_array_equal(unsized.sample(ECG, T), expected)


def test_a_signal_file_cut_to_nothing_raises_a_record_error(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    header.with_suffix(".dat").write_bytes(b"")
    with pytest.raises(RecordFormatError, match="truncated: the signal file holds 0 of"):
        open_record(header, strict=False)


def test_missing_records(tmp_path: Path) -> None:
    for path in (tmp_path / "no", tmp_path / "no.hea", tmp_path / "no.csv", tmp_path, Path()):
        with pytest.raises(RecordNotFound, match=path.name or "is a folder"):
            open_record(path)
    header = write_wfdb(tmp_path)
    header.with_suffix(".dat").unlink()
    with pytest.raises(RecordNotFound, match=r"r1\.dat"):
        open_record(header)


def cut(path: Path, fraction: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * fraction)])


@pytest.mark.parametrize("name", ["r1.dat", "r.edf", "r.csv"])
def test_a_truncated_file_is_reported_and_its_good_part_can_be_replayed(tmp_path: Path, name: str) -> None:
    path = {"r1.dat": write_wfdb, "r.edf": write_edf, "r.csv": write_csv}[name](tmp_path)
    if name == "r.csv":
        path.write_text(path.read_text()[: path.read_text().rindex(",", 0, 30000)])
    else:
        cut(tmp_path / name, 0.6)
    with pytest.raises(RecordFormatError, match=path.name):
        open_record(path)
    world = open_record(path, strict=False)
    assert isinstance(world.record_error, RecordFormatError)
    assert world.duration_s is not None
    good = int(world.duration_s * 250.0 - 1)
    assert 1000 < good < 1700
    expected = tone(250.0, 7.0) if name == "r1.dat" else tone(250.0)
    np.testing.assert_allclose(world.sample(ECG, T[:good])[:, 0], expected[:good], atol=1e-3)


def test_changed_samples_do_not_have_their_checksum(tmp_path: Path) -> None:
    header = write_wfdb(tmp_path)
    data = bytearray(header.with_suffix(".dat").read_bytes())
    data[1000] ^= 0x10
    header.with_suffix(".dat").write_bytes(data)
    with pytest.raises(RecordFormatError, match="checksum"):
        open_record(header)
    assert open_record(header, strict=False).record_error is not None


@pytest.mark.parametrize("name", ["x.hea", "x.edf", "x.npz", "x.csv", "x.xyz"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\x13garbage\n" * 50, b"hello 2 world\nthis is\n"])
def test_garbage_is_an_error_of_ours(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    describe(path, [{"name": "II", "unit": "mV"}])
    with pytest.raises(RecordFormatError, match=r"x\."):
        open_record(path)


@pytest.mark.parametrize(
    "header",
    ["r 2 250 100\nr.dat 16 200/mV 12 0 0 0 0 II\n", "r 0 250 100\n", "r 1 0 100\nr.dat 16 200 12 0 0 0 0 II\n",
     "r 1 250 100\nr.dat 99 200 12 0 0 0 0 II\n"],
)  # fmt: skip
def test_headers_that_contradict_themselves(tmp_path: Path, header: str) -> None:
    (tmp_path / "r.hea").write_text(header)
    (tmp_path / "r.dat").write_bytes(bytes(200))
    with pytest.raises(RecordFormatError, match=r"r\.hea"):
        open_record(tmp_path / "r")


@pytest.mark.parametrize(
    ("sidecar", "complaint"),
    [
        ("nonsense", "not JSON"), ("[]", "channels"), ('{"channels": []}', "channels"),
        ('{"channels": [{"name": "II"}]}', "fs"), ('{"fs": 0, "channels": [{"name": "II"}]}', "fs"),
        ('{"fs": 250, "channels": [{"unit": "mV"}]}', "name"), ('{"fs": 250, "channels": [{"name": "X"}]}', "II, V"),
        ('{"fs": 250, "channels": [{"name": "II", "column": 9}]}', "column 9"),
        ('{"fs": 250, "channels": [{"name": "II"}, {"name": "II"}]}', "twice"),
        ('{"fs": 250, "channels": [{"name": "II", "unit": 3}]}', "unit"),
    ],
)  # fmt: skip
def test_a_bad_sidecar_raises_a_record_error(tmp_path: Path, sidecar: str, complaint: str) -> None:
    path = write_csv(tmp_path)
    path.with_suffix(".json").write_text(sidecar)
    with pytest.raises(RecordFormatError, match=complaint):
        open_record(path)


def test_a_bad_cell_is_named_with_its_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "II,V\n0.1,0.2\n0.1,oops\n")
    with pytest.raises(RecordFormatError, match="row 3"):
        open_record(path)


@pytest.mark.parametrize("blank_at", [1, 8191, 8192, 9000])
def test_blank_lines_of_a_csv_are_passed_over(tmp_path: Path, blank_at: int) -> None:
    rows = ["0.1,0.2\n"] * 10000
    path = write_csv(tmp_path, "II,V\n" + "".join(rows) + "\n\n")
    assert open_record(path).source.channels[0].length == 10000
    rows[blank_at] = "\n"
    path = write_csv(tmp_path, "II,V\n" + "".join(rows))
    assert open_record(path).source.channels[0].length == 9999


def test_damaged_and_odd_npz(tmp_path: Path) -> None:
    path = write_npz(tmp_path, II=np.ones((5, 2)))
    with pytest.raises(RecordFormatError, match="shape"):
        open_record(path)
    path = write_npz(tmp_path, II=np.array(["a", "b"]))
    with pytest.raises(RecordFormatError, match="row of numbers"):
        open_record(path)
    path = write_npz(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(RecordFormatError, match=r"r\.npz"):
        open_record(path)


def test_nan_and_flat_channels_come_through(tmp_path: Path) -> None:
    signal = np.stack([tone(250.0), np.full(2500, 0.25)], axis=1)
    signal[1000:1500, 0] = np.nan
    header = write_wfdb(tmp_path, p_signal=signal, units=["mV", "mV"])
    gap = open_record(header, channel="V5").sample(ECG, T)[:, 0]
    np.testing.assert_array_equal(np.isnan(gap), np.isnan(signal[:, 0]))
    flat = open_record(header, channel="MLII").sample(ECG, T)[:, 0]
    assert np.ptp(flat) < 1e-9


def test_a_requested_group_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ppg"):
        open_record(write_wfdb(tmp_path)).sample(PPG, T)


def long_record(folder: Path, seconds: int) -> Path:
    digital = np.tile(np.round(200 * tone(360.0, 5.0, 10.0)).astype(np.int64)[:, None], (seconds // 10, 2))
    wfdb.wrsamp(
        f"long{seconds}", fs=360, units=["mV", "mV"], sig_name=["MLII", "V5"], d_signal=digital, fmt=["212", "212"],
        adc_gain=[200, 200], baseline=[0, 0], write_dir=str(folder),
    )  # fmt: skip
    return folder / f"long{seconds}"


def replay(world: RecordWorld, seconds: int) -> None:
    for chunk in range(seconds * 2):
        world.sample(ECG, (chunk * 125 + np.arange(125)) / 250.0)


def test_memory_does_not_grow_with_the_record(tmp_path: Path) -> None:
    peaks = []
    for seconds in (300, 300, 1800):  # the first fills the readers' own caches
        path = long_record(tmp_path, seconds)
        open_record(path).close()
        gc.collect()
        tracemalloc.start()
        try:
            replay(open_record(path), seconds)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1e6  # the longer one is 5 MB longer; when garbage goes differs from run to run


DATA = Path(os.environ.get("VITALBAND_DATA", Path.home() / ".cache" / "vitalband" / "data"))


@pytest.mark.data
@pytest.mark.parametrize("base", ["ludb", "qtdb", "mitdb"])
def test_every_public_record_opens_whole(base: str) -> None:
    headers = sorted((DATA / base).glob("*.hea"))
    if not headers:
        pytest.skip(f"no recordings of {base} under {DATA}")
    for header in headers:
        world = open_record(header)
        fs = world.source.channels[0].fs
        assert np.isfinite(world.sample(ECG, np.arange(1000) / 250.0)).all()
        assert fs in (250.0, 360.0, 500.0)


@pytest.mark.data
def test_the_sampled_r_peaks_lie_on_the_marked_ones() -> None:
    if not (DATA / "mitdb" / "100.hea").is_file():
        pytest.skip(f"no recordings of mitdb under {DATA}")
    marks = wfdb.rdann(str(DATA / "mitdb" / "100"), "atr")
    world = open_record(DATA / "mitdb" / "100.hea")
    signal = world.sample(ECG, np.arange(250 * 300) / 250.0)[:, 0]
    r = marks.sample[(np.array(marks.symbol) == "N") & (marks.sample < 290 * 360) & (marks.sample > 360)] / 360.0
    found = [np.argmax(signal[round(250 * t) - 10 : round(250 * t) + 11]) - 10 + round(250 * t) for t in r]
    assert abs(np.median(np.array(found) / 250.0 - r)) < 0.004


def test_sources_close_twice(tmp_path: Path) -> None:
    for write in WRITERS:
        source = open_source(write(tmp_path))
        source.close()
        source.close()
