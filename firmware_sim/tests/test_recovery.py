"""The bootloader's recovery console: a device without an image that can be started is brought back by the cable."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bootloader.image import read_image
from firmware_sim.bootloader.signing import sign
from firmware_sim.firmware import version as own_version
from firmware_sim.firmware.flash_regions import SLOT_B_AT
from firmware_sim.firmware.services.boot_notes import RECOVERY_AT, RECOVERY_REQUEST
from firmware_sim.images.package import board_of
from firmware_sim.mcu.reset import PWRON_RESET, McuReset
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.image_boot import device_key, own_payload
from firmware_sim.testing.boot_rig import key
from firmware_sim.testing.slots import put, ruin
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.world.wearer import PRESETS, Wearer

NEW = (9, 0, 0, 0)
_MINUTE_US = 60_000_000


@cache
def new(*, board: str = board_of("cpython"), by: int | None = None) -> bytes:
    """An image of this checkout's firmware that calls itself newer."""
    signer = device_key() if by is None else key(by)
    return sign(own_payload(), signer, version=NEW, board=board, security_counter=0)


@pytest.fixture
def cable() -> SmpCable:
    cable = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0)))
    cable.settle()
    return cable


@pytest.fixture
def bare(cable: SmpCable) -> SmpCable:
    """A device with nothing to start."""
    ruin(cable.simulation)
    cable.restart()
    return cable


def test_it_says_what_it_is_and_what_is_there(bare: SmpCable) -> None:
    simulation = bare.simulation
    assert simulation.recovery is not None
    assert "neither slot" in simulation.recovery.why
    assert bare.request(0, 0, WRITE, {"d": "hello"}) == {"r": "hello"}
    assert bare.request(0, 7, READ, {"format": "sri"}) == {"output": "vitalband recovery reference"}
    serial = simulation.mcu.unique_id.hex()
    assert bare.request(0, 7, READ, {"format": "nh"}) == {"output": f"{simulation.name} {serial}"}
    assert bare.request(0, 6, READ, {}) == {"buf_size": 720, "buf_count": 1}
    assert bare.request(0, 8, READ, {}) == {"bootloader": "MCUboot"}
    assert [(state["slot"], state["bootable"], state["active"]) for state in bare.states()] == [(0, False, False)]
    assert bare.request(2, 0, READ, {"name": "device"}) == {"rc": 8}, "there is no firmware to count anything"
    assert bare.request(0, 2, READ, {}) == {"rc": 8}


@pytest.mark.parametrize("marked", [False, True])
def test_an_uploaded_image_is_started(bare: SmpCable, marked: bool) -> None:
    data = new()
    assert bare.upload(data) == {"off": len(data), "match": True}
    assert bare.slowest_us < 1_000_000
    assert [(state["slot"], state["bootable"]) for state in bare.states()] == [(0, False), (1, True)]
    if marked:
        assert bare.mark(read_image(data).digest)["images"][1]["pending"] is True
    bare.restart()
    assert bare.simulation.recovery is None
    assert bare.version() == own_version.VERSION
    assert bare.states()[0]["hash"] == read_image(data).digest
    assert bare.booted()["outcome"] == ("testing" if marked else "restored")
    bare.mark(confirm=True)
    bare.restart()
    assert bare.states()[0]["hash"] == read_image(data).digest


def test_an_image_for_another_core_is_refused_at_its_first_part(bare: SmpCable) -> None:
    assert bare.upload(new(board="reference/x86")) == {"rc": 3, "rsn": "made for reference/x86, this is reference/py"}


def _flipped(image: bytes) -> bytes:
    return image[:-1] + bytes([image[-1] ^ 1])


@pytest.mark.parametrize("data", [new(by=5), new(board="reference/" + "x" * 30), _flipped(new())])
def test_what_cannot_be_trusted_is_not_started(bare: SmpCable, data: bytes) -> None:
    assert bare.upload(data) == {"off": len(data), "match": True}
    assert bare.states()[1]["bootable"] is False
    bare.restart()
    assert bare.version() == "recovery"
    assert bare.upload(new())["match"] is True
    bare.restart()
    assert bare.version() == own_version.VERSION


def test_a_newer_version_in_a_damaged_slot_0_does_not_keep_an_older_one_out(cable: SmpCable) -> None:
    put(cable.simulation.flash.cells, SLOT_B_AT, new())
    cable.mark(read_image(new()).digest, confirm=True)
    cable.restart()
    ruin(cable.simulation)
    cable.restart()
    older = sign(own_payload(), device_key(), version=(0, 0, 1, 0), board=board_of("cpython"), security_counter=0)
    assert cable.upload(older, upgrade=True)["match"] is True
    assert cable.mark(read_image(older).digest)["images"][1]["pending"] is True
    cable.restart()
    assert cable.version() == own_version.VERSION


def test_it_waits_for_ever_where_there_is_nothing_to_start(bare: SmpCable) -> None:
    bare.simulation.advance(bare.simulation.clock.now + 5 * _MINUTE_US)
    assert bare.version() == "recovery"


def test_it_can_be_requested_by_a_reset(cable: SmpCable) -> None:
    assert cable.request(0, 5, WRITE, {"boot_mode": 1}) == {}
    cable.settle()
    assert cable.version() == "recovery"
    states = cable.states()
    assert [(s["slot"], s["bootable"], s["active"], s["confirmed"]) for s in states] == [(0, True, False, True)]
    old = sign(own_payload(), device_key(), version=(0, 0, 1, 0), board=board_of("cpython"), security_counter=0)
    assert cable.upload(old)["match"] is True
    assert cable.mark(read_image(old).digest) == {"err": {"group": 1, "rc": 27}}, "no way round the check of versions"
    cable.restart()
    assert cable.version() == own_version.VERSION, "once"
    assert cable.booted() == {"outcome": "nothing", "refusal": ""}


def test_a_requested_console_ends_when_nobody_speaks_to_it(cable: SmpCable) -> None:
    cable.request(0, 5, WRITE, {"boot_mode": 1})
    cable.settle()
    cable.simulation.advance(cable.simulation.clock.now + 50_000_000)
    assert cable.version() == "recovery"
    cable.simulation.advance(cable.simulation.clock.now + 50_000_000)
    assert cable.version() == "recovery", "a minute since the last word"
    cable.simulation.advance(cable.simulation.clock.now + _MINUTE_US + 2_000_000)
    cable.settle()
    assert cable.version() == own_version.VERSION


@pytest.mark.parametrize("mode", [2, -1, 255])
def test_other_boot_modes_are_refused(cable: SmpCable, mode: int) -> None:
    resets = cable.simulation.mcu.resets
    assert cable.request(0, 5, WRITE, {"boot_mode": mode}) == {"rc": 3, "rsn": f"no boot mode {mode}"}
    cable.settle()
    assert cable.simulation.mcu.resets == resets


def test_power_that_fails_while_it_is_requested_for_leaves_a_device_that_starts(cable: SmpCable) -> None:
    simulation = cable.simulation

    def fail() -> None:
        simulation.flash.power_on()
        simulation.mcu.reset()
        raise McuReset(PWRON_RESET)

    for operation in (0, 1):
        for fraction in (0.0, 0.3, 0.7, 1.0):
            simulation.flash.cut_power_in(operation, fraction, fail)
            with pytest.raises(TimeoutError):
                cable.request(0, 5, WRITE, {"boot_mode": 1})
            cable.settle()
            if cable.version() == "recovery":
                assert (operation, fraction) == (1, 1.0), "only when all of it was written"
                cable.restart()
            assert cable.version() == own_version.VERSION
    assert RECOVERY_REQUEST not in simulation.flash.cells.read(RECOVERY_AT, 16)


@pytest.mark.parametrize("operation", [0, 1, 5, 60])
def test_power_that_fails_in_an_upload_costs_nothing_but_the_upload(bare: SmpCable, operation: int) -> None:
    simulation = bare.simulation

    def fail() -> None:
        simulation.flash.power_on()
        simulation.mcu.reset()
        raise McuReset(PWRON_RESET)

    simulation.flash.cut_power_in(operation, 0.5, fail)
    try:
        answer = bare.upload(new())
    except TimeoutError:
        answer = {}
    assert answer in ({}, {"off": 0}), "where a part was acknowledged before it was written, the next one says so"
    assert simulation.mcu.resets
    bare.settle()
    assert bare.version() == "recovery"
    assert bare.upload(new())["match"] is True
    bare.restart()
    assert bare.version() == own_version.VERSION


def test_storage_keeps_what_the_console_took(tmp_path: Path) -> None:
    first = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0), storage=tmp_path))
    first.settle()
    ruin(first.simulation)
    bare = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0), storage=tmp_path))
    bare.settle()
    assert bare.version() == "recovery"
    assert bare.upload(new())["match"] is True
    again = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0), storage=tmp_path))
    again.settle()
    assert again.states()[0]["hash"] == read_image(new()).digest


def test_noise_on_the_cable_is_nothing(bare: SmpCable) -> None:
    uart = bare.simulation.mcu.uart(0)
    for noise in (b"\x00" * 50, b"hello\n" * 30, b"\x06\x09!!!!\n", bytes(range(256)) * 3 + b"\n"):
        uart.feed(noise)
        bare.simulation.advance(bare.simulation.clock.now + 100_000)
    assert bare.request(0, 0, WRITE, {"d": "x"}) == {"r": "x"}
