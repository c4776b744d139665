"""Runs a command when the wearer falls: `python fall_alert.py ble:vitalband-0CC7 notify-send Fall`."""

import asyncio
import sys
from contextlib import suppress

from host_sdk import Event, EventKind, Item, Results, connect


async def main(address: str, command: list[str]) -> None:
    async def alert(item: Item) -> None:  # awaited; the next item waits until it is done
        if isinstance(item, Event) and item.kind is EventKind.FALL:
            print(f"fall of severity {item.severity}, {item.peak_g:.1f} g")
            if command:
                await (await asyncio.create_subprocess_exec(*command)).wait()

    async with connect(address, reconnect=True, wait_s=60) as client:
        client.listen(alert)
        await client.subscribe([], Results.EVENTS)
        await client.play()  # until the client is closed


with suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
