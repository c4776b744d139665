"""What `vitalband flash` is refused, in words, by devices in processes of their own, which are as before then."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from smpclient import SMPClient
from smpclient.requests.image_management import ImageErase, ImageStatesRead, ImageStatesWrite, ImageUploadWrite
from smpclient.transport.serial import SMPSerialTransport

from firmware_sim.bootloader.signing import sign
from firmware_sim.cli.processes import SimProcess, vitalband
from firmware_sim.firmware.version import VERSION
from firmware_sim.images.package import board_of
from firmware_sim.targets.image_boot import device_key
from firmware_sim.testing.changed_firmware import changed_firmware
from hil_tests.debugging import debug_request
from host_sdk.cli.main import main

pytestmark = pytest.mark.slow
NEW = "0.9.8"
TIMEOUT_S = 120


def flash(sim: SimProcess, *arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    """(exit code, events, what is on stderr) of the command."""
    command = ("flash", "--json", "--trial", "1", "--device", sim.serial, *map(str, arguments))
    done = vitalband(*command, timeout=TIMEOUT_S)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def slots(sim: SimProcess) -> list[tuple[str, bool, bool]]:
    code, (facts,), errors = flash(sim, "--status")
    assert code == 0, errors
    return [(slot["version"], slot["active"], slot["confirmed"]) for slot in facts["slots"]]


def fault(sim: SimProcess, component: str, name: str, seconds: float = 1e6) -> None:
    now_s = debug_request(sim, cmd="state")["time_s"]
    debug_request(sim, cmd="fault", component=component, fault=name, start=now_s + 0.05, stop=now_s + 0.05 + seconds)


def let_pass(sim: SimProcess, seconds: float) -> None:
    """Of the device's time."""
    end_s = debug_request(sim, cmd="state")["time_s"] + seconds
    deadline = time.monotonic() + TIMEOUT_S
    while debug_request(sim, cmd="state")["time_s"] < end_s:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def signed(folder: Path, version: tuple[int, int, int, int] = (9, 0, 0, 0), count: int = 60_000) -> Path:
    path = folder / "other.img"
    payload, board = Random(3).randbytes(count), board_of("cpython")
    path.write_bytes(sign(payload, device_key(), version=version, board=board, security_counter=0))
    return path


@pytest.fixture
def sim() -> Iterator[SimProcess]:
    with SimProcess("--seed", "5", "--pace", "5") as process:
        yield process


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed_firmware(tmp_path_factory.mktemp("new"), NEW)


@pytest.fixture(scope="module")
def image(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "new.img"
    assert main(["build-image", "--firmware", str(sources), "--out", str(path)]) == 0
    return path


def test_what_does_not_fit_is_refused_and_the_device_is_as_before(sim: SimProcess, tmp_path: Path) -> None:
    before = slots(sim)
    code, _, errors = flash(sim, signed(tmp_path, count=1 << 20))
    assert (code, "IMAGE_TOO_LARGE (error 30 of group 1)" in errors) == (3, True), errors
    fault(sim, "battery", "low")
    let_pass(sim, 12)
    code, _, errors = flash(sim, signed(tmp_path))
    assert (code, "battery at 3 %, 20 % are needed" in errors) == (3, True), errors
    assert slots(sim) == before == [(VERSION, True, True)]


def test_a_lower_security_counter_is_refused(sim: SimProcess, sources: Path, tmp_path: Path) -> None:
    path = tmp_path / "counted.img"
    built = ("build-image", "--firmware", str(sources), "--out", str(path))
    assert main([*built, "--security-counter", "3"]) == 0
    assert flash(sim, path)[0] == 0
    before = slots(sim)
    code, _, errors = flash(sim, signed(tmp_path))
    assert (code, "security counter 0 is below 3" in errors) == (3, True), errors
    assert [slot for slot in slots(sim) if slot[1]] == [slot for slot in before if slot[1]]


def test_a_flash_chip_that_dies_is_named_at_once_and_flashed_when_it_is_back(sim: SimProcess, image: Path) -> None:
    before = slots(sim)
    fault(sim, "flash", "off", 80)
    let_pass(sim, 0.2)
    for arguments in (("--status",), (image,)):
        code, _, errors = flash(sim, *arguments)
        assert (code, "the flash chip does not answer" in errors) == (3, True), errors
    assert debug_request(sim, cmd="state")["resets"] == 0
    let_pass(sim, 82.5)
    assert slots(sim) == before
    assert flash(sim, image)[0] == 0
    assert slots(sim)[0] == (NEW, True, True)


def test_a_flash_chip_that_dies_in_an_upload_is_named_and_costs_that_upload(sim: SimProcess, image: Path) -> None:
    before = slots(sim)
    first = ImageUploadWrite(off=0, data=image.read_bytes()[:400], len=image.stat().st_size)
    answers = answers_to(sim, first, lambda: fault(sim, "flash", "off", 8), ImageUploadWrite(off=400, data=b"x" * 400))
    assert answers[0].off == 400
    code, _, errors = flash(sim, image)
    assert (code, "the flash chip does not answer" in errors) == (3, True), errors
    let_pass(sim, 12)
    assert slots(sim) == before
    code, _, errors = flash(sim, image)
    assert code == 0, errors


def answers_to(sim: SimProcess, *requests: Any) -> list[Any]:
    """Answers to a stock client; what can be called is, in between."""

    async def talk() -> list[Any]:
        answers = []
        port = sim.serial.removeprefix("serial:")
        async with asyncio.timeout(TIMEOUT_S), SMPClient(SMPSerialTransport(), port, timeout_s=5) as client:
            for request in requests:
                if callable(request):
                    await asyncio.to_thread(request)
                    await asyncio.to_thread(let_pass, sim, 0.2)
                else:
                    answers.append(await client.request(request))
        return answers

    return asyncio.run(talk())


def parts(data: bytes, end: int) -> list[Any]:
    return [
        ImageUploadWrite(off=at, data=data[at : min(at + 500, end)], len=None if at else len(data))
        for at in range(0, end, 500)
    ]


@pytest.mark.parametrize("missing", [1, 100])
def test_what_a_restart_left_of_an_upload_is_uploaded_again_by_itself(
    sim: SimProcess, image: Path, missing: int
) -> None:
    data = image.read_bytes()
    answers = answers_to(sim, *parts(data, len(data) - missing))
    assert answers[-1].off == len(data) - missing
    debug_request(sim, cmd="reset")
    assert [slot[0] for slot in slots(sim)] == [VERSION]
    code, events, errors = flash(sim, image)
    assert (code, errors) == (0, "")
    named = [event["event"] for event in events if event["event"] not in ("progress", "device")]
    assert named == ["uploaded", "restarting", "testing", "healthy", "confirmed"]


def test_a_stock_client_is_refused_what_is_to_start_next(sim: SimProcess, image: Path) -> None:
    data = image.read_bytes()
    assert answers_to(sim, *parts(data, len(data)))[-1].off == len(data)
    (states,) = answers_to(sim, ImageStatesRead())
    marked, erased, replaced = answers_to(
        sim, ImageStatesWrite(hash=states.images[1].hash), ImageErase(), parts(data, 500)[0]
    )
    assert marked.images[1].pending
    assert [int(answer.err.rc) for answer in (erased, replaced)] == [9, 9]
    code, _, errors = flash(sim, signed(image.parent))
    assert (code, f"version {NEW} in slot 1 is to start next: restart the device first" in errors) == (3, True)
    debug_request(sim, cmd="reset")
    assert [slot[0] for slot in slots(sim)] == [NEW, VERSION]
