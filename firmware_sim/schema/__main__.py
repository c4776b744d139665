"""`python -m firmware_sim.schema [--check]`: write the generated files, or say which differ."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from . import firmware_codec, page, sdk_codec
from .model import Schema, load

ROOT = Path(__file__).resolve().parents[2]

TARGETS: dict[Path, Callable[[Schema], str]] = {
    ROOT / "firmware_sim/firmware/wire_gen.py": firmware_codec.render,
    ROOT / "host_sdk/wire_gen.py": sdk_codec.render,
    ROOT / "docs/protocol.md": page.render,
}


def stale() -> list[Path]:
    """Generated files that differ from what the schema says now."""
    schema = load()
    return [p for p, render in TARGETS.items() if not p.exists() or p.read_text(encoding="utf-8") != render(schema)]


def main(argv: list[str]) -> int:
    """Write, or with --check only compare; 0 when nothing is stale afterwards."""
    paths = stale()
    if "--check" in argv:
        for path in paths:
            print(f"stale: {path.relative_to(ROOT)} (run `make gen`)", file=sys.stderr)
        return 1 if paths else 0
    schema = load()
    for path in paths:
        path.write_text(TARGETS[path](schema), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
