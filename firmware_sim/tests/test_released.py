"""What is on devices can become what is here: every release that is out runs, is updated, and gives what it kept."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bootloader.image import read_image
from firmware_sim.bootloader.signing import sign
from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware.flash_regions import LOG_AT, SLOT_A_AT, SLOT_BYTES
from firmware_sim.firmware.version import VERSION
from firmware_sim.images.package import board_of, build_package, version_of
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.image_boot import device_key, own_payload
from firmware_sim.testing import released
from firmware_sim.testing.slots import put, set_running
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.log.salvage import salvage

NEWEST = (99, 0, 0, 0)
#: Settings that every release has, and what is stored.
STORED = {"wearer_sex": b"\x02", "wearer_name": b"Grace", "device_name": b"ward 7", "log_mode": b"\x01",
          "log_streams": b"\x01", "log_results": b"\x07"}  # fmt: skip
RECORDED_US = 40_000_000


@cache
def image_of(version: str, folder: Path) -> bytes:
    sources = released.unpack(version, folder)
    return sign(build_package("cpython", sources), device_key(), version=version_of(sources), board=board_of("cpython"),
                security_counter=0)  # fmt: skip


@cache
def image_of_this() -> bytes:
    return sign(own_payload(), device_key(), version=NEWEST, board=board_of("cpython"), security_counter=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("released")


@pytest.fixture(params=released.releases())
def cable(request: pytest.FixtureRequest, folder: Path) -> SmpCable:
    """A device of a release, with settings of its own and a log."""
    cable = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0)))
    cable.simulation.flash.cells.erase(SLOT_A_AT, SLOT_BYTES)
    put(cable.simulation.flash.cells, SLOT_A_AT, image_of(request.param, folder))
    set_running(cable.simulation)
    cable.restart()
    assert cable.version() == request.param
    for name, value in STORED.items():
        assert cable.request(3, 0, WRITE, {"name": f"vitalband/{name}", "val": value}) == {}
    cable.simulation.advance(cable.simulation.clock.now + RECORDED_US)
    cable.request(3, 0, WRITE, {"name": "vitalband/log_mode", "val": b"\x00"})
    cable.simulation.advance(cable.simulation.clock.now + 2_000_000)
    return cable


def settings_of(cable: SmpCable) -> dict[str, bytes]:
    return {name: cable.request(3, 0, READ, {"name": f"vitalband/{name}"})["val"] for name in STORED}


def chunks_of(cable: SmpCable) -> set[bytes]:
    return {chunk.raw for chunk in salvage(cable.simulation.flash.cells.read(LOG_AT, SIZE - LOG_AT))}


def test_every_release_is_kept() -> None:
    assert released.releases() == ["0.1.0", "0.2.0"]


def test_a_release_is_updated_and_keeps_what_it_stored(cable: SmpCable) -> None:
    before, settings, chunks = cable.version(), settings_of(cable), chunks_of(cable)
    assert settings == {**STORED, "log_mode": b"\x00"}
    assert chunks
    data = image_of_this()
    assert cable.upload(data) == {"off": len(data), "match": True}
    assert cable.mark(read_image(data).digest)["images"][1]["pending"] is True
    cable.restart()
    assert cable.version() == VERSION
    assert settings_of(cable) == settings
    assert cable.simulation.name == "ward 7"
    assert chunks_of(cable) >= chunks
    assert cable.mark(confirm=True)["images"][0]["confirmed"] is True
    cable.restart()
    assert [(state["version"], state["active"]) for state in cable.states()] == [("99.0.0", True), (before, False)]
    assert settings_of(cable) == settings


def test_a_release_runs_again_where_the_update_is_not_confirmed(cable: SmpCable) -> None:
    before, settings, chunks = cable.version(), settings_of(cable), chunks_of(cable)
    data = image_of_this()
    cable.upload(data)
    cable.mark(read_image(data).digest)
    cable.restart()
    assert cable.version() == VERSION
    cable.restart()
    assert (cable.version(), cable.booted()) == (before, {"outcome": "reverted", "refusal": ""})
    assert settings_of(cable) == settings
    assert chunks_of(cable) >= chunks


def test_what_is_kept_is_the_same_bytes_each_time(folder: Path) -> None:
    for version in released.releases():
        sources = released.unpack(version, folder / "again" / version)
        assert released.packed(sources) == (released.FOLDER / f"{version}.tar.xz").read_bytes()


def test_the_project_its_firmware_and_its_changelog_have_one_version() -> None:
    root = Path(__file__).parents[2]
    project = re.findall(r'^version = "(.*)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## \[(\d\S*)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)[0]
    assert (project, newest) == ([VERSION], VERSION)
