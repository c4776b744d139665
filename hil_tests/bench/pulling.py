"""The pull proof: hours that a device recorded alone, brought home over BLE by a link that is lost again and again.

`python -m hil_tests.bench.pulling --hours 0.3 --disconnects 20 --seed 1` prints one JSON object; 0 where every block
and every beat came once, the bytes are those of the flash, and the device knows that they are kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.mcu.radio import AirServer
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.provider import LocalDevice, build_world
from firmware_sim.targets.settings import Settings
from host_sdk import wire_gen as wire
from host_sdk.client import Client
from host_sdk.errors import ConnectError, ConnectionLost, ResponseTimeout
from host_sdk.log.recordings import recordings
from host_sdk.log.salvage import salvage
from host_sdk.log.store_file import LogFile
from host_sdk.log.sync import pull
from host_sdk.transports.ble import BleTransport
from host_sdk.transports.sim_ble import virtual_backend

#: Of the device's time to ours while it is pulled.
_PACE = 5.0
#: A pull that takes so long in all has hung.
_LIMIT_S = 1800.0


@dataclass(frozen=True)
class Proof:
    """What a run found."""

    disconnects: int
    chunks: int
    blocks: int
    beats: int
    #: Of each stream every block follows on the one before, and so does every beat.
    each_once: bool
    bytes_equal: bool
    acknowledged: bool
    dropped: int
    pull_s: float

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or changed."""
        return self.each_once and self.bytes_equal and self.acknowledged and not self.dropped and self.chunks > 0


async def prove(
    hours: float,
    disconnects: int,
    seed: int,
    streams: int = 1,
    results: int = 7,
    wearer: str = "resting",
    light_period: int = 0,
) -> Proof:
    """Record for so many hours, then pull through so many lost links at random moments.

    Light is measured every `light_period` minutes, 0: always, which is half of what the simulation costs.
    """
    air = await AirServer.start()
    settings = Settings(pace=_PACE, wearer=wearer, seed=seed)
    device = LocalDevice(settings, build_world(settings), air)
    try:
        role = _simulation(device).device
        role.settings.set(device_wire.SETTING_LIGHT_PERIOD, light_period)
        role.apply_settings()
        _record(device, hours, streams, results)
        with tempfile.TemporaryDirectory() as folder:
            return await asyncio.wait_for(_pulled(device, Path(folder) / "log", disconnects, seed), _LIMIT_S)
    finally:
        await device.close()


def _record(device: LocalDevice, hours: float, streams: int, results: int) -> None:
    role = _simulation(device).device
    refusal = role.set_log(device_wire.LOG_MODE_ALWAYS, streams, results)
    if refusal != device_wire.ERROR_NONE:
        raise ValueError(f"streams {streams}, results {results}: refused with error {refusal}")
    device.simulation.advance(round(hours * 3.6e9))
    role.set_log(device_wire.LOG_MODE_OFF, 0, 0)
    device.simulation.advance(device.simulation.clock.now + 2_000_000)


def _simulation(device: LocalDevice) -> CpythonSimulation:
    simulation = device.simulation
    assert isinstance(simulation, CpythonSimulation)
    return simulation


async def _pulled(device: LocalDevice, path: Path, disconnects: int, seed: int) -> Proof:
    store = _simulation(device).device.log.store
    end = store.next
    assert device.radio is not None
    assert device.simulation.radio is not None
    await device.start()
    chance = random.Random(seed)
    lost = 0
    began = time.perf_counter()
    with LogFile(path, _simulation(device).device.identity.serial) as file:
        while file.numbers[-1:] != [end - 1] or store.acknowledged < end:
            cut_at = len(file) + chance.randrange(1, max(2, end // max(disconnects, 1)))
            cut = _Cut(cut_at if lost < disconnects else end + 1, file, device.simulation.radio.drop_links)
            with suppress(ConnectError, ConnectionLost, ResponseTimeout):
                async with Client(BleTransport(device.info.name, backend=virtual_backend(device.radio))) as client:
                    await pull(client, file, cut)
            lost += cut.done
        took = time.perf_counter() - began
        dump = device.simulation.flash.cells.read(regions.LOG_AT, SIZE - regions.LOG_AT)
        blocks, beats, each_once = _counted(file)
        return Proof(
            disconnects=lost,
            chunks=len(file),
            blocks=blocks,
            beats=beats,
            each_once=each_once,
            bytes_equal={chunk.raw for chunk in file.chunks()} == {chunk.raw for chunk in salvage(dump)},
            acknowledged=store.acknowledged == end,
            dropped=store.dropped(),
            pull_s=round(took, 1),
        )


class _Cut:
    """Progress of a pull, at which its link is lost once a file has so many chunks."""

    def __init__(self, at: int, file: LogFile, drop: Callable[[], object]) -> None:
        self.done = False
        self._at = at
        self._file = file
        self._drop = drop

    def __call__(self, _done: int, _wanted: int) -> None:
        if not self.done and len(self._file) >= self._at:
            self.done = True
            self._drop()


def _counted(file: LogFile) -> tuple[int, int, bool]:
    """(blocks, beats, whether the numbers of each stream and of the beats follow one another)."""
    numbers: dict[int, list[int]] = {}
    beats: list[int] = []
    for recording in recordings(file):
        for frame in recording.frames(file):
            if frame.type == wire.Samples.TYPE:
                block = wire.Samples.decode(frame.payload)
                numbers.setdefault(block.stream, []).append(block.seq)
            elif frame.type == wire.Beat.TYPE:
                beats.append(wire.Beat.decode(frame.payload).number)
    runs = [*numbers.values(), beats]
    once = all(run == list(range(run[0], run[0] + len(run))) for run in runs if run)
    return sum(map(len, numbers.values())), len(beats), once


def main() -> int:
    """Run it; 0 where the proof holds."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.bench.pulling", description=__doc__)
    parser.add_argument("--hours", type=float, default=1 / 3, help="recorded, device time (default: 20 min)")
    parser.add_argument("--disconnects", type=int, default=20, help="links that are lost (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the wearer and of the moments (default: 1)")
    parser.add_argument("--streams", type=int, default=1, help="mask of streams (default: 1, the ECG)")
    parser.add_argument("--results", type=int, default=7, help="mask of results (default: 7, all)")
    parser.add_argument("--light-period", type=int, default=0, help="minutes between measurements (default: 0, none)")
    args = parser.parse_args()
    run = prove(args.hours, args.disconnects, args.seed, args.streams, args.results, light_period=args.light_period)
    proof = asyncio.run(run)
    print(json.dumps(asdict(proof)))
    return 0 if proof.holds and proof.disconnects == args.disconnects else 1


if __name__ == "__main__":
    sys.exit(main())
