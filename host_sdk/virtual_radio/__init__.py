"""A bleak backend on a virtual radio: stock bleak code reaches devices on a simulated air.

In a test: ``async with simulated("sim:") as name``. Explicit: ``BleakClient(device, backend=client_backend(spec))``.
For code that knows nothing of it: `install`.
"""

from __future__ import annotations

import logging
import sys

from ..errors import MissingExtra
from ..extras import check_versions, missing_extra

try:
    check_versions("sim", "bleak")
    from .adapter import RadioSpec
    from .client import VirtualClient
    from .installing import ENVIRONMENT, client_backend, install, scanner_backend, uninstall
    from .scanner import VirtualScanner
    from .simulated import simulated
except (ImportError, MissingExtra) as error:
    missing = error if isinstance(error, MissingExtra) else missing_extra(error)
    if missing is None:
        raise
    if sys.argv[:1] == ["-m"] and __name__ in sys.orig_argv:  # it is the program: nobody is there who could catch it
        sys.exit(f"{__name__}: {missing}")
    raise missing from error

__all__ = [
    "ENVIRONMENT",
    "RadioSpec",
    "VirtualClient",
    "VirtualScanner",
    "client_backend",
    "install",
    "scanner_backend",
    "simulated",
    "uninstall",
]

# bumble's own words are for who asks for them
logging.getLogger("bumble").addHandler(logging.NullHandler())
