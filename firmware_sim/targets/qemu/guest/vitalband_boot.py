"""What the emulated board runs at start, as told by the simulator: the firmware, a script, or nothing but the REPL."""

import sys

import vfs
from bridged import link
from bridged.files import FileSystem


def _run(mode: str, argument: str) -> None:
    if mode == "script":
        with open(argument) as file:
            exec(file.read(), {"__name__": "__main__"})
    elif mode == "firmware":
        from firmware import main

        main.run()


def boot() -> None:
    """Connect, mount the flash files and run; what the firmware dies of is told on the console and to the simulator."""
    mode, argument = link.connect()
    if sys.platform != "qemu":
        vfs.umount("/")
    vfs.mount(FileSystem(), "/")
    try:
        _run(mode, argument)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        sys.print_exception(error)
        link.died(error)


boot()
