"""Arrays of MATLAB files of version 5, which is what scipy reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.dataset import FloatArray
from ...core.errors import CaseError


def array_of(path: Path, name: str, rows: int | None = None) -> FloatArray:
    """A numeric variable as float, with that many rows where it must have; raises CaseError."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        found = np.asarray(loadmat(path, variable_names=[name])[name], dtype=np.float64)
    except (OSError, MatReadError, KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise CaseError(f"{path}: variable {name!r} cannot be read ({error})") from error
    if found.ndim != 2 or (rows is not None and len(found) != rows):
        raise CaseError(f"{path}: variable {name!r} has the shape {found.shape}")
    return found
