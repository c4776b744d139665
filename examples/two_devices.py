"""R peaks of two devices on one clock: `python two_devices.py ble:vitalband-0CC7 ble:vitalband-1A2B`."""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime, timezone

from host_sdk import Beat, Client, Results, connect


async def watch(name: str, client: Client) -> None:
    await client.subscribe([], Results.BEATS)
    async for item in client.items():
        if isinstance(item, Beat) and client.clock is not None:
            moment = datetime.fromtimestamp((item.tick_us + client.clock.offset_us) / 1e6, timezone.utc)
            print(f"{moment:%H:%M:%S.%f} ± {client.clock.uncertainty_us / 1000:.1f} ms  {name}  {item.kind.name}")


async def main(first: str, second: str) -> None:
    async with connect(first) as one, connect(second) as two:
        await asyncio.gather(watch("first", one), watch("second", two))


with suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1], sys.argv[2]))
