"""Stock tools update simulated devices: `smpmgr` in its own environment (files, too), `mcumgr-toolkit`, a phone app."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from smp import os_management as os_messages
from smpclient import SMPClient
from smpclient.generics import success
from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import BootloaderInformationRead, MCUMgrParametersRead, ResetWrite
from smpclient.transport.ble import SMPBLETransport
from smpclient.transport.serial import SMPSerialTransport

from firmware_sim.bootloader.image import read_image
from firmware_sim.cli.processes import SimProcess
from firmware_sim.firmware.version import VERSION
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.changed_firmware import changed_firmware
from firmware_sim.testing.slots import ruin
from firmware_sim.world.wearer import PRESETS, Wearer
from hil_tests.debugging import debug_request
from host_sdk import virtual_radio
from host_sdk.cli.main import main

pytestmark = pytest.mark.slow
NEW = "0.9.9"
TIMEOUT_S = 240
PLUGINS = Path(__file__).resolve().parents[1] / "examples/smpmgr"
_UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    path = folder / "new.img"
    assert main(["build-image", "--firmware", str(changed_firmware(folder, NEW)), "--out", str(path)]) == 0
    return path


@pytest.fixture
def sim() -> Iterator[SimProcess]:
    with SimProcess("--seed", "5", "--pace", "4") as process:
        yield process


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[SimProcess]:
    """A device whose flash holds nothing to start."""
    simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=5), storage=tmp_path)
    ruin(simulation)
    simulation.close()
    with SimProcess("--seed", "5", "--pace", "4", "--storage", str(tmp_path)) as process:
        yield process


def hash_of(image: Path) -> str:
    return read_image(image.read_bytes()).digest.hex()


# ------------------------------------------------------------------ smpmgr


@pytest.fixture(scope="module")
def smpmgr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest `smpmgr`, in an environment of its own: its pins are not the project's."""
    folder = tmp_path_factory.mktemp("smpmgr") / "venv"
    for command in (("venv", folder), ("pip", "install", "--python", folder, "smpmgr")):
        try:
            done = subprocess.run(
                [str(_UV), *map(str, command)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except OSError as error:
            pytest.skip(f"uv is needed: {error}")
        if done.returncode:
            pytest.skip(f"smpmgr cannot be had: {done.stderr.strip()[-200:]}")
    return next(folder.glob("*/smpmgr*"))


def run(smpmgr: Path, port: str, *arguments: str) -> str:
    """What it prints."""
    command = [str(smpmgr), "--port", port, "--timeout", "20", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused_by(smpmgr: Path, port: str, *arguments: str) -> str:
    """What it prints where the device refuses."""
    command = [str(smpmgr), "--port", port, "--timeout", "20", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def states(shown: str) -> list[str]:
    """Versions by slot, and a star where it is active, as `smpmgr image state-read` shows them."""
    slots = shown.split("ImageState(")[1:]
    return [slot.split("version='")[1].split("'")[0] + "*" * ("active=True" in slot) for slot in slots]


def until_reset(sim: SimProcess, resets: int) -> None:
    """Wait until a device was reset more often than that: the reset is answered before it is done."""
    end = time.monotonic() + TIMEOUT_S
    while debug_request(sim, cmd="state")["resets"] <= resets:
        assert time.monotonic() < end, "the reset that was answered never came"
        time.sleep(0.05)


def until_version(sim: SimProcess, version: str) -> list[str]:
    """Wait until a device runs that version; the versions by slot."""

    def make() -> SMPClient:
        return SMPClient(SMPSerialTransport(), sim.serial.removeprefix("serial:"), timeout_s=2)

    return asyncio.run(asyncio.wait_for(until_active(make, version), TIMEOUT_S))


async def until_active(make: Callable[[], SMPClient], version: str) -> list[str]:
    """The same by a client that is made anew each time, for a restart may take its time and ends the link."""
    while True:
        with contextlib.suppress(Exception):  # each package below the client has its own
            async with make() as client:
                found = await client.request(ImageStatesRead())
                if success(found) and any(state.active and state.version == version for state in found.images):
                    return [state.version for state in found.images]
        await asyncio.sleep(0.2)


@pytest.mark.registry
def test_smpmgr_moves_files(sim: SimProcess, smpmgr: Path, tmp_path: Path) -> None:
    port = sim.serial.removeprefix("serial:")
    curve = tmp_path / "curve.bin"
    curve.write_bytes(bytes(range(256)) * 20)
    run(smpmgr, port, "file", "upload", str(curve), "/files/curve.bin")
    assert "5120" in run(smpmgr, port, "file", "read-size", "/files/curve.bin")
    assert str(crc32(curve.read_bytes())) in run(smpmgr, port, "file", "get-hash", "/files/curve.bin")
    run(smpmgr, port, "file", "download", "/files/curve.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == curve.read_bytes()
    for path in ("/files/../bonds", "/bonds", "/files/a/b"):
        for words in (("upload", str(curve), path), ("download", path, str(tmp_path / "none.bin"))):
            assert "FILE_INVALID_NAME" in refused_by(smpmgr, port, "file", *words)
    assert not (tmp_path / "none.bin").exists() or not (tmp_path / "none.bin").read_bytes()


@pytest.mark.registry
def test_smpmgr_uploads_tests_and_confirms(sim: SimProcess, image: Path, smpmgr: Path) -> None:
    port = sim.serial.removeprefix("serial:")
    assert states(run(smpmgr, port, "image", "state-read")) == [VERSION + "*"]
    assert "100.0%" in run(smpmgr, port, "image", "upload", str(image))
    run(smpmgr, port, "image", "state-write", hash_of(image))
    run(smpmgr, port, "os", "reset")
    until_version(sim, NEW)
    assert states(run(smpmgr, port, "image", "state-read")) == [NEW + "*", VERSION]
    run(smpmgr, port, "image", "state-write", "--confirm", hash_of(image))
    resets = debug_request(sim, cmd="state")["resets"]
    run(smpmgr, port, "os", "reset")
    until_reset(sim, resets)
    assert until_version(sim, NEW) == [NEW, VERSION]
    assert states(run(smpmgr, port, "image", "state-read")) == [NEW + "*", VERSION]


@pytest.mark.registry
def test_a_plugin_teaches_smpmgr_the_device_s_own_group(sim: SimProcess, smpmgr: Path) -> None:
    port = sim.serial.removeprefix("serial:")
    command = [str(smpmgr), f"--plugin-path={PLUGINS}", "--port", port, "--timeout", "20", "vitalband", "readings"]
    for _ in range(20):
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if "quality" in line}
        if shown.get("heart_rate", "-") != "-":
            break
    assert 50 < float(shown["heart_rate"]) < 80
    assert 0 < float(shown["battery"]) <= 100
    assert {"pulse_rate", "skin_temperature", "posture"} <= set(shown)


@pytest.mark.registry
def test_smpmgr_brings_back_a_device_without_firmware(bare: SimProcess, image: Path, smpmgr: Path) -> None:
    port = bare.serial.removeprefix("serial:")
    assert "bootable=False" in run(smpmgr, port, "image", "state-read")
    assert "100.0%" in run(smpmgr, port, "image", "upload", str(image))
    run(smpmgr, port, "os", "reset")
    assert until_version(bare, NEW)[0] == NEW


# ------------------------------------------------------------------ mcumgr-toolkit


def test_mcumgr_toolkit_brings_back_a_device_without_firmware(bare: SimProcess, image: Path) -> None:
    toolkit = pytest.importorskip("mcumgr_toolkit", reason="it has wheels for some systems only")
    client: Any = toolkit.MCUmgrClient.serial(bare.serial.removeprefix("serial:"), 115200)
    client.use_auto_frame_size()
    assert client.os_echo("is anybody there?") == "is anybody there?"
    assert client.os_bootloader_info() == {"name": "MCUboot", "mode": 1, "no_downgrade": True}
    assert [(state.slot, state.bootable, state.active) for state in client.image_get_state()] == [(0, False, False)]
    client.image_upload(image.read_bytes())
    client.os_system_reset()
    del client
    assert until_version(bare, NEW) == [NEW, VERSION]


def test_mcumgr_toolkit_updates_by_its_own_routine(sim: SimProcess, image: Path) -> None:
    toolkit = pytest.importorskip("mcumgr_toolkit", reason="it has wheels for some systems only")
    client: Any = toolkit.MCUmgrClient.serial(sim.serial.removeprefix("serial:"), 115200)
    client.set_timeout_ms(20_000)
    client.use_auto_frame_size()
    assert client.os_bootloader_info() == {"name": "MCUboot", "mode": 1, "no_downgrade": True}
    assert [slot.slot for slot in client.image_slot_info()[0].slots] == [0, 1]
    seen: list[object] = []
    client.firmware_update(image.read_bytes(), progress=lambda *facts: seen.append(facts))
    assert len(seen) > 10
    del client
    until_version(sim, NEW)
    client = toolkit.MCUmgrClient.serial(sim.serial.removeprefix("serial:"), 115200)
    client.use_auto_frame_size()
    new, old = client.image_get_state()
    assert (new.version, new.active, new.confirmed) == (NEW, True, False)
    assert (old.version, old.confirmed) == (VERSION, True)
    client.image_set_state(None, True)
    assert client.image_get_state()[0].confirmed is True
    client.image_erase()
    assert len(client.image_get_state()) == 1
    assert client.os_application_info("v") == NEW


# ------------------------------------------------------------------ a phone app


async def phone_update(client: SMPClient, image: bytes) -> None:
    """What nRF Connect Device Manager sends to test and confirm, up to the reset."""
    parameters = await client.request(MCUMgrParametersRead())
    assert success(parameters)
    bootloader = await client.request(BootloaderInformationRead())
    assert isinstance(bootloader, os_messages.BootloaderInformationReadResponse)
    assert bootloader.bootloader == "MCUboot"
    before = await client.request(ImageStatesRead())
    assert success(before)
    digest = read_image(image).digest
    assert digest not in [state.hash for state in before.images], "else it would not upload"
    async for _ in client.upload(image, first_timeout_s=5):
        pass
    marked = await client.request(ImageStatesWrite(hash=digest))
    assert success(marked)
    assert marked.images[1].pending
    assert success(await client.request(ResetWrite()))


async def test_a_phone_app_s_sequence_over_ble(image: Path) -> None:
    data = await asyncio.to_thread(image.read_bytes)
    await asyncio.wait_for(phone_update_and_confirm(data), TIMEOUT_S)


async def phone_update_and_confirm(data: bytes) -> None:
    """The whole sequence, on a device of its own."""
    async with virtual_radio.simulated("sim:?seed=5&pace=4") as name:
        async with SMPClient(SMPBLETransport(), name, timeout_s=10) as client:
            await phone_update(client, data)
        await until_active(lambda: SMPClient(SMPBLETransport(), name, timeout_s=30), NEW)
        async with SMPClient(SMPBLETransport(), name, timeout_s=10) as client:
            found = await client.request(ImageStatesRead())
            assert success(found)
            assert [(state.version, state.active) for state in found.images] == [(NEW, True), (VERSION, False)]
            confirmed = await client.request(ImageStatesWrite(hash=found.images[0].hash, confirm=True))
            assert success(confirmed)
            assert confirmed.images[0].confirmed
