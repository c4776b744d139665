"""Which errors end a `ReconnectingClient` for good, and which it tries again after."""

from __future__ import annotations

from dataclasses import dataclass

from . import errors
from .wire_gen import Error


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an error is final, and why."""

    final: bool
    reason: str


#: Of each class of error; one without an entry has its parent's.
VERDICTS: dict[type[errors.VitalbandError], Verdict] = {
    errors.VitalbandError: Verdict(False, "nothing says that it will not pass"),
    errors.ConnectError: Verdict(False, "the device may come into reach, its port or the radio may become free"),
    errors.ConnectionLost: Verdict(False, "links come back"),
    errors.ResponseTimeout: Verdict(False, "a device that starts, or a bad link, answers later"),
    errors.ProtocolError: Verdict(False, "answers get lost or damaged on the way; the next ones may be whole"),
    errors.SimulatorError: Verdict(False, "the next simulated device may live"),
    errors.WrongVersion: Verdict(True, "the device will not speak another version before somebody updates it"),
    errors.StreamNotFound: Verdict(True, "the device will not grow a sensor"),
    errors.RequestRefused: Verdict(True, "the device has understood, and will say the same again"),
    errors.AddressError: Verdict(True, "the address stays what it is"),
    errors.MissingExtra: Verdict(True, "the package is missing until somebody installs it"),
    errors.RecordError: Verdict(True, "the record stays what it is"),
    errors.LogError: Verdict(True, "the file of a log, or what lies in it, stays what it is"),
    errors.RecordingError: Verdict(True, "what was recorded so far would be overwritten or left out without a word"),
    errors.WrongUse: Verdict(True, "the program makes the same call again"),
    errors.InternalError: Verdict(True, "a fault of the program does not mend itself, and must be seen"),
}

#: Refusals that pass by themselves: the device is busy, pairing is not done, the link's MTU is still growing.
PASSING_REFUSALS = frozenset({Error.BUSY, Error.NOT_ENCRYPTED, Error.MTU_TOO_SMALL, Error.NOT_STORED})


def is_final(error: errors.VitalbandError) -> bool:
    """Whether trying again is of no use."""
    if isinstance(error, errors.RequestRefused) and error.code in PASSING_REFUSALS:
        return False
    return next(VERDICTS[kind].final for kind in type(error).__mro__ if kind in VERDICTS)
