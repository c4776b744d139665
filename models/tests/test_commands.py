"""Commands of models: `--help` says what each is and starts nothing, and what is missing is named before the work."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from models import pulse_motion, respiration
from models.common.command import need
from models.common.errors import DataMissingError

MODELS = Path(__file__).resolve().parents[1]
#: What needs tensorflow, which the tests have not.
_TENSORFLOW = {
    f"models.{of}.{part}"
    for of in ("accident", "beat_kind", "ecg_delineator", "qrs_evidence")
    for part in ("train", "quantize")
}
#: Runs a module as `python -m` does, and writes nothing even where it would.
_RUN = """
import pathlib, runpy, sys
def refuse(self, *_, **__): raise SystemExit(f"wrote {self}")
pathlib.Path.write_text = pathlib.Path.write_bytes = refuse
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def _commands() -> list[str]:
    """Modules that are run by `python -m`, but for `models.freeze`, which runs at every build."""
    files = [
        file for file in sorted(MODELS.glob("*/**/*.py")) if '\nif __name__ == "__main__"' in file.read_text("utf-8")
    ]
    return [".".join(file.relative_to(MODELS.parent).with_suffix("").parts) for file in files]


COMMANDS = [name for name in _commands() if name not in _TENSORFLOW]


def test_commands_are_found() -> None:
    assert {"models.respiration.train", "models.respiration.evaluate", "models.uncertainty.__main__"} <= {*COMMANDS}
    assert {*_commands()} - {*COMMANDS} == _TENSORFLOW


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_command_is_and_starts_nothing(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "VITALBAND_DATA": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, name, "--help"],
        cwd=MODELS.parent, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("usage: ")


def test_networks_of_folds_that_are_not_there_are_named_with_the_command_that_makes_them(tmp_path: Path) -> None:
    (tmp_path / "without_0.json").write_text("{}")
    need([tmp_path / "without_0.json"], "python -m models.respiration.train")
    with pytest.raises(DataMissingError, match=r"without_1\.json is not there; `python -m models\.respiration\.train`"):
        need((tmp_path / f"without_{fold}.json" for fold in range(2)), "python -m models.respiration.train")


@pytest.mark.parametrize("model", [respiration, pulse_motion])
def test_an_evaluation_without_networks_of_folds_ends_before_recordings_are_read(
    model: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = import_module(f"{model.__name__}.evaluate")
    monkeypatch.setattr(sys, "argv", ["evaluate"])
    monkeypatch.setattr(model.paths, "work", tmp_path)
    monkeypatch.setattr(evaluate, "recordings", lambda: pytest.fail("recordings were read"))
    with pytest.raises(DataMissingError, match=rf"`python -m {model.__name__}\.train` makes it"):
        evaluate.main()
