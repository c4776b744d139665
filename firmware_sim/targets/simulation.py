"""What every target shares: world, chips and MCU put together, and the passing of virtual time."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path

from ..bootloader.errors import NoFirmwareError
from ..bootloader.recovery import Recovery
from ..chips.helmet import fit_helmet
from ..chips.modem import Modem, SimCard
from ..chips.nor_cells import NorCells
from ..chips.reference import fit
from ..chips.w25q64jv import W25q64jv
from ..firmware.flash_storage import FlashStorage
from ..firmware.identity import device_name
from ..firmware.settings import Settings
from ..firmware.storage import FileSlots, Storage
from ..firmware.wire_gen import SETTING_DEVICE_NAME
from ..mcu import Clock, Mcu, McuReset
from ..mcu.radio import Radio
from ..world.base import World
from .image_boot import ImageBoot
from .names import ROLES

#: Device time at which the world begins: by then the firmware has started and its sensors convert.
BEGIN_US = 200_000
#: A firmware that wants to be called again so soon waits for its host, and is called when something comes, too.
HURRY_US = 1_000
#: Cells and wear counters of the NOR flash, in the folder of `storage`; no file to the firmware.
FLASH_FILE = ".w25q64jv"
_MOST_BOOTS = 5
_SLICE_US = 100_000
_YIELD_S = 0.02
_LAG_LIMIT_S = 0.25


class BootLoopError(Exception):
    """The firmware never gets through its start."""


class _Cells:
    """What lies on the flash, looked at without asking the chip."""

    def __init__(self, cells: NorCells) -> None:
        self._cells = cells

    def read(self, address: int, out: bytearray | memoryview) -> None:
        out[:] = self._cells.read(address, len(out))

    def program(self, address: int, data: bytes | bytearray | memoryview) -> None:
        raise OSError

    def erase(self, address: int) -> None:
        raise OSError

    def wait(self) -> None:
        return


class Simulation(ABC):
    """World, chips, MCU and firmware put together, and the passing of their time.

    `storage` is the folder of the device's flash files (None: in memory). `radio` None: a board without BLE.
    `role` is one of `names.ROLES`, on the board that it needs; a helmet has a `modem`, with a SIM card in it.
    A target says how its firmware boots, steps and ends. `close` frees what it holds.
    """

    #: The bootloader's console, while it has the cable instead of a firmware.
    recovery: Recovery | None = None
    _hung = False
    _hurries = False
    _input = False

    def __init__(
        self,
        world: World,
        *,
        seed: int = 0,
        storage: Path | None = None,
        radio: Radio | None = None,
        role: str = "band",
    ) -> None:
        self.world = world
        self.role = role
        self.clock = Clock()
        self.radio = radio
        self.mcu = Mcu(self.clock, seed=seed, storage=storage, radio=radio)
        #: The NOR flash beside the MCU: it keeps its cells over resets, and with `storage` over the simulation's end.
        self.flash = W25q64jv(self.clock, seed, backing=storage / FLASH_FILE if storage else None)
        fit(self.mcu, world, BEGIN_US, flash=self.flash)
        #: None on devices that have none.
        self.modem: Modem | None = None
        if role == "helmet":
            self.modem = Modem(self.clock, SimCard())
            fit_helmet(self.mcu, world, self.modem, BEGIN_US)
        self._boot_at_last()
        self._begin_steps()
        self._origin = 0.0
        self._pace = 1.0
        self._waking: asyncio.Future[bool] | None = None
        self.clock.on_input = self._wake

    def _boot_at_last(self) -> None:
        """Boot, also a firmware that resets itself while it starts; BootLoopError where it does so for ever."""
        for _ in range(_MOST_BOOTS):
            self.recovery = None
            try:
                self._boot()
            except McuReset as reset:
                cause = reset.cause
                continue
            except NoFirmwareError as nothing:
                self.recovery = self.images.recovery(nothing)
            self._name = self._kept_name()
            return
        raise BootLoopError(f"the firmware was reset {_MOST_BOOTS} times while it started (last cause {cause})")

    @property
    @abstractmethod
    def images(self) -> ImageBoot:
        """Its bootloader."""

    @abstractmethod
    def _boot(self) -> None:
        """Power-up or reset: a fresh board and a fresh device; the world goes on. NoFirmwareError."""

    def _first_step_us(self) -> int:
        """When the firmware wants to be called after `_boot`, in µs from now."""
        return 0

    @abstractmethod
    def _run_step(self) -> int:
        """Let the firmware do what is due; when it wants to be called next, in µs from now."""

    @abstractmethod
    def _serve(self) -> None:
        """Let the firmware answer what has arrived, without any time passing."""

    def hang(self) -> None:
        """The firmware gets no further: nothing of it runs until something resets it, as its watchdog does."""
        self._hung = True

    def serve(self) -> None:
        """Let whoever has the cable answer what has arrived; only erasing and writing of the bootloader take time."""
        if self._hung:
            return
        try:
            if self.recovery is not None:
                self.recovery.poll()
            else:
                self._serve()
        except McuReset:  # while the firmware waited in the midst of it
            self._restart()

    @abstractmethod
    def heap(self) -> tuple[int, int]:
        """(used, budget) bytes of the firmware's heap, by this target's own measure."""

    @property
    def console(self) -> str | None:
        """Serial port of the firmware's console (a REPL), None on targets that have none."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Free what the target holds; harmless when called again."""

    def _step(self) -> None:
        if self._hung:
            return
        wait_us = self._run_step() if self.recovery is None else self.recovery.poll()
        self._hurries = wait_us <= HURRY_US
        self._next_step = self.clock.call_later(wait_us, self._step)

    def advance(self, until_us: int) -> None:
        """Let virtual time pass; a reset on the way starts the firmware anew."""
        while self.clock.now < until_us:
            try:
                self.clock.run_until(until_us)
            except McuReset:
                self._restart()

    def reset(self) -> None:
        """The reset button, or a power cut and its return."""
        self.mcu.reset()
        self._restart()

    def _restart(self) -> None:
        self.clock.cancel(self._next_step)
        self._hung = False
        self._boot_at_last()
        self._begin_steps()

    def _begin_steps(self) -> None:
        wait_us = self._first_step_us() if self.recovery is None else 0
        self._next_step = self.clock.call_later(wait_us, self._step)

    def paced_now_us(self) -> int:
        """What the device's time should be by the pace it runs at; it lags behind by the time a step takes."""
        return round((asyncio.get_running_loop().time() - self._origin) * self._pace * 1e6)

    @property
    def now_s(self) -> float:
        """World time in seconds; below zero while the device starts."""
        return (self.clock.now - BEGIN_US) / 1e6

    @property
    def name(self) -> str:
        """Name the device advertises."""
        return self._name

    def _kept_name(self) -> str:
        """The name of this start: its owner's, or that of its model and unit."""
        files = self.mcu.files
        cells = _Cells(self.flash.cells)
        settings = Settings(FlashStorage(cells, None), FileSlots(Storage(files.open, files.rename), "settings"))
        return settings.text(SETTING_DEVICE_NAME) or device_name(ROLES[self.role].name, self.mcu.unique_id)

    async def run(self, until_s: float | None, pace: float | None) -> None:
        """Let time pass until world time `until_s` (None: for ever) at `pace` times real time (None: no waiting).

        The event loop runs at least every 50 ms; faster than real time, virtual time waits for the radio, so that
        nothing is lost on a link that a real device would have had time for.
        """
        until_us = None if until_s is None else BEGIN_US + round(until_s * 1e6)
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
        self._pace = pace
        self._origin = loop.time() - self.clock.now / 1e6 / pace
        while until_us is None or self.clock.now < until_us:
            due = self.clock.next_at()
            at = self._origin + (self.clock.now + _SLICE_US if due is None else due) / 1e6 / pace
            woken = await self._pause(at - loop.time())
            late = loop.time() - at
            if late > _LAG_LIMIT_S:
                self._origin += late  # the host was busy or asleep: go on from here instead of racing to catch up
            target = self.paced_now_us()
            if pace > 1:  # by small steps: a link that a real device would have had time for has it here, too
                target = min(target, self.clock.now + _SLICE_US)
            if woken:
                self.clock.cancel(self._next_step)
                self._next_step = self.clock.call_later(1, self._step)
                target = max(target, self.clock.now + 1)
            self.advance(target if until_us is None else min(target, until_us))
            if pace > 1 and self.radio is not None:
                await self.radio.drained()

    async def _pause(self, delay_s: float) -> bool:
        """Until then, or until something comes for a firmware that looks for it between its steps; whether it did."""
        if self._input or delay_s <= 0:
            woken, self._input = self._input, False
            await asyncio.sleep(0)
            return woken
        loop = asyncio.get_running_loop()
        waking: asyncio.Future[bool] = loop.create_future()
        self._waking = waking
        timer = loop.call_later(delay_s, _settle, waking)
        try:
            return await waking
        finally:
            timer.cancel()
            self._input = False

    def _wake(self) -> None:
        self._input = self._hurries
        if self._hurries and self._waking is not None and not self._waking.done():
            self._waking.set_result(True)


def _settle(waking: asyncio.Future[bool]) -> None:
    """Nothing came."""
    if not waking.done():
        waking.set_result(False)
