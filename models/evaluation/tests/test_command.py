"""`vitalband evaluate ecg` as a person runs it, on small records."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest

from host_sdk.cli.main import main
from models.evaluation import command
from models.evaluation.core import peer
from models.evaluation.core.choosing import _spread
from models.evaluation.core.errors import EvaluationError
from models.evaluation.core.report.printing import _named, text_of
from models.evaluation.core.report.saving import save
from models.evaluation.core.report.texts import columns, number, percent, signed
from models.evaluation.ecg import datasets as ecg_datasets
from models.evaluation.ecg.methods import PEERS, peers
from models.evaluation.ecg.signal import SIGNAL as ECG
from models.evaluation.motion import datasets as motion_datasets
from models.evaluation.motion.rides import Rides
from models.evaluation.ppg import datasets as ppg_datasets
from models.evaluation.ppg.methods import peers as ppg_peers
from models.evaluation.signals import DATASETS, find_signal
from models.evaluation.tests import ecg_records as made

WORDS = ("evaluate", "ecg", "--jobs", "1")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON and what was said on stderr."""
    code = main([*WORDS, *words, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else {}, captured.err


def test_ludb_is_scored_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = made.ludb(tmp_path / "ludb", ["1", "2"]), tmp_path / "out"
    code, report, _ = run(capsys, "--dataset", "ludb", "--data", str(data.parent), "--channel", "ii", "--out", str(out))
    assert code == 0
    assert (report["records"], report["cases"], report["failed"]) == (2, 2, 0)
    figures = report["methods"]["vitalband"]["summary"]["ii"]
    assert figures["peaks"]["between the marks"]["missed"] == 0
    assert figures["intervals"]["pr"]["record"]["mae_ms"] < 15
    assert figures["fibrillation"]["beats"] == figures["fibrillation"]["with_p"] > 0
    contrast = figures["contrasts"]["irregular: atrial fibrillation"]
    assert (contrast["positive"], contrast["sensitivity"], contrast["auc"]) == (1, 0.0, 0.5)
    assert {path.name for path in out.iterdir()} == {
        "ludb.json",
        "ludb.txt",
        "ludb_vitalband_ii_bland_altman.svg",
        "ludb_vitalband_ii_errors.svg",
    }
    assert json.loads((out / "ludb.json").read_text(encoding="utf-8")) == report
    text = (out / "ludb.txt").read_text(encoding="utf-8")
    assert text.startswith("ludb: 2 records, 2 channels, 0 not read")
    assert "\nQRS on" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_report_is_for_people_without_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.tele(tmp_path)
    assert main([*WORDS, "--dataset", "tele", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "\noutside artefact" in out
    assert "windows of 10 s" in out
    assert "\nSe: sensitivity; PPV: positive predictive value" in out
    assert "AUC" not in out


def test_twelve_leads_are_reported_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.cinc2011_packed(tmp_path)
    words = ("--dataset", "cinc2011", "--data", str(tmp_path), "--channel", "I", "v6")
    code, report, _ = run(capsys, *words)
    assert code == 0
    assert report["methods"]["vitalband"]["summary"]["all"]["combined"]["acceptable"]["V6"]["auc"] == 1.0
    text = text_of(report, ECG)
    assert "\nacceptable, lowest lead" in text
    assert "==" not in text


@pytest.mark.slow
def test_processes_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.ludb(tmp_path, ["1", "2"])
    words = ("--dataset", "ludb", "--data", str(tmp_path))
    _, one, _ = run(capsys, *words)
    _, two, _ = run(capsys, *words, "--jobs", "2")
    assert one == two


def test_an_unreadable_record_is_reported_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.cinc2017(tmp_path, {"A00001": "N", "A00002": "A", "A00003": "N"})
    (tmp_path / "A00002.mat").write_bytes(b"no matrix")
    code, report, said = run(capsys, "--dataset", "cinc2017", "--data", str(tmp_path))
    assert code == 1
    assert (report["cases"], report["failed"]) == (3, 1)
    device = report["methods"]["vitalband"]
    assert [each["record"] for each in device["records"]] == ["A00001", "A00003"]
    assert device["failed"][0]["error"]["type"] == "CaseError"
    assert "A00002.mat" in said
    assert "Traceback" not in said


def test_a_corrupt_wfdb_record_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.ludb(tmp_path, ["1", "3"])
    (tmp_path / "3.dat").write_bytes((tmp_path / "3.dat").read_bytes()[:20000])
    code, report, said = run(capsys, "--dataset", "ludb", "--data", str(tmp_path), "--channel", "ii")
    assert (code, report["failed"]) == (1, 1)
    assert "truncated" in said
    assert [each["record"] for each in report["methods"]["vitalband"]["records"]] == ["1"]


def test_a_peer_runs_on_the_same_leads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.qtdb(tmp_path)
    code, report, _ = run(capsys, "--dataset", "qtdb", "--data", str(tmp_path), "--peer", "xqrs")
    assert code == 0
    assert list(report["methods"]) == ["vitalband", "xqrs"]
    peer = report["methods"]["xqrs"]
    assert peer["about"]["package"] == "wfdb"
    assert peer["summary"]["all"]["peaks"]["from the first second"]["se"] > 0.9
    assert "intervals" not in peer["summary"]["all"]
    assert report["methods"]["vitalband"]["summary"]["all"]["experts"]["r"]["mean_ms"] == pytest.approx(8.0)
    assert "expert against expert" in text_of(report, ECG)


def test_a_peer_that_is_not_installed_is_reported_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(peer, "import_module", missing)
    made.qtdb(tmp_path)
    words = ["--dataset", "qtdb", "--data", str(tmp_path), "--peer", "neurokit2"]
    assert main([*WORDS, *words]) == 1
    said = capsys.readouterr().err
    assert (
        said
        == "vitalband evaluate: peer neurokit2: No module named 'neurokit2'; pip install '.[peers]' in a checkout\n"
    )


def test_a_peer_that_breaks_down_has_found_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[Any]:
        raise ZeroDivisionError("of all things")

    monkeypatch.setitem(PEERS, "xqrs", peers.Package("wfdb", fails, frozenset()))
    made.qtdb(tmp_path)
    words = ("--dataset", "qtdb", "--data", str(tmp_path), "--channel", "1", "--peer", "xqrs")
    code, report, said = run(capsys, *words)
    assert code == 0
    assert said == "xqrs found nothing in sel100 channel 1: ZeroDivisionError: of all things\n"
    scope = report["methods"]["xqrs"]["summary"]["channel 1"]["peaks"]["from the first second"]
    assert (scope["hit"], scope["extra"]) == (0, 0)
    assert scope["missed"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "nowhere"], "is no folder"),
        (["--data", ".", "--split", "odd"], "no part 'odd'"),
        (["--data", ".", "--target", "abacus"], "no simulator for target 'abacus'"),
        (["--data", ".", "--records", "9"], "no record '9'"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made.ludb(tmp_path, ["1"])
    monkeypatch.chdir(tmp_path)
    assert main([*WORDS, "--dataset", "ludb", *words]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_the_command_line_offers_what_there_is() -> None:
    parser = argparse.ArgumentParser()
    command.command(parser.add_subparsers())
    kinds = {
        "ecg": tuple(ecg_datasets.DATASETS),
        "ppg": tuple(ppg_datasets.DATASETS),
        "motion": (*motion_datasets.DATASETS, Rides.name),
    }
    for signal, known in kinds.items():
        assert known == DATASETS[signal]
        for name in known:
            args = parser.parse_args(["evaluate", signal, "--data", ".", "--dataset", name])
            assert (args.signal, args.dataset) == (signal, name)
    args = parser.parse_args(["evaluate", "ecg", "--data", ".", "--dataset", "ludb", "--peer", *PEERS])
    assert args.peer == list(PEERS)
    args = parser.parse_args(["evaluate", "ppg", "--data", ".", "--dataset", "bidmc", "--peer", *ppg_peers.PEERS])
    assert args.peer == list(ppg_peers.PEERS)


def test_results_are_a_page_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.qtdb(tmp_path / "qtdb")
    words = ["--dataset", "qtdb", "--data", str(tmp_path), "--page", str(tmp_path / "pages")]
    assert main([*WORDS, *words]) == 0
    text = (tmp_path / "pages/qtdb.md").read_text(encoding="utf-8")
    assert "`vitalband evaluate ecg --dataset qtdb --data DIR --page docs/results`" in text
    assert "1 record, 2 channels, 0 not read; vitalband." in text
    assert "\nvitalband: from the first second " in text
    assert all(len(line) <= 120 for line in text.splitlines())
    (tmp_path / "file").write_text("")
    assert main([*WORDS, *words[:-1], str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_an_unknown_signal_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no signal 'eeg'"):
        find_signal("eeg")


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="cannot be written"):
        save({"dataset": "ludb"}, tmp_path / "file", ECG)


def test_numbers_that_are_absent_are_written_so() -> None:
    assert (number(None), signed(None), percent(None)) == ("–", "–", "–")
    assert (number(1.25, 1), signed(1.25, 1), percent(0.5)) == ("1.2", "+1.2", "50.0")
    assert columns(("a", "b"), [("long", "1")]) == "a     b\nlong  1"


def test_zero_has_no_sign() -> None:
    assert [signed(value, 1) for value in (0.0, -0.04, 0.04, -0.06, 0.06)] == ["0.0", "0.0", "0.0", "-0.1", "+0.1"]
    assert [number(value, 0) for value in (-0.4, 0.0, -0.6)] == ["0", "0", "-1"]


def test_heads_are_broken_where_they_make_a_table_too_wide() -> None:
    head, rows = ("the record's median", "limits of agreement", "n"), [("PR", "-2 to -1", "12")]
    assert columns(head, rows, 34).splitlines() == [
        "the record's  limits of",
        "median        agreement   n",
        "PR             -2 to -1  12",
    ]
    assert columns(head, rows, 80) == columns(head, rows)
    assert columns(head, rows, 23).splitlines() == [
        "the",
        "record's  limits of",
        "median    agreement   n",
        "PR         -2 to -1  12",
    ]


def test_columns_beyond_the_width_stand_below() -> None:
    head, rows = (
        ("method", "first", "second", "third"),
        [("neurokit2", "1.00", "22.22", "333.333"), ("vitalband", *"123")],
    )
    assert columns(head, rows, 24).splitlines() == [
        "method     first  second",
        "neurokit2   1.00   22.22",
        "vitalband      1       2",
        "",
        "method       third",
        "neurokit2  333.333",
        "vitalband        3",
    ]
    wide = columns(head, [("x" * 30, *(["1" * 20] * 3))], 40)
    assert all(part.endswith("1" * 20) for part in wide.splitlines() if part.startswith("x"))


def test_one_method_is_not_named_in_each_row() -> None:
    rows = [("vitalband: PR", "1"), ("vitalband QT", "2"), ("vitalband", "3"), ("vitalbands", "4")]
    assert [row[0] for row in _named(rows, ["vitalband"])] == ["PR", "QT", "vitalband", "vitalbands"]
    assert _named(rows, ["vitalband", "xqrs"]) == rows


def test_a_limit_is_spread_over_the_set() -> None:
    assert _spread(list("abcdefgh"), 3) == ["a", "c", "f"]
    assert _spread(list("ab"), 3) == ["a", "b"]
    assert _spread([], 3) == []


def test_recordings_are_looked_for_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path))
    assert main([*WORDS, "--dataset", "qtdb"]) == 1
    hint = "qtdb is published at https://physionet.org/content/qtdb/: unpack it below --data DIR"
    assert f"{tmp_path}: nothing of qtdb (no *.q1c); {hint}" in capsys.readouterr().err
    made.qtdb(tmp_path / "qtdb")
    assert main([*WORDS, "--dataset", "qtdb"]) == 0


def test_the_page_says_where_each_set_is_published() -> None:
    page = Path("docs/evaluation.md").read_text(encoding="utf-8")
    published = re.findall(r"^\[[^]]+\]: (\S+)$", page, re.M)
    kinds = (*ecg_datasets.DATASETS.values(), *ppg_datasets.DATASETS.values(), *motion_datasets.DATASETS.values())
    assert sorted(published) == sorted({kind.url for kind in kinds})  # two may be of one publication
