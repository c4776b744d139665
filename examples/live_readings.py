"""Prints what a device measures: `python live_readings.py ble:vitalband-0CC7`, without an address a simulated one."""

import asyncio
import sys
from contextlib import suppress

from host_sdk import UNIT_SYMBOLS, Reading, Rhythm, connect


async def main(address: str) -> None:
    async with connect(address) as client:
        print(f"{client.info.model} {client.info.serial_number}")
        await client.subscribe([])  # results, no samples
        async for item in client.items():
            if isinstance(item, Rhythm):
                print("rhythm", ", ".join(item.names) or "nothing unusual", f"irregularity {item.irregularity}")
            if not isinstance(item, Reading):
                continue
            if item.value is None:
                print(item.kind.name, "-", item.reason.name if item.reason else "")
            elif item.choice is not None:
                print(item.kind.name, item.choice.name)
            else:
                uncertainty = "" if item.u95 is None else f" ± {item.u95:.1f}"
                print(f"{item.kind.name} {item.value:g}{uncertainty} {UNIT_SYMBOLS[item.unit]}, quality {item.quality}")


with suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "sim:"))
