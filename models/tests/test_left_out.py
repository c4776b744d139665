"""The whole device with networks that never saw a person: which ones, instead of which, and no longer than a run."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmware_sim.firmware.dsp.ppg import motion_tracker, pulse_motion_gen, respiration_gen
from firmware_sim.firmware.dsp.ppg import respiration as breath
from models import pulse_motion, respiration
from models.common.errors import DataMissingError
from models.common.tables import replace, table
from models.evaluation.core.dataset import Case
from models.evaluation.core.errors import CaseError
from models.evaluation.core.report.printing import ALL
from models.evaluation.ppg import left_out
from models.evaluation.ppg.tables import left_out_table
from models.left_out import __main__ as command
from models.left_out.device import PARTS_BY_NAME, LeftOut, constants_of
from models.pulse_motion import train as pulse_train
from models.pulse_motion.quantize import Quantized
from models.respiration import train as breath_train


@pytest.fixture
def folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Networks of the folds that are those that ship."""
    for model in (pulse_motion, respiration):
        monkeypatch.setattr(model.paths, "work", tmp_path / model.paths.here.name)
        model.paths.work.mkdir()
    for person in ("01_TYPE01", *(f"{n:02}_TYPE02" for n in (2, 3, 5, 6, 7, 9, 10, 11))):
        shutil.copy(pulse_motion.WEIGHTS, pulse_train.fold_path(f"DATA_{person}"))
    for fold in range(10):
        shutil.copy(respiration.WEIGHTS, breath_train.fold_path(fold))
    return tmp_path


def test_constants_are_what_the_firmware_has_under_the_same_names(folds: Path) -> None:
    pulses, breaths = constants_of("pulse_motion"), constants_of("respiration")
    assert (len(pulses), len(breaths)) == (9, 40)
    for found, module in ((pulses["DATA_05_TYPE02"], pulse_motion_gen), (breaths["bidmc_07"], respiration_gen)):
        assert found == {name: getattr(module, name) for name in found}
    assert set(pulses["DATA_01_TYPE01"]) == {"NETWORK", "GAIN", "PRESENCE", "PRESENCE_GAIN", "NO_PULSE"}
    assert set(breaths["bidmc_01"]) == {"PULSES", "HEART", "GAIN"}


@pytest.mark.parametrize("model", sorted(PARTS_BY_NAME))
def test_networks_that_are_not_there_are_named_with_what_makes_them(model: str, folds: Path) -> None:
    shutil.rmtree(folds / model)
    with pytest.raises(DataMissingError, match=rf"python -m models\.{model}\.train"):
        constants_of(model)


@pytest.mark.parametrize(("trained", "seen"), [(pulse_train, "DATA_01_TYPE01"), (breath_train, "bidmc_01")])
def test_a_try_on_some_people_leaves_the_networks_of_all(
    trained: Any, seen: str, folds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is trained is made up here: where it goes is not."""
    some = SimpleNamespace(person=seen)
    network = Quantized.load(pulse_motion.WEIGHTS)
    both = pulse_train.Networks(network, network)
    pulses: dict[str, Any] = {"examples_of": [some], "made_up_of": [], "without_pulse_of": [], "train": both}
    breaths: dict[str, Any] = {"examples_of": some, "made_up": some, "synthetic": some, "train": [network, network]}
    for name, result in {"recordings": [some], **(pulses if trained is pulse_train else breaths)}.items():
        monkeypatch.setattr(trained, name, lambda *_, result=result: result)
    kept = {path: path.read_bytes() for path in (*folds.rglob("*.json"), pulse_motion.WEIGHTS, respiration.WEIGHTS)}
    trained.main(["--people", "1"])
    assert {path: path.read_bytes() for path in kept} == kept
    made_now = sorted(path.relative_to(trained.paths.work) for path in folds.rglob("*.json") if path not in kept)
    assert Path("try/all.json") in made_now
    assert {path.parent for path in made_now} == {Path("try")}
    assert len(made_now) == 2


@pytest.mark.parametrize(("model", "module", "name"), [
    ("pulse_motion", motion_tracker, "GAIN"), ("respiration", breath, "PULSES"),
])  # fmt: skip
def test_they_replace_the_shipped_ones_while_a_record_runs(
    model: str, module: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, seen = getattr(module, name), []

    class Set:
        """Cannot read its record."""

        def replayable(self, case: Case, workspace: Path) -> None:
            seen.append(getattr(module, name))
            raise CaseError("no such record")

    method = LeftOut("cpython", model=model, people={"one": {name: b"other"}})
    with pytest.raises(CaseError):
        method.run(Set(), Case("one", "light", "wrist"), Path())
    assert seen == [b"other"]
    assert getattr(module, name) is shipped


@pytest.mark.data
def test_one_person_is_scored_and_the_cards_stay_as_they_are(folds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = pulse_motion.paths.card.read_text(encoding="utf-8")
    command.main(["--model", "pulse_motion", "--limit", "1", "--jobs", "1"])
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| troika"))
    windows, refused, error = (float(cell) for cell in line.split("|")[2:5])
    assert windows > 100
    assert refused < 10
    assert 0 < error < 3
    assert pulse_motion.paths.card.read_text(encoding="utf-8") == before


def test_both_cards_take_the_figures(tmp_path: Path) -> None:
    for part in PARTS_BY_NAME.values():
        copy = shutil.copy(part.paths.card, tmp_path)
        replace(Path(copy), "device", "| figures |")
        assert "| figures |" in Path(copy).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(PARTS_BY_NAME))
def test_a_page_has_what_the_command_wrote_into_the_card(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = PARTS_BY_NAME[name]
    card = tmp_path / name / "card.md"
    card.parent.mkdir()
    shutil.copy(part.paths.card, card)
    scores = {
        "n": 90,
        "refused": 10,
        "refused_fraction": 0.1,
        "mae": 1.234,
        "within": 0.97,
        "inside": 0.95,
        "risk": None,
    }
    replace(card, "device", table(command._HEADS, [command.row(part.datasets[0], scores)]))
    monkeypatch.setattr(left_out, "_MODELS", tmp_path)
    found = left_out.with_left_out({ALL: {"readings": {}}}, part.datasets[0])[ALL]
    (row,) = left_out_table({"vitalband": found, "heartpy": found}).rows
    assert row == (row[0], "100", "1.23", "10.0", "97.0", "95.0")
    assert row[0].startswith(part.reading)
    assert left_out.with_left_out({ALL: {}}, "oxiwear") == {ALL: {}}


def test_a_card_that_was_not_measured_gives_no_figures(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    assert left_out.row_of(card, "bidmc") == []
    card.write_text("<!-- device -->\n\nNot measured yet.\n\n<!-- /device -->\n", encoding="utf-8")
    assert left_out.row_of(card, "bidmc") == []
