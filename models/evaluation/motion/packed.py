"""Text files that may be packed."""

from __future__ import annotations

import lzma
from pathlib import Path

from ..core.errors import CaseError


def text_of(path: Path) -> str:
    """What a file says, which may lie there as `.xz` instead; raises CaseError."""
    packed = path.with_name(f"{path.name}.xz")
    try:
        content = lzma.decompress(packed.read_bytes()) if packed.is_file() else path.read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error
