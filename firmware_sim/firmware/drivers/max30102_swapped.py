"""A MAX30102 on a module whose red and infrared LED are wired the wrong way round: a board chooses it."""

from micropython import const

from .max30102 import Max30102

_SLOTS = const(0x11)
_LED1_PA = const(0x0C)
#: Multi-LED Mode Control: slot 1 is LED2, slot 2 is LED1.
_LED2_LED1 = b"\x12\x00"


class Max30102Swapped(Max30102):
    """As a `Max30102`: the chip itself swaps the channels, in multi-LED mode."""

    #: Mode Configuration while it converts: multi-LED mode.
    MODE = b"\x07"

    def configure(self) -> None:
        """Check the part, reset and set up; OSError where no such chip answers."""
        super().configure()
        self._write(_SLOTS, _LED2_LED1)

    def set_steps(self, steps: "bytes | bytearray") -> None:
        """LED currents of red and infrared in steps of 0.2 mA."""
        self._write(_LED1_PA, bytes((steps[1], steps[0])))
