"""The same suite on every target, or on the device that `--dut` names."""

from __future__ import annotations

import pytest

from ..plugin.choice import DUT, Choice, choice_of
from ..plugin.given_device import SKIPPED
from ..targets import STOCK, need, parameters


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a target on each of them, or on the one device that is given."""
    if "target" in metafunc.fixturenames:
        choice = choice_of(metafunc.config)
        metafunc.parametrize("target", _targets(choice))


@pytest.fixture
def simulated(target: str, request: pytest.FixtureRequest) -> str:
    """The target of a test that starts devices of its own; skips it on a board."""
    if target == DUT:
        pytest.skip(f"{SKIPPED}{choice_of(request.config).text}: this test starts simulated devices of its own")
    need(target)
    return target


def _targets(choice: Choice) -> list[object]:
    if choice.text is None:
        return parameters(*STOCK)
    return [DUT] if choice.target == DUT else parameters(choice.target)
