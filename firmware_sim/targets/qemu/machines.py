"""Which machines there are to run the firmware on, and how each is started."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...images.building import built
from ...images.recipe import IMAGES, LARGEST_HEAP, Image
from ...mcu.heap import DEFAULT_BUDGET
from ..names import TARGETS, image_name
from .errors import EmulatorMissingError, StaleImageError

#: Heap that the firmware is given where nobody asks for another, as on the simulated MCU; the least that starts at all.
DEFAULT_HEAP = DEFAULT_BUDGET
LEAST_HEAP = 16 * 1024
CONSOLE = "console"
#: Where an image's payload is, as the NOR flash would be mapped: PSRAM of the MPS2.
PAYLOAD_AT = 0x21000000
#: Heap for the code of an image: MicroPython copies native code and unaligned tables there, which frozen code has in
#: flash.
IMAGE_HEAP = 384 * 1024
_MACHINES = {"qemu-m3": "mps2-an385", "qemu-m4": "mps2-an386"}


@dataclass(frozen=True)
class Launch:
    """A command, and whether its console is a terminal of its own."""

    command: list[str]
    has_terminal: bool


def image_of(target: str, role: str = "band") -> Image:
    """The image of a target and a role; ValueError for no such target, or none of that role.

    EmulatorMissingError where it is not built, StaleImageError where it was built from other sources than these.
    """
    if TARGETS.get(target) is None:
        raise ValueError(f"no target {target!r} with an image (there are {', '.join(TARGETS)})")
    image = IMAGES[image_name(target, role) or ""]
    record = built(image)
    if record is None:
        raise EmulatorMissingError(f"there is no image {image.name}: run `make firmware`")
    if record.get("files") != _files_hash(image.name):
        raise StaleImageError(f"the image {image.name} is not of these sources: run `make firmware`")
    return image


@cache
def _files_hash(name: str) -> str:
    return IMAGES[name].files_hash()


def launch(image: Image, log: Path, heap: int, payload: Path | None = None) -> Launch:
    """How `image` is started with a heap of `heap` bytes, and `payload` in its memory.

    ValueError for a heap that no image has, EmulatorMissingError where the emulator is not installed.
    """
    if not LEAST_HEAP <= heap <= LARGEST_HEAP:
        raise ValueError(f"a heap of {heap} bytes is not {LEAST_HEAP} to {LARGEST_HEAP}")
    if image.port == "unix":
        # it has no memory but the heap for a payload
        heap += payload.stat().st_size if payload else 0
        # in words of 64 bit, which some objects need more of than of 32 bit: a quarter more
        command = [str(image.program), "-X", f"heapsize={heap * 5 // 4}w", "-m", "_main"]
        return Launch(command, has_terminal=False)
    emulator = os.environ.get("VITALBAND_QEMU") or shutil.which("qemu-system-arm")
    if not emulator:
        raise EmulatorMissingError("qemu-system-arm is not installed: run `make firmware`, or install QEMU for ARM")
    command = [
        emulator, "-machine", _MACHINES[image.port], "-display", "none", "-monitor", "none", "-no-reboot",
        "-chardev", f"pty,id={CONSOLE},logfile={log}", "-serial", f"chardev:{CONSOLE}",
        "-semihosting-config", f"enable=on,target=native,arg=vitalband,arg={heap}",
        # time on the core is instructions executed: the same count in every run
        "-icount", "shift=0,sleep=off",
        "-kernel", str(image.program),
    ]  # fmt: skip
    if payload is not None:
        command += ["-device", f"loader,file={payload},addr={PAYLOAD_AT:#x},force-raw=on"]
    return Launch(command, has_terminal=True)
