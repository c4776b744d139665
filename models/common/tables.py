"""Tables of a model's card: Markdown written between markers, so that figures in prose files are never typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .errors import ModelError


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def interval(values: Sequence[float]) -> str:
    """`[value, low, high]` of a fraction as percent."""
    value, low, high = (f"{100 * each:.1f}" for each in values)
    return f"{value} ({low} to {high})"


def number(value: float | None, form: str = ".1f") -> str:
    """A number, a dash for None."""
    return "–" if value is None else format(value, form)


def percent(value: float | None) -> str:
    """A fraction as percent, a dash for None."""
    return number(None if value is None else 100 * value)


def replace(path: Path, name: str, text: str) -> None:
    """Put `text` between the markers `<!-- NAME -->` and `<!-- /NAME -->` of a file; ModelError where they are not."""
    content = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = content.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ModelError(f"{path}: no markers for the table {name!r}")
    path.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
