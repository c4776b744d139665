"""Heap that a loaded network holds on a core: what was needed to load it is freed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..bench.mcu.console import printed_json
from ..targets import parameters
from .rig import script

#: Bytes beside the arena: the package, the kernels it uses, and the network of beat kinds.
MAX_HELD = 6 * 1024 + 256
#: Bytes beside the arena of all shipped networks, whose tables lie in flash.
MAX_PREPARED = 4 * 1024
_SCRIPT = """
import gc
import json
import sys
import time
from bridge import heap
from firmware.networks.beat_kind_gen import MODEL
from firmware.networks.loading import load_all

def used():
    gc.collect()
    return heap()[0]

# in a function: what lay on the stack of a call that has returned is overwritten by the next, and not taken for in use
def loaded(model):
    try:
        return nn.load(model)
    except errors_of.ModelError:
        return None

before = used()
import firmware.nn as nn
import firmware.nn.errors as errors_of
net = loaded(MODEL)
held = [used() - before - net.arena_bytes]
errors = [loaded(b""), loaded(MODEL[:4000])].count(None)
net = None
net = loaded(MODEL)
net.invoke()
held.append(used() - before - net.arena_bytes)
left = [name for name in sys.modules if "nn.loading" in name] + [name for name in dir(nn) if name == "loading"]
net = None
before = used()
shipped = load_all()
prepared = used() - before - sum([len(shipped.beat_kind.arena.activations), 4 * len(shipped.beat_kind.arena.scratch)])
print("RESULT", json.dumps({"held": held, "errors": errors, "left": left, "prepared": prepared}))
time.sleep_us(1000000)
"""


def result_of(target: str, folder: Path) -> dict[str, Any]:
    """What the script prints on a core."""
    simulation = script(target, folder, _SCRIPT)
    try:
        result: dict[str, Any] = printed_json(simulation, "RESULT")
    finally:
        simulation.close()
    return result


@pytest.mark.parametrize("target", parameters("qemu-m3", "qemu-m3-c"))
def test_a_network_holds_little_and_its_loader_nothing(target: str, tmp_path: Path) -> None:
    result = result_of(target, tmp_path)
    assert max(result["held"]) <= MAX_HELD
    assert result["errors"] == 2
    assert result["left"] == []
    assert result["prepared"] <= MAX_PREPARED
