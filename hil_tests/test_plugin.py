"""The plugin in pytest runs that are not the project's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOREIGN = """
import sys

def test_nothing_of_ours_was_loaded():
    ours = ("firmware_sim", "host_sdk", "models", "numpy", "bumble", "bleak", "serial")
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


def run_pytest(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A pytest run in a folder outside the project, with no plugin but ours."""
    (folder / "test_user.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-p", "hil_tests.plugin", "--strict-markers", *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=90, check=False
    )  # fmt: skip


def test_loading_it_imports_nothing_but_pytest(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, FOREIGN)
    assert result.returncode == 0, result.stdout


def test_a_suite_outside_the_project_reaches_a_simulated_device_over_both_links(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, OWN)
    assert result.returncode == 0, result.stdout
    assert "3 passed" in result.stdout


def test_with_a_device_given_only_tests_of_its_link_run(tmp_path: Path) -> None:
    code = "def test_the_address(address):\n    assert address == 'serial:/dev/none'\n"
    result = run_pytest(tmp_path, code, "--dut", "serial:/dev/none")
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 skipped" in result.stdout
