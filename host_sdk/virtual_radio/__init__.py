"""A bleak backend on a virtual radio: stock bleak code reaches devices on a simulated air.

In a test: ``async with simulated("sim:") as name``. Explicit: ``BleakClient(device, backend=client_backend(spec))``.
For code that knows nothing of it: `install`.
"""

from __future__ import annotations

import logging

from ..extras import missing_extra

try:
    from .adapter import RadioSpec
    from .client import VirtualClient
    from .installing import ENVIRONMENT, client_backend, install, scanner_backend, uninstall
    from .scanner import VirtualScanner
    from .simulated import simulated
except ImportError as error:
    missing = missing_extra(error)
    if missing is None:
        raise
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
