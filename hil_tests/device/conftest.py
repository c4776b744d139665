"""The same suite on every target, or on the device that `--dut` names."""

from __future__ import annotations

import pytest

from ..plugin.choice import DUT, Choice, choice_of
from ..targets import STOCK, parameters


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a target on each of them, or on the one device that is given."""
    if "target" in metafunc.fixturenames:
        choice = choice_of(metafunc.config)
        metafunc.parametrize("target", _targets(choice))


def _targets(choice: Choice) -> list[object]:
    if choice.text is None:
        return parameters(*STOCK)
    return [DUT] if choice.target == DUT else parameters(choice.target)
