"""A folder for each test: what it leaves for whoever wants to know why."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .dut import Dut, SimulatedDut
from .measuring import PROPERTY

if TYPE_CHECKING:
    from host_sdk.models import Item

#: Property of a report: the folder.
FOLDER = "artifacts"
_LONGEST_NAME = 80


def folder_of(item: pytest.Item, base: Path) -> Path:
    """The folder of a test, empty: its name, and what makes it unlike any other that is shortened to the same."""
    name = re.sub(r"[^\w.-]+", "_", item.nodeid.rpartition("/")[2])[:_LONGEST_NAME]
    folder = base / f"{name}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:8]}"
    if folder.exists():  # what an earlier run left would be taken for this one's
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The test's folder below `--artifacts`; without it, in pytest's temporary folder."""
    item = request.node
    assert isinstance(item, pytest.Item)
    base = request.config.getoption("--artifacts")
    folder = tmp_path / "artifacts" if base is None else folder_of(item, Path(base).absolute())
    folder.mkdir(exist_ok=True)
    item.user_properties.append((FOLDER, str(folder)))
    return folder


def leave(dut: Dut, item: pytest.Item) -> None:
    """Write what is known of a device at the end of a test; one that has died meanwhile leaves less."""
    if isinstance(dut, SimulatedDut):
        _leave_truth(dut)
    else:
        (dut.folder / "console.txt").write_text(dut.console, encoding="utf-8")
    measured = [json.loads(str(value)) for name, value in item.user_properties if name.startswith(PROPERTY)]
    if measured:
        (dut.folder / "measurements.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def _leave_truth(dut: SimulatedDut) -> None:
    """What the wearer knows of the time until now."""
    try:
        state = dut.state()
        found = dut.debug(cmd="truth", start=0.0, end=max(0.0, state["time_s"]))
    except (OSError, ValueError, AssertionError):
        return
    (dut.folder / "state.json").write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    (dut.folder / "truth.json").write_text(json.dumps(found["truth"], indent=1) + "\n", encoding="utf-8")


class ItemFile:
    """Writes what a device sends, but for samples, as JSON lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def __call__(self, item: Item) -> None:
        from host_sdk.json_items import item_object
        from host_sdk.models import SampleBlock

        if not isinstance(item, SampleBlock) and not self._file.closed:
            fields: dict[str, Any] = item_object(item)
            self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """No more."""
        self._file.close()
