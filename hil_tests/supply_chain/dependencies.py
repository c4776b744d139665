"""Holds what is installed against what pyproject.toml says, without a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "vitalband"
#: Extras that a test environment need not have.
_OPTIONAL = frozenset({"train", "peers", "all"})


def declared() -> dict[str, list[Requirement]]:
    """Requirements by extra; `""`: those that everybody has. Those of the project itself are left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: [one for one in map(Requirement, lines) if canonicalize_name(one.name) != PROJECT]
        for extra, lines in listed.items()
    }


def unbounded(requirements: dict[str, list[Requirement]]) -> Iterator[str]:
    """Requirements that take any version below or above some."""
    for extra, listed in requirements.items():
        for requirement in listed:
            operators = {one.operator for one in requirement.specifier}
            for missing, enough in (("least", {">=", ">", "==", "~="}), ("most", {"<", "<=", "==", "~="})):
                if not operators & enough:
                    yield f"{extra or PROJECT}: {requirement} names no version that it needs at {missing}"


def unmet(requirements: dict[str, list[Requirement]]) -> Iterator[str]:
    """Requirements that what is installed does not meet, those of what is installed among them."""
    waiting = [(PROJECT, one) for extra, listed in requirements.items() if extra not in _OPTIONAL for one in listed]
    seen: set[str] = set()
    while waiting:
        by, requirement = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield f"{by} needs {requirement}, which is not installed"
            continue
        if not requirement.specifier.contains(distribution.version, prereleases=True):
            yield f"{by} needs {requirement}, and {distribution.version} is installed"
        if name not in seen:
            seen.add(name)
            waiting += [(name, Requirement(line)) for line in distribution.requires or ()]


def closure(names: list[str]) -> dict[str, metadata.Distribution]:
    """What is installed of these and of all that they need, by name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        waiting += needs(found[name])
    return dict(sorted(found.items()))


def needs(distribution: metadata.Distribution) -> list[str]:
    """Names of what a distribution needs here, without its extras."""
    requirements = map(Requirement, distribution.requires or ())
    return sorted(
        {
            canonicalize_name(one.name)
            for one in requirements
            if one.marker is None or one.marker.evaluate({"extra": ""})
        }
    )
