"""pytest plugin: recordings, and the device under test.

`--dut ADDRESS` runs the device suite against a device that is already there (any address of the SDK);
without it each test starts a simulated one in a process of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from models.common.manifest import data_root


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("vitalband")
    group.addoption("--dut", metavar="ADDRESS", help="device under test, e.g. serial:/dev/ttyACM0; default: simulated")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of the real recordings; skips where they are not there."""
    root = data_root()
    if not (root / "mitdb").is_dir():
        pytest.skip(f"no recordings in {root} (set VITALBAND_DATA)")
    return root
