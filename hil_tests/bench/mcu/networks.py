"""What networks take on the emulated core: instructions of each operator, and for each multiply-accumulate."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.targets.qemu.simulation import EmulatedSimulation

from .still import Still

_MOST_OPERATORS = 60
_RUNS = 8
#: Loads the network of the flash file, then counts each operator as a stage (1 the first) over some runs.
_SCRIPT = """
import json
import time
from bridge import counters, enter, heap, leave
import gc
from firmware.nn import load
with open("network.tflite", "rb") as file:
    model = file.read()
# in a function, so that nothing of it stays on the stack, where the collector takes it for in use
def loaded():
    return load(model)
gc.collect()
before = heap()[0]
net = loaded()
gc.collect()
held = heap()[0] - before
operators = len(net.ops)
def watch(i):
    if i:
        leave()
    if i < operators:
        enter(i + 1)
counters()
for run in range({runs}):
    view = net.input()
    for i in range(len(view)):
        view[i] = ((i * 37 + run * 11) & 255) - 128
    net.invoke(watch)
print("HELD", held)
time.sleep_us(1000000)
"""


def measure_network(target: str, model: bytes) -> dict[str, Any]:
    """Of `model` on `target`: arena and other heap, and of each operator the MACs and the instructions of one run."""
    network = prepare(model)
    if len(network.ops) > _MOST_OPERATORS:
        raise ValueError(f"a network of {len(network.ops)} operators; {_MOST_OPERATORS} can be counted")
    counts, held = _counted(target, model)
    operators = [
        {"name": name, "macs": macs, "instructions": counts[i + 1] // _RUNS}
        for i, (name, macs) in enumerate(network.ops)
    ]
    return {
        "model_bytes": len(model),
        "arena": network.arena_bytes,
        "held": held - network.arena_bytes,
        "macs": sum(macs for _, macs in network.ops),
        "instructions": sum(operator["instructions"] for operator in operators),
        "operators": operators,
    }


def _counted(target: str, model: bytes) -> tuple[list[int], int]:
    """(instructions by stage over all runs, heap bytes that the loaded network holds, its arena included)."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "network.tflite").write_bytes(model)
        (Path(folder) / "run.py").write_text(_SCRIPT.format(runs=_RUNS))
        simulation = EmulatedSimulation(Still(), target, storage=Path(folder), run="script:run.py")
        try:
            counters = simulation.counters()
            (line,) = [line for line in simulation.core.console().splitlines() if line.startswith("HELD")]
        finally:
            simulation.close()
    return [instructions for instructions, _ in counters], json.loads(line.partition(" ")[2])


def per_mac(network: dict[str, Any], *names: str) -> float:
    """Instructions for each MAC in the operators of these names; 0 where there are none."""
    chosen = [operator for operator in network["operators"] if operator["name"] in names]
    macs = sum(operator["macs"] for operator in chosen)
    return sum(operator["instructions"] for operator in chosen) / macs if macs else 0.0
