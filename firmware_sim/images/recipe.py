"""Which images there are and what each is made of."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

from .errors import BuildError
from .running import output
from .source import Source

HERE = Path(__file__).resolve().parent
BOARDS = HERE / "boards"
ROOT = HERE.parents[1]
FIRMWARE = HERE.parent / "firmware"
GUEST = HERE.parent / "targets/qemu/guest"
CMODULES = HERE.parent / "cmodules"
BUILT = ROOT / "build/firmware"
#: C modules of every image, and those that replace viper kernels.
_ALWAYS = ("emulated/bridge",)
_KERNELS = ("kernels/nn", "kernels/dsp")
#: Bytes of heap that an emulated core has room for; how much of it the firmware gets is said when it is started.
LARGEST_HEAP = 1 << 20
_UNIX_FLAGS = (
    "VARIANT=standard", "MICROPY_PY_SSL=0", "MICROPY_SSL_AXTLS=0", "MICROPY_SSL_MBEDTLS=0", "MICROPY_PY_BTREE=0",
    "MICROPY_PY_FFI=0", "MICROPY_PY_THREAD=0", "MICROPY_STANDALONE=0", "MICROPY_FORCE_32BIT=1",
    "MPY_CROSS_FLAGS=-march=x86",
)  # fmt: skip


@dataclass(frozen=True)
class Image:
    """One image: a port of MicroPython with the firmware of a role, with or without the kernels in C."""

    name: str
    port: str
    kernels_in_c: bool = False
    role: str = "band"

    @property
    def folder(self) -> Path:
        """Where the finished image lies."""
        return BUILT / self.name

    @property
    def program(self) -> Path:
        """What is started."""
        return self.folder / ("micropython" if self.port == "unix" else "firmware.elf")

    @property
    def compiler(self) -> str:
        """C compiler it is built with."""
        return "gcc" if self.port == "unix" else "arm-none-eabi-gcc"

    @property
    def manifest(self) -> Path:
        """What says which modules are frozen into it."""
        kind = "_c" if self.kernels_in_c else "" if self.role == "band" else f"_{self.role}"
        return HERE / f"manifest{kind}.py"

    def modules(self) -> list[Path]:
        """C modules that are built in."""
        wanted = _ALWAYS + (_KERNELS if self.kernels_in_c else ())
        return [CMODULES / name for name in wanted]

    def make_flags(self) -> list[str]:
        """Arguments for the port's Makefile beside those that every image has."""
        if self.port == "unix":
            return list(_UNIX_FLAGS)
        board = [f"BOARD={self.port}", f"BOARD_DIR={BOARDS / self.port}"]
        return [*board, f"MICROPY_HEAP_SIZE={LARGEST_HEAP}", "MICROPY_VFS_LFS2=1"]

    def content_hash(self, source: Source) -> str:
        """What the image is made of, as 16 hex digits: the same digits, the same image."""
        tools = f"{source.version} {source.path} {self} {compiler_version(self.compiler)}"
        return hashlib.sha256(f"{tools} {self.files_hash()}".encode()).hexdigest()[:16]

    def files_hash(self) -> str:
        """The project's own part of that."""
        return _hash_of(FIRMWARE, GUEST, *self.modules(), HERE)

    def flags_hash(self) -> str:
        """What its compilers are called with, of which make sees no change."""
        return hashlib.sha256(f"{self.make_flags()} {_hash_of(BOARDS)}".encode()).hexdigest()[:16]


def _hash_of(*folders: Path) -> str:
    """Digits of all files in these folders, names and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


IMAGES = {
    image.name: image
    for port in ("unix", "qemu-m3", "qemu-m4")
    for image in (
        Image(port, port),
        Image(f"{port}-c", port, kernels_in_c=True),
        Image(f"{port}-helmet", port, role="helmet"),
    )
}


def compiler_version(compiler: str) -> str:
    """Version of a compiler; BuildError where it is missing."""
    return output([compiler, "-dumpfullversion"]).strip()


def image_named(name: str) -> Image:
    """The image of that name; BuildError where there is none or it cannot be built on this machine."""
    image = IMAGES.get(name)
    if image is None:
        raise BuildError(f"no image {name!r}; there are {', '.join(IMAGES)}")
    if image.port == "unix" and platform.machine() not in ("x86_64", "i686"):
        raise BuildError(
            "MicroPython unix is built for 32-bit x86, whose viper code has the words of a microcontroller"
        )
    return image
