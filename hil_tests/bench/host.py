"""`make bench`: the figures of docs/benchmarks.md, each printed with how it was taken.

Ratios and percentiles within one run; absolute seconds on a shared machine say little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from firmware_sim.cli.processes import VITALBAND, SimProcess
from firmware_sim.mcu.radio import AirServer
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.world.base import COLUMNS, FloatArray, World
from firmware_sim.world.recorded import write_record
from firmware_sim.world.records.opening import open_record
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.client import Client
from host_sdk.models import Gap, Item, LinkError, SampleBlock
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.transports.ble import BleTransport
from host_sdk.transports.sim_ble import virtual_backend
from host_sdk.wire_gen import Stream

_LATENCY_BOUND_MS = 120.0  # a block of 25 samples at 250/s, and 20 ms
_SPEED_BOUND = 60.0
_WORLD_BOUND = 300.0
_MEMORY_SLACK = 1.1


#: Samples a second of each group, as the reference board asks for them.
_RATES = {"ecg": 250.0, "ppg": 100.0, "motion": 104.0}


class Ramp:
    """A world whose every sample is its own index, so that a lost or doubled one shows."""

    groups = frozenset(COLUMNS)
    period = 4000  # samples until the ramp begins anew
    step = 1e-3  # mV a sample

    def __init__(self, duration_s: float) -> None:
        self.duration_s: float | None = duration_s
        self._end_s = duration_s

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """A saw-tooth of 1 µV a sample on the electrodes; steady light and a device at rest beside it."""
        if group == "ecg":
            ramp: FloatArray = np.rint(t * 250) % self.period * self.step
            ramp[t > self._end_s] = np.nan
            return ramp[:, None]
        steady = {"ppg": (200.0, 220.0, 0.0), "motion": (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)}[group]
        return np.tile(np.array(steady), (len(t), 1))


def report(name: str, value: str, how: str, ok: bool) -> bool:
    """Print one figure."""
    print(f"{'ok  ' if ok else 'FAIL'}  {name:34} {value:26} {how}", flush=True)
    return ok


def _make_record(path: Path, seconds: float) -> Path:
    """A record of a synthetic wearer, made in another process: a child's peak memory counts from its parent's size."""
    load = "import sys, pathlib; from hil_tests.bench import host"
    work = f"{load}; host.write_wearer(pathlib.Path(sys.argv[1]), float(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", work, str(path), str(seconds)], check=True, timeout=120)
    return path


def write_wearer(path: Path, seconds: float) -> None:
    """Record the resting wearer."""
    write_record(Wearer(PRESETS["resting"], seed=1), path, seconds)


def _measured_replay(path: Path) -> tuple[float, float, int]:
    """(wall seconds, peak MiB, beats) of a replay in a process of its own, start-up included."""
    began = time.perf_counter()
    process = subprocess.Popen([*VITALBAND, "replay", str(path), "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"replay of {path} failed: {line}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024, len(json.loads(line)["ecg"]["beats"])


def bench_replay(args: argparse.Namespace) -> bool:
    """Speed against real time, and memory of a long record against a short one."""
    with tempfile.TemporaryDirectory() as folder:
        if args.record:
            long, seconds = Path(args.record), args.record_seconds
            how = f"vitalband replay {long.name} --json, wall clock, start-up included"
        else:
            seconds = 1800.0
            long = _make_record(Path(folder) / "long", seconds)
            how = "30 min ECG + red + IR + accelerometer + gyroscope record, wall clock, start-up included"
        short = _make_record(Path(folder) / "short", seconds / 6)
        wall, peak, beats = _measured_replay(long)
        _, short_peak, short_beats = _measured_replay(short)
    speed = seconds / wall
    good = report("replay speed", f"{speed:.0f} x real time", how, speed >= _SPEED_BOUND)
    # beats are part of the answer, so their size is not the pipeline's memory
    answer_mib = (beats - short_beats) * 2000 / 2**20
    flat = peak - answer_mib <= short_peak * _MEMORY_SLACK
    return (
        report(
            "replay memory",
            f"{peak:.0f} MiB, {short_peak:.0f} at 1/6",
            "peak resident; beats kept for the answer",
            flat,
        )
        and good
    )


def _speed(world: World, seconds: int) -> float:
    """Seconds of signal that a world makes in a second of CPU, half a second at a time as a device takes them."""
    began = time.process_time()
    for half in range(2 * seconds):
        for group in world.groups & set(_RATES):
            half_s = round(_RATES[group] / 2)
            world.sample(group, (half * half_s + np.arange(half_s)) / _RATES[group])
    return seconds / (time.process_time() - began)


def bench_world(args: argparse.Namespace) -> bool:
    """What simulating the wearer, or reading a record, takes of the CPU."""
    how = "every group of sensors, half a second at a time, CPU"
    good = []
    for preset in ("resting", "walking"):
        speed = _speed(Wearer(PRESETS[preset], seed=1), 200)
        good.append(report(f"world: {preset} wearer", f"{speed:.0f} x real time", how, speed >= _WORLD_BOUND))
    with tempfile.TemporaryDirectory() as folder:
        speed = _speed(open_record(_make_record(Path(folder) / "record", 300.0)), 300)
    good.append(report("world: record", f"{speed:.0f} x real time", how, speed >= _WORLD_BOUND))
    return all(good)


class SoakCheck:
    """Every ECG sample once, in order, with the value that its index says."""

    def __init__(self) -> None:
        self.samples = 0
        self.wrong = 0
        self.noticed: list[Item] = []
        self._next: int | None = None

    def __call__(self, item: Item) -> None:
        """Take one item of the client."""
        if isinstance(item, Gap | LinkError):
            self.noticed.append(item)
        if not isinstance(item, SampleBlock) or item.stream != Stream.ECG or item.no_contact:
            return
        if self._next is not None and item.first_index != self._next:
            self.wrong += 1
        self._next = item.first_index + len(item.counts)
        self.samples += len(item.counts)
        steps = np.diff(np.rint(item.values[:, 0] / Ramp.step).astype(int)) % Ramp.period
        self.wrong += int(np.sum(steps != 1))


async def _connected(device: LocalDevice) -> Client:
    assert device.radio is not None
    client = Client(BleTransport(device.info.name, backend=virtual_backend(device.radio)))
    await client.connect()
    return client


async def _soak(hours: float) -> bool:
    air = await AirServer.start()
    device = LocalDevice(Settings(pace=None, record="ramp"), Ramp(hours * 3600.0), air)
    check = SoakCheck()
    began = time.perf_counter()
    try:
        await device.start()
        meanwhile = asyncio.create_task(device.simulation.run(None, 1.0))
        client = await _connected(device)
        client.listen(check)
        await client.subscribe()
        meanwhile.cancel()
        await device.run_to_end()
        await asyncio.sleep(0.5)
        await client.close()
    finally:
        await device.close()
    wall = time.perf_counter() - began
    how = f"BLE, all stages, {hours * 3600 / wall:.0f} x real time; index and value of each ECG sample checked"
    missing = hours * 3600 * 250 - check.samples
    ok = not check.wrong and not check.noticed and 0 <= missing < 250 * 10
    value = f"{check.samples} samples, {check.wrong} wrong, {len(check.noticed)} gaps"
    return report(f"BLE stream of {hours:g} h", value, how, ok)


def bench_soak(args: argparse.Namespace) -> bool:
    """Hours of streaming without a lost or doubled sample."""
    return asyncio.run(_soak(args.soak_hours))


async def _latency(seconds: float) -> bool:
    air = await AirServer.start()
    device = LocalDevice(Settings(), Wearer(PRESETS["resting"], seed=1), air)
    ages_ms: list[float] = []

    def on_item(item: Item) -> None:
        if isinstance(item, SampleBlock) and item.stream == Stream.ECG:
            ages_ms.extend((device.simulation.paced_now_us() - item.ticks_us) / 1000)

    try:
        await device.start()
        client = await _connected(device)
        client.listen(on_item)
        await client.subscribe()
        await asyncio.sleep(seconds)
        await client.close()
    finally:
        await device.close()
    p50, p99 = np.percentile(ages_ms, [50, 99])
    how = f"{len(ages_ms)} ECG samples, sensing to SDK callback, real-time pace, radio over TCP"
    return report("BLE latency", f"p50 {p50:.0f} ms, p99 {p99:.0f} ms", how, bool(p50 < _LATENCY_BOUND_MS))


def bench_latency(args: argparse.Namespace) -> bool:
    """Age of a sample when the SDK hands it out."""
    return asyncio.run(_latency(args.latency_seconds))


def bench_recording(args: argparse.Namespace) -> bool:
    """CPU and memory of a long recording of all streams, with restarts of the device."""
    return all([_recording(kind, args.recording_hours) for kind in FORMATS])


def _recording(kind: str, hours: float) -> bool:
    restarts = round(1000 * hours / 24)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hil_tests.bench.recording", folder + "/r", kind, str(hours), str(restarts)]
        done = subprocess.run(command, check=True, timeout=3 * 3600, capture_output=True, text=True)
    got = json.loads(done.stdout)
    value = f"{got['cpu_s_per_hour']:.1f} s/h, {got['late_mib']:.0f} MiB"
    how = (
        f"{hours:g} h, {got['restarts']:.0f} restarts, {got['disk_mib']:.0f} MiB; {got['early_mib']:.0f} MiB after a "
        f"tenth, {got['closed_mib']:.0f} MiB and {got['close_s']:.1f} s to close"
    )
    flat = got["late_mib"] < _MEMORY_SLACK * got["early_mib"]
    return report(f"recording as {kind}", value, how, flat and got["restarts"] == restarts)


async def _first_reading(address: str) -> None:
    async with await Client.open(address) as client:
        items = client.items()
        await client.subscribe()
        async for item in items:
            if type(item).__name__ == "Reading" and getattr(item, "value", None) is not None:
                return


def bench_start(args: argparse.Namespace) -> bool:
    """Device process started, found, connected, first number there."""
    began = time.perf_counter()
    with SimProcess("--warm", "12") as device:
        asyncio.run(asyncio.wait_for(_first_reading(device.ble), 30))
    wall = time.perf_counter() - began
    return report(
        "start to first live reading", f"{wall:.1f} s", "vitalband sim + SDK over BLE, set up already", wall < 5
    )


PARTS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "start": bench_start,
    "latency": bench_latency,
    "world": bench_world,
    "replay": bench_replay,
    "recording": bench_recording,
    "soak": bench_soak,
}


def main() -> int:
    """Run the parts asked for; 0 when every bound holds."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--record", help="record for the replay part instead of a synthetic one, e.g. mitdb/100")
    parser.add_argument("--record-seconds", type=float, default=1805.6, help="its length")
    parser.add_argument("--soak-hours", type=float, default=24.0)
    parser.add_argument("--recording-hours", type=float, default=24.0)
    parser.add_argument("--latency-seconds", type=float, default=30.0)
    args = parser.parse_args()
    unknown = [part for part in args.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}")
    return 0 if all([PARTS[part](args) for part in args.parts]) else 1
