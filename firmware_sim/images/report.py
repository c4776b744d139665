"""How large an image is: by section, and by frozen module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import BuildError
from .running import output

if TYPE_CHECKING:
    from .recipe import Image


def size_report(image: Image, build: Path) -> dict[str, Any]:
    """`size` (bytes of text, data, bss) and `frozen` (bytes in all and of each module of the firmware)."""
    tool = "size" if image.port == "unix" else "arm-none-eabi-size"
    fields = output([tool, str(build / image.program.name)]).splitlines()[1].split()
    modules = frozen_modules(build)
    return {
        "size": dict(zip(("text", "data", "bss"), map(int, fields[:3]), strict=False)),
        "frozen": {"total": sum(modules.values()), "modules": modules},
    }


def frozen_modules(build: Path) -> dict[str, int]:
    """Bytes of each frozen module as `mpy-cross` left it, by name; BuildError where nothing is frozen."""
    folder = build / "frozen_mpy"
    sizes = {str(path.relative_to(folder).with_suffix(".py")): path.stat().st_size for path in folder.rglob("*.mpy")}
    if not sizes:
        raise BuildError(f"nothing is frozen in {build}")
    return dict(sorted(sizes.items()))
