"""Names of the code are the field's terms: private words that once stood for them do not come back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("firmware_sim", "host_sdk", "models", "hil_tests")
#: Words that no name may have, and the term in place of each.
TERMS = {
    "alike": "similar, equal",
    "apart": "distance, difference",
    "ask": "request",
    "asked": "requested",
    "asking": "requesting",
    "asks": "requests",
    "beware": "add_caution",
    "blow": "impact",
    "blows": "impacts",
    "doubt": "uncertain",
    "doubted": "uncertain",
    "doubtful": "uncertain",
    "doubts": "uncertain",
    "hear": "receive",
    "heard": "received",
    "hears": "receives",
    "likeness": "correlation",
    "parted": "sliced",
    "place": "index, offset, r_index",
    "placed": "assigned",
    "places": "indices, offsets",
    "reckoned": "estimated",
    "share": "ratio, fraction",
    "shares": "ratios, fractions",
    "sighting": "discovered device",
    "swing": "peak-to-peak, variation",
    "swings": "peak-to-peak, variation",
    "tallest": "maximum",
    "tell": "report, publish, notify",
    "tells": "reports",
    "told": "reported",
    "vague": "uncertain",
    "wish": "option",
    "wishes": "options",
}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def sources() -> list[Path]:
    """Every Python file that is written by hand."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in files if not path.name.endswith("_gen.py"))


def defined_names(tree: ast.AST) -> set[tuple[str, int]]:
    """(name, line) of all that a file defines: functions, classes, arguments, variables and attributes."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add((node.name, node.lineno))
        elif isinstance(node, ast.arg):
            found.add((node.arg, node.lineno))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add((node.id, node.lineno))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add((node.attr, node.lineno))
    return found


def private_words(name: str) -> list[str]:
    """Those words of a name, in snake or camel case, that TERMS has a term for."""
    return [word for word in (part.lower() for part in _PART.findall(name)) if word in TERMS]


def offences(path: Path) -> list[str]:
    """One line for each name of a file with a private word."""
    names = sorted(defined_names(ast.parse(path.read_text(encoding="utf-8"))), key=lambda item: item[::-1])
    return [
        f"{path.name}:{line}: {name}: say {TERMS[word]} instead of {word}"
        for name, line in names
        for word in private_words(name)
    ]


def test_no_name_has_a_private_word() -> None:
    paths = sources()
    assert len(paths) > 500
    assert [f"{path.parent.relative_to(ROOT)}/{line}" for path in paths for line in offences(path)] == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("irregularity_told = 1", ["told"]),
        ("class BlowDetector: pass", ["blow"]),
        ("def f(height, *, qrs_share): self._ASKED_MS: int = 2", ["asked", "share"]),
        ("def test_a_gap_is_told(): pass", ["told"]),
        ("for place in rows: pass", ["place"]),
        ("replaced, placement, shared, task, MASK, Baskets = values", []),
        ("x = told(place)", []),
    ],
)
def test_the_check_sees_words_of_names_and_no_parts_of_words(code: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(code + "\n")
    found = [offence.rpartition(" ")[2] for offence in offences(tmp_path / "code.py")]
    assert sorted(found) == words
