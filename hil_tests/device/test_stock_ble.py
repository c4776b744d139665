"""A stock BLE program that knows only the standard services reads our device."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess
from firmware_sim.world.base import PPG
from firmware_sim.world.recorded import write_record
from firmware_sim.world.wearer import Wearer, WearerSettings

# Nothing of vitalband in here: plain bleak, and the Bluetooth SIG's numbers.
SCRIPT = """
import asyncio, struct
from bleak import BleakClient, BleakScanner

NUMBERS = ("2a37", "2a5f", "2a19", "2a5e", "2a60")
HRM, PLX, BATTERY, SPOT, FEATURES = (f"0000{n}-0000-1000-8000-00805f9b34fb" for n in NUMBERS)
HRS = "0000180d-0000-1000-8000-00805f9b34fb"

def sfloat(raw):
    mantissa, exponent = raw & 0xFFF, raw >> 12
    mantissa -= 0x1000 * (mantissa > 0x7FF)
    exponent -= 0x10 * (exponent > 7)
    return mantissa * 10.0 ** exponent

async def main():
    device = await BleakScanner.find_device_by_filter(lambda d, a: HRS in a.service_uuids, timeout=10)
    async with BleakClient(device, timeout=10) as client:
        rates, oxygen, spot = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
        await client.start_notify(HRM, lambda _, data: rates.put_nowait(bytes(data)))
        await client.start_notify(PLX, lambda _, data: oxygen.put_nowait(bytes(data)))
        await client.start_notify(SPOT, lambda _, data: spot.put_nowait(bytes(data)))
        for _ in range(4):
            rate = await asyncio.wait_for(rates.get(), 10)
            light = await asyncio.wait_for(oxygen.get(), 10)
        rr = struct.unpack(f"<{(len(rate) - 2) // 2}H", rate[2:]) if rate[0] & 0x10 else ()
        print("RATE", rate[1], "CONTACT", rate[0] >> 1 & 3, "RR", [round(v / 1.024) for v in rr])
        spo2, pulse = struct.unpack_from("<HH", light, 1)
        print("SPO2", sfloat(spo2), "PULSE", sfloat(pulse))
        check = await asyncio.wait_for(spot.get(), 90)
        print("SPOT", check[0], *(sfloat(v) for v in struct.unpack_from("<HH", check, 1)))
        print("FEATURES", (await client.read_gatt_char(FEATURES)).hex())
        print("BATTERY", (await client.read_gatt_char(BATTERY))[0])

asyncio.run(main())
"""


async def test_heart_rate_and_oxygen_by_the_standard_services(device: SimProcess, tmp_path: Path) -> None:
    script = tmp_path / "stock.py"
    script.write_text(SCRIPT)
    install = f"import host_sdk.virtual_radio as radio; radio.install({device.facts['radio']!r})"
    launcher = f"{install}; import runpy; runpy.run_path({str(script)!r})"
    result = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", launcher], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    found = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    rate = found["RATE"].split()
    assert 45 <= int(rate[0]) <= 90
    assert rate[2] == "3", "sensor contact is supported and there"
    spo2, _, pulse = found["SPO2"].split()
    assert 94 <= float(spo2) <= 100
    assert float(pulse) == pytest.approx(int(rate[0]), abs=6)
    flags, checked, rate_checked = found["SPOT"].split()
    assert int(flags) & 0x19 == 0x18, "the clock was never set, and there is a pulse amplitude"
    assert float(checked) == pytest.approx(float(spo2), abs=2)
    assert float(rate_checked) == pytest.approx(int(rate[0]), abs=8)
    assert found["FEATURES"] == "cb000060fe6f00"
    assert 0 < int(found["BATTERY"]) <= 100


LIGHT_ALONE = """
import asyncio, struct
from bleak import BleakClient, BleakScanner

HRS = "0000180d-0000-1000-8000-00805f9b34fb"
HRM = "00002a37-0000-1000-8000-00805f9b34fb"

async def main():
    device = await BleakScanner.find_device_by_filter(lambda d, a: HRS in a.service_uuids, timeout=10)
    async with BleakClient(device, timeout=10) as client:
        rates = asyncio.Queue()
        await client.start_notify(HRM, lambda _, data: rates.put_nowait(bytes(data)))
        print([(await asyncio.wait_for(rates.get(), 30)).hex() for _ in range(2)][-1])

asyncio.run(main())
"""


async def test_a_device_without_contact_of_its_ecg_gives_its_pulse_to_a_heart_rate_program(
    simulated: str, tmp_path: Path
) -> None:
    record = write_record(Wearer(WearerSettings(), seed=3, groups=(PPG,)), tmp_path / "light", 120.0)
    script = tmp_path / "stock.py"
    script.write_text(LIGHT_ALONE)
    with SimProcess("--target", simulated, "--record", str(record), "--warm", "20") as sim:
        install = f"import host_sdk.virtual_radio as radio; radio.install({sim.facts['radio']!r})"
        launcher = f"{install}; import runpy; runpy.run_path({str(script)!r})"
        result = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", launcher], capture_output=True, text=True, timeout=120, check=False
        )
    assert result.returncode == 0, result.stderr
    value = bytes.fromhex(result.stdout.strip())
    assert value[0] == 0x06, "contact is supported and there; no RR intervals, which light does not give"
    assert value[1] == pytest.approx(72, abs=6)
    assert len(value) == 2
