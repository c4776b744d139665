"""The one table of targets: pyproject's entry points, the command line, benchmarks and tests take them from here."""

from __future__ import annotations

from dataclasses import dataclass

from ..images.recipe import IMAGES


@dataclass(frozen=True)
class Role:
    """What a device is: its board, and what its name begins with."""

    board: str
    name: str


#: By the name of its file in `firmware/roles`.
ROLES = {"band": Role("reference", "vitalband"), "helmet": Role("helmet", "helmet")}

#: Target: the image it runs as a band, None: the firmware in this process. `qemu` is short for the smallest Cortex-M.
_OF_BANDS = {name: image for name, image in IMAGES.items() if image.role == "band"}
TARGETS: dict[str, str | None] = {"cpython": None, "qemu": "qemu-m3", **{name: name for name in _OF_BANDS}}
#: Every runtime once, with stock kernels, and with kernels in C.
STOCK = ("cpython", *(name for name, image in _OF_BANDS.items() if not image.kernels_in_c))
IN_C = tuple(name for name, image in _OF_BANDS.items() if image.kernels_in_c)
#: Emulated microcontrollers, whose instructions can be counted.
CORES = tuple(name for name, image in _OF_BANDS.items() if image.port != "unix")


def image_name(target: str, role: str = "band") -> str | None:
    """The image that a target runs as `role`, None for `cpython`; ValueError where no image of its has that role."""
    name = _name(target, role)
    if name is not None and name not in IMAGES:
        able = [other for other in TARGETS if _name(other, role) in (None, *IMAGES)]
        raise ValueError(f"a {role} runs on the targets {', '.join(able)}, not on {target}")
    return name


def _name(target: str, role: str) -> str | None:
    name = TARGETS[target]
    return name if name is None or role == "band" else f"{name}-{role}"
