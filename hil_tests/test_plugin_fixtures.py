"""The plugin's fixtures on simulated devices, the example of a foreign repository, and what tests leave."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from .test_plugin import run_pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/firmware_repo"
FIXTURES = """
import asyncio
import pytest
from host_sdk import Client, ReadingKind

@pytest.mark.wearer("af", warm=14, seed=5)
def test_kept(sdk, clock, dut):
    assert sdk.read(ReadingKind.BATTERY, timeout_s=60).value is not None
    before = clock.now_s
    clock.sleep(0.5)
    assert clock.now_s >= before + 0.5
    assert before > 14

@pytest.mark.wearer("fall", warm=0, pace=20)
def test_its_time_runs_faster(sdk, clock):
    clock.sleep(15)
    assert clock.now_s >= 15

def test_light_takes_what_its_leds_do(energy, faults, measure):
    assert energy.state("light") == "red and infrared"
    measure("light_ma", energy.mean_ma("light", for_s=1), min=1.1, max=1.3)
    with pytest.raises(AssertionError, match="no current of 'heart' is counted; there are ecg, light"):
        energy.state("heart")

def test_over_the_air(dut):
    async def model():
        async with await Client.open(dut.ble) as client:
            return client.info.model
    assert asyncio.run(asyncio.wait_for(model(), 60)) == "vitalband-ref"

@pytest.mark.fault("light", "off", from_s=0.1)
@pytest.mark.resets
def test_disturbed(faults, log, dut, power):
    with pytest.raises(AssertionError, match="no clock of its own"):
        faults.inject("flash", "slow")
    with pytest.raises(AssertionError, match="no component"):
        faults.inject("heart", "off")
    faults.inject("ecg", "stuck", for_s=2)
    assert faults.drop_links() == 0
    dut.debug(cmd="reset")
    log.expect("vitalband", timeout_s=60)
    with pytest.raises(AssertionError, match="no 'teapot' on the console"):
        log.expect("teapot", timeout_s=0.1)
    before = dut.ble
    power.cycle()
    assert dut.ble == before
    power.off()
    with pytest.raises(ConnectionError, match="power of cpython is off"):
        dut.serial

def test_three(duts):
    first, second = duts(2)
    (third,) = duts()
    assert len({d.ble for d in duts.made} | {d.serial for d in duts.made}) == 6
    with pytest.raises(ValueError):
        duts(0)

async def test_scenario(scenario):
    with pytest.raises(AssertionError, match="bad.yaml:4: event fall from 0 s to 5 s: 0, not 1 or more"):
        scenario("bad.yaml", timeout_s=300)
"""


def packets(path: Path) -> list[tuple[int, bytes]]:
    """(flags, packet) of a btsnoop file, by the format's description (RFC 1761 with Bluetooth's data links)."""
    data = path.read_bytes()
    assert data[:16] == b"btsnoop\0" + struct.pack(">II", 1, 1002)
    found, at = [], 16
    while at < len(data):
        length, included, flags, dropped, _ = struct.unpack_from(">IIIIq", data, at)
        assert length == included
        assert dropped == 0
        found.append((flags, data[at + 24 : at + 24 + length]))
        at += 24 + length
    assert at == len(data)
    return found


def test_fixtures(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("about: x\nduration_s: 5\nexpect:\n- {event: fall}\n")
    options = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto", "--artifacts", "kept")
    result = run_pytest(tmp_path, FIXTURES, *options, timeout=400)
    assert result.returncode == 0, result.stdout
    assert "7 passed" in result.stdout
    (kept,) = (tmp_path / "kept").glob("test_user.py_test_kept-*")
    names = {path.name for path in kept.iterdir()}
    assert names == {"air.btsnoop", "console.txt", "items.jsonl", "state.json", "truth.json"}
    items = [json.loads(line) for line in (kept / "items.jsonl").read_text().splitlines()]
    assert "reading" in {item["type"] for item in items}
    truth = json.loads((kept / "truth.json").read_text())
    assert truth["rhythm"] == "af"
    assert len(truth["beats"]) > 14
    (air,) = (tmp_path / "kept").glob("test_user.py_test_over_the_air-*/air.btsnoop")
    sent = packets(air)
    # commands and events of HCI, and data that the central sent and was sent
    assert {packet[0] for _, packet in sent} >= {1, 2, 4}
    assert {flags for flags, packet in sent if packet[0] == 2} == {0, 1}
    assert all(flags & 2 for flags, packet in sent if packet[0] in (1, 4))
    if shutil.which("tshark"):
        command = ["tshark", "-r", str(air), "-T", "fields", "-e", "_ws.col.Protocol"]
        read = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        protocols = read.stdout.split("\n")
        assert len(protocols) - 1 == len(sent)
        assert {"HCI_CMD", "HCI_EVT", "ATT", "SMP"} <= set(protocols)


@pytest.mark.slow
def test_the_example_of_a_foreign_repository(tmp_path: Path) -> None:
    assert len((EXAMPLE / "test_wearable.py").read_text().splitlines()) < 80
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(EXAMPLE)]
    command += ["--strict-markers", "--artifacts", str(tmp_path / "kept"), str(EXAMPLE)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert result.returncode == 0, result.stdout
    assert "7 passed" in result.stdout


def test_workers_have_devices_of_their_own(tmp_path: Path) -> None:
    code = "import pytest\n\n@pytest.mark.parametrize('n', range(4))\ndef test_one(dut, measure, n):\n"
    code += "    measure('port_count', int(dut.ble.rpartition(':')[2]))\n"
    result = run_pytest(tmp_path, code, "-p", "xdist.plugin", "-n", "2", "--hil-html", "run.html", timeout=400)
    assert result.returncode == 0, result.stdout
    lines = [line for line in result.stdout.splitlines() if "port_count = " in line]
    assert len(lines) == 4
    assert "4 passed" in (tmp_path / "run.html").read_text()


DEATHS = """
import os
import signal
import pytest

def test_it_dies_by_itself(dut):
    os.kill(dut.process.pid, signal.SIGKILL)
    assert dut.process.ended(20)

def test_it_has_ended_without_an_error(dut):
    os.kill(dut.process.pid, signal.SIGTERM)
    assert dut.process.ended(20)

def test_another_beside_it_dies(duts):
    first, second = duts(2)
    os.kill(second.process.pid, signal.SIGKILL)
    assert second.process.ended(20)
    assert first.state()

def test_its_power_is_cut(dut, power):
    power.off()

def test_it_is_killed_on_purpose(device):
    device.kill()

def test_it_lives(dut):
    assert dut.state()
"""


def test_a_device_that_dies_under_a_test_fails_it_unless_the_test_ends_it(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, DEATHS, "-rA")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    outcome = {line.rpartition("::")[2].split(" ")[0] for line in result.stdout.splitlines() if line[:5] == "ERROR"}
    assert outcome == {"test_it_dies_by_itself", "test_it_has_ended_without_an_error", "test_another_beside_it_dies"}
    assert result.stdout.count("AssertionError: the device died: its console says more") >= 3
    assert "6 passed, 3 errors" in result.stdout  # their own last words are true: it is the device that is not


@pytest.mark.parametrize("target", ["sim", "cpython"])
def test_a_target_by_its_name(target: str, tmp_path: Path) -> None:
    code = "def test_one(dut, target):\n    assert dut.target == target == 'cpython'\n"
    result = run_pytest(tmp_path, code, "--dut", target)
    assert result.returncode == 0, result.stdout
