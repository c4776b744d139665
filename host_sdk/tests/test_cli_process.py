"""The command line as a process: told to stop while it loads, with streams closed or full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from firmware_sim.testing.interrupts import heed

#: Ctrl-C comes the moment a module begins to load; `firmware_sim` stands for whatever a command loads itself.
_STOPPED = """
import os, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            print("loading", flush=True)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stop())
from host_sdk.cli.main import main
sys.exit(main(sys.argv[2:]))
"""
_REPLAY = """
import sys
from host_sdk.cli.main import main
from host_sdk.tests.test_cli import play, provider
from host_sdk.transports import simulated
from host_sdk.cli import replay
simulated.find_provider = replay.find_provider = lambda target: provider(play)
sys.exit(main(["replay", "db/1", "--json"]))
"""


@pytest.mark.parametrize(
    ("module", "words"),
    [
        *((module, ["replay", "nothere"]) for module in ("argparse", "host_sdk.errors", "numpy", "bleak", "rich")),
        *((f"host_sdk.cli.{name}", [name, "sim:"]) for name in ("stream", "record", "scan")),
        ("host_sdk.transports.ble", ["record", "sim:", "--out", "nowhere"]),
    ],
)
def test_ctrl_c_while_the_command_line_loads(tmp_path: Path, module: str, words: list[str]) -> None:
    command = [sys.executable, "-c", _STOPPED, module, *words]
    process = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, preexec_fn=heed, timeout=60)
    assert (process.returncode, process.stdout, process.stderr) == (130, "loading\n", "")


def test_who_ignores_ctrl_c_is_not_stopped_by_it(tmp_path: Path) -> None:
    """As what a shell starts in its background."""
    ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    command = [sys.executable, "-c", _STOPPED, "numpy", "stream", "replay:nothere"]
    process = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, preexec_fn=ignore, timeout=60)
    assert (process.returncode, process.stdout) == (1, "loading\n")
    assert process.stderr.startswith("vitalband stream: ")


def test_a_closed_stderr_keeps_no_result_back(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _REPLAY]
    close = partial(os.close, 2)
    process = subprocess.run(command, stdout=subprocess.PIPE, cwd=tmp_path, preexec_fn=close, timeout=60)
    assert process.returncode == 0
    (line,) = process.stdout.splitlines()
    assert json.loads(line)["record"] == "fakedb/1"


def test_what_is_said_to_a_closed_stderr_goes_nowhere_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "host_sdk.cli.main", "stream", "replay:nothere", "--json"]
    close = partial(os.close, 2)
    process = subprocess.run(command, stdout=subprocess.PIPE, cwd=tmp_path, preexec_fn=close, timeout=60)
    assert (process.returncode, process.stdout) == (1, b"")


@pytest.mark.parametrize("unbuffered", [True, False])
@pytest.mark.parametrize("words", [["--help"], ["replay", "--help"]])
def test_help_that_cannot_be_written_is_an_error(words: list[str], unbuffered: bool) -> None:
    command = [sys.executable, *(["-u"] if unbuffered else []), "-m", "host_sdk.cli.main", *words]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False
        )
    assert process.returncode == 1
    assert process.stderr == "vitalband: cannot write to standard output: No space left on device\n"


def test_every_name_of_the_package_is_found_and_no_other() -> None:
    """They are imported when they are first asked for."""
    import host_sdk

    assert all(getattr(host_sdk, name).__module__.startswith("host_sdk") for name in ("Client", "connect", "Stream"))
    assert set(host_sdk.__all__) <= set(dir(host_sdk))
    assert [name for name in host_sdk.__all__ if not hasattr(host_sdk, name)] == []
    assert not hasattr(host_sdk, "nothing")
