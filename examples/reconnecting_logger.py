"""Appends all readings to a file, a JSON object a line, over lost links and restarts of the device.

`python reconnecting_logger.py ble:vitalband-0CC7 readings.jsonl`; Ctrl-C ends it.
"""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import datetime, timezone

from host_sdk import Gap, LinkError, Reading, connect, item_object


async def main(address: str, path: str) -> None:
    with open(path, "a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line now and then
        async with connect(address, reconnect=True, wait_s=3600) as client:
            await client.subscribe([])
            async for item in client.items():
                if isinstance(item, Reading) and client.clock is not None:
                    # ticks are the device's time; with the clock's offset they are microseconds since 1970
                    when = datetime.fromtimestamp((item.tick_us + client.clock.offset_us) / 1e6, timezone.utc)
                    file.write(json.dumps({"time": when.isoformat(), **item_object(item)}) + "\n")
                    file.flush()
                elif isinstance(item, (Gap, LinkError)):
                    print(item, file=sys.stderr)


with suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1], sys.argv[2]))
