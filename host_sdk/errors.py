"""The one exception family of the SDK: everything it raises on purpose is a `VitalbandError`."""

from __future__ import annotations

from collections.abc import Iterable

#: What one line of a message has room for.
_MOST_NAMES, _LONGEST_NAME = 40, 60


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


class WrongVersion(ProtocolError):  # noqa: N818 - says what it is
    """The device and this SDK speak different versions of the protocol."""


class StreamNotFound(ProtocolError):  # noqa: N818 - says what happened
    """The device does not have a stream that was asked for."""


class RequestRefused(VitalbandError):  # noqa: N818 - says what happened
    """The device refused a request; `code` is the wire's error number."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class InternalError(VitalbandError):
    """A fault of the SDK, or of a function that it was given; `__cause__` is the exception."""


class WrongUse(VitalbandError):  # noqa: N818 - says what happened
    """A call that cannot work: connected already, or made from another event loop than the connection."""


class RecordingError(VitalbandError):
    """A recording cannot be written or read."""


class LogError(VitalbandError):
    """A log, or a file of one, that cannot be read."""


class MissingExtra(VitalbandError):  # noqa: N818 - says what happened
    """Something needs the package `module`, which is not installed, or in another version than is `wanted`.

    The message says what to type; `extra` None: the package belongs to no extra.
    """

    def __init__(self, module: str, extra: str | None, wanted: str = "", installed: str | None = None) -> None:
        # the project is in no package index
        how = f"pip install '.{'' if extra is None else f'[{extra}]'}' in a checkout of vitalband"
        what = "which is not installed" if installed is None else f"but {installed} is installed"
        super().__init__(f"needs {module}{wanted}, {what}: {how}")
        self.module = module
        self.wanted = wanted
        self.installed = installed

    def of(self, extra: str) -> MissingExtra:
        """The same of a larger extra."""
        return MissingExtra(self.module, extra, self.wanted, self.installed)


class SimulatorError(VitalbandError):
    """A simulated device could not be started or stopped with a fault."""


class RecordError(VitalbandError):
    """A record that should be read or replayed is missing, damaged or of the wrong kind."""


class RecordNotFound(RecordError):  # noqa: N818
    """No such record, or one of its files is missing."""


class RecordFormatError(RecordError):
    """A record is damaged, of the wrong kind, or says nonsense about itself."""


class ChannelNotFound(RecordError):  # noqa: N818
    """The record does not have the channel or the signal that was asked for; says what it has."""

    def __init__(self, record: str, wanted: str, available: Iterable[str]) -> None:
        self.record = record
        self.wanted = wanted
        self.available = tuple(available)
        listed = ", ".join(repr(name[:_LONGEST_NAME]) for name in self.available[:_MOST_NAMES]) or "nothing"
        if len(self.available) > _MOST_NAMES:
            listed += f" and {len(self.available) - _MOST_NAMES} more"
        super().__init__(f"{record}: no {wanted}; the record has {listed}")
