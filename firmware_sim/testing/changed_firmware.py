"""The firmware with a few words changed, as the next release would have them."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..firmware.version import VERSION
from ..images.recipe import FIRMWARE

#: What the firmware calls itself, and where.
_NAMED_IN, _NAME = "services/smp/os_group.py", '("s", "vitalband")'


def changed_firmware(folder: Path, version: str, name: str = "vitalband") -> Path:
    """A copy of the sources, in `folder`, of another version, that calls itself `name` in its application info."""
    made = folder / "firmware"
    shutil.copytree(FIRMWARE, made, ignore=shutil.ignore_patterns("__pycache__"))
    for path, before, after in (
        ("version.py", f'"{VERSION}"', f'"{version}"'),
        (_NAMED_IN, _NAME, f'("s", "{name}")'),
    ):
        text = (made / path).read_text(encoding="utf-8")
        if before not in text:
            raise ValueError(f"{path} has no {before}")
        (made / path).write_text(text.replace(before, after), encoding="utf-8")
    return made
