"""The baseline: how many records of each kind have a fault, committed beside the code, so that one more is seen."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import EvaluationError
from ..core.report.printing import ALL
from .expectations.base import CATEGORIES, OVERCONFIDENT

#: What is counted of a kind.
_COUNTED = (*CATEGORIES, OVERCONFIDENT)
#: What is held by a test.
COMMITTED = Path(__file__).with_name("baseline.json")
Faults = dict[str, dict[str, int]]


def baseline_of(report: Mapping[str, Any], seed: int, per_kind: int) -> dict[str, Any]:
    """Seed, records a kind, faulty records by kind and category, overconfident readings; what has none is left out."""
    kinds: Faults = {}
    for method in report["methods"].values():
        for kind, counts in method["summary"].get(ALL, {}).get("kinds", {}).items():
            kinds[kind] = {name: counts[name] for name in _COUNTED if counts[name]}
    return {"seed": seed, "per_kind": per_kind, "kinds": kinds}


def worse(found: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[str]:
    """One line for each kind and category with more faulty records; raises EvaluationError for other records."""
    for name in ("seed", "per_kind"):
        if found[name] != baseline[name]:
            raise EvaluationError(f"the baseline is of {name} {baseline[name]}, the report of {found[name]}")
    lines = []
    for kind, counts in found["kinds"].items():
        if kind not in baseline["kinds"]:
            lines.append(f"{kind} has no baseline")
            continue
        known: Mapping[str, int] = baseline["kinds"][kind]
        more = [name for name in counts if counts[name] > known.get(name, 0)]
        lines += [f"{kind}: {_amount(counts, name)}, {known.get(name, 0)} in the baseline" for name in more]
    return lines


def _amount(counts: Mapping[str, int], name: str) -> str:
    return f"{counts[name]} {'readings' if name == OVERCONFIDENT else 'records'} {name}"


def read_baseline(path: Path) -> dict[str, Any]:
    """A baseline that `write_baseline` wrote; raises EvaluationError."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: no baseline that can be read ({error})") from error
    if not {"seed", "per_kind", "kinds"} <= set(found):
        raise EvaluationError(f"{path}: is no baseline of `vitalband evaluate honesty`")
    return found


def update_baseline(found: Mapping[str, Any], path: Path, kinds: Collection[str]) -> None:
    """Write it; of a baseline of the same records, `kinds` that were not run now stay. Raises EvaluationError."""
    known = read_baseline(path) if path.is_file() else found
    same = all(known[name] == found[name] for name in ("seed", "per_kind"))
    all_of = {**(known["kinds"] if same else {}), **found["kinds"]}
    write_baseline({**found, "kinds": {kind: all_of[kind] for kind in kinds if kind in all_of}}, path)


def write_baseline(found: Mapping[str, Any], path: Path) -> None:
    """Write it, one line a kind; raises EvaluationError."""
    kinds = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(counts)}" for kind, counts in found["kinds"].items())
    head = "".join(f"{json.dumps(name)}: {found[name]}, " for name in ("seed", "per_kind"))
    try:
        path.write_text(f'{{{head}"kinds": {{\n{kinds}\n}}}}\n', encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be written ({error.strerror or error})") from error
