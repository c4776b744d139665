"""Programs elsewhere are checked against the SDK's types as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import host_sdk
from host_sdk import Client, Reading, ReconnectingClient, Stream, blocking, connect

async def main() -> None:
    async with connect("sim:") as client:
        reveal_type(client)
        await client.subscribe("ecg")
        async for item in client.items():
            if isinstance(item, Reading):
                reveal_type(item.value)
    async with connect("sim:", reconnect=True) as again:
        reveal_type(again)

reveal_type(blocking.connect("sim:").info.model)
reveal_type(host_sdk.__version__)
wrong: int = Stream.ECG.name
"""


@pytest.mark.slow
def test_mypy_finds_the_types_from_another_project(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "program.py"]
    got = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    revealed = [line.split('"')[1] for line in got.stdout.splitlines() if "Revealed type" in line]
    assert revealed == [
        "host_sdk.client.Client",
        "float | None",
        "host_sdk.reconnect.ReconnectingClient",
        "str",
        "str",
    ]
    errors = [line for line in got.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1
    assert "Incompatible types in assignment" in errors[0]
