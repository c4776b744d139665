"""`python -m firmware_sim.images [NAME …]`: build images (all by default) and tell their sizes."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .building import build
from .errors import BuildError, ImageError
from .package import kept_package
from .recipe import IMAGES, ROOT, Image, image_named
from .source import find_source


def main() -> int:
    """Run the command; 0 when every image asked for is there."""
    parser = argparse.ArgumentParser(prog="make firmware", description="Build MicroPython with the firmware frozen in.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(IMAGES)} (default: all)")
    parser.add_argument("--modules", action="store_true", help="also list the frozen bytes of each firmware module")
    args = parser.parse_args()
    log = ROOT / "build/firmware.log"
    try:
        source = find_source(log)
        images = _wanted(args.names)
        for image in images:
            record = build(image, source, log, lambda text: print(text, flush=True))
            _print_sizes(record, args.modules)
        for port in sorted({image.port for image in images}):
            kept_package(port)  # what slot 0 of such a device holds: nobody has to wait for it then
    except ImageError as error:
        print(f"make firmware: {error}", file=sys.stderr)
        return 1
    return 0


def _wanted(names: list[str]) -> list[Image]:
    """The images of these names; without names all that this machine can build, and a line on those it cannot."""
    if names:
        return [image_named(name) for name in names]
    found = []
    for name in IMAGES:
        try:
            found.append(image_named(name))
        except BuildError as error:
            print(f"{name}: left out; {error}", flush=True)
    return found


def _print_sizes(record: dict[str, Any], modules: bool) -> None:
    sizes = record["size"]
    print(
        f"{record['image']:10} {record['hash']}  MicroPython {record['micropython']}, {record['kernels']:5} kernels  "
        f"text {sizes['text']:7}  data {sizes['data']:5}  bss {sizes['bss']:6}  frozen {record['frozen']['total']:6}"
    )
    if modules:
        for name, size in sorted(record["frozen"]["modules"].items(), key=lambda item: -item[1]):
            print(f"    {size:7}  {name}")


if __name__ == "__main__":
    sys.exit(main())
