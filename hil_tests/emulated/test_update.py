"""Update of emulated devices: after the exchange the image's `.mpy` files run, not what is frozen in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.bootloader.image import read_image
from firmware_sim.bootloader.signing import sign
from firmware_sim.firmware.flash_regions import SLOT_B_AT
from firmware_sim.firmware.version import VERSION
from firmware_sim.images.package import board_of, build_package, version_of
from firmware_sim.targets.image_boot import device_key
from firmware_sim.targets.qemu.machines import IMAGE_HEAP
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.testing.changed_firmware import changed_firmware
from firmware_sim.testing.slots import put, ruin
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.world.wearer import PRESETS, Wearer

from ..targets import need, parameters

pytestmark = pytest.mark.slow
NEW = "0.9.5"
NAME = "compiled anew"


def made(target: str, sources: Path) -> bytes:
    return sign(
        build_package(target, sources), device_key(), version=version_of(sources), board=board_of(target),
        security_counter=0,
    )  # fmt: skip


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return changed_firmware(tmp_path, NEW, NAME)


@pytest.fixture
def cable(request: pytest.FixtureRequest) -> Iterator[SmpCable]:
    need(request.param)
    simulation = EmulatedSimulation(Wearer(PRESETS["resting"], seed=0), request.param)
    cable = SmpCable(simulation)
    cable.settle()
    yield cable
    simulation.close()


def put_and_test(cable: SmpCable, data: bytes) -> None:
    """Have the image in slot 1, as if it had been uploaded, and start it in test."""
    put(cable.simulation.flash.cells, SLOT_B_AT, data)
    cable.mark(read_image(data).digest)
    cable.restart()


def is_old(cable: SmpCable) -> bool:
    return (cable.version(), cable.request(0, 7, READ, {})) == (VERSION, {"output": "vitalband"})


@pytest.mark.parametrize("cable", parameters("unix", "qemu-m3", "qemu-m4-c"), indirect=True)
def test_the_image_s_code_runs_and_is_reverted_unless_confirmed(cable: SmpCable, sources: Path) -> None:
    target = cable.simulation._image.port  # type: ignore[attr-defined]
    data = made(target, sources)
    assert is_old(cable)
    put_and_test(cable, data)
    assert cable.version() == NEW
    assert cable.request(0, 7, READ, {}) == {"output": NAME}
    used, budget = cable.simulation.heap()
    room = len(build_package(target, sources)) * 5 // 4 if target == "unix" else 0
    assert used < budget < IMAGE_HEAP * 5 // 4 + room
    cable.restart()
    assert is_old(cable)
    assert cable.booted() == {"outcome": "reverted", "refusal": ""}
    cable.mark(read_image(data).digest)
    cable.restart()
    cable.mark(confirm=True)
    cable.restart()
    assert cable.version() == NEW


@pytest.mark.parametrize("cable", parameters("unix"), indirect=True)
@pytest.mark.parametrize("lines", ["raise ValueError('broken')\n", "import nothing_like_it\n"])
def test_firmware_that_dies_is_reverted(cable: SmpCable, sources: Path, lines: str) -> None:
    with (sources / "roles/band.py").open("a") as file:
        file.write(lines)
    put_and_test(cable, made("unix", sources))
    assert is_old(cable)
    assert cable.booted() == {"outcome": "reverted", "refusal": ""}


@pytest.mark.parametrize("cable", parameters("unix"), indirect=True)
def test_an_image_for_another_core_is_refused(cable: SmpCable, sources: Path) -> None:
    data = made("cpython", sources)
    put(cable.simulation.flash.cells, SLOT_B_AT, data)
    refused = cable.mark(read_image(data).digest)
    assert refused == {"rc": 3, "rsn": "made for reference/py, this is reference/x86"}


@pytest.mark.parametrize("cable", parameters("unix", "qemu-m3"), indirect=True)
def test_without_an_image_the_recovery_console_takes_one(cable: SmpCable, sources: Path) -> None:
    target = cable.simulation._image.port  # type: ignore[attr-defined]
    ruin(cable.simulation)
    cable.restart()
    assert cable.version() == "recovery"
    data = made(target, sources)
    assert cable.upload(data) == {"off": len(data), "match": True}
    cable.restart()
    assert (cable.version(), cable.booted()["outcome"]) == (NEW, "restored")
    assert cable.request(0, 5, WRITE, {"boot_mode": 1}) == {}
    cable.settle()
    assert cable.version() == "recovery"
    cable.restart()
    assert cable.version() == NEW


def test_compiled_packages_are_the_same_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    again = changed_firmware(tmp_path / "elsewhere", NEW, NAME)
    assert build_package("qemu-m3", again) == build_package("qemu-m3", sources)
