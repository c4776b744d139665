"""Devices under test: simulated ones in processes of their own, and boards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .choice import SIMULATED
from .given_device import SKIPPED
from .inventory import Board
from .power import BoardPower, PowerSwitch

if TYPE_CHECKING:
    from firmware_sim.cli.processes import SimProcess

#: Bytes that a test may leave on the device's heap: keys of a new bond, numbers that have grown beyond 31 bits.
LEAK_BYTES = 768
_SETTLE_S = 5.0


class Dut:
    """A device under test. `ble` and `serial` are its addresses, for `host_sdk.connect`; None without such a link.

    `folder` is for what the test leaves of it, `power` switches it. What it cannot do skips the test.
    """

    name: str
    target: str
    ble: str | None
    serial: str | None
    capabilities: frozenset[str]
    power: PowerSwitch

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: What its console said over a link of the test, where it has one.
        self.said: list[str] = []

    @property
    def address(self) -> str:
        """Its address over the cable, else over BLE."""
        address = self.serial or self.ble
        assert address is not None
        return address

    @property
    def console(self) -> str:
        """All that its console has said."""
        return "".join(self.said)

    def debug(self, **request: object) -> dict[str, Any]:
        """The reply of a simulated device's debug link; skips the test on others."""
        pytest.skip(f"{SKIPPED}{self.name}: has no debug link ({request.get('cmd')})")

    def state(self) -> dict[str, Any]:
        """Its time, resets and heap; skips the test on a board."""
        return self.debug(cmd="state")


class SimulatedDut(Dut):
    """`vitalband sim`; its flash lies in the folder `state`, so that it survives a cut of its power."""

    def __init__(self, name: str, target: str, folder: Path, state: Path, options: list[str]) -> None:
        super().__init__(folder)
        self.name = name
        self.target = target
        self.capabilities = SIMULATED
        self.power = _SimulatedPower(self)
        #: Whether the test has done something to it that a reset or a lasting object may come of.
        self.disturbed = False
        self._options = options
        self._state = state
        self._process: SimProcess | None = None
        self._air_port = 0
        self._before: dict[str, Any] = {}

    @property
    def process(self) -> SimProcess:
        """Its process; skips the test where its power is off."""
        if self._process is None:
            raise ConnectionError(f"the power of {self.name} is off")
        return self._process

    @property
    def ble(self) -> str | None:  # type: ignore[override]
        """Its address on the virtual radio."""
        return self.process.ble

    @property
    def serial(self) -> str | None:  # type: ignore[override]
        """Its serial port."""
        return self.process.serial

    @property
    def console(self) -> str:
        """All that its console has said."""
        path = self.folder / "console.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Supply it; SimulatorError where it does not come up."""
        from firmware_sim.cli.processes import SimProcess

        from ..debugging import debug_request

        paths = ("--storage", self._state / "flash", "--serial-link", self._state / "tty")
        traces = ("--console", self.folder / "console.txt", "--capture", self.folder / "air.btsnoop")
        words = ["--target", self.target, "--air-port", self._air_port, *self._options, *paths, *traces]
        self._process = SimProcess(*map(str, words)).__enter__()
        self._air_port = int(self._process.ble.rpartition(":")[2])
        self._before = debug_request(self._process, cmd="state")

    def cut(self) -> None:
        """Cut its power."""
        self.process.kill()
        self.process.stop()
        self._process = None
        self.disturbed = True

    def debug(self, **request: object) -> dict[str, Any]:
        """See `Dut.debug`; AssertionError with what the device says for a request that it refuses."""
        from ..debugging import debug_request

        reply = debug_request(self.process, **request)
        assert reply.get("ok"), reply.get("error", reply)
        return reply

    def close(self, may_reset: bool) -> None:
        """End it; AssertionError where it was reset by itself, or the test left something on its heap."""
        if self._process is None:
            return
        try:
            if not self.disturbed:
                assert self._process.alive or self._process.was_killed, "the device died: its console says more"
                if self._process.alive:
                    self._check_state(may_reset)
        finally:
            self._process.stop()
            self._process = None

    def _check_state(self, may_reset: bool) -> None:
        """Its free heap is what it was before, once the links are gone."""
        deadline = time.monotonic() + _SETTLE_S
        while True:
            now = self.state()
            leaked = now["heap_used"] - self._before["heap_used"]
            if now["resets"] != self._before["resets"]:
                assert may_reset, "the device was reset"
                return
            if leaked <= LEAK_BYTES:
                return
            assert time.monotonic() < deadline, f"the test left {leaked} bytes on the device's heap"
            time.sleep(0.2)


class _SimulatedPower:
    """A simulated device's supply: its process."""

    def __init__(self, dut: SimulatedDut) -> None:
        self._dut = dut

    def off(self) -> None:
        """See `PowerSwitch.off`."""
        self._dut.cut()

    def on(self) -> None:
        """See `PowerSwitch.on`."""
        self._dut.start()

    def cycle(self) -> None:
        """See `PowerSwitch.cycle`."""
        self.off()
        self.on()


class BoardDut(Dut):
    """A board on the desk, or a device that somebody else has started."""

    def __init__(self, board: Board, folder: Path, config: pytest.Config) -> None:
        super().__init__(folder)
        self.name = board.name
        self.target = "dut"
        self.ble = board.ble
        self.serial = board.serial
        self.capabilities = board.capabilities
        self.power: BoardPower = BoardPower(board.power, config, board.name)

    def restore(self) -> bool:
        """Switch it on where the test left it off; whether the test left its power alone. Raises RigError."""
        if self.power.is_off:
            self.power.on()
        return not self.power.was_used
