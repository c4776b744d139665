"""vitalband's firmware with the simulated MCU, chips and world that run it on a computer."""

from __future__ import annotations

import sys

from .mcu import micropython, tflite

# Firmware modules say `from micropython import const`; on CPython they get this one.
sys.modules.setdefault("micropython", micropython)
# Networks run there, through the firmware's own interface; a board has no such module.
sys.modules.setdefault("vitalband_tflite", tflite)
