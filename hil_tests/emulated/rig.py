"""Runs on an emulated core in this process."""

from __future__ import annotations

from pathlib import Path

from firmware_sim.targets.provider import LocalDevice, build_world
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.targets.settings import Settings
from firmware_sim.world.base import World
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import wire_gen as wire
from host_sdk.transports.base import Frame, LinkCounters
from host_sdk.transports.framing import Deframer, wrap

from ..targets import need

#: The request for all streams and results, as it goes over a cable.
SUBSCRIBE = wrap(Frame(wire.Subscribe.TYPE, 0, wire.Subscribe(15, wire.Results.ALL).encode()).encode())
#: Real seconds a core of a test may compute between two requests.
HANG_S = 3.0
#: Scripts are compiled on the core, and bring data of their own.
SCRIPT_HEAP = 512 * 1024


def resting() -> World:
    """A wearer at rest."""
    return Wearer(PRESETS["resting"], seed=5)


def script(target: str, folder: Path, code: str, hang_s: float = HANG_S) -> EmulatedSimulation:
    """A core that runs `code` instead of the firmware; raises what becomes of it before it first waits."""
    need(target)
    (folder / "script.py").write_text(code)
    return EmulatedSimulation(
        resting(), target, storage=folder, hang_s=hang_s, heap=SCRIPT_HEAP, run="script:script.py"
    )


async def bytes_of_a_run(target: str, wearer: str, seed: int, seconds: float) -> bytes:
    """Everything that the device sends over serial in a run as fast as it goes, all streams and results on."""
    need(target)
    settings = Settings.parse({"target": target, "link": "serial", "pace": "max", "wearer": wearer, "seed": str(seed)})
    device = LocalDevice(settings, build_world(settings), None)
    sent = bytearray()
    device.serial_port.on_data = sent.extend
    device.serial_port.write(SUBSCRIBE)
    try:
        await device.simulation.run(seconds, None)
    finally:
        await device.close()
    return bytes(sent)


def frames(data: bytes) -> list[bytes]:
    """The frames in what a device sent."""
    found: list[bytes] = []
    Deframer(LinkCounters(), found.append, None).feed(data)
    return found
