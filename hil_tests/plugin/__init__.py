"""pytest plugin: the device under test.

`--dut ADDRESS` runs tests that ask for `address` against a device that is there (`ble:`, `serial:`, `sim:tcp:`); a run
in which it skips every test is an error. Without it each test starts a simulated one in a process of its own. pytest
loads this package in every run of an environment that has vitalband, so importing it costs nothing but pytest: what
fixtures need, they import when used.
"""

from __future__ import annotations

import pytest

from .devices import address, device, target
from .given_device import SkipWatch, device_address

__all__ = ["address", "device", "pytest_addoption", "pytest_configure", "target"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("vitalband")
    group.addoption("--dut", metavar="ADDRESS", help="device under test, e.g. serial:/dev/ttyACM0; default: simulated")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the plugin's markers; UsageError for an address that names no device."""
    given = config.getoption("--dut")
    if given is not None:
        device_address(given)
        if not hasattr(config, "workerinput"):  # of pytest-xdist: the controller sees all reports
            config.pluginmanager.register(SkipWatch())
    config.addinivalue_line("markers", "resets: the test itself resets the device; in every other one it is a failure")
