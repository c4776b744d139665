"""Whether what is installed is what the project's own metadata asks for: another tool's pin may have changed it."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[.*?\])?\s*(?P<bounds>[^;\[]*)(?:;(?P<marker>.*))?")
_EXTRA_ALONE = re.compile(r'\s*extra == "[\w-]+"\s*')
_AT_LEAST, _BELOW = ">=", "<"


def wrong_version(module: str) -> tuple[str, str] | None:
    """Versions that are wanted (``>=0.0.234,<0.1``) and installed of a module; None where these are the same.

    Also None where it is not installed, and where nothing is known of it.
    """
    name = module.replace("_", "-")
    bounds = _bounds().get(name)
    if bounds is None:
        return None
    try:
        installed = version(name)
    except PackageNotFoundError:
        return None
    if all(_holds(installed, bound) for bound in bounds.split(",")):
        return None
    return ",".join(sorted(bounds.split(","), reverse=True)), installed


@cache
def _bounds() -> dict[str, str]:
    """Bounds by package; those that differ from system to system are left out."""
    try:
        listed = requires("vitalband") or []
    except PackageNotFoundError:  # a folder on the path, not installed
        return {}
    found = {}
    for text in listed:
        match = _REQUIREMENT.fullmatch(text)
        if match and match["bounds"].strip() and (match["marker"] is None or _EXTRA_ALONE.fullmatch(match["marker"])):
            found[match["name"]] = match["bounds"].strip()
    return found


def _holds(installed: str, bound: str) -> bool:
    """Whether a version keeps to ``>=1.2`` or ``<2``; anything else is not judged."""
    for sign, holds in ((_AT_LEAST, True), (_BELOW, False)):
        limit = bound[len(sign) :]
        if bound.startswith(sign) and limit[:1].isdigit():
            return (_numbers(installed) >= _numbers(limit)) is holds
    return True


def _numbers(text: str) -> tuple[int, ...]:
    """Release numbers of a version, without what makes it a preview; zeros at the end mean nothing."""
    release = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in release[0].split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
