"""The targets that one suite runs on, and what a test says that needs one of them."""

from __future__ import annotations

import pytest

from firmware_sim.targets.names import IN_C, STOCK
from firmware_sim.targets.qemu.errors import EmulatorMissingError, StaleImageError
from firmware_sim.targets.qemu.machines import image_of

__all__ = ["IN_C", "STOCK", "need", "parameters"]


def parameters(*targets: str) -> list[object]:
    """Targets as test parameters; emulated ones bear the marker `qemu`."""
    return [t if t == "cpython" else pytest.param(t, marks=pytest.mark.qemu) for t in targets]


def need(target: str, role: str = "band") -> None:
    """Skip, with the reason, where the image of `target` as `role` is not built; fail where it is of other sources."""
    if target == "cpython":
        return
    try:
        image_of(target, role)
    except EmulatorMissingError as error:
        pytest.skip(error.what)
    except StaleImageError as error:
        pytest.fail(error.what)
