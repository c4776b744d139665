"""The page of wheels is of what pyproject.toml asks for now, and the SDK installs everywhere."""

from __future__ import annotations

import re

from .wheels import PYTHONS, ROOT, SYSTEMS, page, requirements

PAGE = ROOT / "docs" / "results" / "wheels.md"


def sections() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^## `pip install (?:\.|'\.\[(\w+)\]')`\n", text, flags=re.MULTILINE)
    return {name or "": body for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_page_is_of_these_requirements() -> None:
    """Where it is not: `python -m hil_tests.wheels --page docs/results/wheels.md`, which asks the package index."""
    found = {name: re.findall(r"^- `(.*)`$", body, re.MULTILINE) for name, body in sections().items()}
    assert found == requirements()


def test_the_sdk_installs_on_every_system_and_the_simulator_wherever_tflite_is() -> None:
    for name, body in sections().items():
        rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", body, re.MULTILINE)
        cells = {system: row.split(" | ") for system, row in rows if system in SYSTEMS}
        assert set(cells) == set(SYSTEMS)
        assert all(len(row) == len(PYTHONS) for row in cells.values())
        lacking = {(system, cell) for system, row in cells.items() for cell in row if not cell.isdecimal()}
        allowed = {("macOS x86-64", "no ai-edge-litert")} if name == "sim" else set()
        assert lacking <= allowed, name


def test_a_package_that_has_no_wheel_is_named() -> None:
    results = {(i, p, s): 12 for i in requirements() for p in PYTHONS for s in SYSTEMS} | {
        ("sim", "3.10", "Linux arm64"): "sand"
    }
    text = page(results)
    assert "| Linux arm64 | no sand | 12 | 12 | 12 |" in text
