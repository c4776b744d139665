"""The firmware on real MicroPython: on an emulated Cortex-M in QEMU, or on MicroPython for this computer."""

from __future__ import annotations

from .errors import (
    BridgeError,
    ConsoleFloodedError,
    CoreCrashedError,
    CoreHungError,
    EmulatorError,
    EmulatorMissingError,
    FirmwareDiedError,
)

__all__ = [
    "BridgeError",
    "ConsoleFloodedError",
    "CoreCrashedError",
    "CoreHungError",
    "EmulatorError",
    "EmulatorMissingError",
    "FirmwareDiedError",
]
