"""MicroPython's source: a checkout of the user's, or Debian's source package, checked by its archive's signature.

`MICROPYTHON_SRC=/path` names a checkout. Else the package is fetched from the Debian mirror that this machine uses,
through a source list of its own, so that the machine's configuration stays as it is and no root is needed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .errors import BuildError, SourceError
from .running import locked, output, run

#: The Debian release whose MicroPython is built; a release keeps its version.
SUITE = "trixie"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_HINT = "set MICROPYTHON_SRC to a MicroPython 1.25 checkout"


@dataclass(frozen=True)
class Source:
    """A source tree and what names its content."""

    path: Path
    version: str


def cache_root() -> Path:
    """Folder of everything that is fetched or built once for all checkouts of the project."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vitalband"


def find_source(log: Path) -> Source:
    """The source to build from; fetches it where it is not there yet. SourceError where it cannot be had."""
    given = os.environ.get("MICROPYTHON_SRC")
    if given:
        return _checkout(Path(given))
    folder = cache_root() / "micropython" / SUITE
    with locked(folder):
        for kept in folder.glob("micropython-*/.complete"):
            return Source(kept.parent, kept.read_text().strip())
        return _fetch(folder, log)


def _checkout(path: Path) -> Source:
    if not (path / "ports/qemu/Makefile").is_file():
        raise SourceError(f"MICROPYTHON_SRC={path} is no MicroPython source tree with a qemu port")
    header = (path / "py/mpconfig.h").read_text(encoding="utf-8")
    numbers = [
        line.split()[2] for part in ("MAJOR", "MINOR", "MICRO")
        for line in header.splitlines() if line.startswith(f"#define MICROPY_VERSION_{part} ")
    ]  # fmt: skip
    return Source(path.resolve(), f"{'.'.join(numbers)}+{_state(path)}")


def _state(path: Path) -> str:
    """What a checkout's sources are like now: another one after every change of theirs."""
    digest = hashlib.sha256()
    for folder in ("py", "extmod", "shared", "ports/qemu", "ports/unix"):
        for file in sorted((path / folder).rglob("*")):
            if file.suffix in (".c", ".h", ".mk", ".py", ".S") or file.name == "Makefile":
                digest.update(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:8]


def _fetch(folder: Path, log: Path) -> Source:
    """Fetch and unpack Debian's source package under `folder`."""
    work = folder / "fetch"
    shutil.rmtree(work, ignore_errors=True)
    for sub in ("lists/partial", "cache/archives/partial", "files"):
        (work / sub).mkdir(parents=True)
    sources = work / "sources.list"
    sources.write_text(f"deb-src [signed-by={_KEYRING}] {_mirror()} {SUITE} main\n")
    private = [
        f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=/dev/null",
        f"-oDir::State::lists={work / 'lists'}", f"-oDir::Cache={work / 'cache'}", "-oAPT::Sandbox::User=",
    ]  # fmt: skip
    try:
        run(["apt-get", *private, "update"], log)
        run(["apt-get", *private, "source", "--download-only", "micropython"], log, cwd=work / "files")
    except BuildError as error:
        raise SourceError(f"Debian's source package cannot be fetched ({error}); {_HINT}") from None
    source = _unpack(work / "files", folder)
    shutil.rmtree(work)
    return source


def _mirror() -> str:
    """The Debian mirror this machine uses."""
    if not _KEYRING.is_file():
        raise SourceError(f"this machine has no {_KEYRING}: {_HINT}")
    try:
        lines = output(["apt-get", "indextargets", "--format", "$(SITE)"]).splitlines()
    except BuildError as error:
        raise SourceError(f"{error}; {_HINT}") from None
    # by its path: what the archive says of itself is known only after an update
    sites = [site for site in map(str.strip, lines) if site.rstrip("/").endswith("/debian")]
    if not sites:
        raise SourceError(f"this machine names no Debian mirror: {_HINT}")
    return sites[0]


def _unpack(files: Path, folder: Path) -> Source:
    archives = sorted(files.glob("micropython_*.orig.tar.*"))
    if len(archives) != 1:
        raise SourceError(f"the source package has {len(archives)} original archives; {_HINT}")
    version = archives[0].name.split("_")[1].split("+")[0].split(".orig")[0]
    target = folder / f"micropython-{version}"
    shutil.rmtree(target, ignore_errors=True)
    with tarfile.open(archives[0]) as archive:
        # early 3.10 and 3.11 have no filters; the archive's signature was checked
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # type: ignore[arg-type]
    if not target.is_dir():
        raise SourceError(f"{archives[0].name} does not hold {target.name}; {_HINT}")
    (target / ".complete").write_text(version + "\n")
    return Source(target, version)
