"""Clients that others wrote for heart-rate belts, unmodified, read the simulated device over the virtual radio."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess

pytestmark = [pytest.mark.slow, pytest.mark.registry]
FETCH_S, RUN_S = 90.0, 120.0

#: Nothing of vitalband in here: the client, bleak, and a service of the Bluetooth SIG.
_CONNECT = """
import asyncio, json
from bleak import BleakClient, BleakScanner

HRS = "0000180d-0000-1000-8000-00805f9b34fb"

async def main():
    device = await BleakScanner.find_device_by_filter(lambda _, data: HRS in data.service_uuids, timeout=20)
    async with BleakClient(device, timeout=20) as client:
        print(json.dumps(await asyncio.wait_for(read(client), 60)))
"""
_BLEAKHEART = f"""{_CONNECT}
from bleakheart import BatteryLevel, HeartRate

async def read(client):
    beats, frames = asyncio.Queue(), asyncio.Queue()
    heart = HeartRate(client, queue=beats, instant_rate=True, unpack=True)
    await heart.start_notify(filter_nocontact=True)
    unpacked = [await beats.get() for _ in range(8)]
    await heart.stop_notify()
    heart = HeartRate(client, queue=frames)
    await heart.start_notify()
    whole = [await frames.get() for _ in range(3)]
    await heart.stop_notify()
    return {{
        "rates": [frame[2][0] for frame in whole],
        "rr_ms": [beat[2][1] for beat in unpacked],
        "instant": [beat[2][0] for beat in unpacked],
        "battery": int((await BatteryLevel(client).read())),
    }}

asyncio.run(main())
"""
_PYCYCLING = f"""{_CONNECT}
from pycycling.battery_service import BatteryService
from pycycling.heart_rate_service import HeartRateService

async def read(client):
    came = asyncio.Queue()
    service = HeartRateService(client)
    service.set_hr_measurement_handler(came.put_nowait)
    await service.enable_hr_measurement_notifications()
    got = [await came.get() for _ in range(10)]
    await service.disable_hr_measurement_notifications()
    return {{
        "rates": [each.bpm for each in got],
        "rr_ms": [rr / 1.024 for each in got for rr in each.rr_interval],
        "contact": [each.sensor_contact for each in got],
        "energy": [each.energy_expended for each in got],
        "battery": await BatteryService(client).get_battery_level(),
    }}

asyncio.run(main())
"""


def fetched(package: str, folder: Path) -> Path:
    """Folder with a package as its registry has it; skips where it cannot be had."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), package]
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=True)
    except subprocess.SubprocessError as error:
        pytest.skip(f"{package} cannot be fetched from the registry: {error}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "there")
    return folder / "there"


async def read_by(package: str, script: str, folder: Path) -> dict[str, object]:
    """What a client read of a device that somebody of 70 bpm wears."""
    (folder / "client.py").write_text(script)
    there = await asyncio.to_thread(fetched, package, folder)
    with SimProcess("--warm", "15", "--seed", "3") as device:
        install = f"import sys; sys.path.append({str(there)!r}); import host_sdk.virtual_radio as radio"
        launcher = f"{install}; radio.install({device.facts['radio']!r}); import runpy"
        launcher += f"; runpy.run_path({str(folder / 'client.py')!r})"
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", launcher], capture_output=True, text=True, timeout=RUN_S, check=False
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_heart(found: dict[str, object]) -> None:
    rates, intervals = found["rates"], found["rr_ms"]
    assert isinstance(rates, list)
    assert isinstance(intervals, list)
    assert all(62 <= rate <= 78 for rate in rates), rates
    assert len(intervals) >= 5
    assert all(740 <= rr <= 980 for rr in intervals), intervals
    assert isinstance(found["battery"], int)
    assert 1 <= found["battery"] <= 100


@pytest.mark.timeout(FETCH_S + 3 * RUN_S)
async def test_bleakheart_reads_rate_intervals_and_battery(tmp_path: Path) -> None:
    found = await read_by("bleakheart>=0.2,<0.3", _BLEAKHEART, tmp_path)
    check_heart(found)
    pairs = zip(found["instant"], found["rr_ms"], strict=True)  # type: ignore[call-overload]
    assert all(rate == pytest.approx(60_000 / rr, abs=1) for rate, rr in pairs)


@pytest.mark.timeout(FETCH_S + 3 * RUN_S)
async def test_pycycling_reads_rate_intervals_contact_and_battery(tmp_path: Path) -> None:
    found = await read_by("pycycling>=0.4,<0.5", _PYCYCLING, tmp_path)
    check_heart(found)
    assert found["contact"] == [True] * 10
    assert found["energy"] == [None] * 10  # of what no device knows nothing is said
