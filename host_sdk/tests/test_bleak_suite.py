"""Bleak's own integration suite, unmodified, with the virtual radio in the place of the operating system's Bluetooth.

It lies only in the source archive: Debian's has it, and is fetched when the test runs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from firmware_sim.mcu.radio import AirServer
from host_sdk.virtual_radio import ENVIRONMENT
from host_sdk.waiting import within

SUITE = "tests/integration"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FETCH_S, RUN_S = 90.0, 240.0
# as in bleak's own settings, less its measuring of coverage
SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def _apt(folder: Path, command: str, *arguments: str) -> str:
    """What apt says, with lists of its own: the machine's stay as they are."""
    own = {"Etc::SourceList": "/dev/null", "Etc::SourceParts": folder, "State::Lists": folder / "lists"}
    options = [f"-oDir::{name}={value}" for name, value in {**own, "Cache": folder / "cache"}.items()]
    limits = ["-oAcquire::http::Timeout=20", "-oAcquire::Retries=1"]
    done = subprocess.run(
        ["apt-get", *options, *limits, command, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=FETCH_S,
        check=True,
    )
    return done.stdout


def _archive() -> str:
    """Where this machine gets Debian's packages from."""
    listed = ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"]
    done = subprocess.run(listed, capture_output=True, text=True, timeout=FETCH_S, check=True)
    return next(line.split("|")[2] for line in done.stdout.splitlines() if line.startswith("Debian|Debian|"))


def fetch(folder: Path) -> Path:
    """Debian's newest source archive of bleak; skips where it cannot be had."""
    if shutil.which("apt-get") is None or not KEYRING.exists():
        pytest.skip("bleak's suite is fetched with Debian's apt-get, which is not here")
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    try:
        source = f"deb-src [signed-by={KEYRING}] {_archive()} sid main\n"
        (folder / "own.list").write_text(source, encoding="utf-8")
        _apt(folder, "update")
        _apt(folder, "source", "--download-only", "--tar-only", "bleak")
        return next(folder.glob("bleak_*.orig.tar.*"))
    except (subprocess.SubprocessError, StopIteration) as error:
        pytest.skip(f"bleak's suite cannot be fetched from Debian's registry: {error}")


def unpack(archive: Path, folder: Path) -> None:
    """Bleak's tests, and nothing else: the installed bleak is what they try."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            _, _, path = member.name.partition("/")
            content = tar.extractfile(member) if path.startswith("tests/") else None
            if content is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content.read())
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")


async def run(folder: Path, air: str) -> ElementTree.Element:
    """The suite's results, as its pytest writes them."""
    report = folder / "report.xml"
    quiet = ["-p", "no:vitalband", "-p", "no:randomly", "-p", "no:cacheprovider", "-q", f"--junit-xml={report}"]
    command = [sys.executable, "-m", "host_sdk.virtual_radio", "-m", "pytest", SUITE, *quiet]
    environment = {**os.environ, ENVIRONMENT: air}

    def work() -> str:
        arguments = [*command, f"--bleak-hci-transport={air}"]
        done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=RUN_S)
        return done.stdout + done.stderr

    said = await asyncio.get_running_loop().run_in_executor(None, work)
    assert report.exists(), said
    return ElementTree.parse(report).getroot()


@pytest.mark.slow
@pytest.mark.registry
@pytest.mark.timeout(FETCH_S * 3 + RUN_S)
async def test_all_of_it_passes(tmp_path: Path) -> None:
    unpack(fetch(tmp_path), tmp_path)
    server = await within(AirServer.start(), 10)
    try:
        report = await run(tmp_path, server.address)
    finally:
        await within(server.close(), 10)
    cases = list(report.iter("testcase"))
    failed = [case.get("name") for case in cases if {part.tag for part in case} & {"failure", "error"}]
    assert failed == []
    reasons = [f"{skip.get('message')} {skip.text}" for skip in report.iter("skipped")]
    # what is a test of another system's Bluetooth
    assert [why for why in reasons if "CoreBluetooth" not in why and "BlueZ" not in why] == []
    assert len(cases) - len(reasons) >= 88
