"""The emulated board from start to firmware: what to run is told by the simulator."""

import sys

import vfs  # type: ignore[import-not-found]

from . import link
from .files import FileSystem

_todo: "list[str]" = []
# what was read before a computer's own files were gone
_files: "list[bytes]" = []


def start() -> None:
    """Connect and mount the flash files; harmless when called again."""
    if _todo:
        return
    _todo.extend(link.connect())
    if sys.platform != "qemu":
        if _todo[0] == "image":
            with open(_todo[1], "rb") as file:
                _files.append(file.read())
        vfs.umount("/")  # a computer's own files are none of a board's
    vfs.mount(FileSystem(), "/")


def _mount_image(where: str) -> None:
    """Have the firmware of an image (a ROMFS) imported before the one that is frozen in.

    `where` is its address and its length in memory, as the NOR flash would be mapped, or a file of this computer.
    """
    if _files:
        memory = _files.pop()
    else:
        import uctypes  # type: ignore[import-not-found]

        address, length = where.split(" ")
        memory = uctypes.bytearray_at(int(address), int(length))
    vfs.mount(vfs.VfsRom(memory), "/image")
    sys.path.insert(0, "/image")


def run() -> None:
    """Run the firmware, or a script; what it dies of is told on the console and to the simulator."""
    mode, argument = _todo[0], _todo[1]
    try:
        if mode == "script":
            with open(argument) as file:
                exec(file.read(), {"__name__": "__main__"})
        elif mode in ("firmware", "image"):
            if mode == "image":
                _mount_image(argument)
            from firmware import main  # type: ignore[import-not-found]

            if _todo[2]:
                main.run(*_todo[2].split(" "))
            main.run()  # without arguments, which would lie on the heap of a band
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        sys.print_exception(error)  # type: ignore[attr-defined]
        link.died(error)
