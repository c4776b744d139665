"""What a script on an emulated core prints."""

from __future__ import annotations

import json
from typing import Any

from firmware_sim.targets.qemu.simulation import EmulatedSimulation


def printed_json(simulation: EmulatedSimulation, marker: str) -> Any:
    """The JSON behind `marker` on the only line of the console that begins with it; ValueError where there is none."""
    (line,) = [line for line in simulation.core.console().splitlines() if line.startswith(marker)]
    return json.loads(line.removeprefix(marker))
