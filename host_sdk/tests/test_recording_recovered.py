"""A recording whose process was killed is finished with every sample that is there, or not at all."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import edfio
import pytest

from host_sdk.cli.main import main
from host_sdk.errors import RecordingError
from host_sdk.models import Item
from host_sdk.recording.edf_format import SPOOL
from host_sdk.recording.metadata import EDF_FILE_NAME, load_metadata
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.recording.recovery import recover_recording
from host_sdk.records import open_source

from .test_recording import items, off_after, record


def labels(path: Path) -> list[str]:
    return [signal.label for signal in edfio.read_edf(path).signals]


def killed(folder: Path, kind: str, things: list[Item], refreshed: bool = True) -> None:
    """What is on disk of a recording that goes on."""
    live = record(folder.with_name("live"), kind, things, close=False)
    if refreshed:
        live.refresh()
    shutil.copytree(live.folder, folder)
    live.close()


def killed_in_rmtree(folder: Path, gone: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on disk of an EDF recording while its spool is dropped, when some of it is gone."""
    rmtree = shutil.rmtree

    def in_the_middle(path: Path) -> None:
        for name in gone:
            (path / name).unlink()
        shutil.copytree(path.parent, folder)
        rmtree(path)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", in_the_middle)
        record(folder.with_name("live"), "edf", items(3))
    assert load_metadata(folder).state == "recording"


@pytest.mark.parametrize("gone", [["ecg"], ["ecg", "ppg"], ["accel"], ["ecg", "ppg", "accel"]])
def test_an_edf_file_that_is_whole_is_the_finished_one(
    tmp_path: Path, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "r"
    killed_in_rmtree(folder, gone, monkeypatch)
    before = (folder / EDF_FILE_NAME).read_bytes()
    assert recover_recording(folder).state == "recovered"
    assert (folder / EDF_FILE_NAME).read_bytes() == before
    assert not (folder / SPOOL).exists()
    assert "ECG lead" in labels(folder / EDF_FILE_NAME)
    with pytest.raises(RecordingError, match="nothing to recover"):
        recover_recording(folder)


def test_a_half_written_edf_file_is_made_anew(tmp_path: Path) -> None:
    killed(tmp_path / "r", "edf", items(3))
    record(tmp_path / "other", "edf", items(3))
    whole = (tmp_path / "other" / EDF_FILE_NAME).read_bytes()
    (tmp_path / "r" / f"{EDF_FILE_NAME}.new").write_bytes(whole[:1000])
    (tmp_path / "r" / EDF_FILE_NAME).write_bytes(whole[: len(whole) // 2])
    recover_recording(tmp_path / "r")
    made = edfio.read_edf(tmp_path / "r" / EDF_FILE_NAME)
    assert (made.duration, len(made.signals)) == (3, 6)
    assert sorted(path.name for path in (tmp_path / "r").glob("*.new")) == []


@pytest.mark.parametrize("gone", [["ecg"], ["ecg", "ppg", "accel"]])
def test_without_the_samples_of_a_stream_it_is_refused_and_nothing_is_changed(tmp_path: Path, gone: list[str]) -> None:
    folder = tmp_path / "r"
    killed(folder, "edf", items(3))
    for name in gone:
        (folder / SPOOL / name).unlink()
    if len(gone) == 3:
        (folder / SPOOL).rmdir()
    before = sorted((path.name, path.stat().st_size) for path in folder.rglob("*"))
    for _ in range(2):
        with pytest.raises(RecordingError, match=rf"samples of {', '.join(gone)} are gone \(spool/ecg.*put them back"):
            recover_recording(folder)
    assert sorted((path.name, path.stat().st_size) for path in folder.rglob("*")) == before


def test_what_the_message_proposes_recovers_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    killed(folder, "edf", items(3))
    (folder / SPOOL / "ecg").unlink()
    content = json.loads((folder / "recording.json").read_text())
    del content["streams"]["ecg"]
    (folder / "recording.json").write_text(json.dumps(content))
    recover_recording(folder)
    assert labels(folder / EDF_FILE_NAME)[:2] == ["Light RED", "Light IR"]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_no_header_knew_of_is_there_and_counted(tmp_path: Path, kind: str) -> None:
    live = record(tmp_path / "live", kind, items(4, skip_second=1)[:11], close=False)
    live.refresh()
    for item in items(6, skip_second=4)[11:]:  # what came since the last refresh, with a second gap in it
        live.add(item)
    shutil.copytree(live.folder, tmp_path / "r")
    expected = live.close()
    metadata = recover_recording(tmp_path / "r")
    assert metadata.state == "recovered"
    for name, wanted in expected.streams.items():
        got = metadata.streams[name]
        assert (got.samples, got.lost, got.gaps) == (wanted.samples, wanted.lost, wanted.gaps), name
    assert (metadata.rows, set(metadata.files)) == (expected.rows, set(expected.files))
    for ours, theirs in zip(open_source(tmp_path / "r").channels, open_source(live.folder).channels, strict=True):
        assert ours == theirs
    assert load_metadata(tmp_path / "r") == metadata


@pytest.mark.parametrize("left", ["hea", "dat"])
def test_a_wfdb_header_is_made_anew(tmp_path: Path, left: str) -> None:
    killed(tmp_path / "r", "wfdb", items(1))
    path = tmp_path / "r" / "ecg.dat"
    if left == "dat":
        (tmp_path / "r" / "ecg.hea").unlink()
    with path.open("ab") as file:
        file.write(bytes(4 * 25 + 2))  # 25 samples more, and half of one
    assert recover_recording(tmp_path / "r").streams["ecg"].samples == 275
    source = open_source(tmp_path / "r" / "ecg.hea")
    assert (source.record_error, source.channels[0].length) == (None, 275)
    assert path.stat().st_size == 4 * 275


@pytest.mark.parametrize(("kind", "file"), [("wfdb", "ecg.dat"), ("csv", "ecg.csv")])
def test_a_file_of_samples_that_is_gone_is_refused(tmp_path: Path, kind: str, file: str) -> None:
    killed(tmp_path / "r", kind, items(2))
    (tmp_path / "r" / file).unlink()
    with pytest.raises(RecordingError, match=rf"samples of ecg are gone \({file}\), nothing was changed"):
        recover_recording(tmp_path / "r")
    assert load_metadata(tmp_path / "r").state == "recording"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_stream_that_had_just_begun_is_there_too(tmp_path: Path, kind: str) -> None:
    killed(tmp_path / "r", kind, items(1)[:3], refreshed=False)
    assert set(recover_recording(tmp_path / "r").streams) == {"ecg", "ppg", "accel"}
    names = [channel.name for channel in open_source(tmp_path / "r").channels]
    assert {"ECG", "IR", "ACC_Z"} <= set(names)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_recording_without_a_sample_is_not_called_recovered(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    killed(tmp_path / "r", kind, [])
    assert main(["record", "--recover", "--out", str(tmp_path / "r")]) == 1
    assert "no samples came" in capsys.readouterr().err


def test_an_electrode_that_was_never_on_is_recorded_as_edf(tmp_path: Path) -> None:
    record(tmp_path / "r", "edf", off_after(0))
    assert labels(tmp_path / "r" / EDF_FILE_NAME) == ["ECG lead"]


@pytest.mark.skipif(sys.platform == "win32", reason="its files cannot be replaced while they are open")
@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_in_which_somebody_records_is_left_alone(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "r"
    recorder = Recorder(folder, kind)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(RecordingError, match="somebody records there"):
        Recorder(folder, "csv", overwrite=True)
    with pytest.raises(RecordingError, match="somebody records there"):
        recover_recording(folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    recorder.close()
    Recorder(folder, "csv", overwrite=True).close()
