"""What can go wrong on an emulated core; each names it on one line and keeps the last lines of the console."""

from __future__ import annotations


class EmulatorError(Exception):
    """Something is wrong with an emulated core; `console` holds its last lines."""

    def __init__(self, what: str, console: str = "") -> None:
        self.what = what
        self.console = console
        last = " | ".join(line for line in console.splitlines()[-3:] if line.strip())
        super().__init__(f"{what}; console: {last}" if last else what)


class EmulatorMissingError(EmulatorError):
    """The emulator or the image is not there; the text says what brings it."""


class StaleImageError(EmulatorError):
    """The image was built from other sources than the ones that are here."""


class CoreHungError(EmulatorError):
    """The core has not asked for anything for too long."""


class CoreCrashedError(EmulatorError):
    """The core stopped: a fault, or the emulator ended."""


class FirmwareDiedError(EmulatorError):
    """The firmware ended by an exception; `kind` is its class."""

    def __init__(self, kind: str, text: str, console: str = "") -> None:
        self.kind = kind
        super().__init__(f"the firmware died of {kind}: {text}" if text else f"the firmware died of {kind}", console)


class ConsoleFloodedError(EmulatorError):
    """The console printed more than any sane run does."""


class BridgeError(EmulatorError):
    """The core sent something over the bridge that is no request."""
