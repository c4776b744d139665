"""How flashing fails when the link did not."""

from __future__ import annotations

from ..errors import VitalbandError


class FlashRefused(VitalbandError):  # noqa: N818 - says what happened
    """The device, or its bootloader, does not take the image; what ran goes on."""


class NotSupported(FlashRefused):
    """The device does not know such a request."""


class FlashReverted(VitalbandError):  # noqa: N818 - says what happened
    """The new firmware failed its test; what ran before runs again."""


class AnotherDevice(VitalbandError):  # noqa: N818 - says what happened
    """Behind the address is another device than at the start; nothing was done to it."""
