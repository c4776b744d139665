"""CSV files of published sets: one column as numbers, or some columns of every row as text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...core.dataset import FloatArray
from ...core.errors import CaseError


def delimiter(path: Path) -> str:
    """What is between cells: a data archive hands out tables as `.tab`."""
    return "\t" if path.suffix == ".tab" else ","


def column(path: Path, name: str) -> FloatArray:
    """A column by its heading, NaN where a cell is empty; raises CaseError."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = list(csv.reader(file, delimiter=delimiter(path)))
        index = [heading.strip() for heading in table[0]].index(name)
        return np.array([float(row[index]) if row[index].strip() else np.nan for row in table[1:]], dtype=np.float64)
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise CaseError(f"{path}: column {name!r} cannot be read ({error})") from error


def rows(path: Path, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """These columns of every row, blanks around them cut; raises CaseError, also for a row that ends before them."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.reader(file)
            heads = [heading.strip() for heading in next(table)]
            indices = [heads.index(name) for name in names]
            for row in table:
                if row:
                    yield {name: row[at].strip() for name, at in zip(names, indices, strict=True)}
    except StopIteration:
        raise CaseError(f"{path}: is empty") from None
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise CaseError(f"{path}: {' and '.join(names)} cannot be read ({error})") from error
