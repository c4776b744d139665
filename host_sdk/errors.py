"""The one exception family of the SDK: everything it raises on purpose is a `VitalbandError`."""

from __future__ import annotations


class VitalbandError(Exception):
    """Something could not be done; the message says what and where in one line."""


class AddressError(VitalbandError):
    """A device address that cannot be understood."""


class ConnectError(VitalbandError):
    """The device or its link could not be reached."""


class ConnectionLost(VitalbandError):  # noqa: N818 - says what happened
    """The link went away while it was in use."""


class ResponseTimeout(VitalbandError):  # noqa: N818 - says what happened
    """The device did not answer within the time given."""


class ProtocolError(VitalbandError):
    """The peer speaks something else: wrong version, missing answers, impossible layout."""


class RequestRefused(VitalbandError):  # noqa: N818 - says what happened
    """The device refused a request; `code` is the wire's error number."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class RecordingError(VitalbandError):
    """A recording cannot be written or read."""


class SimulatorError(VitalbandError):
    """A simulated device could not be started or stopped with a fault."""


class RecordError(SimulatorError):
    """A record that should be replayed is missing, damaged or of the wrong kind."""
