"""A unit test of code that knows only bleak, against a simulated device: `pytest test_on_virtual_radio.py`."""

import asyncio

from bleak import BleakClient, BleakScanner

from host_sdk import virtual_radio

HEART_RATE_MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"


async def first_heart_rate(name: str) -> int:
    """The code that is tested: stock bleak, standard Heart Rate service."""
    device = await BleakScanner.find_device_by_name(name, timeout=10)
    assert device is not None
    rates: asyncio.Queue[int] = asyncio.Queue()
    async with BleakClient(device, pair=True) as client:
        await client.start_notify(HEART_RATE_MEASUREMENT, lambda _, data: rates.put_nowait(data[1]))
        return await asyncio.wait_for(rates.get(), 20)


def test_first_heart_rate() -> None:
    async def on_air() -> int:
        # somebody with a fast heart, who has worn the device for 12 s already
        async with virtual_radio.simulated("sim:?wearer=tachycardia&warm=12") as name:
            return await first_heart_rate(name)

    assert 120 <= asyncio.run(on_air()) <= 140
