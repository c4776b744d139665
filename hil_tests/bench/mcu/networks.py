"""What networks take on the emulated core: instructions of each operator, and for each multiply-accumulate."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.targets.qemu.simulation import EmulatedSimulation

from .console import printed_json
from .still import Still

_MODELS = Path(__file__).resolve().parents[3] / "models"
_MOST_OPERATORS = 60
_OVERHEAD = 61
_RUNS = 8
_HEAP = 512 * 1024  # the model lies in it, not in flash
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
def nothing(i):
    leave()
    enter({overhead})
# what watching an operator takes that does nothing
enter({overhead})
for run in range({runs}):
    nothing(0)
    net._run(0, 0)
leave()
for run in range({runs}):
    view = net.input()
    for i in range(len(view)):
        view[i] = ((i * 37 + run * 11) & 255) - 128
    net.invoke(watch)
print("HELD", held)
time.sleep_us(1000000)
"""


def shipped() -> dict[str, Path]:
    """The int8 files of the project's models by name."""
    return {path.parent.name: path for path in sorted(_MODELS.glob("*/model_int8.tflite"))}


def measure_networks(target: str) -> dict[str, dict[str, Any]]:
    """`measure_network` of every model of the project."""
    return {name: measure_network(target, path.read_bytes()) for name, path in shipped().items()}


def save_resources(report: dict[str, Any]) -> None:
    """Write what was measured into each model's resources.json, under `mcu` and the target's name."""
    for name, path in shipped().items():
        file = path.with_name("resources.json")
        resources = json.loads(file.read_text(encoding="utf-8"))
        resources["mcu"] = {**(resources["mcu"] or {}), report["target"]: _resources(report["networks"][name], report)}
        file.write_text(json.dumps(resources, indent=1) + "\n", encoding="utf-8")


def _resources(network: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    milliseconds = {
        key: round(network["instructions"] * mcu["assumes"]["cycles_per_instruction"] / mcu["assumes"]["mhz"] / 1000, 2)
        for key, mcu in report["mcus"].items()
    }
    return {
        "instructions": network["instructions"],
        "instructions_per_mac_in_convolutions": round(per_mac(network, "CONV_2D"), 1),
        "heap_bytes_beside_arena": network["held"],
        "operators": [operator["instructions"] for operator in network["operators"]],
        "projected_ms": milliseconds,
        "how": f"vitalband bench mcu --target {report['target']}, {report['image']['kernels']} kernels; "
        "milliseconds assume what mcus.toml says",
    }


def measure_network(target: str, model: bytes) -> dict[str, Any]:
    """Of `model` on `target`: arena and other heap, and of each operator the MACs and the instructions of one run."""
    network = prepare(model)
    if len(network.ops) > _MOST_OPERATORS:
        raise ValueError(f"a network of {len(network.ops)} operators; {_MOST_OPERATORS} can be counted")
    counts, held = _counted(target, model)
    # what watching itself takes is none of the operator's
    operators = [
        {"name": name, "macs": macs, "instructions": max(0, counts[i + 1] - counts[_OVERHEAD]) // _RUNS}
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
        (Path(folder) / "run.py").write_text(_SCRIPT.format(runs=_RUNS, overhead=_OVERHEAD))
        simulation = EmulatedSimulation(Still(), target, storage=Path(folder), heap=_HEAP, run="script:run.py")
        try:
            counters = simulation.counters()
            held: int = printed_json(simulation, "HELD")
        finally:
            simulation.close()
    return [instructions for instructions, _ in counters], held


def per_mac(network: dict[str, Any], *names: str) -> float:
    """Instructions for each MAC in the operators of these names; 0 where there are none."""
    chosen = [operator for operator in network["operators"] if operator["name"] in names]
    macs = sum(operator["macs"] for operator in chosen)
    return sum(operator["instructions"] for operator in chosen) / macs if macs else 0.0
