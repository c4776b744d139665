"""The one table of targets: pyproject's entry points, the command line, benchmarks and tests take them from here."""

from __future__ import annotations

from dataclasses import dataclass

from ..images.recipe import IMAGES


@dataclass(frozen=True)
class Role:
    """What a device is: its board, what its name begins with, and whether images have it."""

    board: str
    name: str
    in_images: bool


#: By the name of its file in `firmware/roles`.
ROLES = {"band": Role("reference", "vitalband", True), "helmet": Role("helmet", "helmet", False)}

#: Target: the image it runs, None: the firmware in this process. `qemu` is short for the smallest Cortex-M.
TARGETS: dict[str, str | None] = {"cpython": None, "qemu": "qemu-m3", **{name: name for name in IMAGES}}
#: Every runtime once, with stock kernels, and with kernels in C.
STOCK = ("cpython", *(name for name, image in IMAGES.items() if not image.kernels_in_c))
IN_C = tuple(name for name, image in IMAGES.items() if image.kernels_in_c)
#: Emulated microcontrollers, whose instructions can be counted.
CORES = tuple(name for name, image in IMAGES.items() if image.port != "unix")
