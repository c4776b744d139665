"""The same suite on every target, or on the device that `--dut` names."""

from __future__ import annotations

import pytest

from ..plugin.devices import DUT
from ..targets import STOCK, parameters


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a target on each of them, or on the one device that is given."""
    if "target" in metafunc.fixturenames:
        given = metafunc.config.getoption("--dut") is not None
        metafunc.parametrize("target", [DUT] if given else parameters(*STOCK))
