"""Records a device for some seconds as EDF+: `python record_edf.py serial:/dev/ttyACM0 walk 60`."""

import asyncio
import sys
from contextlib import suppress

from host_sdk import connect, record


async def main(address: str, folder: str, seconds: float) -> None:
    async with connect(address, reconnect=True, wait_s=30) as client:
        await client.subscribe()
        metadata = await record(client, folder, "edf", seconds=seconds)
    print(f"{folder}: {metadata.state}")
    for name, stream in metadata.streams.items():
        print(f"  {name}: {stream.samples} samples at {stream.rate_hz:g}/s, {stream.lost} lost in {stream.gaps} gaps")


with suppress(KeyboardInterrupt):  # the files are finished
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
