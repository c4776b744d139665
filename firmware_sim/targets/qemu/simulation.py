"""The firmware on an emulated core, in the same world, on the same virtual clock as on every target."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ...mcu import McuReset
from ...mcu.radio import Radio
from ...mcu.reset import WDT_RESET
from ...world.base import World
from ..image_boot import ImageBoot
from ..simulation import Simulation
from .core import HANG_S, Core
from .errors import EmulatorError, FirmwareDiedError
from .guest.bridged import ops
from .machines import DEFAULT_HEAP, IMAGE_HEAP, image_of
from .process import ConsoleLink

#: Stages that the bridge counts for: 0 is whatever has none, the last is the collector.
STAGES = 64
#: What a core can run: the firmware, nothing but its console, a script in flash (`script:NAME`).
MODES = ("firmware", "repl", "script")


class HeapFigures(NamedTuple):
    """Bytes: in use before a collection (garbage included), and after it held, free, and in the largest free piece."""

    before: int
    held: int
    free: int
    largest_free: int


class EmulatedSimulation(Simulation):
    """The firmware frozen into a MicroPython image; the core takes no virtual time, as on CPython.

    Whatever lets the core run may raise an EmulatorError; the core is then gone, and every later call raises it again.
    """

    def __init__(
        self,
        world: World,
        target: str,
        *,
        seed: int = 0,
        storage: Path | None = None,
        radio: Radio | None = None,
        heap: int = DEFAULT_HEAP,
        hang_s: float = HANG_S,
        run: str = "firmware",
        role: str = "band",
    ) -> None:
        self._image = image_of(target, role)
        self._heap = heap
        self._hang_s = hang_s
        if run.partition(":")[0] not in MODES:
            raise ValueError(f"run {run!r} is none of {', '.join(MODES)}")
        self._run = run
        self._core: Core | None = None
        self._death: EmulatorError | None = None
        self._console = ConsoleLink()
        try:
            super().__init__(world, seed=seed, storage=storage, radio=radio, role=role)
        except BaseException:
            self.close()
            raise

    @property
    def core(self) -> Core:
        """The core that runs now; another one after a reset."""
        if self._death is not None:
            raise self._death
        assert self._core is not None
        return self._core

    @contextmanager
    def _mortal(self) -> Iterator[Core]:
        """The core while it does something; what it dies of ends it for good."""
        try:
            yield self.core
        except EmulatorError as death:
            if isinstance(death, FirmwareDiedError) and self.images.is_in_test():
                self.mcu.reset(WDT_RESET)
                raise McuReset(WDT_RESET) from None
            self._death = death
            self.close()
            raise

    @cached_property
    def images(self) -> ImageBoot:
        """Its bootloader."""
        return ImageBoot(self.mcu, self.flash, self._image.port)

    def _boot(self) -> None:
        if self._core is not None:
            self._core.close()
        payload = self.images.start() if self._run == "firmware" else None
        heap = self._heap if payload is None else max(self._heap, IMAGE_HEAP)
        self._core = Core(self._image, self.mcu, heap, self._hang_s, payload)
        self._console.point_to(self._core.process.terminal)
        try:
            with self._mortal() as core:
                core.begin(*self._run.partition(":")[::2])
                self._sleep(core)
        except BaseException:
            self._core.close()
            raise

    def _first_step_us(self) -> int:
        return self._waits_us()

    def _run_step(self) -> int:
        self._resume()
        return self._waits_us()

    def _resume(self) -> None:
        with self._mortal() as core:
            core.resume()
            self._sleep(core)

    def _sleep(self, core: Core) -> None:
        """A sleep in the middle of a step: time passes, but the firmware's main loop does not go round."""
        while core.waiting is not None and core.waiting[0] == ops.SLEEP:
            self.clock.run_until(self.clock.now + core.waiting[1])
            core.resume()

    def _waits_us(self) -> int:
        waiting = self.core.waiting
        return waiting[1] if waiting is not None else 0

    def _serve(self) -> None:
        self._resume()

    def event(self, name: str, *args: Any) -> Any:
        """Have the core's handler of that name called while the firmware waits; what it answers."""
        with self._mortal() as core:
            return core.event(name, *args)

    def heap(self) -> tuple[int, int]:
        """(used, budget) bytes by MicroPython's own collector, after a collection."""
        if self.recovery is not None:
            return 0, self._heap
        figures = self.heap_figures()
        return figures.held, figures.held + figures.free

    def heap_figures(self) -> HeapFigures:
        """The firmware's heap, after a collection."""
        return HeapFigures(*self.event("heap"))

    def counters(self) -> list[tuple[int, int]]:
        """(instructions, calls) of each stage since the last look; see cmodules/emulated/bridge/profile.c."""
        values = struct.unpack(f"<{STAGES}Q{STAGES}I", self.event("counters"))
        return list(zip(values[:STAGES], values[STAGES:], strict=True))

    def evaluate(self, code: str) -> Any:
        """Run code in the firmware's interpreter while it waits; the value of its variable `answer`."""
        return self.event("run", code)

    @property
    def console(self) -> str | None:
        """Pseudo-terminal of the REPL, for mpremote; it stays the same over resets."""
        return self._console.path if self.recovery is None and self.core.process.terminal else None

    def close(self) -> None:
        """End the core and give the flash's file back; harmless when called again."""
        self.flash.cells.close()
        if self._core is not None:
            self._core.close()
        self._console.close()
