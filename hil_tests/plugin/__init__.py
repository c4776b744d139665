"""pytest plugin: the device under test.

`--dut ADDRESS` runs tests that ask for `address` against a device that is already there (any address of the SDK);
without it each test starts a simulated one in a process of its own. pytest loads this package in every run of an
environment that has vitalband, so importing it costs nothing but pytest: what fixtures need, they import when used.
"""

from __future__ import annotations

import pytest

from .devices import address, device, target

__all__ = ["address", "device", "pytest_addoption", "pytest_configure", "target"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("vitalband")
    group.addoption("--dut", metavar="ADDRESS", help="device under test, e.g. serial:/dev/ttyACM0; default: simulated")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the plugin's markers."""
    config.addinivalue_line("markers", "resets: the test itself resets the device; in every other one it is a failure")
