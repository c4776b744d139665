"""The default target: the firmware in this process, on the simulated MCU, in virtual time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..chips.reference import fit
from ..firmware.device import Device
from ..mcu import Clock, Mcu, McuReset, load_board
from ..mcu.radio import Radio
from ..world.base import World

_SLICE_US = 100_000
_YIELD_S = 0.02
_LAG_LIMIT_S = 0.25


class Simulation:
    """World, chips, MCU and firmware put together, and the passing of their time.

    `storage` is the folder of the device's flash files (None: in memory). `radio` None: a board without BLE.
    """

    def __init__(
        self,
        world: World,
        *,
        seed: int = 0,
        storage: Path | None = None,
        radio: Radio | None = None,
    ) -> None:
        self.world = world
        self.clock = Clock()
        self.radio = radio
        self.mcu = Mcu(self.clock, seed=seed, storage=storage, radio=radio)
        fit(self.mcu, world)
        self._next_step = self.clock.call_at(0, self._step)
        self.device = self._boot()

    def _boot(self) -> Device:
        """Power-up or reset: a fresh board and a fresh device; the world goes on."""
        device = Device(load_board(self.mcu).Board())
        self.mcu.heap.watch(device)
        return device

    def _step(self) -> None:
        now = self.device.now_us()
        due = self.device.step(now)
        self._next_step = self.clock.call_later(due - now, self._step)

    def serve(self) -> None:
        """Let the firmware answer what has arrived, without any time passing."""
        self.device.step(self.device.now_us())

    def advance(self, until_us: int) -> None:
        """Let virtual time pass; a reset on the way starts the firmware anew."""
        while self.clock.now < until_us:
            try:
                self.clock.run_until(until_us)
            except McuReset:
                self.clock.cancel(self._next_step)
                self.device = self._boot()
                self._next_step = self.clock.call_later(0, self._step)

    @property
    def now_s(self) -> float:
        """Seconds of virtual time since power-up."""
        return self.clock.now / 1e6

    async def run(self, until_s: float | None, pace: float | None) -> None:
        """Let time pass until `until_s` (None: for ever) at `pace` times real time (None: as fast as it goes).

        The event loop runs at least every 50 ms; as fast as it goes, virtual time waits for the radio, so that
        nothing is lost on a link that a real device would have had time for.
        """
        until_us = None if until_s is None else round(until_s * 1e6)
        if pace is None:
            await self._run_fast(until_us)
        else:
            await self._run_paced(until_us, pace)

    async def _run_fast(self, until_us: int | None) -> None:
        loop = asyncio.get_running_loop()
        yielded = loop.time()
        while until_us is None or self.clock.now < until_us:
            target = self.clock.now + _SLICE_US
            self.advance(target if until_us is None else min(target, until_us))
            if self.radio is not None:
                await self.radio.drained()
            if loop.time() - yielded > _YIELD_S:
                await asyncio.sleep(0)
                yielded = loop.time()

    async def _run_paced(self, until_us: int | None, pace: float) -> None:
        loop = asyncio.get_running_loop()
        origin = loop.time() - self.clock.now / 1e6 / pace
        while until_us is None or self.clock.now < until_us:
            due = self.clock.next_at()
            at = origin + (self.clock.now + _SLICE_US if due is None else due) / 1e6 / pace
            await asyncio.sleep(max(0.0, at - loop.time()))
            now = loop.time()
            if now - at > _LAG_LIMIT_S:
                origin += now - at  # the host was busy or asleep: go on from here instead of racing to catch up
            target = round((loop.time() - origin) * pace * 1e6)
            self.advance(target if until_us is None else min(target, until_us))
