"""PPG data sets in their published formats, on small made records: what is read, what is refused, and by peers."""

from __future__ import annotations

import json
import os
import pickle
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from scipy.io import loadmat, savemat

from firmware_sim.testing import ppg_signals
from host_sdk.cli.main import main
from models.evaluation.core.dataset import FloatArray
from models.evaluation.core.errors import CaseError, PeerMissing
from models.evaluation.ppg.datasets import DATASETS, open_dataset
from models.evaluation.ppg.datasets.base import PpgDataSet
from models.evaluation.ppg.methods import peers

SECONDS, PULSE = 30, 72


def _light(fs: float, seconds: float = SECONDS, rate: float = PULSE) -> FloatArray:
    infrared = ppg_signals.light(seconds, rate)[1]
    t = np.arange(0, seconds, 1 / fs)
    return np.asarray(-np.interp(t, np.arange(len(infrared)) / 100, infrared))


def _still(fs: float, unit: float = 1.0) -> FloatArray:
    return np.tile([0.0, 0.0, unit], (int(SECONDS * fs), 1))


def _troika(folder: Path) -> str:
    light, axes = _light(125), _still(125)
    rows = np.stack([np.zeros(len(light)), light, light[::-1], *axes.T])
    savemat(folder / "DATA_01_TYPE01.mat", {"sig": rows})
    rates = np.full((12, 1), float(PULSE))
    rates[3] = np.nan
    savemat(folder / "DATA_01_TYPE01_BPMtrace.mat", {"BPM0": rates})
    return "DATA_01_TYPE01"


def _dalia(folder: Path, unit: float = 1.0) -> str:
    wrist = {"BVP": _light(64)[:, None], "ACC": _still(32, unit)}
    codes = np.repeat([1.0, 0.0, 7.0], [40, 20, 4 * SECONDS - 60])[:, None]
    content = {"signal": {"wrist": wrist}, "label": np.full(12, float(PULSE)), "activity": codes}
    (folder / "S7").mkdir()
    (folder / "S7/S7.pkl").write_bytes(pickle.dumps(content, protocol=2))
    return "S7"


def _capnobase(folder: Path, param: bool = True) -> str:
    lines = ["co2_y,pleth_y", *(f"0,{value:.6f}" for value in _light(300))]
    (folder / "0009_8min_signal.csv").write_text("\n".join(lines) + "\n")
    beats = " ".join(str(round(k * 300 * 60 / PULSE) + 1) for k in range(PULSE // 2))
    breaths = " ".join(str(round(k * 300 * 4) + 1) for k in range(8))
    labels = f"pleth_peak_x,co2_startinsp_x,units_x\n{beats}, {breaths},samples\n"
    (folder / "0009_8min_labels.csv").write_text(labels, encoding="utf-8-sig")
    if param:
        (folder / "0009_8min_param.csv").write_text("case_id,samplingrate_co2,samplingrate_pleth\n0009,300,300\n")
    return "0009_8min"


def _wildppg(folder: Path) -> str:
    fs = 128
    t = np.arange(0, SECONDS, 1 / fs)
    since = (t + 0.4) % (60 / PULSE) - 0.4
    ecg = np.exp(-(since**2) / (2 * 0.012**2)) + 0.2 * np.exp(-((since - 0.28) ** 2) / (2 * 0.04**2))
    sensors: dict[str, Any] = {f"ppg_{light}": {"v": 1e5 + 1e3 * _light(fs), "fs": fs} for light in "rgi"}
    sensors["ppg_ir"] = sensors.pop("ppg_i")
    sensors |= {f"acc_{axis}": {"v": 9.81 * column, "fs": 32} for axis, column in zip("xyz", _still(32).T, strict=True)}
    content = {"id": "an0", "notes": "", "wrist": sensors, "sternum": {"ecg": {"v": ecg, "fs": fs}}}
    savemat(folder / "WildPPG_Part_an0.mat", content)
    return "WildPPG_Part_an0"


ENCOUNTER, PATIENT = "02093f14af", "77c1"


def _openoximetry(folder: Path, sample_s: float = 20.0, base_time: time | None = time(14, 59, 50)) -> str:
    """As the repository's own builder writes it: light at 86/s, and a 2 Hz file that notes when a sample is drawn."""
    lights = ppg_signals.light(SECONDS, PULSE, breath=0.0, ratio=0.7)
    t = np.arange(0, SECONDS, 1 / 86)
    red, infrared = (np.interp(t, np.arange(len(light)) / 100, light).astype(np.int64) for light in lights)
    (folder / "waveforms/0").mkdir(parents=True, exist_ok=True)
    wfdb.wrsamp(
        f"{ENCOUNTER}_ppg", fs=86, units=["counts", "counts"], sig_name=["IR", "RED"],
        d_signal=np.stack([infrared, red], axis=1), fmt=["32", "32"], adc_gain=[1, 1], baseline=[0, 0],
        base_time=base_time, write_dir=str(folder / "waveforms/0"),
    )  # fmt: skip
    start = datetime(2021, 5, 3, 14, 59, 50)
    drawn = round(2 * sample_s)
    rows = [f"{start + timedelta(seconds=k / 2)},{'7' if k in (drawn, drawn + 1) else ''},5.1" for k in range(60)]
    (folder / f"waveforms/0/{ENCOUNTER}_2hz.csv").write_text("\n".join(["Timestamp,Sample,ETCO2", *rows]) + "\n")
    (folder / "encounter.csv").write_text(f"patient_id,encounter_id,fitzpatrick\n{PATIENT},{ENCOUNTER},3\n")
    gases = ["7.0,,7.40,88.1", "7,15:00:40,7.41,88.1", "8,15:00:55,7.4,71.0", "9,NA,7.4,"]
    lines = [f"{PATIENT},{ENCOUNTER},2021-05-03,{each}" for each in gases]
    (folder / "bloodgas.csv").write_text("\n".join(["patient_id,encounter_id,date,sample,time,ph,so2", *lines]) + "\n")
    return ENCOUNTER


MAKERS = {"troika": _troika, "ppg_dalia": _dalia, "capnobase": _capnobase, "wildppg": _wildppg,
          "openoximetry": _openoximetry}  # fmt: skip


def _made(name: str, folder: Path) -> tuple[PpgDataSet, Any]:
    record = MAKERS[name](folder)
    dataset = open_dataset(name, folder)
    assert dataset.records() == [record]
    return dataset, dataset.cases(record, ())[0]


@pytest.mark.parametrize("name", MAKERS)
def test_light_acceleration_and_truth_are_read(name: str, tmp_path: Path) -> None:
    dataset, case = _made(name, tmp_path)
    channels = {channel.name: channel for channel in dataset.channels(case)}
    light = channels.get("PLETH") or channels["IR"]
    assert len(light.values) / light.fs == pytest.approx(SECONDS, abs=0.05)
    if "ACC_Z" in channels:
        assert float(np.median(channels["ACC_Z"].values)) == pytest.approx(1.0, abs=0.01)
    pulse = dataset.whole(case)[1].expected.get("pulse", {8: PULSE})
    assert min(pulse) == 8
    assert list(pulse.values()) == pytest.approx([PULSE] * len(pulse), abs=1.0)


def test_a_window_without_a_rate_is_not_judged(tmp_path: Path) -> None:
    dataset, case = _made("troika", tmp_path)
    assert 8 + 2 * 3 not in dataset.truth(case).expected["pulse"]
    assert len(dataset.truth(case).expected["pulse"]) == 11


def test_what_the_wearer_did_in_a_window_is_read(tmp_path: Path) -> None:
    dataset, case = _made("ppg_dalia", tmp_path)
    did = dataset.truth(case).activities
    assert {end for end, name in did.items() if name == "sitting"} == {8, 10}
    assert {end for end, name in did.items() if name == "walking"} == {24, 26, 28, 30}
    assert len(did) == 6


def test_what_the_treadmill_did_in_a_window_is_known(tmp_path: Path) -> None:
    dataset, case = _made("troika", tmp_path)
    savemat(tmp_path / f"{case.record}_BPMtrace.mat", {"BPM0": np.full((147, 1), 120.0)})
    did = dataset.truth(case).activities
    assert [did[end] for end in (8, 30, 48, 90, 108, 150, 168, 228, 270, 288, 300)] == [
        "at rest", "at rest", *["6 or 8 km/h"] * 2, *["12 or 15 km/h"] * 2, "6 or 8 km/h",
        *["12 or 15 km/h"] * 2, "at rest", "at rest",
    ]  # fmt: skip
    assert {did[end] for end in (32, 40, 46, 92, 106, 152, 272)} == {"speed changes"}


def test_breaths_of_the_capnogram_are_the_reference(tmp_path: Path) -> None:
    dataset, case = _made("capnobase", tmp_path)
    assert "resp" in dataset.truth(case).expected
    (tmp_path / "0009_8min_param.csv").unlink()
    assert dataset.channels(case)[0].fs == 300


def test_windows_with_an_artefact_of_the_expert_s_are_not_judged(tmp_path: Path) -> None:
    dataset, case = _made("capnobase", tmp_path)
    labels = tmp_path / "0009_8min_labels.csv"
    whole = dataset.truth(case).expected
    heads, cells = labels.read_text(encoding="utf-8-sig").splitlines()
    labels.write_text(f"{heads},pleth_artif_x,co2_artif_x\n{cells},3001 3301,\n", encoding="utf-8")
    found = dataset.truth(case).expected
    assert set(whole["pulse"]) - set(found["pulse"]) == set(range(11, 19))
    assert found["resp"] == whole["resp"]


def test_tables_of_the_archive_are_read_too(tmp_path: Path) -> None:
    dataset, case = _made("capnobase", tmp_path)
    (light,), truth = dataset.whole(case)
    for path in tmp_path.glob("*.csv"):
        path.with_suffix(".tab").write_text(path.read_text(encoding="utf-8-sig").replace(",", "\t"), encoding="utf-8")
        path.unlink()
    other = open_dataset("capnobase", tmp_path)
    assert other.records() == ["0009_8min"]
    (same,), known = other.whole(case)
    assert (same.fs, same.values.tolist(), known) == (light.fs, light.values.tolist(), truth)


def test_the_wristbands_own_unit_is_known(tmp_path: Path) -> None:
    record = _dalia(tmp_path, unit=64.0)
    dataset = open_dataset("ppg_dalia", tmp_path)
    axes = dataset.channels(dataset.cases(record, ())[0])[1:]
    assert [float(np.median(axis.values)) for axis in axes] == [0.0, 0.0, 1.0]


class _Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "S1").mkdir()
    (tmp_path / "S1/S1.pkl").write_bytes(pickle.dumps({"signal": _Harmful(tmp_path / "made")}))
    dataset = open_dataset("ppg_dalia", tmp_path)
    with pytest.raises(CaseError, match=r"mkdir, which is no array"):
        dataset.channels(dataset.cases("S1", ())[0])
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("name", "file", "content", "said"),
    [
        ("troika", "DATA_01_TYPE01.mat", b"no matrix", "DATA_01_TYPE01.mat: cannot be read"),
        ("ppg_dalia", "S7/S7.pkl", b"\x80\x02}.", "signal/wrist/BVP cannot be read"),
        ("ppg_dalia", "S7/S7.pkl", b"", "cannot be read"),
        ("capnobase", "0009_8min_signal.csv", b"co2_y\n1\n", "'pleth_y' cannot be read"),
        ("wildppg", "WildPPG_Part_an0.mat", b"", "cannot be read"),
    ],
)
def test_a_broken_file_is_named(name: str, file: str, content: bytes, said: str, tmp_path: Path) -> None:
    dataset, case = _made(name, tmp_path)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(CaseError, match=said):
        dataset.channels(case)


def test_arterial_oxygen_is_the_reference_of_the_window_around_its_draw(tmp_path: Path) -> None:
    dataset, case = _made("openoximetry", tmp_path)
    assert dataset.person(case.record) == PATIENT
    red, infrared = dataset.channels(case)
    assert (red.name, infrared.name, red.unit, red.fs) == ("RED", "IR", "count", 86.0)
    assert dataset.truth(case).expected == {"spo2": {24: 88.1}}


@pytest.mark.parametrize(
    ("gases", "known"),
    [
        (["7,15:00:30,88.1", "7,15:02:00,79.0"], 88.1),  # the analysis nearest to the draw
        (["7,15:00:00,88.1", "7,15:00:20,79.0"], None),  # as near
        (["7,NA,88.1", "7,NA,79.0"], None),
        (["7,15:09:00,88.1", "7,15:12:00,79.0"], None),  # hours of another sample
        (["7,15:00:30,8.8"], None),
        (["8,15:00:30,88.1"], None),
    ],
)
def test_a_blood_gas_that_may_be_another_samples_is_none(gases: list[str], known: float | None, tmp_path: Path) -> None:
    dataset, case = _made("openoximetry", tmp_path)
    rows = [f"{ENCOUNTER},{each}" for each in gases]
    (tmp_path / "bloodgas.csv").write_text("\n".join(["encounter_id,sample,time,so2", *rows]) + "\n")
    assert list(dataset.truth(case).expected["spo2"].values()) == ([] if known is None else [known])


def test_openoximetry_goes_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _openoximetry(tmp_path)
    assert main(["evaluate", "ppg", "--dataset", "openoximetry", "--data", str(tmp_path), "--jobs", "1", "--json"]) == 0
    spo2 = json.loads(capsys.readouterr().out)["methods"]["vitalband"]["summary"]["all"]["readings"]["spo2"]
    assert (spo2["people"], spo2["n"], spo2["refused"]) == (1, 1, 0)
    assert spo2["mae"] < 3.0


def test_who_has_no_openoximetry_reads_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "ppg", "--dataset", "openoximetry", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "no waveforms/*/*_ppg.hea" in said
    assert "https://physionet.org/content/openox-repo/ (restricted: an account of PhysioNet" in said


def _first(content: bytes, part: float) -> bytes:
    return content[: round(part * len(content))]


#: Every file of each set that a method or a reference reads.
FILES = {
    "troika": ("DATA_01_TYPE01.mat", "DATA_01_TYPE01_BPMtrace.mat"),
    "ppg_dalia": ("S7/S7.pkl",),
    "capnobase": ("0009_8min_signal.csv", "0009_8min_labels.csv"),
    "wildppg": ("WildPPG_Part_an0.mat",),
    "openoximetry": (f"waveforms/0/{ENCOUNTER}_ppg.dat", f"waveforms/0/{ENCOUNTER}_ppg.hea", "encounter.csv"),
}


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files])
def test_a_file_that_is_cut_is_an_error_and_no_refusal(name: str, file: str, part: float, tmp_path: Path) -> None:
    dataset, case = _made(name, tmp_path)
    dataset.whole(case)
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(_first(whole, part))
    with pytest.raises(CaseError):
        open_dataset(name, tmp_path).whole(case)


def test_a_file_that_is_cut_between_its_lines_is_an_error_too(tmp_path: Path) -> None:
    dataset, case = _made("capnobase", tmp_path)
    path = tmp_path / "0009_8min_signal.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:4500]) + "\n")
    with pytest.raises(CaseError, match=r"beats end at 29.2 s, the light at 15.0 s"):
        dataset.whole(case)


@pytest.mark.parametrize(
    ("name", "seconds", "value", "said"),
    [
        ("troika", slice(10, 11), np.nan, "PLETH is no number at 10.0 s"),
        ("troika", slice(0, 30), 7.0, "PLETH is 7 throughout"),
        ("ppg_dalia", slice(20, 21), np.inf, "PLETH is no number at 20.0 s"),
        ("openoximetry", slice(12, 15), 0, "RED has no numbers from 12.0 to 15.0 s"),
    ],
)
def test_light_that_is_damaged_is_named(
    name: str, seconds: slice, value: float, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = _light

    def damaged(fs: float, length: float = SECONDS, rate: float = PULSE) -> FloatArray:
        light = make(fs, length, rate)
        light[round(seconds.start * fs) : round(seconds.stop * fs)] = value
        return light

    monkeypatch.setattr(f"{__name__}._light", damaged)
    lights = ppg_signals.light(SECONDS, PULSE, breath=0.0, ratio=0.7)
    for light in lights:
        light[100 * seconds.start : 100 * seconds.stop] = value if np.isfinite(value) else 1
    monkeypatch.setattr(ppg_signals, "light", lambda *args, **kwargs: lights) if name == "openoximetry" else None
    dataset, case = _made(name, tmp_path)
    with pytest.raises(CaseError, match=said):
        dataset.whole(case)


@pytest.mark.parametrize("sensor", ["ppg_ir", "ecg"])
def test_a_gap_in_half_a_day_only_takes_its_windows(sensor: str, tmp_path: Path) -> None:
    dataset, case = _made("wildppg", tmp_path)
    content = loadmat(tmp_path / f"{case.record}.mat", simplify_cells=True)
    body_location = "sternum" if sensor == "ecg" else "wrist"
    content[body_location][sensor]["v"][18 * 128 : 22 * 128] = np.nan
    savemat(tmp_path / f"{case.record}.mat", {name: content[name] for name in ("id", "notes", "wrist", "sternum")})
    _, truth = dataset.whole(case)
    assert set(truth.expected["pulse"]) == {*range(8, 19), 30}


def test_a_record_without_reference_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _openoximetry(tmp_path)
    (tmp_path / "bloodgas.csv").write_text("encounter_id,sample,time,so2\n")
    assert main(["evaluate", "ppg", "--dataset", "openoximetry", "--data", str(tmp_path), "--jobs", "1", "--json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["failed"], report["methods"]["vitalband"]["records"]) == (1, [])
    assert f"{ENCOUNTER}: no window has a reference" in captured.err


def test_a_cut_record_is_no_refusal_of_a_peer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(peers.PEERS, "heartpy", peers.Package("wfdb", {"pulse": lambda light, fs: PULSE}))
    _troika(tmp_path)
    savemat(tmp_path / "DATA_01_TYPE01_BPMtrace.mat", {"BPM0": np.full((40, 1), float(PULSE))})
    words = ["--dataset", "troika", "--data", str(tmp_path), "--jobs", "1", "--json", "--peer", "heartpy"]
    assert main(["evaluate", "ppg", *words]) == 1
    methods = json.loads(capsys.readouterr().out)["methods"]
    said = "DATA_01_TYPE01: its reference ends at 86.0 s, its light at 30.0 s"
    assert [method["failed"][0]["error"]["message"] for method in methods.values()] == [said, said]


def test_broken_labels_are_named(tmp_path: Path) -> None:
    dataset, case = _made("capnobase", tmp_path)
    (tmp_path / "0009_8min_labels.csv").write_text("pleth_peak_x,co2_startinsp_x\n1 two,3\n")
    with pytest.raises(CaseError, match="pleth_peak_x"):
        dataset.truth(case)


def test_troika_goes_through_the_device_with_its_acceleration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _troika(tmp_path)
    words = ["--dataset", "troika", "--data", str(tmp_path), "--jobs", "1", "--json"]
    assert main(["evaluate", "ppg", *words]) == 0
    readings = json.loads(capsys.readouterr().out)["methods"]["vitalband"]["summary"]["all"]["readings"]
    assert readings["pulse"]["people"] == 1
    assert readings["pulse"]["mae"] < 2.0
    assert readings["pulse"]["n"] >= 8


def test_a_peer_is_given_the_same_windows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each window of the light alone; one in which it breaks down is refused."""
    seen: list[int] = []

    def rate(light: FloatArray, fs: float) -> float:
        seen.append(len(light))
        if len(seen) == 2:
            raise IndexError("no peaks")
        return PULSE + 1.0

    monkeypatch.setitem(peers.PEERS, "heartpy", peers.Package("wfdb", {"pulse": rate}))
    _troika(tmp_path)
    words = ["--dataset", "troika", "--data", str(tmp_path), "--jobs", "1", "--json", "--peer", "heartpy"]
    assert main(["evaluate", "ppg", *words]) == 0
    pulse = json.loads(capsys.readouterr().out)["methods"]["heartpy"]["summary"]["all"]["readings"]["pulse"]
    assert (pulse["n"], pulse["refused"], pulse["bias"], pulse["risk"]) == (10, 1, 1.0, None)
    assert set(seen) == {8 * 125}


def test_a_peer_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.PEERS, "heartpy", peers.Package("no_such_package", {}))
    with pytest.raises(PeerMissing, match=r"pip install '\.\[peers\]'"):
        peers.Peer("heartpy").describe()


@pytest.mark.parametrize("name", peers.PEERS)
def test_installed_peers_find_a_steady_pulse(name: str) -> None:
    pytest.importorskip(name, reason="the peers are in the extra `peers`")
    measured = peers.PEERS[name].measures["pulse"](_light(100, 8), 100.0)
    assert measured == pytest.approx(PULSE, abs=2)


def test_every_set_says_where_it_is_published() -> None:
    assert {kind.url.split(":")[0] for kind in DATASETS.values()} == {"https"}
