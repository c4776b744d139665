"""Switches of a board's power."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Protocol

import pytest

from .inventory import PowerSpec

_COMMAND_S = 30.0


class RigError(Exception):
    """The rig does not do what it is there for: no fault of the device's."""


class PowerSwitch(Protocol):
    """What turns a device off and on."""

    def off(self) -> None:
        """No supply from now on. Raises RigError."""

    def on(self) -> None:
        """Supply from now on. Raises RigError."""

    def cycle(self) -> None:
        """Off, and on again. Raises RigError."""


class BoardPower:
    """The switch of a board."""

    def __init__(self, spec: PowerSpec, config: pytest.Config, board: str) -> None:
        self._spec = spec
        self._config = config
        self._board = board
        #: Whether anything was switched, and whether that left it off.
        self.was_used = False
        self.is_off = False

    def off(self) -> None:
        """See `PowerSwitch.off`."""
        self._switch(False)

    def on(self) -> None:
        """See `PowerSwitch.on`."""
        self._switch(True)

    def cycle(self) -> None:
        """See `PowerSwitch.cycle`."""
        self.off()
        time.sleep(self._spec.off_s)
        self.on()

    def _switch(self, on: bool) -> None:
        spec = self._spec
        if spec.switch == "none":
            raise RigError(f"nothing switches the power of {self._board}")
        self.was_used = True
        self.is_off = not on  # if that fails, nobody knows
        if spec.switch == "manual":
            self._wait_for_somebody(on)
            return
        command = spec.on if on else spec.off
        if spec.switch == "uhubctl":
            command = ("uhubctl", "-l", spec.hub, "-p", str(spec.port), "-a", "on" if on else "off")
        _run(command)

    def _wait_for_somebody(self, on: bool) -> None:
        """Somebody at the terminal does it; RigError where nobody is there."""
        if not sys.__stdin__ or not sys.__stdin__.isatty():
            raise RigError(f"the power of {self._board} is switched by hand, and nobody is at this terminal")
        capture = self._config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\nSwitch {self._board} {'on' if on else 'off'}, then press Enter: ", end="", flush=True)
            sys.__stdin__.readline()


def _run(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RigError(f"{' '.join(command)}: {error}") from error
    if done.returncode:
        raise RigError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
