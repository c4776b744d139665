"""Looks for passwords, tokens and private keys in the files of the repository, by the detectors of `detect-secrets`.

It works without a network. What looks like a secret and is none stands, with why, in `not_secrets.toml`.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ALLOWED = Path(__file__).with_name("not_secrets.toml")


def files_of(root: Path) -> list[str]:
    """Paths of all files that git has, or would take, from `root`; CalledProcessError where that is no checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return sorted({name for name in listed.stdout.split("\0") if name and (root / name).is_file()})


def found_in(root: Path, names: Iterable[str]) -> dict[tuple[str, str], list[int]]:
    """By file and kind of secret the lines at which there may be one."""
    found: dict[tuple[str, str], list[int]] = {}
    with default_settings():
        secrets = SecretsCollection(root=str(root))
        for name in names:
            secrets.scan_file(name)
        for name, secret in secrets:
            found.setdefault((name, secret.type), []).append(secret.line_number)
    return found


def problems(root: Path, names: list[str], allowed: dict[str, Any]) -> list[str]:
    """One line for each that is not allowed, and for each allowance that nothing uses."""
    unread = allowed["unread"]
    read = [name for name in names if not any(fnmatch(name, pattern) for pattern in unread)]
    found = found_in(root, read)
    known = {(one["file"], one["kind"]): one["count"] for one in allowed["not_secrets"]}
    lines = []
    for (name, kind), at in sorted(found.items()):
        more = len(at) - known.get((name, kind), 0)
        if more > 0:
            lines.append(f"{name}:{','.join(map(str, sorted(at)))}: {kind}: {more} more than {ALLOWED.name} allows")
    counts = Counter({key: len(at) for key, at in found.items()})
    lines += [
        f"{ALLOWED.name}: {name} has {counts[name, kind]} times {kind}, not {count}"
        for (name, kind), count in known.items()
        if counts[name, kind] < count
    ]
    return lines + [
        f"{ALLOWED.name}: no file is called {pattern}"
        for pattern in unread
        if not any(fnmatch(name, pattern) for name in names)
    ]


def read_allowed() -> dict[str, Any]:
    """What looks like a secret and is none: `unread` patterns of files, and `not_secrets` by file and kind."""
    return tomllib.loads(ALLOWED.read_text(encoding="utf-8"))
