"""What became of a test, for fixtures that end after it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note a failure."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def has_failed(item: pytest.Item) -> bool:
    """Whether the test has failed so far."""
    return item.stash.get(_FAILED, False)
