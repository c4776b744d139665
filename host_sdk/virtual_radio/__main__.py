"""Runs a script or module with the virtual radio in bleak: ``VITALBAND_AIR=… python -m host_sdk.virtual_radio TOOL …``.

TOOL is a script's path, or ``-m MODULE``; what follows are its own arguments.
"""

from __future__ import annotations

import runpy
import sys

from . import install


def main() -> int:
    """Install and run; 2 where it is not said what."""
    arguments = sys.argv[1:]
    is_module = arguments[:1] == ["-m"]
    tool = arguments[1:] if is_module else arguments
    if not tool:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    try:
        install()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    sys.argv = tool
    if is_module:
        runpy.run_module(tool[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(tool[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
