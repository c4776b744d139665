"""Arrays of MATLAB files of version 5, which is what scipy reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...core.dataset import FloatArray
from ...core.errors import CaseError


def content_of(path: Path, **options: Any) -> dict[str, Any]:
    """What `scipy.io.loadmat` finds in a file; raises CaseError."""
    from scipy.io import loadmat

    try:
        found: dict[str, Any] = loadmat(path, **options)
    # a damaged file makes scipy stumble over anything
    except Exception as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error
    return found


def array_of(path: Path, name: str, rows: int | None = None) -> FloatArray:
    """A numeric variable as float, with that many rows where it must have; raises CaseError."""
    content = content_of(path, variable_names=[name])
    try:
        found = np.asarray(content[name], dtype=np.float64)
    except (KeyError, ValueError, TypeError) as error:
        raise CaseError(f"{path}: variable {name!r} cannot be read ({error})") from error
    if found.ndim != 2 or (rows is not None and len(found) != rows):
        raise CaseError(f"{path}: variable {name!r} has the shape {found.shape}")
    return found
