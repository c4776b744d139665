"""Firmware out of an image, for CPython: its sources as a package of its own beside the one of this checkout.

The package is `firmware_sim.firmware_` and the digest of its payload; the same payload is loaded once in a process.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

from ..images.package import unpack_package

_PARENT = "firmware_sim"


class _Package(MetaPathFinder, InspectLoader):
    """Finds and loads the modules of one package."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name = name
        self._files = files

    def _path(self, fullname: str) -> str | None:
        """Path of a module in the payload."""
        if fullname != self._name and not fullname.startswith(self._name + "."):
            return None
        base = "firmware" + fullname.removeprefix(self._name).replace(".", "/")
        return next((path for path in (f"{base}/__init__.py", f"{base}.py") if path in self._files), None)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of that name, if it is in the package."""
        return spec_from_loader(fullname, self) if self._path(fullname) else None

    def is_package(self, fullname: str) -> bool:
        """Whether it is a folder."""
        return (self._path(fullname) or "").endswith("/__init__.py")

    def get_source(self, fullname: str) -> str:
        """Its source; ImportError where there is no such module."""
        path = self._path(fullname)
        if path is None:
            raise ImportError(f"no module {fullname} in the image", name=fullname)
        return self._files[path].decode()


def load_package(payload: bytes) -> str:
    """Have the firmware of a payload importable; the name of its package. ValueError where it is no firmware."""
    name = f"{_PARENT}.firmware_{sha256(payload).hexdigest()[:12]}"
    if not any(isinstance(finder, _Package) and finder._name == name for finder in sys.meta_path):
        sys.meta_path.append(_Package(name, unpack_package(payload)))
    return name
