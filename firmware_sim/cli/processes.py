"""Simulated devices in processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

from host_sdk.errors import SimulatorError

_READY_S = 60.0
_STOP_S = 5.0

VITALBAND = [sys.executable, "-m", "host_sdk.cli.main"]


class SimProcess:
    """`vitalband sim` with the given arguments, up from `__enter__` to `__exit__`.

    Raises SimulatorError where it does not come up; what it says itself is on stderr.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.facts: dict[str, Any] = {}
        #: Whether it has been ended on purpose.
        self.was_killed = False

    def __enter__(self) -> SimProcess:
        self._process = subprocess.Popen(
            [*VITALBAND, "sim", "--json", *self._arguments], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            self.facts = json.loads(self._first_line())
        except BaseException:
            self.stop()
            raise
        return self

    def _first_line(self) -> str:
        out = self._process.stdout
        assert out is not None
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            deadline = time.monotonic() + _READY_S
            if not selector.select(timeout=max(0.0, deadline - time.monotonic())):
                raise SimulatorError(f"vitalband sim was not ready within {_READY_S:.0f} s")
        line = out.readline()
        if not line:
            code = self._process.wait(timeout=_STOP_S)
            raise SimulatorError(f"the device did not start: vitalband sim ended with {code}")
        return line

    @property
    def ble(self) -> str:
        """Address over the virtual radio."""
        return str(self.facts["ble"])

    @property
    def serial(self) -> str:
        """Address of the serial port."""
        return str(self.facts["serial"])

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ended(self, within_s: float) -> bool:
        """Whether it ends within this time."""
        try:
            self._process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Power cut."""
        self.was_killed = True
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=_STOP_S)

    def stop(self) -> None:
        """Ask it to end; what does not end is killed, so no process is left behind."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(timeout=_STOP_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def vitalband(*arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and give what it printed."""
    return subprocess.run([*VITALBAND, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
