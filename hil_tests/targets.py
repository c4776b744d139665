"""The targets that one suite runs on, and what a test says that needs one of them."""

from __future__ import annotations

from functools import cache

import pytest

from firmware_sim.images.building import built
from firmware_sim.images.recipe import IMAGES
from firmware_sim.targets.qemu.machines import TARGETS

#: Every runtime of the firmware, stock kernels: the simulated MCU, MicroPython here, and on both Cortex-M cores.
STOCK = ("cpython", "unix", "qemu-m3", "qemu-m4")
#: The same with the kernels in C.
IN_C = ("unix-c", "qemu-m3-c", "qemu-m4-c")


def parameters(*targets: str) -> list[object]:
    """Targets as test parameters; emulated ones bear the marker `qemu`."""
    return [t if t == "cpython" else pytest.param(t, marks=pytest.mark.qemu) for t in targets]


def need(target: str) -> None:
    """Skip, with the reason, where the image of `target` has not been built; fail where it is of other sources."""
    if target == "cpython":
        return
    image = IMAGES[TARGETS[target]]
    record = built(image)
    if record is None:
        pytest.skip(f"no image {image.name}: run `make firmware`")
    if record["files"] != _files_hash(image.name):
        pytest.fail(f"the image {image.name} is not of these sources: run `make firmware`")


@cache
def _files_hash(name: str) -> str:
    return IMAGES[name].files_hash()
