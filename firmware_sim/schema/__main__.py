"""`python -m firmware_sim.schema [--check]`: write the generated files and literals, or say which differ."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from . import firmware_codec, front_ends, page, sdk_codec, sdk_models
from .errors import SchemaError
from .literals import Origins, constants, rewrite
from .loading import SCHEMA, load
from .model import Schema
from .names import check_names

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = Path("firmware_sim/firmware")
#: Where literals may repeat a generated constant.
LITERALS = (FIRMWARE, Path("firmware_sim/cmodules"))


def generated(schema: Schema) -> dict[Path, str]:
    """Text of each generated file, by path below the root; raises SchemaError."""
    renders = {
        FIRMWARE / "wire_gen.py": firmware_codec.render,
        Path("host_sdk/wire_gen.py"): sdk_codec.render,
        Path("host_sdk/models_gen.py"): sdk_models.render,
        Path("docs/protocol.md"): page.render,
    }
    for sensor in front_ends.sensors(schema):
        renders[FIRMWARE / f"frontends/{sensor}_gen.py"] = partial(front_ends.render, sensor=sensor)
    files = {path: render(schema) for path, render in renders.items()}
    for path, text in files.items():
        if path.suffix == ".py":
            check_names(str(path), text)
    return files


def origins_of(files: dict[Path, str]) -> Origins:
    """Constants of the firmware's files, by the name that literals give as their origin."""
    return {
        ".".join(path.relative_to(FIRMWARE).with_suffix("").parts).removesuffix("_gen"): constants(text)
        for path, text in files.items()
        if path.is_relative_to(FIRMWARE) and path.suffix == ".py"
    }


def _sources(root: Path) -> list[Path]:
    files = [path for folder in LITERALS for path in sorted((root / folder).rglob("*.*"))]
    return [path for path in files if path.suffix in (".py", ".c", ".h") and not path.stem.endswith("_gen")]


def stale(root: Path = ROOT, schema: Path = SCHEMA) -> dict[Path, str]:
    """Files that differ from what the schema says now, and their text as it should be; raises SchemaError."""
    files = generated(load(schema))
    sources = {path.relative_to(root): path.read_text(encoding="utf-8") for path in _sources(root)}
    origins = origins_of({**sources, **files})
    wanted = {root / path: text for path, text in files.items()}
    wanted |= {root / path: rewrite(str(path), text, origins) for path, text in sources.items()}
    return {p: text for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text}


def main(argv: list[str], root: Path = ROOT, schema: Path = SCHEMA) -> int:
    """Write, or with --check only compare; 0 when nothing is stale afterwards."""
    try:
        files = stale(root, schema)
    except SchemaError as error:
        print(f"schema: {error}", file=sys.stderr)
        return 1
    if "--check" in argv:
        for path in files:
            print(f"stale: {path.relative_to(root)} (run `make gen`)", file=sys.stderr)
        return 1 if files else 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
