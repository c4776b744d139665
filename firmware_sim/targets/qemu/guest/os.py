"""`os` of the emulated board: MicroPython's own, with the random numbers of the simulated chip."""

from bridged.link import call
from uos import *


def urandom(n: int) -> bytes:
    """Random bytes."""
    return call("os.urandom", n)
