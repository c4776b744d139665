"""What a plain `pip install vitalband` leaves out, and which extra brings it."""

from __future__ import annotations

from importlib.util import find_spec

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


#: Each of these includes the ones before it.
_INCLUDED = ("records", "sim", "evaluate")
#: One of them is enough; which, depends on Python's version.
_EITHER = ("tflite_runtime", "ai_edge_litert")


def missing_extra(error: ImportError, command_extra: str | None = None) -> MissingExtra | None:
    """The one line that says what to install; None for an import that failed for another reason.

    `command_extra` is the extra of the whole command, which spares a second try.
    """
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF.get(module) if isinstance(error, ModuleNotFoundError) else None
    if extra is None:
        return None
    return MissingExtra(module, command_extra or extra)


def lacks(extra: str) -> bool:
    """Whether a package of an extra, or of one that it includes, is not installed."""
    wanted = _INCLUDED[: _INCLUDED.index(extra) + 1] if extra in _INCLUDED else (extra,)
    modules = [module for module, of in EXTRA_OF.items() if of in wanted and module not in _EITHER]
    return not all(_is_installed(module) for module in modules)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
