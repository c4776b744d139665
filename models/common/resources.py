"""What a network costs a microcontroller: bytes of flash, bytes of arena, multiply-accumulates by operator."""

from __future__ import annotations

from typing import Any

from firmware_sim.firmware.nn import load


def resources(model: bytes) -> dict[str, Any]:
    """What resources.json says of an int8 .tflite file; `mcu` is left to `vitalband bench mcu`, which runs it."""
    network = load(model)
    return {
        "flash_bytes": len(model),
        "arena_bytes": network.arena_bytes,
        "macs": sum(macs for _, macs in network.ops),
        "operators": [{"op": name, "macs": macs} for name, macs in network.ops],
        "how": "flash: size of the file; arena (activations and working memory), macs: the plan of firmware/nn",
        "mcu": None,
        "mcu_by": "vitalband bench mcu",
    }
