"""A helmet and its band: two simulated devices on one radio, whose time passes in turns of 20 ms.

On target `cpython` the firmware of both can be looked into; on the others a link says what they do.
"""

from __future__ import annotations

import asyncio

from ..firmware.roles.device import Device
from ..firmware.roles.helmet import Helmet
from ..firmware.services.ble import band_link
from ..mcu.radio import AirServer
from ..world.base import World
from .cpython import CpythonSimulation
from .qemu.simulation import EmulatedSimulation
from .simulation import BEGIN_US, Simulation

_TURN_US = 20_000
#: Real time that the event loop gets in each turn while the devices are making their link.
_LINKING_S = 0.002
_AT_REST = (band_link.UNPAIRED, band_link.WAITING, band_link.LINKED)


class Pair:
    """`helmet` and `band`, either of which may be switched off; `async with` starts and ends them.

    `ride` is the helmet's world, `wearer` the band's; both run on `target`.
    """

    def __init__(self, ride: World, wearer: World, seed: int = 0, target: str = "cpython") -> None:
        self._worlds = ride, wearer
        self._seed = seed
        self._target = target
        self._off: set[Simulation] = set()

    async def __aenter__(self) -> Pair:
        ride, wearer = self._worlds
        self.air = await AirServer.start()
        self.helmet = self._made(ride, self._seed, "helmet")
        self.band = self._made(wearer, self._seed + 1, "band")
        for device in (self.helmet, self.band):
            await self._power_on(device)
        return self

    async def __aexit__(self, *_: object) -> None:
        for device in (self.helmet, self.band):
            if device.radio is not None:
                await device.radio.power_off()
            device.close()
        await self.air.close()

    def _made(self, world: World, seed: int, role: str) -> Simulation:
        radio = self.air.new_radio()
        if self._target == "cpython":
            return CpythonSimulation(world, seed=seed, radio=radio, role=role)
        return EmulatedSimulation(world, self._target, seed=seed, radio=radio, role=role)

    @property
    def owner(self) -> Helmet:
        """The firmware of the helmet, on target `cpython`."""
        device = self.device_of(self.helmet)
        assert isinstance(device, Helmet)
        return device

    @staticmethod
    def device_of(simulation: Simulation) -> Device:
        """The firmware of either, on target `cpython`."""
        assert isinstance(simulation, CpythonSimulation)
        return simulation.device

    @property
    def now_s(self) -> float:
        """World time in s."""
        return max(self.helmet.now_s, self.band.now_s)

    async def pair(self) -> None:
        """Have the helmet look for its band, and let time pass until they are linked; TimeoutError after a minute."""
        link = self._link()
        link.pair(self.owner.now_us() // 1000)
        until_s = self.now_s + 60
        while link.state != band_link.LINKED:
            if self.now_s > until_s:
                raise TimeoutError(f"not linked within a minute (state {link.state})")
            await self.run(0.1)

    async def switch_off(self, device: Simulation) -> None:
        """Its battery is empty: nothing of it runs, and its radio is gone."""
        self._off.add(device)
        if device.radio is not None:
            await device.radio.power_off()

    async def switch_on(self, device: Simulation) -> None:
        """It starts anew; its time is that of the other one."""
        self._off.discard(device)
        device.clock.now = max(device.clock.now, round(self.now_s * 1e6) + BEGIN_US)
        device.reset()
        await self._power_on(device)

    async def _power_on(self, device: Simulation) -> None:
        assert device.radio is not None
        await device.radio.power_on()

    async def run(self, seconds: float) -> None:
        """Let time pass for both."""
        until_us = BEGIN_US + round((self.now_s + seconds) * 1e6)
        now_us = BEGIN_US + round(self.now_s * 1e6)
        while now_us < until_us:
            now_us = min(now_us + _TURN_US, until_us)
            for device in (self.helmet, self.band):
                if device not in self._off:
                    device.advance(now_us)
                    assert device.radio is not None
                    await device.radio.drained()
            await asyncio.sleep(0 if self._is_at_rest() else _LINKING_S)

    def _is_at_rest(self) -> bool:
        """Whether no link is being made, as far as can be seen."""
        return self._target == "cpython" and self._link().state in _AT_REST

    def _link(self) -> band_link.BandLink:
        assert self.owner.alarm is not None
        assert self.owner.alarm.band is not None
        return self.owner.alarm.band
