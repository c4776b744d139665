"""The simulated MCU: MicroPython's own modules for CPython, on a virtual clock."""

from __future__ import annotations

from .clock import Clock, Event
from .loader import load_board
from .mcu import Mcu
from .modules import modules_of
from .reset import McuReset

__all__ = ["Clock", "Event", "Mcu", "McuReset", "load_board", "modules_of"]
