"""The virtual radio: an air that controllers share, served to other processes, and the MCU's own radio on it."""

from __future__ import annotations

import logging

from .air import Air
from .controller import AirController
from .radio import Radio, RadioError
from .server import AirServer

__all__ = ["Air", "AirController", "AirServer", "Radio", "RadioError"]

# bumble warns of what is normal on an air, such as a packet to a host that has just gone
logging.getLogger("bumble").addHandler(logging.NullHandler())
