"""`python -m firmware_sim.targets.qemu.heap_left`: starts every image and tells what it leaves of the heap."""

from __future__ import annotations

import json
import sys
from typing import Any

from ...images.building import RECORD, built
from ...images.recipe import IMAGES, Image
from ...world.wearer import PRESETS, Wearer
from .errors import EmulatorError, StaleImageError
from .machines import DEFAULT_HEAP
from .simulation import EmulatedSimulation

_RUN_US = 2_000_000


def heap_left(image: Image) -> dict[str, int]:
    """Bytes of heap of `image` two seconds after its start: `size`, `held`, `left`, in the largest free piece."""
    world = Wearer(PRESETS["resting"], seed=0)
    simulation = EmulatedSimulation(world, image.name.removesuffix(f"-{image.role}"), role=image.role)
    try:
        simulation.advance(_RUN_US)
        figures = simulation.heap_figures()
    finally:
        simulation.close()
    return {
        "size": DEFAULT_HEAP, "held": figures.held, "left": figures.free, "largest_free": figures.largest_free,
    }  # fmt: skip


def main() -> int:
    """Measure, print and add to each image's record; 0 when every image starts."""
    for image in IMAGES.values():
        record: dict[str, Any] | None = built(image)
        if record is None:
            continue
        try:
            record["heap"] = heap = heap_left(image)
        except StaleImageError:
            continue  # only some images were asked for
        except EmulatorError as error:
            print(f"make firmware: {image.name}: {error}", file=sys.stderr)
            return 1
        (image.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n")
        print(f"{image.name:10} heap left {heap['left']} of {heap['size']} bytes, largest piece {heap['largest_free']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
