"""Cores that hang, die, flood or send rubbish: a typed error with the console's last lines, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from firmware_sim.cli.processes import VITALBAND, vitalband
from firmware_sim.mcu import McuReset
from firmware_sim.targets.provider import LocalDevice, open_device
from firmware_sim.targets.qemu import (
    BridgeError,
    ConsoleFloodedError,
    CoreCrashedError,
    CoreHungError,
    EmulatorError,
    EmulatorMissingError,
    FirmwareDiedError,
)
from firmware_sim.targets.qemu.machines import image_of
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.targets.settings import Settings
from firmware_sim.targets.simulation import BootLoopError
from host_sdk import wire_gen as wire
from host_sdk.transports.base import HEADER_BYTES
from host_sdk.transports.simulated_options import SimulatedOptions

from ..targets import need, parameters
from .rig import SUBSCRIBE, frames, resting, script

MACHINES = parameters("unix", "qemu-m3", "qemu-m4")
SLEEPS = "print('here I am')\nimport time\nwhile True: time.sleep_ms(20)\n"


@pytest.fixture
def run_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cores of a test have their folders."""
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def running(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("target", MACHINES)
def test_a_core_that_hangs(target: str, tmp_path: Path, run_folders: Path) -> None:
    with pytest.raises(CoreHungError, match="asked for nothing") as caught:
        script(target, tmp_path, "print('last words')\nwhile True: pass\n", hang_s=2.0)
    assert "last words" in caught.value.console
    assert list(run_folders.iterdir()) == []


@pytest.mark.parametrize("target", MACHINES)
def test_a_heap_exhausted_on_purpose(target: str, tmp_path: Path) -> None:
    with pytest.raises(FirmwareDiedError, match="MemoryError") as caught:
        script(target, tmp_path, "held = []\nwhile True: held.append(bytearray(1000))\n")
    assert caught.value.kind == "MemoryError"
    assert "MemoryError" in caught.value.console


@pytest.mark.parametrize("target", MACHINES)
def test_a_firmware_that_raises(target: str, tmp_path: Path) -> None:
    with pytest.raises(FirmwareDiedError, match="ValueError: no such luck"):
        script(target, tmp_path, "raise ValueError('no such luck')\n")


@pytest.mark.parametrize("target", parameters("qemu-m3", "qemu-m4"))
def test_a_core_that_takes_a_fault(target: str, tmp_path: Path) -> None:
    with pytest.raises(CoreCrashedError, match="fault") as caught:
        script(target, tmp_path, "@micropython.asm_thumb\ndef undefined():\n    data(2, 0xDEFF)\nundefined()\n")
    assert "exception caught" in caught.value.console


@pytest.mark.parametrize("target", MACHINES)
def test_a_console_that_is_flooded(target: str, tmp_path: Path) -> None:
    with pytest.raises(ConsoleFloodedError, match="MiB") as caught:
        script(target, tmp_path, "while True: print('x' * 4000)\n", hang_s=60.0)
    assert "xxxx" in caught.value.console


@pytest.mark.parametrize("target", MACHINES)
@pytest.mark.parametrize(
    "code",
    [
        "bridge.post(99, 0, 0)",
        "bridge.exchange(30, b'no value')",
        "bridge.exchange(30, b't\\x03\\x00')",
        "bridge.exchange(2, b'')",
        "bridge.transfer(12, 0, 0, bytes(3), None)",
        "bridge.transfer(20, 0, 0, None, None)",
    ],
)
def test_rubbish_over_the_bridge(target: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        script(target, tmp_path, f"import bridge\n{code}\nbridge.wait(3, 0)\n").close()


@pytest.mark.parametrize("target", MACHINES)
def test_a_console_that_is_flooded_by_a_firmware_that_waits(target: str, tmp_path: Path) -> None:
    code = "import time\nwhile True:\n    print('y' * 20000)\n    time.sleep_us(1000)\n"
    simulation = script(target, tmp_path, code)
    try:
        with pytest.raises(ConsoleFloodedError):
            simulation.advance(60_000_000)
        assert not simulation._core.process.alive  # type: ignore[union-attr]
        with pytest.raises(ConsoleFloodedError):
            simulation.heap()
    finally:
        simulation.close()


@pytest.mark.parametrize("target", MACHINES)
def test_what_a_firmware_dies_of_later_ends_it_for_good(target: str) -> None:
    need(target)
    simulation = EmulatedSimulation(resting(), target)
    try:
        simulation.advance(1_000_000)
        with pytest.raises(FirmwareDiedError, match="ZeroDivisionError"):
            simulation.evaluate("1 // 0")
        for attempt in (lambda: simulation.advance(2_000_000), simulation.serve, simulation.heap):
            with pytest.raises(FirmwareDiedError, match="ZeroDivisionError"):
                attempt()
    finally:
        simulation.close()


@pytest.mark.parametrize("target", MACHINES)
@pytest.mark.parametrize("code", ["import machine\nmachine.reset()\n", "import machine\nmachine.soft_reset()\n"])
def test_a_firmware_that_resets_itself_as_it_starts(target: str, code: str, tmp_path: Path, run_folders: Path) -> None:
    with pytest.raises(BootLoopError, match="reset 5 times"):
        script(target, tmp_path, code)
    assert list(run_folders.iterdir()) == []


@pytest.mark.parametrize("target", MACHINES)
def test_nothing_sent_is_nothing_sent(target: str, tmp_path: Path) -> None:
    code = """
import machine, time
uart = machine.UART(0, 115200)
bus = machine.I2C(0)
time.sleep_us(10)
uart.write(b"")
uart.write(b"x")
bus.writeto_mem(0x36, 0x06, b"")
file = open("empty", "wb")
file.write(b"")
file.close()
file.close()
time.sleep_us(10)
"""
    simulation = script(target, tmp_path, code)
    sent = bytearray()
    simulation.mcu.uart(0).on_output = sent.extend
    try:
        simulation.serve()
        assert sent == b"x"
        assert (tmp_path / "empty").read_bytes() == b""
    finally:
        simulation.close()


@pytest.mark.parametrize("target", parameters("qemu-m3"))
def test_calls_that_are_refused_are_errors_in_the_firmware(target: str, tmp_path: Path) -> None:
    code = """
from bridged.link import call
import machine
bus = machine.I2C(0)
for attempt in (lambda: call("ble._radio"), lambda: call("nobody.home"), lambda: bus.readfrom_mem(0x11, 0, 1),
                lambda: open("../outside", "w"), lambda: machine.Timer(period=0), lambda: call("file.open", "x"),
                lambda: call("file.flush", 254), lambda: [open("scratch", "w") for _ in range(300)]):
    try:
        attempt()
        print("NOT REFUSED")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        print("refused", type(error).__name__)
raise ValueError("done")
"""
    with pytest.raises(FirmwareDiedError, match="done") as caught:
        script(target, tmp_path, code)
    assert "NOT REFUSED" not in caught.value.console
    assert caught.value.console.count("refused") == 8


@pytest.mark.parametrize("target", MACHINES)
def test_an_emulator_that_is_killed(target: str, tmp_path: Path) -> None:
    simulation = script(target, tmp_path, SLEEPS.replace("sleep_ms", "sleep_us"))
    try:
        pid = simulation.core.process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(CoreCrashedError, match="stopped") as caught:
            simulation.advance(simulation.clock.now + 1_000_000)
        assert "here I am" in caught.value.console
    finally:
        simulation.close()


@pytest.mark.parametrize("target", MACHINES)
def test_a_reset_starts_anew(target: str) -> None:
    need(target)
    simulation = EmulatedSimulation(resting(), target)
    try:
        simulation.advance(1_000_000)
        first = simulation.core.process.pid
        simulation.reset()
        simulation.advance(2_000_000)
        assert simulation.mcu.resets == 1
        assert simulation.core.process.pid != first
        assert not running(first or 0)
        assert simulation.heap()[0] > 0
    finally:
        simulation.close()


@pytest.mark.parametrize("target", MACHINES)
def test_a_watchdog_that_is_not_fed_resets_the_core(target: str, tmp_path: Path) -> None:
    simulation = script(target, tmp_path, "import machine, time\nmachine.WDT(timeout=500)\ntime.sleep_us(9_000_000)\n")
    try:
        with pytest.raises(McuReset):
            simulation.clock.run_until(simulation.clock.now + 2_000_000)
    finally:
        simulation.close()


@pytest.mark.parametrize("target", parameters("qemu-m3"))
@pytest.mark.parametrize("garbage", [b"\xff", b"\x00", b"\x55\xaa\x07"])
async def test_buses_that_return_garbage_or_nothing(target: str, garbage: bytes) -> None:
    """The firmware goes on without the sensors that do not make sense, and says so."""
    need(target)
    device = LocalDevice(Settings(target=target, link="serial", pace=None), resting(), None)
    sent = bytearray()
    device.serial_port.on_data = sent.extend
    device.serial_port.write(SUBSCRIBE)
    mcu = device.simulation.mcu
    try:
        await device.simulation.run(3.0, None)
        assert last_status(sent).sensors == sum(1 << each for each in wire.Stream if each is not wire.Stream.PPG_GREEN)
        for chip in mcu.i2c(0).chips.values():
            chip.read = lambda count: (garbage * count)[:count]  # type: ignore[method-assign]
        mcu.spi(0).exchange = lambda mosi: (garbage * len(mosi))[: len(mosi)]  # type: ignore[method-assign]
        await device.simulation.run(8.0, None)
        mcu.i2c(0).chips.clear()
        await device.simulation.run(12.0, None)
        assert last_status(sent).sensors & ~(1 << wire.Stream.ECG) == 0, "what is on I2C is gone"
        assert "Traceback" not in device.simulation.core.console()  # type: ignore[attr-defined]
    finally:
        await device.close()


def last_status(sent: bytearray) -> wire.Status:
    """The latest status that a device has sent."""
    (*_, status) = [frame for frame in frames(bytes(sent)) if frame[0] == wire.Status.TYPE]
    return wire.Status.decode(status[HEADER_BYTES:])


@pytest.mark.parametrize("target", parameters("qemu-m3"))
def test_a_user_gets_one_line(target: str, tmp_path: Path) -> None:
    need(target)
    environment = {**os.environ, "VITALBAND_QEMU": "/bin/false"}
    for arguments in (["sim", "--target", target], ["replay", str(tmp_path / "none"), "--target", target]):
        result = subprocess.run(
            [*VITALBAND, *arguments], capture_output=True, text=True, timeout=60, env=environment, check=False
        )
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    assert "no console" in vitalband("sim", "--target", "unix", "--repl").stderr


@pytest.mark.parametrize("target", MACHINES)
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import time\ntime.sleep_us(1000000)\nraise ValueError('too late')\n", "died of ValueError: too late"),
        ("import machine\nmachine.reset()\n", "reset 5 times"),
    ],
)
def test_a_device_that_does_not_get_through_its_start(
    target: str, code: str, message: str, tmp_path: Path, run_folders: Path
) -> None:
    need(target)
    (tmp_path / "start.py").write_text(code)
    options = SimulatedOptions(
        target=target, pace=None, extra={"warm": "5", "storage": str(tmp_path), "run": "script:start.py"}
    )
    with pytest.raises(OSError, match=message):
        asyncio.run(asyncio.wait_for(open_device(options), 30))
    assert list(run_folders.iterdir()) == []


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("firmware_sim.images.recipe.BUILT", tmp_path)
    with pytest.raises(EmulatorMissingError, match="make firmware"):
        image_of("qemu")
    with pytest.raises(ValueError, match="no target"):
        image_of("pdp11")


@pytest.mark.qemu
def test_an_emulator_that_does_not_start(monkeypatch: pytest.MonkeyPatch, run_folders: Path) -> None:
    need("qemu-m3")
    monkeypatch.setenv("VITALBAND_QEMU", "/bin/false")
    with pytest.raises(EmulatorError, match="did not start"):
        EmulatedSimulation(resting(), "qemu-m3")
    monkeypatch.setenv("VITALBAND_QEMU", "/nonexistent/qemu")
    with pytest.raises(EmulatorError):
        EmulatedSimulation(resting(), "qemu-m3")
    assert list(run_folders.iterdir()) == []


@pytest.mark.parametrize("target", MACHINES)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_core_outlives_the_process_that_started_it(target: str, end: signal.Signals) -> None:
    need(target)
    command = [sys.executable, "-m", "host_sdk.cli.main", "sim", "--target", target, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert '"ready"' in process.stdout.readline()
        (core,) = children(process.pid)
        assert running(core)
        process.send_signal(end)
        process.wait(timeout=10)
    deadline = time.monotonic() + 5
    while running(core) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(core)


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
