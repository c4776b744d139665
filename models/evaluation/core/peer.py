"""Other people's packages: whether they are installed, and which version runs."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

from .errors import PeerMissing


def describe_peer(name: str, package: str) -> dict[str, Any]:
    """A peer's name, its package and version; raises PeerMissing where that is not installed."""
    try:
        import_module(package)
    except ImportError as error:
        raise PeerMissing(f"peer {name}: {error}; pip install '.[peers]' in a checkout") from error
    return {"name": name, "package": package, "version": version(package)}
