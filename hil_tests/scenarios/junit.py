"""Results of scenarios as JUnit XML, as CI servers read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from .running import Outcome


def write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the results; OSError."""
    failed = sum(outcome.status == "failed" for outcome in outcomes)
    errors = sum(outcome.status in ("died", "timeout") for outcome in outcomes)
    suite = ElementTree.Element(
        "testsuite",
        name="vitalband hil",
        tests=str(len(outcomes)),
        failures=str(failed),
        errors=str(errors),
        time=f"{sum(outcome.wall_s for outcome in outcomes):.3f}",
    )
    for outcome in outcomes:
        suite.append(_case(outcome))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(outcome: Outcome) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=f"scenarios.{outcome.target}",
        name=outcome.scenario.name,
        file=str(outcome.scenario.path),
        time=f"{outcome.wall_s:.3f}",
    )
    if outcome.status != "passed":
        kind = "failure" if outcome.status == "failed" else "error"
        what = ElementTree.SubElement(case, kind, type=outcome.status, message=outcome.failures[0])
        what.text = "\n".join(outcome.failures)
    return case
