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


def unused_names(path: Path) -> list[str]:
    """Private names of a module that nothing in it uses: outside it nothing may."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own[node.name] = node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            own |= {
                n.id: node.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    used: set[str] = set()
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            used.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):  # annotations that are not read
            used |= set(re.findall(r"\w+", part.value))
    return [f"{line}: {name}" for name, line in own.items() if re.match("_[^_]", name) and name not in used]


def test_no_module_has_a_private_name_that_it_does_not_use() -> None:
    found = [f"{path.relative_to(ROOT)}:{name}" for path in sources() for name in unused_names(path)]
    assert found == []


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ("_A = const(1)\n_B = const(_A)", ["2: _B"]),
        ("_A: int = 1\ndef _f(): return _A", ["2: _f"]),
        ("class _C: pass\nA = 1", ["1: _C"]),
        ("_A, _B = 1, 2\nprint(_B)", ["1: _A"]),
        ("_A = 1\ndef f(a: '_A') -> int: return 2", []),
        ("def _f(): _g()\ndef _g(): _f()", []),
        ("__all__ = ['f']\n_ = 1", []),
    ],
)
def test_the_check_sees_what_is_used_nowhere(code: str, unused: list[str], tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(code + "\n")
    assert unused_names(tmp_path / "code.py") == unused
