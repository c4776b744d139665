"""`vitalband flash` against simulated devices in processes of their own, by cable and radio."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import serial
from smp.error import MGMT_ERR
from smpclient.requests.image_management import ImageStatesWrite
from smpclient.requests.os_management import OSApplicationInfoRead
from smpclient.requests.statistics_management import GroupData

from firmware_sim.cli.processes import SimProcess, vitalband
from firmware_sim.firmware.version import VERSION
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.changed_firmware import changed_firmware
from firmware_sim.testing.slots import ruin
from firmware_sim.world.wearer import PRESETS, Wearer
from hil_tests.debugging import debug_request
from host_sdk.cli.flash import Words, meaning
from host_sdk.cli.main import main
from host_sdk.errors import AddressError, ConnectError, ConnectionLost
from host_sdk.flashing.errors import AnotherDevice, FlashRefused, FlashReverted
from host_sdk.flashing.flasher import Flasher, SlotState
from host_sdk.flashing.image_file import ImageFile, ImageFileError, read_image_file
from host_sdk.flashing.managed import ManagedDevice
from host_sdk.transports.address import parse_address

NEW = "0.9.7"
TIMEOUT_S = 120


def made(folder: Path, name: str, version: str = NEW, *, edit: tuple[str, str] | None = None) -> Path:
    """An image of the firmware with another version, and perhaps other lines at a file's end."""
    sources = changed_firmware(folder / name, version)
    if edit:
        with (sources / edit[0]).open("a") as file:
            file.write(edit[1])
    image = folder / f"{name}.img"
    assert main(["build-image", "--firmware", str(sources), "--out", str(image)]) == 0
    return image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module")
def image(folder: Path) -> Path:
    return made(folder, "new")


@pytest.fixture
def sim() -> Iterator[SimProcess]:
    with SimProcess("--seed", "5", "--pace", "5") as process:
        yield process


def flash(*arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    """(exit code, events, what is on stderr) of the command."""
    done = vitalband("flash", "--json", "--trial", "1", *map(str, arguments), timeout=TIMEOUT_S)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def status(address: str) -> dict[str, Any]:
    code, (facts,), _ = flash("--status", "--device", address)
    assert code == 0
    return facts


def named(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events if event["event"] not in ("progress", "device")]


@pytest.mark.slow
@pytest.mark.parametrize("link", ["serial", "ble"])
def test_a_device_is_updated_and_confirmed(sim: SimProcess, image: Path, link: str) -> None:
    address = getattr(sim, link)
    code, events, errors = flash(image, "--device", address)
    assert (code, errors) == (0, "")
    assert named(events) == ["uploaded", "restarting", "testing", "healthy", "confirmed"]
    progress = [event for event in events if event["event"] == "progress"]
    assert progress[-1]["bytes"] == progress[-1]["of"] == image.stat().st_size
    assert all(later["bytes"] > earlier["bytes"] for earlier, later in pairwise(progress))
    facts = status(address)
    assert [(s["version"], s["active"], s["confirmed"]) for s in facts["slots"]] == [
        (NEW, True, True),
        (VERSION, False, False),
    ]
    assert facts["bootloader"] == {"outcome": "testing", "refusal": ""}
    code, events, _ = flash(image, "--device", address)
    assert (code, named(events)) == (0, ["runs_already", "confirmed"])


@pytest.mark.slow
def test_a_test_is_reverted_on_request_and_by_words(sim: SimProcess, image: Path) -> None:
    done = vitalband("flash", str(image), "--device", sim.serial, "--no-confirm", "--trial", "1", timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    assert f"version {NEW} runs in test" in done.stdout
    assert "100 %" in done.stdout
    assert done.stdout.endswith("without --no-confirm confirms it\n")
    shown = vitalband("flash", "--status", "--device", sim.serial).stdout
    assert "runs in test: reverted at the next start" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    code, events, _ = flash("--revert", "--device", sim.serial)
    assert (code, events[-1]) == (0, {"event": "reverted", "version": VERSION})
    code, _, errors = flash("--revert", "--device", sim.serial)
    assert code == 3
    assert "no test to revert" in errors


@pytest.mark.slow
def test_a_stranger_s_image_is_refused(sim: SimProcess, folder: Path, image: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from firmware_sim.testing.boot_rig import key

    pem = folder / "other.pem"
    pem.write_bytes(key(7).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    out = folder / "other.img"
    assert main(["build-image", "--key", str(pem), "--version", "9.0.0", "--out", str(out)]) == 0
    code, _, errors = flash(out, "--device", sim.serial)
    assert code == 3
    assert f"the bootloader refuses the image: key; version {VERSION} runs on" in errors
    facts = status(sim.serial)
    assert facts["bootloader"] == {"outcome": "refused", "refusal": "key"}
    assert [slot["refusal"] for slot in facts["slots"]] == ["", "key"]
    shown = vitalband("flash", "--status", "--device", sim.serial).stdout
    assert "slot 1  9.0.0           refused by the bootloader: key" in shown
    assert main(["build-image", "--version", "9.0.0", "--out", str(out)]) == 0  # the same digest, signed by a known key
    code, events, errors = flash(out, "--device", sim.serial)
    assert (code, errors) == (0, "")
    assert named(events) == ["uploaded", "restarting", "testing", "healthy", "confirmed"]


def test_an_older_image_is_refused_before_the_upload(sim: SimProcess, folder: Path) -> None:
    out = folder / "older.img"
    assert main(["build-image", "--version", "0.0.1", "--out", str(out)]) == 0
    code, events, errors = flash(out, "--device", sim.serial)
    assert (code, named(events), events[1:]) == (3, [], [])
    assert f"0.0.1 is older than {VERSION}, which runs" in errors


# from the first look on: the device's clock has run all the while that the slots were exchanged
DIES = """

_step = Band.step


def _dies(self, now_us):
    if not hasattr(self, "first_us"):
        self.first_us = now_us
    if now_us - self.first_us >= {us}:
        raise ValueError
    return _step(self, now_us)


Band.step = _dies
"""


FAILS_LATE = """

_mask = Device.sensors


def _later(self):
    if not hasattr(self, "first_us"):
        self.first_us = self.now_us()
    if self.now_us() - self.first_us > 25_000_000:
        self.chains["ppg"].works = False
    return _mask(self)


Device.sensors = _later
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("at_once", DIES.format(us=0), "did not come up (reverted)"),
        ("in_its_test", DIES.format(us=20_000_000), "was reset in its test"),
        ("without_light", "\n\n_fit = Band._fit\n\n\ndef _less(self, chains, publisher):\n    rows = "
         "tuple(row for row in chains if row[0] != 'ppg')\n    _fit(self, rows, publisher)\n\n\nBand._fit = _less\n",
         "sensors fail under the new firmware"),
    ],
)  # fmt: skip
def test_a_firmware_that_fails_its_test_is_reverted(
    sim: SimProcess, folder: Path, name: str, lines: str, words: str
) -> None:
    image = made(folder, name, edit=("roles/band.py", lines))
    code, _, errors = flash(image, "--device", sim.serial, "--trial", "8")
    assert words in errors
    assert f"version {VERSION} runs again" in errors
    assert code == 4
    active = status(sim.serial)["slots"][0]
    assert (active["version"], active["confirmed"]) == (VERSION, True)


@pytest.mark.slow
def test_a_test_that_was_broken_off_is_watched_before_it_is_confirmed(sim: SimProcess, image: Path) -> None:
    code, events, _ = flash(image, "--device", sim.serial, "--no-confirm")
    assert (code, named(events)) == (0, ["uploaded", "restarting", "testing", "healthy", "left_in_test"])
    code, events, _ = flash(image, "--device", sim.serial, "--no-confirm")
    assert (code, named(events)) == (0, ["runs_already", "healthy", "left_in_test"])
    assert not status(sim.serial)["slots"][0]["confirmed"]
    code, events, _ = flash(image, "--device", sim.serial)
    assert (code, named(events)) == (0, ["runs_already", "healthy", "confirmed"])


@pytest.mark.slow
def test_what_fails_is_not_confirmed_by_a_second_flash(sim: SimProcess, folder: Path) -> None:
    image = made(folder, "light_later_lost", edit=("roles/device.py", FAILS_LATE))
    code, events, _ = flash(image, "--device", sim.serial, "--no-confirm")
    assert (code, named(events)[-2:]) == (0, ["healthy", "left_in_test"])
    time.sleep(6)
    code, events, errors = flash(image, "--device", sim.serial)
    assert code == 4
    assert "1 of the sensors fail under the new firmware" in errors
    assert named(events) == ["runs_already"]
    assert status(sim.serial)["slots"][0]["version"] == VERSION


class _Scripted:
    """A device that answers from a script: version and health that it has from each restart on."""

    def __init__(self, digest: bytes, sensors: int, faults: int, *, reset_in_trial: bool = False) -> None:
        self.digest, self.confirmed = digest, False
        self.sensors, self.faults, self.boots = sensors, faults, 1
        self.written: list[Any] = []
        self._resets = reset_in_trial
        self.named = self.next_named = ("vitalband-0001", "0001")
        self.requests: list[Any] = []
        self.lost_at = -1

    def _information(self, letter: str) -> Any:
        name, serial = self.named
        if letter == "h" and not serial:
            raise FlashRefused("no such letter")
        return SimpleNamespace(output={"n": name, "h": serial, "i": "reference"}[letter])

    async def request(self, request: Any) -> Any:
        if isinstance(request, OSApplicationInfoRead):
            return self._information(str(request.format))
        if self.lost_at == len(self.requests):
            self.requests.append(request)
            raise ConnectionLost("pulled")
        self.requests.append(request)
        if isinstance(request, ImageStatesWrite):
            self.written.append(request)
            self.confirmed = True
        if isinstance(request, GroupData):
            if self._resets:
                await self.restart()
            return SimpleNamespace(fields={"boots": self.boots, "sensors": self.sensors, "faults": self.faults})
        state = {"slot": 0, "version": NEW, "hash": self.digest, "active": True, "confirmed": self.confirmed}
        return SimpleNamespace(images=[SimpleNamespace(pending=False, permanent=False, bootable=True, **state)])

    async def reopen(self, _patience_s: float) -> None:
        self.named = self.next_named

    async def restart(self) -> None:
        self.boots += 1
        self.digest, self.confirmed = b"old", True


@pytest.mark.parametrize(
    ("sensors", "faults", "resets", "words"),
    [
        (7, 0, False, None),
        (5, 1, False, "1 of the sensors fail"),
        (0, 0, False, "no sensor works"),
        (7, 0, True, "was reset in its test"),
    ],
)
async def test_an_image_in_test_is_confirmed_only_when_the_device_is_healthy(
    sensors: int, faults: int, resets: bool, words: str | None
) -> None:
    device: Any = _Scripted(b"new", sensors, faults, reset_in_trial=resets)
    said: list[str] = []
    flasher = Flasher(device, lambda event, _facts: said.append(event), trial_s=0.6)
    image = ImageFile(b"", b"new", NEW)
    if words is None:
        await flasher.flash(image, confirm=False)
        assert device.written == []
        assert said[-1] == "left in test"
        await flasher.flash(image)
        assert "left in test" not in said[said.index("left in test") + 1 :]
        assert [bool(write.confirm) for write in device.written] == [True]
        return
    with pytest.raises(FlashReverted, match=words):
        await flasher.flash(image)
    assert device.written == []


@pytest.mark.parametrize("lost_at", range(6))
@pytest.mark.parametrize(
    ("first", "then", "refused"),
    [
        (("band", "01"), ("band", "02"), True),
        (("band", ""), ("band-2", ""), True),
        (("band", "01"), ("band-2", ""), True),
        (("band", "01"), ("band", "01"), False),
        (("band", "01"), ("renamed", "01"), False),
        (("band", ""), ("band", "01"), False),
    ],
)
async def test_a_lost_link_is_not_gone_on_with_to_another_device(
    lost_at: int, first: tuple[str, str], then: tuple[str, str], refused: bool
) -> None:
    device: Any = _Scripted(b"new", 7, 0)
    device.named, device.next_named, device.lost_at = first, then, lost_at
    flasher = Flasher(device, lambda _event, _facts: None, trial_s=0.6)
    if not refused:
        await flasher.flash(ImageFile(b"", b"new", NEW))
        assert len(device.written) == 1
        return
    with pytest.raises(AnotherDevice, match=f"{then[0]}.*not {first[0]}"):
        await flasher.flash(ImageFile(b"", b"new", NEW))
    assert device.requests[lost_at:] == device.requests[-1:], "the other device was asked for more than its name"


@pytest.mark.parametrize("gets_on", [0, 1])
async def test_an_upload_that_never_gets_on_ends_and_one_that_does_goes_on(gets_on: int) -> None:
    """Each link is lost after an answer or two."""
    data, tries = bytes(5000), 0

    class Breaking(_Scripted):
        async def upload(self, data: bytes) -> AsyncIterator[int]:
            nonlocal tries
            tries += 1
            yield min(100 * (1 + gets_on * tries), len(data))
            if not gets_on or tries < 60:
                raise ConnectionLost("pulled")
            self.digest = b"new"

    device: Any = Breaking(b"old", 7, 0)
    device.confirmed = True
    flasher = Flasher(device, lambda _event, _facts: None, trial_s=0.1)
    bringing = asyncio.wait_for(flasher._bring(ImageFile(data, b"new", NEW)), TIMEOUT_S)
    if gets_on:
        with pytest.raises(FlashRefused, match="what arrived is not what was sent"):
            await bringing
        assert tries == 60
    else:
        with pytest.raises(ConnectionLost, match="lost 20 times at 100 of 5000 bytes: pulled"):
            await bringing


@pytest.mark.slow
async def test_an_upload_goes_on_after_a_lost_link(sim: SimProcess, image: Path) -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    drops: list[asyncio.Task[Any]] = []

    def say(event: str, facts: dict[str, Any]) -> None:
        events.append((event, facts))
        if event == "progress" and facts["bytes"] > facts["of"] * (1 + len(drops)) // 4 and len(drops) < 2:
            drops.append(asyncio.create_task(asyncio.to_thread(debug_request, sim, cmd="drop_radio")))

    async def update() -> None:
        device = ManagedDevice(parse_address(sim.ble))
        await device.open()
        try:
            await Flasher(device, say, trial_s=1).flash(read_image_file(image))
        finally:
            await device.close()

    await asyncio.wait_for(update(), TIMEOUT_S)
    assert len(drops) == 2
    names = [event for event, _ in events if event != "progress"]
    assert names.count("link lost") == 2
    assert names[-5:] == ["uploaded", "restarting", "testing", "healthy", "confirmed"]
    offsets = [facts["bytes"] for event, facts in events if event == "progress"]
    assert offsets == sorted(offsets), "no byte is sent again that was answered"


@pytest.mark.slow
def test_a_device_without_firmware_is_brought_back(tmp_path: Path, image: Path) -> None:
    simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=5), storage=tmp_path)
    ruin(simulation)
    simulation.close()
    with SimProcess("--seed", "5", "--pace", "5", "--storage", str(tmp_path)) as sim:
        assert "neither slot" in sim.facts["recovery"]
        code, events, _ = flash(image, "--device", sim.serial)
        assert code == 0
        assert named(events) == ["uploaded", "restarting", "testing", "healthy", "confirmed"]
        running = status(sim.serial)["slots"][0]
        assert (running["version"], running["confirmed"]) == (NEW, True)


@pytest.mark.slow
async def test_two_at_once_are_one_too_many(sim: SimProcess, image: Path) -> None:
    first, second = ManagedDevice(parse_address(sim.serial)), ManagedDevice(parse_address(sim.ble))
    started = asyncio.Event()

    def say(event: str, _facts: dict[str, Any]) -> None:
        if event == "progress":
            started.set()

    async def update() -> None:
        await first.open()
        await second.open()
        try:
            running = asyncio.create_task(Flasher(first, say, trial_s=1).flash(read_image_file(image)))
            await started.wait()
            with pytest.raises(FlashRefused, match="another upload is under way"):
                await Flasher(second, say, trial_s=1).flash(read_image_file(image))
            await second.close()
            await running
        finally:
            await first.close()
            await second.close()

    await asyncio.wait_for(update(), TIMEOUT_S)


def test_what_a_device_says_of_itself_does_not_rule_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say = Words()
    say("device", {"name": "band\x1b[2J", "board": "reference\n", "serial": "0001"})
    say("reverted", {"version": "1.0\x1b[31m"})
    say("progress", {"bytes": 1, "of": 100, "bytes_per_s": 1})
    assert capsys.readouterr().out == "band?[2J (serial number 0001, board reference )\nversion 1.0?[31m runs again\n"


@pytest.mark.parametrize("address", ["sim:", "replay:mitdb/100", "log:band.vblog"])
def test_what_is_no_device_that_is_there_cannot_be_flashed(address: str) -> None:
    with pytest.raises(AddressError, match="needs a device that is there"):
        ManagedDevice(parse_address(address))


@pytest.mark.parametrize(
    "raised",
    [RuntimeError("Lock is not acquired."), OSError(5, "gone"), TimeoutError(), ValueError("frame " + "\\x00" * 500)],
)
async def test_whatever_a_link_raises_is_a_link_that_is_lost(
    monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    async def fail(*_arguments: object, **_more: object) -> None:
        raise raised

    device = ManagedDevice(parse_address("serial:/dev/none"))
    monkeypatch.setattr(device, "_check_port", lambda: None)
    monkeypatch.setattr("smpclient.SMPClient.connect", fail)
    with pytest.raises(ConnectError, match="/dev/none"):
        await device.open()
    with pytest.raises(ConnectionLost, match=r"gone for 0\.1 s"):
        await device.reopen(0.1)

    async def connect(*_arguments: object, **_more: object) -> None:
        return None

    monkeypatch.setattr("smpclient.SMPClient.connect", connect)
    monkeypatch.setattr("smpclient.SMPClient.request", fail)
    await device.open()
    with pytest.raises(ConnectionLost, match="/dev/none") as lost:
        await device.request(object())
    assert len(str(lost.value)) < 120, "what was on the link is no message"
    await device.close()


@pytest.mark.parametrize(
    ("address", "raised", "words"),
    [
        ("ble:band", FileNotFoundError(2, "No such file or directory"), "no Bluetooth service on this computer"),
        ("ble:band", ConnectionRefusedError(111, "Connection refused"), "no Bluetooth service on this computer"),
        ("ble:band", OSError(5, "gone"), "Input/output error"),
        ("serial:/dev/none", FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
    ],
)
async def test_a_computer_without_bluetooth_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, address: str, raised: Exception, words: str
) -> None:
    async def fail(*_arguments: object, **_more: object) -> None:
        raise raised

    device = ManagedDevice(parse_address(address))
    monkeypatch.setattr(device, "_check_port", lambda: None)
    monkeypatch.setattr("smpclient.SMPClient.connect", fail)
    with pytest.raises(ConnectError, match=f"^{address}: {words}"):
        await device.open()


async def test_a_port_that_another_program_has_is_refused_at_once(tmp_path: Path) -> None:
    master, slave = os.openpty()
    try:
        device = ManagedDevice(parse_address(f"serial:{os.ttyname(slave)}"))
        with serial.Serial(os.ttyname(slave), exclusive=True), pytest.raises(ConnectError, match="by another program"):
            await asyncio.wait_for(device.open(), 5)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (ImageFile(b"", b"x", "9.0.0", "other/py"), "made for other/py, this is reference"),
        (ImageFile(b"", b"x", "9.0.0"), "made for no board, this is reference"),
        (ImageFile(b"", b"x", "0.9.6", "reference/py"), f"0.9.6 is older than {NEW}, which runs"),
        (ImageFile(b"", b"x", "0.0.10", "reference/py"), f"0.0.10 is older than {NEW}, which runs"),
    ],
)
async def test_what_the_device_would_refuse_is_refused_before_the_upload(image: ImageFile, words: str) -> None:
    device: Any = _Scripted(b"new", 7, 0)
    with pytest.raises(FlashRefused, match=words):
        await Flasher(device, lambda _event, _facts: None).flash(image)
    assert device.written == []


async def test_a_device_without_flash_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(*_arguments: object, **_more: object) -> None:
        return None

    async def answer(*_arguments: object, **_more: object) -> Any:
        return SimpleNamespace(rc=MGMT_ERR.ENOTSUP)

    device = ManagedDevice(parse_address("serial:/dev/none"))
    monkeypatch.setattr(device, "_check_port", lambda: None)
    monkeypatch.setattr("smpclient.SMPClient.connect", connect)
    monkeypatch.setattr("smpclient.SMPClient.request", answer)
    monkeypatch.setattr("host_sdk.flashing.managed.error", lambda response: True)
    await device.open()
    with pytest.raises(FlashRefused, match="has no flash for updates"):
        await Flasher(device, lambda _event, _facts: None).states()


def test_a_damaged_image_is_no_image(tmp_path: Path, image: Path) -> None:
    data = image.read_bytes()
    assert read_image_file(image).board == "reference/py"
    path = tmp_path / "x.img"
    cases = (
        (data[:5000] + bytes([data[5000] ^ 1]) + data[5001:], "damaged"),
        (b"", "the file is empty"),
        (data[:3], "ends too early, at 3 bytes"),
        (data[:1000], "ends too early, at 1000 bytes"),
        (data[:-3], "no signed image"),
        (b"PK" + bytes((3, 4)) + bytes(500), "zip archive"),
        (b"hello" * 20, "does not begin as"),
        (data.ljust(16 * 1024 * 1024 + 1), "more than 16777216 bytes"),
    )
    for content, words in cases:
        path.write_bytes(content)
        with pytest.raises(ImageFileError, match=words):
            read_image_file(path)
    if Path("/dev/zero").exists():  # it never ends
        with pytest.raises(ImageFileError, match="does not begin as"):
            read_image_file(Path("/dev/zero"))


def slot(number: int, version: str, refusal: str = "", **states: bool) -> SlotState:
    usual = {"active": False, "confirmed": False, "pending": False, "permanent": False, "bootable": True}
    return SlotState(number, version, bytes(32), refusal=refusal, **(usual | states))


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((slot(0, "0.2.0", active=True, confirmed=True), slot(1, "0.1.0")), ("runs, confirmed", "older")),
        ((slot(0, "0.2.0", active=True, confirmed=True), slot(1, "0.2.0")), ("runs, confirmed", "ready")),
        ((slot(0, "0.9.9", active=True, confirmed=True), slot(1, "0.10.0")), ("runs, confirmed", "ready")),
        (
            (slot(0, "0.2.0", active=True, confirmed=True), slot(1, "0.3.0", "signature")),
            ("runs, confirmed", "refused by the bootloader: signature"),
        ),
        ((slot(0, "0.2.0", active=True), slot(1, "0.1.0", confirmed=True)), ("runs in test", "what ran before")),
        ((slot(0, "0.2.0", active=True), slot(1, "0.3.0", pending=True)), ("runs in test", "starts next, in test")),
        ((slot(0, "0.2.0"), slot(1, "0.3.0")), ("starts next", "ready")),
        ((slot(0, "0.2.0"), slot(1, "0.1.0")), ("starts next", "older")),
        ((slot(0, "0.2.0", bootable=False), slot(1, "0.1.0")), ("cannot be trusted", "starts next")),
        ((slot(1, "0.1.0"),), ("starts next",)),
        ((slot(0, "0.2.0", bootable=False), slot(1, "0.1.0", bootable=False)), ("cannot be", "cannot be")),
    ],
)
def test_status_says_what_becomes_of_each_slot(states: tuple[SlotState, ...], words: tuple[str, ...]) -> None:
    said = [meaning(state, states) for state in states]
    assert len(said) == len(words)
    for text, word in zip(said, words, strict=True):
        assert text.startswith(word)


@pytest.mark.slow
def test_what_is_no_image_or_no_device_is_said_in_one_line(tmp_path: Path, image: Path) -> None:
    junk = tmp_path / "junk.img"
    junk.write_bytes(b"PK\x03\x04" + bytes(500))
    cut = tmp_path / "cut.img"
    cut.write_bytes(image.read_bytes()[:1000])
    for path, words in ((junk, "no signed image"), (cut, "no signed image"), (tmp_path / "none", "No such file")):
        with pytest.raises(ImageFileError, match=words):
            read_image_file(path)
    for arguments, words in (
        ((junk, "--device", "serial:/dev/none"), "no signed image"),
        ((image, "--device", "serial:/dev/none"), "/dev/none"),
        ((image, "--device", "sim:"), "a device that is there"),
        ((image, "--device", "sim:tcp:127.0.0.1:1"), "127.0.0.1"),
        ((image, "--device", "nonsense"), "nonsense"),
    ):
        code, events, errors = flash(*arguments)
        assert (code, events) == (1, [])
        assert words in errors
        assert errors.startswith("vitalband flash:")
        assert errors.count("\n") == 1
    for wrong in ([], [image, "--status"], ["--status", "--revert"]):
        assert flash(*wrong, "--device", "serial:x")[0] == 2
