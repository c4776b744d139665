"""Update of a simulated device, from upload to confirmation: what runs afterwards is the new image's code."""

from __future__ import annotations

import contextlib
import json
import shutil
import zlib
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import cbor2
import pytest

from firmware_sim.bootloader.errors import Refusal
from firmware_sim.bootloader.image import Version, read_image
from firmware_sim.bootloader.notes import Outcome
from firmware_sim.bootloader.signing import sign
from firmware_sim.bootloader.swap import Layout
from firmware_sim.firmware import version as own_version
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.flash_regions import SLOT_B_AT, SLOT_BYTES
from firmware_sim.firmware.roles.device import STEP_US
from firmware_sim.firmware.services import boot_notes
from firmware_sim.firmware.services.boot_notes import NOTE_BYTES, NOTES_AT
from firmware_sim.images import package, romfs
from firmware_sim.images.errors import BuildError
from firmware_sim.images.package import (
    board_of,
    build_package,
    kept_package,
    parse_version,
    unpack_package,
    version_of,
)
from firmware_sim.mcu.reset import PWRON_RESET, McuReset
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.image_boot import device_key, factory_image
from firmware_sim.targets.simulation import Simulation
from firmware_sim.testing.boot_rig import key
from firmware_sim.testing.changed_firmware import changed_firmware
from firmware_sim.testing.slots import put
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.testing.smp_requests import answered
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.cli.main import main

NEW = "0.9.1"
NAME = "a new firmware"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Firmware of another version that calls itself otherwise."""
    return changed_firmware(tmp_path_factory.mktemp("new"), NEW, NAME)


@cache
def image(folder: Path, *, board: str = board_of("cpython"), by: int | None = None, counter: int = 0) -> bytes:
    signer = device_key() if by is None else key(by)
    return sign(build_package("cpython", folder), signer, version=version_of(folder), board=board,
                security_counter=counter)  # fmt: skip


def started(storage: Path | None = None) -> SmpCable:
    cable = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0), storage=storage))
    cable.settle()
    return cable


@pytest.fixture
def cable() -> SmpCable:
    return started()


def loaded(cable: SmpCable, data: bytes) -> SmpCable:
    """With an image in slot 1."""
    assert cable.upload(data) == {"off": len(data), "match": True}
    return cable


def test_a_new_device_has_the_image_of_this_checkout(cable: SmpCable) -> None:
    factory = read_image(factory_image())
    assert cable.states() == [
        {"slot": 0, "version": own_version.VERSION, "hash": factory.digest, "bootable": True, "pending": False,
         "confirmed": True, "active": True, "permanent": False}
    ]  # fmt: skip
    assert cable.version() == own_version.VERSION
    assert cable.booted() == {"outcome": "nothing", "refusal": ""}
    assert cable.request(0, 8, READ, {}) == {"bootloader": "MCUboot"}
    assert cable.request(0, 8, READ, {"query": "mode"}) == {"mode": 1, "no-downgrade": True}
    assert cable.request(0, 8, READ, {"query": "weather"}) == {"err": {"group": 0, "rc": 3}}


def test_after_a_test_the_new_firmware_runs_and_is_confirmed(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    digest = read_image(data).digest
    loaded(cable, data)
    assert cable.slowest_us < 1_000_000, "an upload is answered within a second"
    assert [state["version"] for state in cable.states()] == [own_version.VERSION, NEW]
    assert cable.mark(digest)["images"][1]["pending"] is True
    cable.restart()
    assert cable.version() == NEW
    assert cable.request(0, 7, READ, {}) == {"output": NAME}
    assert cable.booted()["outcome"] == "testing"
    states = cable.states()
    assert [(s["active"], s["confirmed"], s["version"]) for s in states] == [
        (True, False, NEW),
        (False, True, own_version.VERSION),
    ]
    assert cable.mark(confirm=True)["images"][0]["confirmed"] is True
    cable.restart()
    assert cable.version() == NEW


def test_a_test_that_is_not_confirmed_is_reverted(cable: SmpCable, sources: Path) -> None:
    loaded(cable, image(sources)).mark(read_image(image(sources)).digest)
    cable.restart()
    assert cable.version() == NEW
    cable.restart()
    assert cable.version() == own_version.VERSION
    assert cable.booted() == {"outcome": "reverted", "refusal": ""}


def test_an_image_of_another_key_is_refused_by_the_bootloader(cable: SmpCable, sources: Path) -> None:
    data = image(sources, by=4)
    loaded(cable, data).mark(read_image(data).digest)
    cable.restart()
    assert cable.version() == own_version.VERSION
    assert cable.booted() == {"outcome": "refused", "refusal": "key"}
    assert [state["pending"] for state in cable.states()] == [False, False]


@pytest.mark.parametrize("board", ["reference/armv7m", "reference/x86", "other/py"])
def test_an_image_whose_header_names_no_board_is_refused_by_name_at_its_last_part(
    cable: SmpCable, sources: Path, board: str
) -> None:
    data = sign(build_package("cpython", sources), device_key(), version=version_of(sources), board=board,
                security_counter=0, header_bytes=32)  # fmt: skip
    refused = {"rc": 3, "rsn": f"made for {board}, this is reference/py"}
    assert cable.upload(data) == refused
    assert len(cable.states()) == 1
    assert cable.mark(read_image(data).digest) == {"err": {"group": 1, "rc": 8}}, "it is gone"
    loaded(cable, image(sources))


def test_an_image_for_another_board_that_is_there_is_refused_where_it_is_marked(cable: SmpCable, sources: Path) -> None:
    data = image(sources, board="reference/armv7m")
    cable.simulation.flash.cells.erase(SLOT_B_AT, SLOT_BYTES)
    put(cable.simulation.flash.cells, SLOT_B_AT, data)
    refused = {"rc": 3, "rsn": "made for reference/armv7m, this is reference/py"}
    assert cable.mark(read_image(data).digest) == refused
    assert [state["pending"] for state in cable.states()] == [False, False]


def older(payload: bytes = b"no firmware", version: Version = (0, 0, 9, 0), counter: int = 0) -> bytes:
    return sign(payload, device_key(), version=version, board=board_of("cpython"), security_counter=counter)


def test_an_older_version_is_refused_in_both_forms(cable: SmpCable) -> None:
    data = older()
    loaded(cable, data)
    body = {"confirm": False, "hash": read_image(data).digest}
    assert cable.request(1, 0, WRITE, body) == {"err": {"group": 1, "rc": 27}}
    assert cable.request(1, 0, WRITE, body, version=0) == {"rc": 6, "rsn": "version is older than what runs"}
    assert cable.upload(data, upgrade=True) == {"err": {"group": 1, "rc": 27}}
    assert cable.upload(factory_image(), last=1, upgrade=True) == {"err": {"group": 1, "rc": 27}}, "nor the same one"


def test_a_battery_at_5_percent_refuses_by_name(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    loaded(cable, data)
    cable.simulation.mcu.i2c(0).chips[0x36]._charge = 0.055  # type: ignore[attr-defined]
    cable.simulation.advance(cable.simulation.clock.now + 12_000_000)
    refused = {"rc": 6, "rsn": "battery at 5 %, 20 % are needed"}
    assert cable.mark(read_image(data).digest) == refused
    assert cable.upload(data) == refused, "before the upload is spent"
    cable.simulation.mcu.i2c(0).chips[0x36]._charge = 0.255  # type: ignore[attr-defined]
    cable.simulation.advance(cable.simulation.clock.now + 12_000_000)
    assert cable.upload(data, last=1000) == {"off": 1000}


@pytest.mark.parametrize("board", ["reference/x86", "reference/armv7m", "other/py"])
def test_an_image_for_another_core_is_refused_at_its_first_part(cable: SmpCable, sources: Path, board: str) -> None:
    data = image(sources, board=board)
    refused = {"rc": 3, "rsn": f"made for {board}, this is reference/py"}
    assert cable.upload(data) == refused
    assert cable.upload(data, first=0, last=1, chunk=64) == refused
    assert len(cable.states()) == 1
    loaded(cable, image(sources))


@pytest.mark.parametrize("header_bytes", [32, 40, 64, 512])
def test_headers_of_other_lengths_say_nothing_of_the_board(cable: SmpCable, header_bytes: int) -> None:
    data = sign(bytes(3000), device_key(), version=(3, 0, 0, 0), board="elsewhere/py", security_counter=0,
                header_bytes=header_bytes)  # fmt: skip
    refused = {"rc": 3, "rsn": "made for elsewhere/py, this is reference/py"}
    assert cable.upload(data, last=600) == ({"off": 1000} if header_bytes != 64 else refused)
    assert cable.upload(data) == refused


BROKEN = {
    "cannot be imported": ("version.py", "raise ValueError('broken')\n"),
    "cannot be made": ("roles/band.py", "\n\nclass ROLE:\n    pass\n"),
    "dies in a step": ("roles/band.py", "\n\nBand.step = lambda self, now_us: 1 // 0\n"),
    "starves its watchdog": ("roles/band.py", "\n\nBand.step = lambda self, now_us: now_us + 1000000\n"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_firmware_that_fails_is_reverted(cable: SmpCable, sources: Path, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "firmware"
    shutil.copytree(sources, folder)
    name, lines = BROKEN[how]
    with (folder / name).open("a") as file:
        file.write(lines)
    data = image(folder)
    loaded(cable, data).mark(read_image(data).digest)
    resets = cable.simulation.mcu.resets
    cable.restart()
    cable.simulation.advance(cable.simulation.clock.now + 10_000_000)
    cable.settle()
    assert cable.simulation.mcu.resets == resets + 2
    assert cable.version() == own_version.VERSION
    assert cable.booted() == {"outcome": "reverted", "refusal": ""}


def test_storage_keeps_the_images(tmp_path: Path, sources: Path) -> None:
    data = image(sources)
    cable = started(tmp_path)
    loaded(cable, data).mark(read_image(data).digest)
    again = started(tmp_path)
    assert again.version() == NEW
    again.mark(confirm=True)
    assert started(tmp_path).version() == NEW
    assert [state["version"] for state in started(tmp_path).states()] == [NEW, own_version.VERSION]


def test_power_that_fails_on_the_way_to_the_new_firmware(sources: Path) -> None:
    """The device's own path: upload, mark, exchange; in whatever operation it is cut, it comes back and can go on."""
    data = image(sources)
    random = Random(3)
    for _ in range(6):
        cable = started()
        simulation, chip = cable.simulation, cable.simulation.flash
        marked = random.random() < 0.7
        loaded(cable, data)

        def fail(simulation: Simulation = simulation) -> None:
            simulation.flash.power_on()
            simulation.mcu.reset()
            raise McuReset(PWRON_RESET)

        operations = random.randrange(1, 5000) if marked else random.randrange(800)
        chip.cut_power_in(operations, random.random(), fail)
        if marked:
            cable.mark(read_image(data).digest)
            cable.restart()
        else:
            try:
                cable.upload(data)
            except TimeoutError:
                cable.settle()
        cable.settle()
        assert cable.version() in (NEW, own_version.VERSION)
        chip.cut_power_in(1 << 40, 0, fail)
        if cable.version() != NEW:
            loaded(cable, data)
            cable.mark(read_image(data).digest)
            cable.restart()
        assert cable.version() == NEW


# ------------------------------------------------------------------ upload


def test_an_upload_that_was_broken_off_goes_on_where_it_was(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    assert cable.upload(data, last=100_000) == {"off": 100_000}
    assert len(cable.states()) == 1, "half an image is none"
    assert cable.request(1, 1, WRITE, {"off": 5000, "data": b"x"}) == {"off": 100_000}
    first = {"off": 0, "data": data[:500], "len": len(data), "sha": sha256(data).digest()}
    assert cable.request(1, 1, WRITE, first) == {"off": 100_000}
    assert cable.upload(data, first=100_000) == {"off": len(data), "match": True}
    assert cable.states()[1]["version"] == NEW


def test_parts_of_an_upload_are_taken_between_the_device_s_steps(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    cable.upload(data, last=5_000)
    simulation = cable.simulation
    began = simulation.clock.now
    cable.upload(data, first=5_000, last=55_000)
    assert simulation.clock.now - began < 100 * STEP_US // 2, "a hundred parts"
    simulation.advance(simulation.clock.now + 2_000_000)
    steps = simulation.clock.now
    cable.request(0, 0, READ, {})
    assert simulation.clock.now - steps <= STEP_US + 1_000


def test_sensors_lose_nothing_by_an_upload(sources: Path) -> None:
    undisturbed, busy = started(), started()
    loaded(busy, image(sources))
    busy.simulation.advance(busy.simulation.clock.now + 10_000_000)
    undisturbed.simulation.advance(busy.simulation.clock.now)
    facts = []
    for simulation in (busy.simulation, undisturbed.simulation):
        device = simulation.device  # type: ignore[attr-defined]
        facts.append((device.overruns(), device.sensors(), device.vitals.value(wire.READING_KIND_HEART_RATE)))
    assert facts[0] == facts[1]
    assert facts[0][0] == 0


def test_after_a_restart_an_upload_begins_anew(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    cable.upload(data, last=50_000)
    cable.restart()
    assert cable.request(1, 1, WRITE, {"off": 50_000, "data": b"x"}) == {"off": 0}
    loaded(cable, data)


@pytest.mark.parametrize("missing", [1, 64, 106, 107, 5_000])
def test_what_a_restart_left_of_an_upload_is_no_image(cable: SmpCable, sources: Path, missing: int) -> None:
    data = image(sources)
    digest = read_image(data).digest
    end = len(data) - missing
    begun = cable.upload(data, last=end // 500 * 500)["off"]
    assert cable.request(1, 1, WRITE, {"off": begun, "data": data[begun:end]}) == {"off": end}
    cable.simulation.reset()
    cable.settle()
    assert [state["slot"] for state in cable.states()] == [0]
    assert cable.mark(digest) == {"err": {"group": 1, "rc": 8}}
    loaded(cable, data)
    cable.simulation.reset()
    cable.settle()
    assert [(state["slot"], state["bootable"]) for state in cable.states()] == [(0, True), (1, True)]
    cable.mark(digest)
    cable.restart()
    assert cable.version() == NEW


@pytest.mark.parametrize("missing", [1, 64, 106, 5_000])
def test_a_file_that_is_too_short_is_refused_at_its_last_part(cable: SmpCable, sources: Path, missing: int) -> None:
    data = image(sources)[:-missing]
    assert cable.upload(data) == {"err": {"group": 1, "rc": 21}}
    cable.restart()
    assert [state["slot"] for state in cable.states()] == [0]
    loaded(cable, image(sources))


def test_another_link_neither_erases_nor_replaces_an_upload(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    cable.upload(data, last=20_000)
    server = server_of(cable)
    assert elsewhere(server, 5, {}) == {"rc": 10, "rsn": "another upload is under way"}
    assert cable.upload(data, first=20_000) == {"off": len(data), "match": True}
    cable.upload(data, last=20_000)
    cable.simulation.advance(cable.simulation.clock.now + 11_000_000)
    assert elsewhere(server, 5, {}) == {}, "the first one has vanished"
    assert cable.request(1, 1, WRITE, {"off": 20_000, "data": b"x"}) == {"off": 0}


def test_what_is_to_start_next_is_neither_erased_nor_replaced(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    loaded(cable, data).mark(read_image(data).digest)
    server = server_of(cable)
    first = {"off": 0, "data": data[:500], "len": len(data)}
    for answer in (
        elsewhere(server, 5, {}),
        elsewhere(server, 1, first),
        cable.request(1, 5, WRITE, {}),
        cable.request(1, 1, WRITE, first),
    ):
        assert answer == {"err": {"group": 1, "rc": 9}}
    refused = {"rc": 6, "rsn": "the image in slot 1 is to start: reset first"}
    assert cable.request(1, 1, WRITE, first, version=0) == refused
    cable.restart()
    assert cable.version() == NEW


def test_damage_on_the_way_does_not_match(cable: SmpCable) -> None:
    data = older()
    body = {"off": 0, "data": data, "len": len(data), "sha": bytes(32)[:-1] + b"\x01"}
    assert cable.request(1, 1, WRITE, body) == {"off": len(data), "match": False}
    assert cable.request(1, 1, WRITE, {"off": 0, "data": data, "len": len(data)}) == {"off": len(data)}


@pytest.mark.parametrize(
    ("body", "old", "code"),
    [
        ({"data": bytes(40)}, {"rc": 3, "rsn": "off is missing"}, 20),
        ({"off": -1, "data": bytes(40)}, {"rc": 3, "rsn": "off is missing"}, 20),
        ({"off": 0, "data": b"", "len": 99}, {"rc": 3, "rsn": "header malformed"}, 22),
        ({"off": 0, "data": bytes(64), "len": 64}, {"rc": 1, "rsn": "magic mismatch"}, 23),
        ({"off": 0, "data": older()[:64]}, {"rc": 3, "rsn": "len is missing"}, 21),
        ({"off": 0, "data": older()[:64], "len": 1 << 20}, {"rc": 1, "rsn": "1048576 bytes, the slot has 1044480"}, 30),
        ({"off": 0, "data": older()[:64], "len": 60}, {"rc": 1, "rsn": "more than was announced"}, 31),
        ({"off": 0, "data": older()[:64], "len": 500, "image": 1}, {"rc": 6, "rsn": "there is one image, 0"}, 9),
    ],
)
def test_an_upload_that_cannot_be_is_refused_in_both_forms(
    cable: SmpCable, body: dict[str, object], old: dict[str, object], code: int
) -> None:
    assert cable.request(1, 1, WRITE, body, version=0) == old
    assert cable.request(1, 1, WRITE, body) == {"err": {"group": 1, "rc": code}}
    assert len(cable.states()) == 1
    assert cable.upload(older())["match"] is True


def test_a_second_client_waits_until_the_first_has_vanished(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    cable.upload(data, last=20_000)
    server = server_of(cable)
    other = older()
    first = {"off": 0, "data": other, "len": len(other), "sha": sha256(other).digest()}
    assert upload_elsewhere(server, first) == {"rc": 10, "rsn": "another upload is under way"}
    assert cable.request(1, 1, WRITE, {"off": 20_000, "data": data[20_000:20_500]}) == {"off": 20_500}
    cable.simulation.advance(cable.simulation.clock.now + 11_000_000)
    assert upload_elsewhere(server, {"off": 5, "data": b"x"}) == {"off": 0}
    assert upload_elsewhere(server, first) == {"off": len(other), "match": True}
    assert cable.request(1, 1, WRITE, {"off": 20_500, "data": b"x"}) == {"off": 0}


def test_a_second_client_waits_after_seven_weeks_as_well(cable: SmpCable, sources: Path) -> None:
    server = server_of(cable)
    group = server.group(1)
    weeks_ms = (1 << 32) - 20
    begun_ms = group._now_ms()
    group._now_ms = lambda: cable.simulation.device.now_us() // 1000 - begun_ms + weeks_ms  # type: ignore[attr-defined]
    data = image(sources)
    cable.upload(data, last=20_000)
    assert group._now_ms() > 1 << 32
    assert upload_elsewhere(server, {"off": 5, "data": b"x"}) == {"rc": 10, "rsn": "another upload is under way"}
    cable.simulation.advance(cable.simulation.clock.now + 11_000_000)
    assert upload_elsewhere(server, {"off": 5, "data": b"x"}) == {"off": 0}


def test_what_a_newer_bootloader_notes_is_reported_by_its_number(cable: SmpCable) -> None:
    note = b"VBN" + bytes((200, 99)) + bytes(15)
    cable.simulation.flash.cells.program(NOTES_AT + NOTE_BYTES, note + zlib.crc32(note).to_bytes(4, "little"))
    assert cable.request(0, 8, READ, {"query": "last"}) == {"outcome": "200", "refusal": "99", "hash": bytes(4)}


def test_firmware_and_bootloader_mean_the_same_notes() -> None:
    assert tuple(outcome.name.lower() for outcome in Outcome) == boot_notes.OUTCOMES
    assert len(Refusal) == len(boot_notes.REFUSALS)
    assert Layout().notes == NOTES_AT


def server_of(cable: SmpCable) -> Any:
    """The command core of the device."""
    polls = cable.simulation.device._polls  # type: ignore[attr-defined]
    return next(poll.__self__.server for poll in polls if hasattr(getattr(poll, "__self__", None), "server"))


def test_a_first_part_that_is_refused_leaves_what_was_in_the_slot(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    digest = read_image(data).digest
    loaded(cable, data)
    first = {"off": 0, "data": data[:64], "len": len(data)}
    for wrong, answer in (
        ({"len": 63}, {"err": {"group": 1, "rc": 31}}),
        ({"sha": "text"}, {"rc": 3, "rsn": "sha is not of its type"}),
        ({"upgrade": "no"}, {"rc": 3, "rsn": "upgrade is not of its type"}),
        ({"image": "first"}, {"rc": 3, "rsn": "image is not of its type"}),
    ):
        assert cable.request(1, 1, WRITE, first | wrong) == answer
        assert [(state["hash"], state["pending"]) for state in cable.states()][1] == (digest, False)
    assert cable.request(1, 1, WRITE, first | {"sha": b"", "upgrade": False, "image": 0}) == {"off": 64}


def test_an_empty_hash_confirms_what_runs_as_mcumgr_s_image_confirm_has_it(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    digest = read_image(data).digest
    loaded(cable, data).mark(digest)
    cable.restart()
    assert cable.mark(b"") == {"err": {"group": 1, "rc": 24}}
    assert cable.states()[0]["confirmed"] is False
    assert cable.mark(b"", confirm=True)["images"][0]["confirmed"] is True
    cable.restart()
    assert cable.states()[0]["hash"] == digest


def upload_elsewhere(server: Any, body: dict[str, object]) -> Any:
    """An upload request of another link."""
    return elsewhere(server, 1, body)


def elsewhere(server: Any, command: int, body: dict[str, object]) -> Any:
    """A request of another link that writes images."""
    payload = cbor2.dumps(body)
    frame = b"\x0a\x00" + len(payload).to_bytes(2, "big") + b"\x00\x01\x07" + bytes([command]) + payload
    return cbor2.loads(answered(server, frame, "another link")[8:])


def test_states_that_cannot_be_are_refused(cable: SmpCable, sources: Path) -> None:
    data = image(sources)
    running = cable.states()[0]["hash"]
    assert cable.mark() == {"err": {"group": 1, "rc": 24}}
    assert cable.mark(bytes(32)) == {"err": {"group": 1, "rc": 8}}
    assert cable.mark(running) == {"err": {"group": 1, "rc": 33}}
    assert cable.mark(running, confirm=True)["images"][0]["confirmed"] is True
    assert cable.request(1, 0, WRITE, {"confirm": 1}) == {"rc": 3, "rsn": "confirm is not of its type"}
    loaded(cable, data).mark(read_image(data).digest)
    cable.restart()
    assert cable.upload(data) == {"err": {"group": 1, "rc": 9}}, "what it would be reverted to is kept"
    assert cable.mark(running) == {"err": {"group": 1, "rc": 9}}
    assert cable.request(1, 5, WRITE, {}) == {"err": {"group": 1, "rc": 9}}


def test_erase_and_sizes(cable: SmpCable, sources: Path) -> None:
    loaded(cable, image(sources))
    assert cable.request(1, 5, WRITE, {"slot": 9}) == {"err": {"group": 1, "rc": 10}}
    assert cable.request(1, 5, WRITE, {"slot": 9}, version=0) == {"rc": 1}
    assert cable.request(1, 5, WRITE, {"slot": 0}) == {"err": {"group": 1, "rc": 9}}
    assert cable.request(1, 5, WRITE, {}) == {}
    assert len(cable.states()) == 1
    size = {"size": SLOT_BYTES}
    slots = [{"slot": 0, **size}, {"slot": 1, **size, "upload_image_id": 0}]
    assert cable.request(1, 6, READ, {}) == {"images": [{"image": 0, "slots": slots}]}
    assert cable.slowest_us < 1_000_000


def test_a_chip_that_dies_is_an_error_of_the_device(cable: SmpCable) -> None:
    cells = cable.simulation.flash.cells
    cells.endurance = 0
    cells.wear[SLOT_B_AT // 4096 :] = 5000
    data = older(Random(1).randbytes(3000))
    answer = cable.upload(data)
    assert answer == {"rc": 1, "rsn": "error 5 of the device"}
    assert cable.version() == own_version.VERSION


def test_a_device_without_the_chip_has_no_images() -> None:
    simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=0))
    simulation.flash.powered = False
    simulation.reset()
    cable = SmpCable(simulation)
    cable.settle()
    assert cable.request(1, 0, READ, {}) == {"rc": 8}
    assert cable.request(0, 8, READ, {}) == {"rc": 8}
    assert cable.version() == own_version.VERSION


# ------------------------------------------------------------------ packages


def test_the_same_sources_give_the_same_image(sources: Path, tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere"
    shutil.copytree(sources, copied)
    assert build_package("cpython", copied) == build_package("cpython", sources)
    assert image(copied) == image(sources)


def test_a_romfs_is_what_micropythons_tool_makes(sources: Path) -> None:
    romfs_tool = pytest.importorskip("mpremote.romfs", reason="mpremote is of the extra `test`")
    files = {"a.txt": b"", "firmware/dsp/x.mpy": bytes(200), "firmware/a.mpy": b"abc"}
    tool = romfs_tool.VfsRomWriter()
    tool.mkfile("a.txt", b"")
    tool.opendir("firmware")
    tool.mkfile("a.mpy", b"abc")
    tool.opendir("dsp")
    tool.mkfile("x.mpy", bytes(200))
    tool.closedir()
    tool.closedir()
    assert romfs.pack(files) == tool.finalise()
    assert romfs.unpack(romfs.pack(files)) == files


@pytest.mark.parametrize("target", ["cpython", "qemu-m3"])
def test_damaged_packages_are_an_error(target: str, sources: Path) -> None:
    whole = romfs.pack({"firmware/a.py": b"x = 1", "firmware/b/c.py": bytes(300)})
    data = zlib.compress(whole) if target == "cpython" else whole
    assert unpack_package(data)["firmware/a.py"] == b"x = 1"
    random = Random(5)
    for _ in range(2000):
        damaged = bytearray(data)
        damaged[random.randrange(len(data))] ^= 1 << random.randrange(8)
        with contextlib.suppress(ValueError):
            unpack_package(bytes(damaged))
    for length in range(len(data) - 1):
        with pytest.raises(ValueError):  # noqa: PT011 - that it is one is what matters
            unpack_package(data[:length])


@pytest.mark.parametrize(
    ("text", "version"), [("1.2.3", (1, 2, 3, 0)), ("0.10.0+7", (0, 10, 0, 7)), ("1.2", None), ("1.2.3-rc1", None)]
)
def test_versions(text: str, version: Version | None) -> None:
    if version is None:
        with pytest.raises(ValueError, match=text):
            parse_version(text)
    else:
        assert parse_version(text) == version


def test_a_folder_without_firmware_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=str(tmp_path)):
        version_of(tmp_path)
    with pytest.raises(BuildError, match=str(tmp_path)):
        build_package("cpython", tmp_path)
    (tmp_path / "version.py").write_text('VERSION = "one"\n')
    with pytest.raises(BuildError, match="one"):
        version_of(tmp_path)


def test_the_command_builds_an_image(tmp_path: Path, sources: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.img"
    assert main(["build-image", "--firmware", str(sources), "--out", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert out.read_bytes() == image(sources)
    assert facts["version"] == NEW
    assert facts["hash"] == read_image(out.read_bytes()).digest.hex()
    arguments = ["--version", "3.0.0+9", "--security-counter", "2"]
    assert main(["build-image", "--firmware", str(sources), "--out", str(out), *arguments]) == 0
    assert read_image(out.read_bytes()).version == (3, 0, 0, 9)
    for wrong in (["--version", "x"], ["--firmware", str(tmp_path)], ["--key", str(out)], ["--security-counter", "-1"]):
        assert main(["build-image", "--out", str(tmp_path / "b.img"), *wrong]) == 1
        assert "vitalband build-image:" in capsys.readouterr().err
        assert not (tmp_path / "b.img").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--firmware", "nothing"], "nothing holds no firmware: version.py cannot be read (No such file or directory)"),
        (["--key", "nothing.pem"], "nothing.pem: No such file or directory"),
        (["--out", "."], ".: Is a directory"),
    ],
)
def test_a_file_that_is_not_there_is_said_in_words(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["build-image", *arguments]) == 1
    assert capsys.readouterr().err == f"vitalband build-image: {said}\n"


def test_a_package_that_is_kept_is_of_the_compiler_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def build(target: str) -> bytes:
        built.append(target)
        return b"made"

    monkeypatch.setattr(package, "cache_root", lambda: tmp_path)
    monkeypatch.setattr(package, "build_package", build)
    for version, times in (("1.0", 1), ("1.0", 1), ("1.1", 2)):
        monkeypatch.setattr(package, "compiler_version", lambda version=version: version)
        assert kept_package("qemu-m3") == b"made"
        assert len(built) == times
