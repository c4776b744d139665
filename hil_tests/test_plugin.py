"""The plugin in pytest runs that are not the project's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess

FOREIGN = """
import sys

def test_nothing_of_ours_was_loaded():
    ours = ("firmware_sim", "host_sdk", "models", "numpy", "bumble", "bleak", "serial", "yaml", "jsonschema", "asyncio")
    assert "hil_tests.plugin" in sys.modules
    assert [name for name in sys.modules if name.split(".")[0] in ours] == []
"""
OWN = """
import asyncio
import pytest
from host_sdk import Client

@pytest.mark.parametrize("target", ["other"])
def test_a_target_of_its_own(target):
    assert target == "other"

def test_the_simulated_device(address):
    async def model():
        async with await Client.open(address) as client:
            return client.info.model
    assert asyncio.run(asyncio.wait_for(model(), 20)) == "vitalband-ref"
"""


def run_pytest(folder: Path, code: str, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """A pytest run in a folder outside the project, with no plugin but ours."""
    (folder / "test_user.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-p", "hil_tests.plugin", "--strict-markers", *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )  # fmt: skip


def test_loading_it_imports_nothing_but_pytest(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, FOREIGN)
    assert result.returncode == 0, result.stdout


def test_a_suite_outside_the_project_reaches_a_simulated_device_over_both_links(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, OWN)
    assert result.returncode == 0, result.stdout
    assert "3 passed" in result.stdout


THE_ADDRESS = "def test_the_address(address):\n    assert address == {address!r}\n"
SIMULATED_ONLY = "def test_a_simulated_one(device):\n    raise AssertionError\n"


def test_with_a_device_given_only_tests_of_its_link_run(tmp_path: Path) -> None:
    with SimProcess("--warm", "1") as sim:
        for address in (sim.serial, sim.ble, f" {sim.serial}?baud=9600"):
            result = run_pytest(tmp_path, THE_ADDRESS.format(address=address), "--dut", address)
            assert result.returncode == 0, result.stdout
            assert "1 passed, 1 skipped" in result.stdout


def test_a_device_that_does_not_answer_is_an_error_of_its_tests(tmp_path: Path) -> None:
    address = "serial:/dev/none"
    result = run_pytest(tmp_path, THE_ADDRESS.format(address=address), "--dut", address)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "1 skipped, 1 error" in result.stdout
    assert "rig: serial:/dev/none: serial:/dev/none does not answer" in result.stdout


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("serial", "must be one of"),
        ("qemu-m9", "nor is it a target or a board of the inventory"),
        ("rig", "there is no --inventory"),
        ("SERIAL:/dev/none", "must be one of"),
        ("serial:", "needs a serial port"),
        ("sim:tcp:nowhere", "after sim: only tcp:HOST:PORT (PORT from 1"),
        ("sim:tcp:127.0.0.1:9?link=usb", "link must be ble or serial"),
        ("sim:", "starts a device for each client"),
        ("replay:record", "starts a device for each client"),
    ],
)
def test_an_address_that_names_no_device_is_a_usage_error(tmp_path: Path, address: str, why: str) -> None:
    result = run_pytest(tmp_path, THE_ADDRESS.format(address=address), "--dut", address)
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert why in result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_that_the_address_leaves_nothing_of_is_an_error(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, SIMULATED_ONLY, "--dut", "serial:/dev/none")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert "all 1 tests were skipped because of the device" in result.stdout
    result = run_pytest(tmp_path, SIMULATED_ONLY + "\ndef test_another():\n    pass\n", "--dut", "serial:/dev/none")
    assert result.returncode == 0, result.stdout
