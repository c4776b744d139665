"""How long a core is waited for that asks for nothing."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from firmware_sim.targets.qemu.channel import Channel
from firmware_sim.targets.qemu.errors import CoreHungError
from firmware_sim.targets.qemu.process import CoreProcess

REQUEST = struct.pack("<BBHi", 3, 0, 0, 7)


class Process:
    """A core's process, as its channel sees it; `computes` are the seconds of CPU between two looks."""

    alive = True
    to_core = -1

    def __init__(self, computes: float | None) -> None:
        self.from_core, self.core = os.pipe()
        self._computes = computes
        self._cpu_s = 0.0

    def cpu_s(self) -> float | None:
        """CPU time so far."""
        if self._computes is None:
            return None
        self._cpu_s += self._computes
        return self._cpu_s

    def console(self) -> str:
        """What it printed."""
        return "last words"

    def console_size(self) -> int:
        """Its bytes."""
        return 10


@pytest.fixture
def made() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        os.close(process.from_core)
        os.close(process.core)


def channel(made: list[Process], computes: float | None, hang_s: float) -> Channel:
    made.append(Process(computes))
    return Channel(cast("CoreProcess", made[-1]), hang_s)


def test_a_core_that_gets_no_cpu_is_waited_for(made: list[Process]) -> None:
    link = channel(made, 0.0, 0.2)
    later = threading.Timer(0.8, os.write, (made[0].core, REQUEST))
    later.start()
    assert link.request().op == 3
    later.join()


@pytest.mark.parametrize("computes", [None, 100.0])
def test_one_that_computes_is_hung_after_its_time(made: list[Process], computes: float | None) -> None:
    # without CPU time the clock on the wall is what there is
    with pytest.raises(CoreHungError, match=r"asked for nothing for 0\.2 s") as caught:
        channel(made, computes, 0.2).request()
    assert caught.value.console == "last words"


def test_one_that_never_gets_any_is_hung_at_last(made: list[Process]) -> None:
    with pytest.raises(CoreHungError):
        channel(made, 0.0, 0.02).request()
