"""The emulated board from start to firmware: what to run is told by the simulator."""

import sys

import vfs  # type: ignore[import-not-found]

from . import link
from .files import FileSystem

_todo: "list[str]" = []


def start() -> None:
    """Connect and mount the flash files; harmless when called again."""
    if _todo:
        return
    _todo.extend(link.connect())
    if sys.platform != "qemu":
        vfs.umount("/")  # a computer's own files are none of a board's
    vfs.mount(FileSystem(), "/")


def run() -> None:
    """Run the firmware, or a script; what it dies of is told on the console and to the simulator."""
    mode, argument = _todo
    try:
        if mode == "script":
            with open(argument) as file:
                exec(file.read(), {"__name__": "__main__"})
        elif mode == "firmware":
            from firmware import main  # type: ignore[import-not-found]

            main.run()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        sys.print_exception(error)  # type: ignore[attr-defined]
        link.died(error)
