"""vitalband's firmware with the simulated MCU, chips and world that run it on a computer."""

from __future__ import annotations

import sys

from .mcu import micropython

# Firmware modules say `from micropython import const`; on CPython they get this one.
sys.modules.setdefault("micropython", micropython)
