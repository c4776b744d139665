"""Why an image is not started."""

from __future__ import annotations

from enum import IntEnum


class Refusal(IntEnum):
    """What is wrong with an image, or with the moment; the numbers are in the notes on flash."""

    NONE = 0
    NO_IMAGE = 1
    MALFORMED = 2
    DIGEST = 3
    KEY = 4
    SIGNATURE = 5
    TLV = 6
    BOARD = 7
    SECURITY_COUNTER = 8
    VERSION = 9
    BATTERY = 10


class ImageRefusedError(Exception):
    """An image that is not started: `refusal` and, in words, what exactly."""

    def __init__(self, refusal: Refusal, what: str) -> None:
        super().__init__(what)
        self.refusal = refusal


class NoFirmwareError(Exception):
    """No image is started: the recovery console has the cable instead."""


class NoBootableImageError(NoFirmwareError):
    """Neither slot holds an image that may be started."""


class RecoveryRequestedError(NoFirmwareError):
    """The firmware that ran asked for the recovery console (`boot_mode` 1)."""
