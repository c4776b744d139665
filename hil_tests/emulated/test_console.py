"""Emulated devices as their users have them: side by side, and with mpremote on the console."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess
from host_sdk.client import Client
from host_sdk.models import SampleBlock

from ..debugging import debug_request
from ..targets import need, parameters


def mpremote(device: SimProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the unmodified tool on the device's console."""
    command = [sys.executable, "-m", "mpremote", "connect", str(device.facts["console"]), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def blocks(address: str, count: int) -> list[SampleBlock]:
    """The first blocks of a device's streams."""
    async with await Client.open(address) as client:
        await client.subscribe()
        got: list[SampleBlock] = []
        async for item in client.items():
            if isinstance(item, SampleBlock):
                got.append(item)
            if len(got) == count:
                break
        return got


@pytest.mark.parametrize("target", parameters("qemu-m3", "qemu-m4"))
def test_a_bare_repl_and_its_files(target: str, tmp_path: Path) -> None:
    need(target)
    (tmp_path / "hello.py").write_text("import machine\nprint('buses', machine.I2C(0).scan())\n")
    with SimProcess("--target", target, "--repl", "--storage", str(tmp_path / "flash")) as device:
        assert mpremote(device, "eval", "6 * 7").stdout.strip() == "42"
        assert "[54, 72, 87, 106]" in mpremote(device, "run", str(tmp_path / "hello.py")).stdout
        copied = mpremote(device, "fs", "cp", str(tmp_path / "hello.py"), ":hello.py")
        assert copied.returncode == 0, copied.stderr
        assert (tmp_path / "flash/hello.py").read_bytes() == (tmp_path / "hello.py").read_bytes()
        assert "hello.py" in mpremote(device, "fs", "ls").stdout


@pytest.mark.parametrize("target", parameters("qemu-m3"))
def test_mpremote_interrupts_the_firmware_and_a_reset_brings_it_back(target: str) -> None:
    need(target)
    with SimProcess("--target", target) as device:
        assert asyncio.run(asyncio.wait_for(blocks(device.serial, 2), 20))
        answer = mpremote(device, "exec", "from firmware.roles.band import Band; print(Band.MODEL)")
        assert answer.stdout.strip() == "vitalband-ref", answer.stderr
        before = debug_request(device, cmd="state")["resets"]
        # its exit code says nothing: the console may go away under the tool's feet, as a USB one does
        mpremote(device, "exec", "--no-follow", "import machine; machine.reset()")
        assert debug_request(device, cmd="state")["resets"] > before
        assert mpremote(device, "eval", "1 + 1").stdout.strip() == "2", "the console has the same name"
        debug_request(device, cmd="reset")
        assert asyncio.run(asyncio.wait_for(blocks(device.serial, 2), 30))


@pytest.mark.parametrize("target", parameters("qemu-m3"))
def test_devices_run_side_by_side(target: str) -> None:
    need(target)
    with SimProcess("--target", target, "--seed", "1") as one, SimProcess("--target", target, "--seed", "2") as two:
        keys = ("name", "ble", "serial", "debug", "console")
        assert all(one.facts[key] != two.facts[key] for key in keys)

        async def both() -> list[int]:
            found = await asyncio.wait_for(asyncio.gather(blocks(one.ble, 3), blocks(two.serial, 3)), 30)
            return [len(of_one) for of_one in found]

        assert asyncio.run(both()) == [3, 3]
