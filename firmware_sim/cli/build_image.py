"""`vitalband build-image`: the firmware as a signed image, for `vitalband flash` and any tool that speaks SMP."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

TARGETS = ("cpython", "unix", "qemu-m3", "qemu-m4")  # images.package: CORES


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "build-image",
        help="make a signed image of the firmware, to be flashed",
        description="Make a signed image of the firmware: the same sources, key and figures give the same bytes.",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to (default: build/vitalband-VERSION-TARGET.img)"
    )
    parser.add_argument("--target", choices=TARGETS, default=TARGETS[0], help="what it is to run on")
    parser.add_argument(
        "--firmware", type=Path, metavar="DIR", help="folder of the firmware's sources (default: this checkout's)"
    )
    parser.add_argument("--version", metavar="V", help="major.minor.revision[+build] (default: what the sources say)")
    parser.add_argument(
        "--security-counter", type=int, default=0, metavar="N", help="a device takes no lower one (default: 0)"
    )
    parser.add_argument(
        "--key", type=Path, metavar="PEM", help="ed25519 key to sign with (default: this computer's, made when needed)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when the image is there."""
    from ..images.errors import ImageError

    try:
        facts = build(args)
    except (ImageError, ValueError, OSError) as error:
        print(f"vitalband build-image: {' '.join(words(error).split())}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(facts))
    else:
        print(f"{facts['path']}: version {facts['version']} for {facts['board']}, {facts['bytes']} bytes")
        print(f"  hash {facts['hash']}")
    return 0


def words(error: Exception) -> str:
    """What went wrong; of a file its name, and not the system's number."""
    if isinstance(error, OSError) and error.filename and error.errno:
        return f"{error.filename}: {os.strerror(error.errno)}"
    return str(error)


def build(args: argparse.Namespace) -> dict[str, object]:
    """Make the image; what it is. ImageError, ValueError or OSError where that fails."""
    from ..bootloader.image import read_image
    from ..bootloader.keys import signing_key
    from ..bootloader.signing import sign
    from ..images.package import board_of, build_package, parse_version, version_of
    from ..images.recipe import FIRMWARE

    firmware = args.firmware or FIRMWARE
    version = parse_version(args.version) if args.version else version_of(firmware)
    data = sign(
        build_package(args.target, firmware),
        signing_key(args.key),
        version=version,
        board=board_of(args.target),
        security_counter=args.security_counter,
    )
    image = read_image(data)
    path = args.out or Path("build") / f"vitalband-{image.version_text}-{args.target}.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {
        "path": str(path),
        "version": image.version_text,
        "board": board_of(args.target),
        "bytes": len(data),
        "hash": image.digest.hex(),
    }
