"""The plugin's markers: what a test needs, and until when a broken one is in quarantine."""

from __future__ import annotations

import datetime

import pytest

from .choice import DUT, choice_of
from .given_device import SKIPPED

LINES = (
    "needs(*capabilities): runs only where the device has them; one that no target and no board has is an error",
    "wearer(preset, warm=12, seed=3, pace=1): who wears the simulated device, for how many seconds already, how fast",
    "fault(component, fault, from_s=0, to_s=inf): what is at fault, seconds from the start of the test",
    "quarantine(until='YYYY-MM-DD', why=...): may fail until that day; from then on the test is an error",
    "resets: the test itself resets the device; in every other one it is a failure",
)
#: Who wears a board, and what is wrong with it, is nobody's to say.
_IMPLIED = {"wearer": "simulated", "fault": "faults"}
_ERROR = pytest.StashKey[str]()


def needs_of(item: pytest.Item) -> frozenset[str]:
    """Capabilities that a test needs, also by its other markers."""
    needs = {name for marker in item.iter_markers("needs") for name in marker.args}
    return frozenset(needs | {able for name, able in _IMPLIED.items() if item.get_closest_marker(name) is not None})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what cannot run here, and note what is wrong with markers."""
    for item in items:
        _judge_needs(config, item)
        for marker in item.iter_markers("quarantine"):
            _judge_quarantine(item, marker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is wrong with a test's markers is its error."""
    error = item.stash.get(_ERROR, None)
    if error is not None:
        pytest.fail(error, pytrace=False)


def _judge_needs(config: pytest.Config, item: pytest.Item) -> None:
    needs = needs_of(item)
    if not needs:
        return
    choice = choice_of(config)
    if not choice.is_possible(needs):
        names = ", ".join(sorted(needs))
        item.stash[_ERROR] = f"needs({names}): no target and no board of the inventory has that, so it would never run"
        return
    lacking = choice.lacking(needs)
    if lacking:
        on = choice.text if choice.target == DUT else choice.target
        item.add_marker(pytest.mark.skip(reason=f"{SKIPPED}{on}: needs {', '.join(sorted(lacking))}"))


def _judge_quarantine(item: pytest.Item, marker: pytest.Mark) -> None:
    until, why = marker.kwargs.get("until"), marker.kwargs.get("why")
    if marker.args or set(marker.kwargs) != {"until", "why"} or not why:
        item.stash[_ERROR] = "quarantine needs until='YYYY-MM-DD' and why='...'"
        return
    try:
        end = datetime.date.fromisoformat(str(until))
    except ValueError:
        item.stash[_ERROR] = f"quarantine(until={until!r}): is no day, as in '2027-01-31'"
        return
    if datetime.date.today() >= end:
        item.stash[_ERROR] = f"quarantine expired on {end}: mend the test or the device, or delete the test ({why})"
        return
    item.add_marker(pytest.mark.xfail(reason=f"quarantine until {end}: {why}", strict=False))
