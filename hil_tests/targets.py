"""The targets that one suite runs on, and what a test says that needs one of them."""

from __future__ import annotations

import pytest

from firmware_sim.targets.qemu.errors import EmulatorMissingError, StaleImageError
from firmware_sim.targets.qemu.machines import image_of

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
    try:
        image_of(target)
    except EmulatorMissingError as error:
        pytest.skip(error.what)
    except StaleImageError as error:
        pytest.fail(error.what)
