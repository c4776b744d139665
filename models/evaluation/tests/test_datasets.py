"""Loaders of `vitalband evaluate`, on small records in the published formats."""

from __future__ import annotations

import lzma
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from models.evaluation.core.choosing import Wanted, choose
from models.evaluation.core.dataset import Case
from models.evaluation.core.errors import CaseError, DataSetError
from models.evaluation.ecg.datasets import DATASETS, open_dataset
from models.evaluation.ecg.datasets.base import EcgDataSet, Settings
from models.evaluation.ecg.datasets.mitdb import Mitdb, frequent_ectopy
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, noisy_spans, signal_amplitude, stressed
from models.evaluation.ecg.truth import Peak
from models.evaluation.tests import ecg_records as made


def opened(name: str, data: Path, settings: Settings | None = None) -> EcgDataSet:
    return open_dataset(name, data, settings or Settings())


def test_ludb_has_waves_of_each_lead_and_diagnoses(tmp_path: Path) -> None:
    dataset = opened("ludb", made.ludb(tmp_path / "ludb", ["1", "2", "10"]).parent)
    assert dataset.records() == ["1", "2", "10"]
    cases = choose(dataset, Wanted()).cases
    assert [(case.record, case.group) for case in cases][:3] == [("1", "i"), ("1", "ii"), ("2", "i")]
    truth = dataset.truth(cases[1])
    assert len(truth.waves) == len(made.r_times(10.0)) - 2
    beat = truth.waves[3]
    for name, seconds in (("pr", made.PR), ("qrs", made.QRS), ("qt", made.QT)):
        assert beat.interval_ms(name) == pytest.approx(1000 * seconds, abs=4)
    assert {"sinus rhythm", "i degree av block", "pr usual", "qrs narrow"} == truth.labels
    assert truth.fibrillation == ()
    assert dataset.truth(Case("2", "ii", "ii")).fibrillation == ((0.0, 10.0),)
    assert np.abs(dataset.lead(cases[1]).mv - made.lead(10.0, fs=500)).max() < 1e-3


def test_parts_records_and_leads_can_be_chosen(tmp_path: Path) -> None:
    dataset = opened("ludb", made.ludb(tmp_path, ["1", "2", "4"]))
    assert {case.record for case in choose(dataset, Wanted(split="held-out")).cases} == {"4"}
    assert {case.record for case in choose(dataset, Wanted(split="development")).cases} == {"1", "2"}
    assert [case.record for case in choose(dataset, Wanted(limit=1, channels=("II",))).cases] == ["1"]
    assert [case.channel for case in choose(dataset, Wanted(records=("2",), channels=("3",))).cases] == ["avr"]
    with pytest.raises(DataSetError, match=r"no part 'odd' \(it has all, held-out"):
        choose(dataset, Wanted(split="odd"))
    with pytest.raises(DataSetError, match="no record '77'"):
        choose(dataset, Wanted(records=("77",)))


def test_a_record_that_cannot_be_listed_does_not_stop_the_others(tmp_path: Path) -> None:
    dataset = opened("ludb", made.ludb(tmp_path, ["1", "2"]))
    (tmp_path / "1.hea").write_text("nonsense")
    chosen = choose(dataset, Wanted())
    assert [case.record for case in chosen.cases] == ["2", "2"]
    ((record, error),) = chosen.failed
    assert record == "1"
    assert isinstance(error, CaseError)


@pytest.mark.parametrize("name", DATASETS)
def test_a_missing_set_raises_dataset_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=f"nothing of {name}"):
        opened(name, tmp_path)
    with pytest.raises(DataSetError, match="is no folder"):
        opened(name, tmp_path / "nowhere")


def test_qtdb_has_joint_marks_for_both_channels_and_a_second_expert(tmp_path: Path) -> None:
    dataset = opened("qtdb", made.qtdb(tmp_path))
    cases = choose(dataset, Wanted()).cases
    assert [case.group for case in cases] == ["channel 1", "channel 2"]
    one, other = (dataset.truth(case) for case in cases)
    assert one.waves == other.waves
    assert (len(one.waves), len(one.second), len(one.peaks)) == (8, 6, len(made.r_times(20.0)))
    assert not one.every_beat


def test_mitdb_has_beats_rhythms_and_where_they_are_judged(tmp_path: Path) -> None:
    dataset = opened("mitdb", made.mitdb(tmp_path))
    (case,) = choose(dataset, Wanted()).cases
    truth = dataset.truth(case)
    assert [peak.kind for peak in truth.peaks][4:7] == ["N", "V", "N"]
    assert np.array(truth.fibrillation) == pytest.approx(np.array([[10.0, 20.0]]), abs=0.01)
    assert list(truth.scopes.values()) == [((1.0, 30.0),), ((1.0, 30.0),), ()]
    assert truth.p_peaks is None
    assert not truth.paced


def test_six_ectopic_beats_in_half_a_minute_are_frequent() -> None:
    def peaks(*ectopic: float) -> list[Peak]:
        return [Peak(float(t), "V" if t in ectopic else "N") for t in range(120)]

    assert frequent_ectopy(peaks(1, 2, 3, 4, 5)) == ()
    assert frequent_ectopy(peaks(10, 14, 18, 22, 26, 30)) == ((30.0, 40.0),)
    assert frequent_ectopy(peaks(10, 14, 18, 22, 26, 41)) == ()
    assert frequent_ectopy(peaks(10, 14, 18, 22, 26, 30, 34, 100)) == ((30.0, 44.0),)


def test_mitdb_windows_of_frequent_ectopy_are_no_fibrillation(tmp_path: Path) -> None:
    truth = opened("mitdb", made.mitdb(tmp_path)).truth(Case("119", "MLII", "channel 1"))
    assert list(truth.stretches) == ["fibrillation", "frequent ectopy", "other rhythm"]
    assert truth.stretches["frequent ectopy"] == ()
    names = [contrast.name for contrast in Mitdb.contrasts]
    assert names == ["irregular: windows in atrial fibrillation", "irregular: the same against frequent ectopy"]


def test_mitdb_cuts_flutter_and_knows_pacemakers_and_p_peaks(tmp_path: Path) -> None:
    made.mitdb(tmp_path)
    made.write_marks(tmp_path, "119", "atr", [(2.0, "/"), (5.0, "["), (6.0, "!"), (8.0, "]"), (9.0, "N")], 360)
    made.write_marks(tmp_path, "119", "pwave", [(1.9, "p"), (8.9, "p")], 360)
    truth = opened("mitdb", tmp_path).truth(Case("119", "MLII", "channel 1"))
    assert truth.scopes["the same, without ventricular flutter"] == ((1.0, 5.0), (8.0, 30.0))
    assert [(peak.t, peak.kind) for peak in truth.peaks] == [(2.0, "/"), (9.0, "N")]
    assert np.array(truth.p_peaks) == pytest.approx(np.array([1.9, 8.9]), abs=0.01)
    assert truth.paced


def test_cinc2017_has_classes(tmp_path: Path) -> None:
    made.cinc2017(tmp_path, {"A00001": "N", "A00002": "A"})
    dataset = opened("cinc2017", tmp_path)
    cases = choose(dataset, Wanted()).cases
    assert [dataset.truth(case).labels for case in cases] == [{"N"}, {"A"}]
    lead = dataset.lead(cases[0])
    assert (len(lead.mv), lead.fs) == (3600, 300.0)
    assert np.abs(lead.mv - made.lead(12.0, fs=300)).max() < 1e-3


def test_cinc2017_uses_the_newest_classes_and_rejects_bad_signals(tmp_path: Path) -> None:
    made.cinc2017(tmp_path, {"A00001": "N"})
    (tmp_path / "REFERENCE-v3.csv").write_text("A00001,~\n")
    (tmp_path / "A00001.mat").write_bytes(b"no matrix")
    dataset = opened("cinc2017", tmp_path)
    (case,) = choose(dataset, Wanted()).cases
    assert dataset.truth(case).labels == {"~"}
    with pytest.raises(CaseError, match="no signal"):
        dataset.lead(case)


def test_cinc2011_is_read_packed_and_as_published(tmp_path: Path) -> None:
    packed = opened("cinc2011", made.cinc2011_packed(tmp_path / "packed"))
    cases = choose(packed, Wanted(channels=("II",))).cases
    assert [packed.truth(case).labels for case in cases] == [{"acceptable"}, {"unacceptable"}]
    assert np.ptp(packed.lead(cases[0]).mv) > 0.5
    published = tmp_path / "set-a"
    made.write_wfdb(published, "1000", {"I": made.lead(10.0, fs=500), "II": made.lead(10.0, fs=500)}, 500)
    (published / "RECORDS-acceptable").write_text("1000\n")
    (published / "RECORDS-unacceptable").write_text("")
    dataset = opened("cinc2011", published)
    assert [case.channel for case in choose(dataset, Wanted()).cases] == ["I", "II"]
    assert dataset.truth(Case("1000", "I", "I")).labels == {"acceptable"}


@pytest.mark.parametrize("packed", [False, True])
def test_tele_has_qrs_outside_artefacts(packed: bool, tmp_path: Path) -> None:
    path = made.tele(tmp_path) / "7.dat"
    if packed:
        path.with_name("7.dat.xz").write_bytes(lzma.compress(path.read_bytes()))
        path.unlink()
    dataset = opened("tele", tmp_path)
    (case,) = choose(dataset, Wanted()).cases
    truth = dataset.truth(case)
    assert truth.stretches["artefact"] == ((6.0, 9.0),)
    assert truth.scopes["outside artefact"] == ((1.0, 6.0), (9.0, 12.0))
    assert not any(6.0 <= peak.t < 9.0 for peak in truth.peaks)


def test_tele_rejects_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "1.dat").write_text("1,2\n3,4\n")
    dataset = opened("tele", tmp_path)
    (case,) = choose(dataset, Wanted()).cases
    with pytest.raises(CaseError, match="2 columns"):
        dataset.truth(case)


def test_a_data_set_travels_without_what_it_has_read(tmp_path: Path) -> None:
    dataset = opened("cinc2011", made.cinc2011_packed(tmp_path))
    dataset.records()
    carried = pickle.dumps(dataset)
    assert len(carried) < 1000
    assert pickle.loads(carried).records() == ["1000", "1001"]


def test_noise_has_the_requested_ratio() -> None:
    fs, seconds = 360, 660.0
    clean = np.zeros(round(fs * seconds))
    times = np.arange(1.0, seconds - 1, 1.0)
    clean[np.round(times * fs).astype(int)] = 2.0
    noise = np.random.default_rng(5).normal(0.0, 0.3, round(fs * 400.0))
    signal, rms = signal_amplitude(clean, fs, times.tolist()), noise_amplitude(noise, fs)
    assert signal == pytest.approx(2.0)
    assert rms == pytest.approx(0.3, rel=0.02)
    factor = gain(6.0, signal, rms)
    added = stressed(clean, noise, fs, factor) - clean
    noisy = added[300 * fs : 420 * fs]
    assert 10 * np.log10((2.0**2 / 8) / noisy.var()) == pytest.approx(6.0, abs=0.2)
    assert np.all(added[: 300 * fs] == 0)
    assert np.ptp(added[420 * fs : 540 * fs]) < 1e-12
    assert noisy_spans(seconds) == ((300.0, 420.0), (540.0, 660.0))


def test_noise_begins_and_ends_without_a_step() -> None:
    fs = 360
    noise = 5.0 + np.sin(np.arange(fs * 700) / 50)
    out = stressed(np.zeros(fs * 700), noise, fs, 1.0)
    assert np.abs(np.diff(out)).max() <= np.abs(np.diff(noise)).max() + 1e-12


def test_silence_raises_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        signal_amplitude(np.zeros(1000), 360, [])
    with pytest.raises(ValueError, match="silent"):
        gain(6.0, 1.0, 0.0)


@pytest.mark.parametrize("packed", [False, True])
def test_nstdb_adds_noise_to_clean_records(packed: bool, tmp_path: Path) -> None:
    seconds = 310.0
    made.mitdb(tmp_path / "mitdb", "119", seconds)
    made.mitdb(tmp_path / "mitdb", "100", 2.0)
    noise = np.random.default_rng(1).normal(0.0, 0.2, (round(360 * seconds), 2))
    (tmp_path / "nstdb").mkdir()
    if packed:
        with h5py.File(tmp_path / "nstdb/nstdb.h5", "w") as file:
            file["ma"] = noise
    else:
        made.write_wfdb(tmp_path / "nstdb", "ma", {"noise1": noise[:, 0], "noise2": noise[:, 1]}, 360)
    dataset = opened("nstdb", tmp_path, Settings(("ma",), (6.0, 0.0)))
    cases = choose(dataset, Wanted()).cases
    assert [(case.record, case.group) for case in cases] == [("119", "ma 6 dB"), ("119", "ma 0 dB")]
    clean = made.lead(seconds, fs=360)
    rough = [np.std((dataset.lead(case).mv - clean)[301 * 360 :]) for case in cases]
    assert rough[1] / rough[0] == pytest.approx(10 ** (6 / 20), rel=0.01)
    assert dataset.truth(cases[0]).scopes["in noise"] == ((300.0, seconds),)
    with pytest.raises(CaseError, match="no noise 'bw'"):
        dataset.lead(Case("119", "MLII", "bw 6 dB"))


def test_nstdb_needs_clean_records(tmp_path: Path) -> None:
    (tmp_path / "nstdb").mkdir()
    (tmp_path / "nstdb/nstdb.h5").write_bytes(b"")
    with pytest.raises(DataSetError, match="no records of mitdb"):
        opened("nstdb", tmp_path)
