"""pytest plugin: devices under test, simulated or on the desk (docs/hil.md).

pytest loads this package in every run of an environment that has vitalband, so importing it costs nothing but pytest:
what fixtures need, they import when used.
"""

from __future__ import annotations

import pytest

from . import markers, measuring, outcomes
from .artifacts import artifacts
from .choice import choice_of
from .devices import Duts, address, device, dut, duts, target
from .dut import Dut
from .given_device import SkipWatch
from .measuring import Measure, load_baseline, measure
from .power import PowerSwitch
from .reporting import Reporter, check_outputs
from .using import Clock, Energy, Faults, Log, Scenarios, clock, energy, faults, log, power, scenario, sdk

__all__ = [
    "Clock", "Dut", "Duts", "Energy", "Faults", "Log", "Measure", "PowerSwitch", "Scenarios", "address", "artifacts",
    "clock", "device", "dut", "duts", "energy", "faults", "log", "measure", "power", "pytest_addoption",
    "pytest_configure", "scenario", "sdk", "target",
]  # fmt: skip

_DUT = (
    "device under test: a simulated target (sim, unix, qemu-m3, qemu-m4 ...), an address (serial:PORT, ble:ADDRESS,"
    " sim:tcp:HOST:PORT), a board of --inventory, or rig: any of them (default: sim)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("vitalband")
    group.addoption("--dut", metavar="DEVICE", help=_DUT)
    group.addoption("--inventory", metavar="FILE", help="boards of the rig, as YAML")
    group.addoption("--artifacts", metavar="DIR", help="keep a folder for each test here")
    group.addoption("--baseline", metavar="FILE", help="fail where a measurement is worse than in this file")
    group.addoption("--save-baseline", metavar="FILE", help="write measurements to this file, as the baseline")
    group.addoption("--hil-html", metavar="FILE", help="write a summary as one HTML file")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the plugin's markers; UsageError for options that name nothing."""
    for line in markers.LINES:
        config.addinivalue_line("markers", line)
    for module in (markers, measuring, outcomes):
        config.pluginmanager.register(module)
    if config.getoption("--dut") is not None or config.getoption("--inventory") is not None:
        choice_of(config)
    load_baseline(config)
    if not hasattr(config, "workerinput"):  # of pytest-xdist: the controller sees all reports
        check_outputs(config)
        config.pluginmanager.register(SkipWatch())
        config.pluginmanager.register(Reporter(config))
