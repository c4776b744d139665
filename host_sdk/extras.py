"""What a plain `pip install vitalband` leaves out, and which extra brings it."""

from __future__ import annotations

from .errors import MissingExtra

#: Top-level module: the smallest extra that has it.
EXTRA_OF = {
    "wfdb": "records",
    "bumble": "sim",
    "tflite_runtime": "sim",
    "ai_edge_litert": "sim",
    "scipy": "evaluate",
    "h5py": "evaluate",
    "matplotlib": "evaluate",
    "tensorflow": "train",
    "neurokit2": "peers",
    "sleepecg": "peers",
}


def missing_extra(error: ImportError) -> MissingExtra | None:
    """The one line that says what to install; None for an import that failed for another reason."""
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF.get(module) if isinstance(error, ModuleNotFoundError) else None
    if extra is None:
        return None
    return MissingExtra(f"needs {module}, which is not installed: pip install 'vitalband[{extra}]'")
