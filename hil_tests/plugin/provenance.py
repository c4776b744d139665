"""What a run was of: sources, firmware, models and rig, as hashes."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

_GIT_S = 10.0


def provenance(config: pytest.Config) -> dict[str, str]:
    """Names and values for reports; what there is not is left out."""
    inventory = config.getoption("--inventory")
    found = {
        "git": _git(config.rootpath),
        "firmware_sha256": _package_hash("firmware_sim", "firmware", "*.py"),
        "models_sha256": _package_hash("models", "", "*_int8.tflite"),
        "inventory_sha256": None if inventory is None else _hash([Path(inventory)]),
        "dut": config.getoption("--dut") or "sim",
    }
    return {name: value for name, value in found.items() if value}


def _git(folder: Path) -> str | None:
    """The commit, and whether files differ from it."""
    try:
        commit = _output(folder, "rev-parse", "HEAD")
        changed = _output(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}{'-dirty' if changed else ''}"


def _output(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=_GIT_S, check=True
    )  # fmt: skip
    return done.stdout.strip()


def _package_hash(package: str, folder: str, pattern: str) -> str | None:
    """Hash of files of a package that is not imported for it; None where it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return _hash(sorted((Path(spec.submodule_search_locations[0]) / folder).rglob(pattern)))


def _hash(paths: Iterable[Path]) -> str:
    """Of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
