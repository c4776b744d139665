"""Builds images, and only those whose content has changed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import BuildError
from .recipe import ROOT, Image, compiler_version
from .report import size_report
from .running import locked, run
from .source import Source, cache_root

_JOBS = os.cpu_count() or 1
RECORD = "image.json"


def built(image: Image) -> dict[str, Any] | None:
    """What is known of an image that lies ready, None where it does not."""
    try:
        record: dict[str, Any] = json.loads((image.folder / RECORD).read_text())
    except (OSError, ValueError):
        return None
    return record if image.program.is_file() else None


def build(image: Image, source: Source, log: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Have `image` ready and return its record: `hash`, versions, sizes. BuildError where that fails."""
    wanted = image.content_hash(source)
    with locked(ROOT / "build"):
        record = built(image)
        if record is not None and record["hash"] == wanted:
            return record
        kept = cache_root() / "images" / wanted
        if not (kept / RECORD).is_file():
            started = time.monotonic()
            _make(image, source, log)
            _keep(image, source, wanted, kept)
            say(f"{image.name}: built in {time.monotonic() - started:.0f} s")
        _install(kept, image.folder)
        record = built(image)
    if record is None:
        raise BuildError(f"{image.name}: the build left nothing in {image.folder}")
    return record


def _work(image: Image) -> Path:
    return ROOT / "build/work" / image.name


def _make(image: Image, source: Source, log: Path) -> None:
    """Run the port's Makefile."""
    cross = source.path / "mpy-cross/build/mpy-cross"
    with locked(cache_root()):
        run(["make", "-C", str(source.path / "mpy-cross"), f"-j{_JOBS}"], log)
    _clean(image)
    port = source.path / "ports" / ("unix" if image.port == "unix" else "qemu")
    command = [
        "make", "-C", str(port), f"-j{_JOBS}", f"BUILD={_work(image) / 'build'}", f"USER_C_MODULES={_modules(image)}",
        f"FROZEN_MANIFEST={image.manifest}", f"MICROPY_MPYCROSS={cross}", f"MICROPY_MPYCROSS_DEPENDENCY={cross}",
        f"MPY_LIB_DIR={source.path}",  # the Makefile wants a README.md there; nothing of it is frozen
        *image.make_flags(),
    ]  # fmt: skip
    run(command, log)


def _clean(image: Image) -> None:
    """Drop of an earlier build what make would take for new."""
    work = _work(image)
    mark, wanted = work / "flags", image.flags_hash()
    if not mark.is_file() or mark.read_text() != wanted:
        shutil.rmtree(work / "build", ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True)
        mark.write_text(wanted)
    # what was frozen once stays there, and would be counted
    shutil.rmtree(work / "build/frozen_mpy", ignore_errors=True)


def _modules(image: Image) -> Path:
    """A folder of links to the image's C modules, as the port's Makefile wants them."""
    folder = _work(image) / "cmodules"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for module in image.modules():
        (folder / module.name).symlink_to(module)
    return folder


def _keep(image: Image, source: Source, wanted: str, kept: Path) -> None:
    """Put a finished image and its record into the cache, in one step."""
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.mkdir(parents=True)
    built_program = _work(image) / "build" / image.program.name
    shutil.copy2(built_program, fresh / image.program.name)
    sizes = size_report(image, _work(image) / "build")
    record = {
        "image": image.name,
        "hash": wanted,
        "files": image.files_hash(),
        "micropython": source.version,
        "compiler": compiler_version(image.compiler),
        "kernels": "c" if image.kernels_in_c else "viper",
        **sizes,
    }
    (fresh / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    with locked(cache_root()):
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)


def _install(kept: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
