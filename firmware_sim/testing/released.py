"""Firmware of releases that are out, kept for tests: what is on devices must be able to become what is here.

`python -m firmware_sim.testing.released COMMIT` keeps the firmware of a commit, under the version that it says it has:
its sources, compressed, the same bytes each time (0.3 MB). A test makes the image of them.
"""

from __future__ import annotations

import io
import lzma
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from ..images.package import version_of
from ..images.recipe import FIRMWARE, ROOT

FOLDER = Path(__file__).resolve().parents[1] / "tests/released"
_SUFFIX = ".tar.xz"
_PRESET = 9 | lzma.PRESET_EXTREME


def releases() -> list[str]:
    """Versions that are kept."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in FOLDER.glob(f"*{_SUFFIX}"))


def unpack(version: str, folder: Path) -> Path:
    """The sources of a release, in `folder`; where."""
    with tarfile.open(FOLDER / f"{version}{_SUFFIX}") as archive:
        for member in archive.getmembers():
            path = folder / member.name
            if ".." in Path(member.name).parts or not member.isfile():
                raise ValueError(f"{version}: {member.name} is no file of a firmware")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            path.write_bytes(content.read())
    return folder / "firmware"


def packed(sources: Path) -> bytes:
    """Sources as they are kept."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(sources.rglob("*.py")):
            member = tarfile.TarInfo(f"firmware/{path.relative_to(sources).as_posix()}")
            member.size = path.stat().st_size
            with path.open("rb") as file:
                archive.addfile(member, file)
    return lzma.compress(out.getvalue(), preset=_PRESET)


def keep(commit: str) -> Path:
    """Keep the firmware of a commit; the file."""
    inside = FIRMWARE.relative_to(ROOT).as_posix()
    made = subprocess.run(["git", "archive", commit, inside], cwd=ROOT, capture_output=True, check=True, timeout=60)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None and member.name.endswith(".py"):
                path = Path(folder) / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
        sources = Path(folder) / inside
        version = ".".join(map(str, version_of(sources)[:3]))
        path = FOLDER / f"{version}{_SUFFIX}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(packed(sources))
    return path


if __name__ == "__main__":
    print(keep(sys.argv[1]))
