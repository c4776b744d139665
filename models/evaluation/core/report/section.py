"""One table of figures: title, head and rows of text, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]
#: A group's figures by method.
Methods = Mapping[str, Figures]


@dataclass(frozen=True)
class Section:
    """One table."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def having(methods: Methods, name: str) -> Iterator[tuple[str, Any]]:
    """Methods that have a kind of figures, with those."""
    return ((method, figures[name]) for method, figures in methods.items() if figures.get(name))
