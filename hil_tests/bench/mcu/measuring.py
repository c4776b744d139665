"""Runs the firmware on the emulated core with every stage on and a host on the radio, and reads the counters."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_sim.images.recipe import IMAGES
from firmware_sim.mcu.radio import AirServer
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.qemu.machines import DEFAULT_HEAP
from firmware_sim.targets.qemu.simulation import STAGES as STAGES_COUNTED
from firmware_sim.targets.qemu.simulation import EmulatedSimulation, HeapFigures
from firmware_sim.targets.settings import Settings
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.client import Client
from host_sdk.errors import ConnectError
from host_sdk.transports.ble import BleTransport
from host_sdk.transports.sim_ble import virtual_backend
from host_sdk.wire_gen import LogMode

from .networks import measure_networks
from .stages import COLLECTOR, LOG_STAGES, REST, STAGES, Stage, wrapped_methods

#: Device seconds before counting: sensors, templates and windows have settled, the host has subscribed to everything.
WARM_S = 15.0
_SLICE_S = 1.0
_CONNECT_S = 60.0
#: Device second in which the host subscribes, and seconds of the device a second while it connects.
_SUBSCRIBED_S = 5.0
_PACE = 0.2
_HEAP_SAMPLES = 31
_GC = STAGES_COUNTED - 1
_SEED = 3
#: Starts the firmware as always, but an hour after its start, when times no longer fit into small integers. What the
#: emulated board's own modules hold, which are C on a real one, is reported first.
_SCRIPT = """
import bluetooth, bridge, gc, machine, os, time
gc.collect()
print("BOARD", bridge.heap()[0])
from firmware.drivers.ticks import Ticks
begin = Ticks.__init__
def begin_late(self, *board):
    begin(self, *board)
    self._then[1] += 3600000000
Ticks.__init__ = begin_late
{more}
from firmware import main
main.run()
"""
_STAGES = """
from bridged import bench
bench.install({methods})
"""


@dataclass
class Run:
    """What one run showed."""

    seconds: float
    instructions: int = 0
    longest_step: int = 0
    board_heap: int = 0
    heap: list[HeapFigures] = field(default_factory=list)
    counters: list[tuple[int, int]] = field(default_factory=list)
    bridge_requests: int = 0
    bridge_bytes: int = 0


def measure(
    target: str, wearer: str, seconds: float, heap: int | None = None, on_step: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Figures of `target` over `seconds`: a plain run for totals and heap, one with wrappers for the stages.

    `on_step` is called with what is measured next.
    """
    heap = DEFAULT_HEAP if heap is None else heap
    on_step(f"{target}, wearer {wearer}, {seconds:g} s of signal: totals and heap (1 of 3)")
    plain = asyncio.run(_run(target, wearer, seconds, heap, stages=False))
    on_step("the same with its stages counted (2 of 3)")
    # wrappers take heap as well
    staged = asyncio.run(_run(target, wearer, seconds, 2 * heap, stages=True))
    on_step("the networks, operator by operator (3 of 3)")
    image = json.loads((IMAGES[target].folder / "image.json").read_text())
    total = plain.instructions / seconds
    stages = _stages(staged)
    # wrappers are instructions too, and with more heap there are fewer collections: the plain run includes both
    stages[COLLECTOR] = _figure(plain, _GC)
    others = sum(stage["instructions_per_s"] for name, stage in stages.items() if name != REST)
    stages[REST]["instructions_per_s"] = round(total - others)
    return {
        "target": target,
        "wearer": wearer,
        "seconds": seconds,
        "image": {key: image[key] for key in ("hash", "micropython", "kernels", "compiler")},
        "instructions_per_s": round(total),
        "longest_step": plain.longest_step,
        "stages": stages,
        "heap": _heap(plain, heap),
        "flash": {"image": image["size"]["text"] + image["size"]["data"], **image["frozen"]},
        "networks": measure_networks(target),
        "bridge": {"requests_per_s": plain.bridge_requests / seconds, "bytes_per_s": plain.bridge_bytes / seconds},
    }


def measure_log(target: str, wearer: str, seconds: float) -> dict[str, dict[str, float]]:
    """Figures of the stages of the log while it records the ECG with all results, and of all of it."""
    run = asyncio.run(_run(target, wearer, seconds, 2 * DEFAULT_HEAP, stages=True, counted=LOG_STAGES))
    figures = {stage.name: _figure(run, number) for number, stage in enumerate(LOG_STAGES, 1)}
    count = sum(figure["instructions_per_s"] for figure in figures.values())
    calls = figures[LOG_STAGES[-1].name]["calls_per_s"]
    return {**figures, "log": {"instructions_per_s": count, "calls_per_s": calls}}


def _stages(run: Run) -> dict[str, dict[str, float]]:
    names = {0: REST, **{n: stage.name for n, stage in enumerate(STAGES, 1)}, _GC: COLLECTOR}
    return {name: _figure(run, number) for number, name in names.items()}


def _figure(run: Run, number: int) -> dict[str, float]:
    instructions, calls = run.counters[number]
    return {"instructions_per_s": round(instructions / run.seconds), "calls_per_s": round(calls / run.seconds, 2)}


def _heap(run: Run, size: int) -> dict[str, float]:
    """High-water mark of what the firmware holds, garbage, and the worst fragmentation (1 - largest free / free)."""
    samples = run.heap[1:]  # the first collects what has been left before
    held = max(figures.held for figures in samples)
    return {
        "size": size,
        "held": held - run.board_heap,
        "board_modules": run.board_heap,
        "garbage_per_s": round(sum(f.before - f.held for f in samples) / len(samples) / _SLICE_S),
        "fragmentation": round(max(1 - f.largest_free / f.free for f in samples), 3),
        "largest_free": min(f.largest_free for f in samples),
    }


async def _run(
    target: str, wearer: str, seconds: float, heap: int, stages: bool, counted: tuple[Stage, ...] = STAGES
) -> Run:
    """Of the log's stages while it records."""
    more = _STAGES.format(methods=wrapped_methods(counted)) if stages else ""
    async with streaming(target, wearer, heap, more, records=counted is LOG_STAGES) as (simulation, board_heap):
        run = await _count(simulation, seconds, sample_heap=not stages)
        run.board_heap = board_heap
        return run


@asynccontextmanager
async def streaming(
    target: str, wearer: str, heap: int, more: str = "", records: bool = False
) -> AsyncIterator[tuple[EmulatedSimulation, int]]:
    """A device worn for `WARM_S`, with a host that has subscribed to everything; and its board's bytes of heap.

    `more` is run on the device before its firmware; `records`: it records to its flash, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "start.py").write_text(_SCRIPT.format(more=more))
        air = await AirServer.start()
        # with a record and no pace its time stands still until it is run; the wearer below is the world all the same
        settings = Settings(
            link="ble", seed=_SEED, target=target, heap=heap, storage=Path(folder), pace=None, record=wearer,
            run="script:start.py",
        )  # fmt: skip
        device = LocalDevice(settings, Wearer(PRESETS[wearer], seed=_SEED), air)
        simulation = device.simulation
        assert isinstance(simulation, EmulatedSimulation)
        try:
            await device.start()
            board_heap = int(simulation.core.console().partition("BOARD ")[2].split()[0])
            async with await _host(device, simulation) as host:
                if records:
                    await _beside(simulation, host.set_log(LogMode.ALWAYS), device.info.name)
                await simulation.run(max(WARM_S, simulation.now_s + 1.0), None)
                yield simulation, board_heap
        finally:
            await device.close()


async def _host(device: LocalDevice, simulation: EmulatedSimulation) -> Client:
    """A host on the device's radio that has subscribed to everything; raises what the device dies of meanwhile."""
    client = Client(BleTransport(device.info.name, backend=virtual_backend(str(device.radio))))
    await _beside(simulation, client.connect(), device.info.name)
    # what is sent periodically counts from here: at the same time of the device, however long this computer took
    await simulation.run(max(_SUBSCRIBED_S, simulation.now_s), None)
    await _beside(simulation, client.subscribe(), device.info.name)
    return client


async def _beside(simulation: EmulatedSimulation, doing: Coroutine[Any, Any, None], name: str) -> None:
    """Do it while the device runs, slowly, so that a busy computer answers as early in the device's time as an idle."""
    meanwhile = asyncio.create_task(simulation.run(None, _PACE))
    done = asyncio.create_task(doing)
    try:
        await asyncio.wait((meanwhile, done), timeout=_CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (meanwhile, done):
            if task.done():
                task.result()
        if not done.done():
            raise ConnectError(f"{name}: not connected within {_CONNECT_S:.0f} s")
    finally:
        meanwhile.cancel()
        done.cancel()
        await asyncio.gather(meanwhile, done, return_exceptions=True)


async def _count(simulation: EmulatedSimulation, seconds: float, sample_heap: bool) -> Run:
    """Count over `seconds`; only then sample the heap, since that collects garbage."""
    run = Run(seconds)
    core = simulation.core
    simulation.counters()
    before = (core.instructions, core.channel.requests, core.channel.bytes)
    core.longest_step = 0
    await simulation.run(simulation.now_s + seconds, None)
    run.instructions = core.instructions - before[0]
    run.longest_step = core.longest_step
    run.bridge_requests = core.channel.requests - before[1]
    run.bridge_bytes = core.channel.bytes - before[2]
    run.counters = simulation.counters()
    for _ in range(_HEAP_SAMPLES if sample_heap else 0):
        run.heap.append(simulation.heap_figures())
        await simulation.run(simulation.now_s + _SLICE_S, None)
    return run
