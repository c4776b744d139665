"""What a plain `pip install vitalband` leaves out, and which extra brings it."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import MissingExtra
from .versions import wrong_version

#: Top-level module: the smallest extra that has it.
EXTRA_OF = {
    "wfdb": "records",
    "bumble": "sim",
    "tflite_runtime": "sim",
    "ai_edge_litert": "sim",
    "scipy": "evaluate",
    "h5py": "evaluate",
    "matplotlib": "evaluate",
    "smpclient": "flash",
    "yaml": "hil",
    "jsonschema": "hil",
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
    extra = EXTRA_OF.get(module)
    if extra is not None and isinstance(error, ModuleNotFoundError) and not _is_installed(module):
        return MissingExtra(module, command_extra or extra)
    return _of_wrong_version(module, command_extra or extra)


def check_versions(extra: str, *others: str) -> None:
    """Raise MissingExtra where a package of an extra, or of what it includes, or another one has a wrong version.

    Such a package may be imported without a word, and fail later with what it lacks.
    """
    for module in (*_modules(extra), *others):
        wrong = _of_wrong_version(module, EXTRA_OF.get(module) and extra)
        if wrong is not None:
            raise wrong


def _of_wrong_version(module: str, extra: str | None) -> MissingExtra | None:
    wrong = wrong_version(module)
    return None if wrong is None else MissingExtra(module, extra, *wrong)


def lacks(extra: str) -> bool:
    """Whether a package of an extra, or of one that it includes, is not installed."""
    return not all(_is_installed(module) for module in _modules(extra))


def _modules(extra: str) -> list[str]:
    wanted = _INCLUDED[: _INCLUDED.index(extra) + 1] if extra in _INCLUDED else (extra,)
    return [module for module, of in EXTRA_OF.items() if of in wanted and module not in _EITHER]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
